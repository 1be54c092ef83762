"""What it takes to write an instruction of x86-64, by templates and by xbyak."""

import os
import shutil
import sys
import tempfile

import engines
import measure

HERE = os.path.dirname(os.path.abspath(__file__))


def add_arguments(parser):
    parser.add_argument("--cxx", default="g++", help="the compiler of the program that measures (default: g++)")
    parser.add_argument("--xbyak", metavar="FOLDER", help="where <xbyak/xbyak.h> is, if not among the system's headers")


def main(arguments):
    if not shutil.which(arguments.cxx):
        print(f"{arguments.cxx}: not found")
        return 1
    includes = [os.path.join(engines.ROOT, "include"), os.path.join(engines.ROOT, "backends")]
    includes += [arguments.xbyak] if arguments.xbyak else []
    with tempfile.TemporaryDirectory(prefix="riser-templates-") as folder:
        program = os.path.join(folder, "templates")
        source = os.path.join(HERE, "backends", "templates.cpp")
        flags = ["-std=c++20", "-O2", "-DNDEBUG", *(f"-I{include}" for include in includes)]
        built = measure.run([arguments.cxx, *flags, source, "-o", program], timeout=900)
        if built.exit_code != 0:
            error = next((line for line in built.stderr.splitlines() if "error" in line), f"exit code {built.exit_code}")
            sys.exit(f"{arguments.cxx}: {error}")
        sample = measure.run([program], timeout=600)
    if sample.exit_code != 0:
        print(f"exit code {sample.exit_code}; it said: {sample.stderr.strip()}")
        return 1
    print(f"{'ns':>12}  for an instruction, or for all templates")
    for name, nanoseconds in (line.split("\t") for line in sample.stdout.splitlines()):
        print(f"{nanoseconds:>12}  {name}")
    return 0

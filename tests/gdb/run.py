#!/usr/bin/env python3
"""Runs gdb over a program with an engine, and looks at what `riser-backtrace` prints, and with native code `bt`. Ends with "N passed, N failed[, N skipped]"."""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
INNER = ["guest!leaf (function 2", "guest!inner (function 3", "(host)"]
OUTER = ["guest!middle (function 4"] * 3 + ["guest!outer (function 7", "(host)"]


def gdb(program, *commands):
    """What gdb prints. It loads the script first, as a user does."""
    arguments = [part for command in (f"source {ROOT / 'packages' / 'gdb' / 'riser.py'}", *commands) for part in ("-ex", command)]
    done = subprocess.run(["gdb", "-batch", "-nx", *arguments, str(program)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=300)
    return done.stdout


def frames(out, place=r", word \d+\)$"):
    """The frames that riser-backtrace has printed, without the places in bytecode."""
    return [re.sub(place, "", line) for line in re.findall(r"^#\d+ +(.*)$", out, re.MULTILINE)]


def native_frames(out):
    """The frames that riser-backtrace has printed, without the places in wasm."""
    return frames(out, r", offset 0x[0-9a-f]+\)$")


def named(out):
    """The functions of wasm in what `bt` has printed, and whether it came to an end."""
    functions = re.findall(r"^#\d+ .*?(guest!\w+|\bmain) \(", out, re.MULTILINE)
    return functions, "Backtrace stopped" not in out


def check(title, actual, expected):
    if actual != expected:
        print(f"FAILED: {title}: {actual!r} is not {expected!r}")
    return actual == expected


def build(compiler, program, *flags):
    subprocess.run([compiler, "-std=c++20", "-O1", "-g", *flags, "-I", ROOT / "include", "-I", ROOT / "backends", HERE / "program.cpp", "-o", program],
                   check=True)


def check_interpreted(program):
    return [
        check("before anything runs", "no WebAssembly runs in this thread" in gdb(program, "riser-backtrace"), True),
        check("in a host function", frames(gdb(program, "break stop_here", "run", "riser-backtrace")), INNER + OUTER),
        check("in a handler", frames(gdb(program, "run", "riser-backtrace")), ["guest!beyond (function 5", "guest!fault (function 6", "(host)"]),
        check("where SIGSEGV is passed on", "exited normally" in gdb(program, "handle SIGSEGV nostop noprint pass", "run"), True),
    ]


def check_native(program):
    names = [frame.split(" ")[0] for frame in INNER + OUTER if frame != "(host)"]
    stopped = gdb(program, "break stop_here", "run", "riser-backtrace")
    ended = gdb(program, "break stop_here", "run", "maint info jit", "break stop_at_end", "continue", "maint info jit")
    before, after = ended.split("Breakpoint 2, ")
    return [
        check("riser-backtrace in native code", native_frames(stopped), INNER + OUTER),
        check("bt in a host function", named(gdb(program, "break stop_here", "run", "bt")), (names + ["main"], True)),
        check("bt in an operation of the runtime",
              named(gdb(program, "break riser::v0_1::core::runtime::grow_memory", "run", "bt")), (["guest!grows", "main"], True)),
        check("riser-backtrace at a breakpoint in native code", "Python Exception" in gdb(
            program, "set breakpoint pending on", "break 'guest!leaf'", "run", "riser-backtrace"), False),
        check("bt at a breakpoint in native code",
              named(gdb(program, "set breakpoint pending on", "break 'guest!leaf'", "run", "bt")), (names + ["main"], True)),
        check("functions that gdb is told of", len(re.findall(r"^0x", before, re.MULTILINE)), 4),
        check("functions of a module that has ended", len(re.findall(r"^0x", after, re.MULTILINE)), 0),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", default="g++", help="the C++ compiler (default: %(default)s)")
    options = parser.parse_args()
    if not shutil.which("gdb"):
        print("skipped: gdb is not installed\n0 passed, 0 failed, 1 skipped")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "program"
        native = pathlib.Path(folder) / "native"
        build(options.compiler, program)
        results = check_interpreted(program)
        skipped = ""
        if pathlib.Path("/usr/include/xbyak/xbyak.h").exists():
            build(options.compiler, native, "-O2", "-DRISER_JIT_BASELINE")  # as most engines are
            results += check_native(native)
        else:
            print("skipped: native code, as xbyak is not installed")
            skipped = ", 1 skipped"
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed{skipped}")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Runs gdb over a program with an engine, and looks at what `riser-backtrace` prints. Ends with "N passed, N failed[, N skipped]"."""

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


def frames(out):
    """The frames that riser-backtrace has printed, without the places in bytecode."""
    return [re.sub(r", word \d+\)$", "", line) for line in re.findall(r"^#\d+ +(.*)$", out, re.MULTILINE)]


def check(title, actual, expected):
    if actual != expected:
        print(f"FAILED: {title}: {actual!r} is not {expected!r}")
    return actual == expected


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", default="g++", help="the C++ compiler (default: %(default)s)")
    options = parser.parse_args()
    if not shutil.which("gdb"):
        print("skipped: gdb is not installed\n0 passed, 0 failed, 1 skipped")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "program"
        subprocess.run([options.compiler, "-std=c++20", "-O1", "-g", "-I", ROOT / "include", HERE / "program.cpp", "-o", program], check=True)
        results = [
            check("before anything runs", "no WebAssembly runs in this thread" in gdb(program, "riser-backtrace"), True),
            check("in a host function", frames(gdb(program, "break stop_here", "run", "riser-backtrace")), INNER + OUTER),
            check("in a handler", frames(gdb(program, "run", "riser-backtrace")),
                  ["guest!beyond (function 5", "guest!fault (function 6", "(host)"]),
            check("where SIGSEGV is passed on", "exited normally" in gdb(program, "handle SIGSEGV nostop noprint pass", "run"), True),
        ]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())

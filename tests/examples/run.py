#!/usr/bin/env python3
"""Runs the examples, each from the repository's root, and compares all that it prints, but for times, with NAME.txt beside this script.

Ends with the line "N passed, N failed, N skipped".
"""

import argparse
import difflib
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TIMEOUT = 120  # seconds, after which an example counts as one that hangs
NEEDS_XBYAK = {"tiers"}  # not built where there is none
TIME = re.compile(r"\d+\.\d+ ms")
NO_EXAMPLE = {"engine"}  # the engine that most of them are linked with


def failure_of(name, programs):
    """What is wrong with the example, or None."""
    source = (ROOT / "examples" / f"{name}.cpp").read_text(encoding="utf-8")
    command = f"-Iinclude examples/{name}.cpp -o {name} &&"
    if command not in source:
        return f"its first comment does not say how to compile it: …{command}…"
    expected = HERE / f"{name}.txt"
    if not expected.exists():
        return f"there is no {expected.relative_to(ROOT)} with what it should print"
    program = programs / name
    if not program.exists():
        return f"it was not built: there is no {program}"
    try:
        ended = subprocess.run(
            [program], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT
        )
    except subprocess.TimeoutExpired:
        return f"it did not end within {TIMEOUT} s"
    if ended.returncode != 0 or ended.stderr:
        return f"exit code {ended.returncode}, standard error: {ended.stderr!r}"
    wanted = expected.read_text(encoding="utf-8")
    printed = TIME.sub("… ms", ended.stdout)
    if printed != wanted:
        lines = difflib.unified_diff(
            wanted.splitlines(), printed.splitlines(), "expected", "printed", lineterm="", n=0
        )
        return "\n".join(["it printed something else:", *lines])
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / "build" / "examples",
                        help="where the examples were built (default: %(default)s)")
    programs = parser.parse_args().programs.resolve()
    names = {source.stem for source in (ROOT / "examples").glob("*.cpp")} - NO_EXAMPLE
    names |= {expected.stem for expected in HERE.glob("*.txt")}
    absent = {name for name in NEEDS_XBYAK if not (programs / name).exists()}
    for name in absent:
        print(f"skipped {name}: it was not built, as where xbyak is missing")
    names -= absent
    failed = 0
    for name in sorted(names):
        if failure := failure_of(name, programs):
            failed += 1
            print(f"FAILED {name}: {failure}")
    print(f"{len(names) - failed} passed, {failed} failed, {len(absent)} skipped")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())

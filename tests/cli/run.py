#!/usr/bin/env python3
"""Tests of the command line tool, from outside: what it prints, and what it exits with.

Ends with the line "N passed, N failed, N skipped".
"""

import argparse
import pathlib
import sys

# The tests are in these.
import inspecting  # noqa: F401
import invoking  # noqa: F401
import limits  # noqa: F401
import modules  # noqa: F401
import profiling  # noqa: F401
import programs  # noqa: F401
import reasons  # noqa: F401
import scripts  # noqa: F401
import shells  # noqa: F401
import terminals  # noqa: F401
import texts  # noqa: F401
import tiers  # noqa: F401
import usage  # noqa: F401
from support import ROOT, TESTS, Skip, Tool


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--riser", type=pathlib.Path, default=ROOT / "build" / "examples" / "riser",
                        help="the tool (default: %(default)s)")
    riser = Tool(str(parser.parse_args().riser.resolve()))
    failed = skipped = 0
    for function in TESTS:
        try:
            function(riser)
        except Skip as reason:
            skipped += 1
            print(f"skipped {function.__name__}: {reason}")
        except Exception as failure:  # whatever it is, the others run
            failed += 1
            print(f"FAILED {function.__name__}: {type(failure).__name__}: {failure}")
    print(f"{len(TESTS) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())

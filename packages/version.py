#!/usr/bin/env python3
"""version.py HEADER: prints the version of riser, as include/riser/version.hpp states it."""

import pathlib
import re
import sys


def version_in(header):
    text = pathlib.Path(header).read_text(encoding="utf-8")
    found = re.search(r'^#define RISER_VERSION "(\d+\.\d+\.\d+)"$', text, re.MULTILINE)
    if not found:
        sys.exit(f'{header}: there is no line like: #define RISER_VERSION "1.2.3"')
    return found[1]


if __name__ == "__main__":
    print(version_in(sys.argv[1]))

#!/usr/bin/env python3
"""Reads riser's public headers, which clang-format has laid out, and fails where the tables of careless use have no entry
"class::function" for a public member function that may fail: one that is not noexcept. A function with a `try_` twin shares its
entry. Constructors and operators are not looked at, nor what is made with an engine, which nothing can move."""

import pathlib
import re
import sys

TABLES = ["tests/behaviour/api_careless_use.cpp", "tests/wasi/careless_use.cpp"]
HEADERS = ["include/riser/*.hpp", "include/riser/dwarf/*.hpp", "include/riser/wasi/*.hpp", "include/riser/wat/*.hpp"]
# What the program makes of its own: these refer to nothing that could be gone.
OWN = {"engine_base", "imports", "input", "options", "output"}

CLASS = re.compile(r"^class (?:\[\[\w+\]\] )?(\w+)[^;{]*\{\n(.*?)^\};$", re.M | re.S)
PUBLIC = re.compile(r"^public:\n(.*?)(?=^private:|^protected:|\Z)", re.M | re.S)
# A member's declaration begins behind four spaces; bodies are deeper.
MEMBER = re.compile(r"^ {4}(?!template|friend|using|static_assert)(\w[^;{]*)[;{]", re.M)
FUNCTION = re.compile(r"(?:^|[\s*&])(\w+)\(")


def functions(body):
    """The names of a class's public member functions that may fail."""
    text = "".join(PUBLIC.findall(re.sub(r"//.*|^#.*|\[\[.*?\]\] ?", "", body, flags=re.M)))
    for declaration in MEMBER.findall(text):
        found = FUNCTION.search(declaration)
        if found and not re.search(r"\bnoexcept\b|\boperator\b|= delete|\bengine_base& maker,", declaration):
            yield found[1]


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    table = "".join((root / path).read_text() for path in TABLES)
    entries = set(re.findall(r'"(\w+::\w+)', table))
    missing = set()
    count = 0
    for header in sorted(path for pattern in HEADERS for path in root.glob(pattern)):
        for name, body in CLASS.findall(header.read_text()):
            for function in functions(body):
                count += 1
                twins = {f"{name}::{function}", f"{name}::try_{function}"}
                if name not in OWN and function != name and not twins & entries:
                    missing.add(f"{header.relative_to(root)}: {name}::{function}")
    for one in sorted(missing):
        print(f"{one} is in no table of careless use")
    print(f"{count - len(missing)} passed, {len(missing)} failed")
    return bool(missing) or count < 100


if __name__ == "__main__":
    sys.exit(main())

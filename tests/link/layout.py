#!/usr/bin/env python3
"""Reads the includes of riser's headers and fails on an arrow upwards: a file may include what stands before its own place in
PLACES, or in it. So no two places include each other. What a header includes only where it brings its definitions along
(under RISER_SEPARATE_COMPILATION's condition) is the other half of that header and not looked at."""

import pathlib
import re
import sys

GROUND = {"fwd", "version", "config", "limits"}
PLAIN_TYPES = {"value", "external_type", "error", "store_limits", "engine_options"}

# The public classes and their definitions in core/api/ are one place.
PLACES = ["ground", "base", "wasm", "wasm/function", "wasm/module", "code", "plain types", "bytecode", "memory", "module", "store", "execute", "interpreter",
          "tiering", "public", "memory_policy", "wat", "wasi", "dwarf", "source"]

# Optional parts that may use only some places: the text format is a language's, WASI and DWARF an embedder's.
ALLOWED = {"wat": {"ground", "base", "wasm", "wasm/module", "plain types"}, "wasi": {"ground", "plain types", "public"},
           "dwarf": {"ground", "plain types", "public"}}

MOST_FILES = 20
INCLUDE = re.compile(r'\s*#\s*include "riser/([^"]+)"')


def place(header):
    parts = header.split("/")
    if parts[0] == "core":
        return "public" if parts[1] == "api" else "/".join(parts[1:-1])
    if len(parts) > 1:
        return parts[0]
    name = header.removesuffix(".hpp")
    if name == "source":
        return name
    return "ground" if name in GROUND else "plain types" if name in PLAIN_TYPES else "public"


def includes(text):
    """What a header includes, without what is under the condition of its definitions."""
    conditions = []
    for line in text.splitlines():
        directive = re.match(r"\s*#\s*(if|endif|include)", line)
        if not directive:
            continue
        if directive[1] == "if":
            conditions.append("RISER_SEPARATE_COMPILATION" in line)
        elif directive[1] == "endif":
            conditions.pop()
        elif (found := INCLUDE.match(line)) and not any(conditions):
            yield found[1]


def arrow_upwards(header, included):
    """Why a header may not include another; None where it may."""
    here, there = place(header), place(included)
    for one, name in ((header, here), (included, there)):
        if name not in PLACES:
            return f"{one} is in a folder that the list of places lacks"
    if here in ALLOWED and there not in ALLOWED[here] | {here}:
        return f"{header} includes {included}: {here} may not use {there}"
    # The default engine chooses a policy; the policies know nothing of it.
    if PLACES.index(there) > PLACES.index(here) and not (here == "public" and there == "memory_policy"):
        return f"{header} includes {included}: {there} is above {here}"
    return None


def check(root):
    """All failures of the headers below `root`, and how many includes were looked at."""
    failures, looked_at = [], 0
    for path in sorted(root.rglob("*.hpp")):
        header = path.relative_to(root).as_posix()
        for included in includes(path.read_text()):
            looked_at += 1
            failures += filter(None, [arrow_upwards(header, included)])
    for folder in sorted(path for path in (root / "core").rglob("*") if path.is_dir() and path.name != "api"):
        if (count := len(list(folder.glob("*.hpp")))) > MOST_FILES:
            failures.append(f"{folder.relative_to(root)} has {count} files: more than {MOST_FILES} ask to be two folders")
    return failures, looked_at


def main():
    # What the check would miss, it must find.
    for header, included in (("core/base/vector.hpp", "core/wasm/types.hpp"), ("core/store/store_data.hpp", "core/execute/context.hpp"),
                             ("core/wasm/types.hpp", "error.hpp"), ("wasi/context.hpp", "core/base/vector.hpp"),
                             ("core/module/module_data.hpp", "core/new_folder/x.hpp"), ("value.hpp", "store.hpp")):
        assert arrow_upwards(header, included), (header, included)
    failures, looked_at = check(pathlib.Path(__file__).resolve().parents[2] / "include" / "riser")
    print("\n".join(failures))
    print(f"{looked_at - len(failures)} passed, {len(failures)} failed")
    return bool(failures) or looked_at == 0


if __name__ == "__main__":
    sys.exit(main())

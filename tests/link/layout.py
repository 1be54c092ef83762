#!/usr/bin/env python3
"""Reads the includes of the headers of riser and its backends, and fails on an arrow upwards: a file may include what stands before its own place in
PLACES, or in it. So no two places include each other. What a header includes only where it brings its definitions along
(under RISER_SEPARATE_COMPILATION's condition) is the other half of that header and not looked at."""

import pathlib
import re
import sys

GROUND = {"fwd", "version", "config", "limits"}
PLAIN_TYPES = {"value", "external_type", "error", "store_limits", "engine_options", "tier_statistics"}

# The public classes and their definitions in core/api/ are one place.
PLACES = ["ground", "base", "wasm", "wasm/function", "wasm/module", "code", "plain types", "bytecode", "memory", "module", "store", "execute", "interpreter",
          "tiering", "riser_x64/common", "riser_x64/baseline", "public", "riser_x64", "memory_policy", "wat", "wasi", "dwarf", "native_symbols",
          "source"]

# Optional parts that may use only some places: the text format is a language's, WASI, DWARF and symbols of native code an embedder's. What backends for a
# processor share knows nothing of wasm.
ALLOWED = {"wat": {"ground", "base", "wasm", "wasm/module", "plain types"}, "wasi": {"ground", "plain types", "public"},
           "dwarf": {"ground", "plain types", "public"}, "native_symbols": {"ground", "plain types", "public"},
           "riser_x64/common": {"ground", "base"}}

MOST_FILES = 20
# Folders that may have more, and why.
LARGE = {"riser/core/api": "each file is the other half of a public header, or a part of some; public headers include both, and are included"
                           " by both, so that two folders of them would include each other"}

ROOTS = ["include", "backends"]
INCLUDE = re.compile(r'\s*#\s*include "(riser(?:_\w+)?/[^"]+)"')


def place(header):
    root, *parts = header.split("/")
    if root != "riser":
        return "/".join([root, *parts[:-1]]) if len(parts) > 1 else root
    if parts[0] == "core":
        return "public" if parts[1] == "api" else "/".join(parts[1:-1])
    if len(parts) > 1:
        return parts[0]
    name = parts[0].removesuffix(".hpp")
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
    return failures, looked_at


def crowded(root):
    """The folders of the core and of backends that have too many files, and those that LARGE names without need."""
    failures = []
    for path in sorted(path for path in root.rglob("*") if path.is_dir()):
        folder, count = path.relative_to(root).as_posix(), len(list(path.glob("*.hpp")))
        if folder in LARGE and count <= MOST_FILES:
            failures.append(f"{folder} has {count} files: LARGE need not name it")
        elif folder not in LARGE and count > MOST_FILES and folder.startswith(("riser/core/", "riser_")):
            failures.append(f"{folder} has {count} files: more than {MOST_FILES} ask to be two folders")
    return failures


def main():
    # What the check would miss, it must find.
    for header, included in (("riser/core/base/vector.hpp", "riser/core/wasm/types.hpp"),
                             ("riser/core/store/store_data.hpp", "riser/core/execute/context.hpp"),
                             ("riser/core/wasm/types.hpp", "riser/error.hpp"), ("riser/wasi/context.hpp", "riser/core/base/vector.hpp"),
                             ("riser/core/module/module_data.hpp", "riser/core/new_folder/x.hpp"), ("riser/value.hpp", "riser/store.hpp"),
                             ("riser/core/tiering/native_code.hpp", "riser_x64/common/code_buffer.hpp"),
                             ("riser_x64/common/code_buffer.hpp", "riser/core/wasm/types.hpp"),
                             ("riser_x64/common/code_buffer.hpp", "riser_x64/new_folder/x.hpp")):
        assert arrow_upwards(header, included), (header, included)
    sources = pathlib.Path(__file__).resolve().parents[2]
    failures, looked_at = [], []
    for root in ROOTS:
        found, count = check(sources / root)
        failures += found + crowded(sources / root)
        looked_at.append(count)
    print("\n".join(failures))
    print(f"{sum(looked_at) - len(failures)} passed, {len(failures)} failed")
    return bool(failures) or 0 in looked_at


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Writes riser as one header.

Files with `#pragma once` are put in once, where they are first needed; the others (`.def` lists, begin_handlers.hpp) each time
they are included. Some files are only included under a condition, such as a platform's or RISER_SEPARATE_COMPILATION: they
stay under it. A file that is needed both with and without a condition comes before the block with the condition.
"""

import argparse
import heapq
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from version import version_in

ROOT = pathlib.Path(__file__).resolve().parents[1]
DIRECTIVE = re.compile(r"\s*#\s*(\w+)\s*(.*)")
OWN_INCLUDE = re.compile(r'"(riser(?:_x64)?/[^"]+)"')
OWN_FOLDERS = ("include", "backends")
ALTERNATIVES = re.compile(r"#if [^&#]*")
SYSTEM_INCLUDE = re.compile(r"<([^>]+)>")

# All public headers, after what backends need, of which the default engine includes a part. WASI, which is for POSIX only, and the text format are asked for, since each takes time to compile in each
# translation unit.
ROOT_FILE = "the amalgamation"
CONTENTS = """\
#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#if defined(RISER_BACKENDS) || defined(RISER_JIT_BASELINE)
#include "riser/backend.hpp"
#endif
#endif
#include "riser/riser.hpp"
#include "riser/host_function.hpp"
#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#include "riser/custom_engine.hpp"
#endif
#if defined(RISER_SOURCE)
#include "riser/core/api/compiled_engines.hpp"
#endif
#if defined(RISER_WASI)
#include "riser/wasi/wasi.hpp"
#endif
#if defined(RISER_DWARF)
#include "riser/dwarf/line_table.hpp"
#endif
#if defined(RISER_NATIVE_SYMBOLS)
#include "riser/native_symbols/gdb_jit.hpp"
#include "riser/native_symbols/jitdump.hpp"
#include "riser/native_symbols/perf_map.hpp"
#endif
#if defined(RISER_WAT)
#include "riser/wat/wat.hpp"
#include "riser/wat/script.hpp"
#endif
"""

BANNER = """\
// riser {version}, a WebAssembly engine for C++20, as one header.
//
// Made of the files in include/ and backends/ by packages/amalgamate.py; change those instead. To be included in place of
// <riser/riser.hpp>, and never together with the other headers of riser. These may be defined before it:
//
//     RISER_WASI                    adds WASI preview 1, for POSIX systems
//     RISER_WAT                     adds the text format of modules
//     RISER_BACKENDS                adds what an engine with native backends needs
//     RISER_DWARF                   adds source lines of traps
//     RISER_NATIVE_SYMBOLS          adds what tells perf and gdb of native code, on Linux
//     RISER_JIT_BASELINE            gives riser::engine the baseline backend; needs xbyak among the include directories
//     RISER_SOURCE                  in one translation unit, and
//     RISER_SEPARATE_COMPILATION    in all others: the engine is compiled once
//
{license}
#ifndef RISER_AMALGAMATED
#define RISER_AMALGAMATED
"""


class Line:
    """A line of a file, the conditions around it, and what it includes (one of riser's files, or one of the system's)."""

    def __init__(self, text, conditions):
        self.text = text
        self.conditions = conditions
        self.directive, self.argument = "", ""
        self.own = self.system = None
        if directive := DIRECTIVE.match(text):
            self.directive, self.argument = directive.groups()
        if self.directive == "include":
            own, system = OWN_INCLUDE.match(self.argument), SYSTEM_INCLUDE.match(self.argument)
            self.own, self.system = own and own[1], system and system[1]


class Source:
    def __init__(self, name, text):
        self.name = name
        self.lines = []
        self.is_guarded = False
        conditions = ()
        for raw in text.splitlines():
            line = Line(raw, conditions)
            if line.directive == "include" and not line.own and not line.system:
                sys.exit(f'{name}: the amalgamation cannot follow {raw}; write <…>, or "riser/…"')
            if line.directive == "pragma" and line.argument == "once":
                self.is_guarded = True
                continue
            self.lines.append(line)
            if line.directive in ("if", "ifdef", "ifndef"):
                conditions += (f"#{line.directive} {line.argument}",)
            elif line.directive in ("elif", "else"):
                conditions = conditions[:-1] + (f"{conditions[-1]} #{line.directive} {line.argument}",)
            elif line.directive == "endif":
                conditions = conditions[:-1]

    def block(self, first):
        """The lines behind number `first`, which opens a condition, up to its end."""
        outside = self.lines[first].conditions
        for line in self.lines[first + 1:]:
            if line.conditions == outside:
                return
            yield line


def within(outer, inner):
    """Conditions around something that has conditions of its own; the same ones need not be stated twice."""
    return outer + tuple(condition for condition in inner if condition not in outer)


def alternatives(condition):
    """Those of "#if A || B"; others stand for themselves."""
    return set(condition.removeprefix("#if ").split(" || ")) if ALTERNATIVES.fullmatch(condition) else {condition}


def is_weaker(some, others):
    """Whether `some` conditions hold wherever the `others` do: each is one of these, or has more alternatives than one."""
    return all(any(alternatives(condition) >= alternatives(other) for other in others) for condition in some)


class Amalgamation:
    def __init__(self, root):
        self.root = root
        self.sources = {ROOT_FILE: Source(ROOT_FILE, CONTENTS)}
        self.conditions = self.find_conditions()
        self.standard = self.find_standard_headers()
        self.done = set()
        self.system_done = {}
        self.out = []

    def source(self, name):
        if name not in self.sources:
            path = next(path for folder in OWN_FOLDERS if (path := self.root / folder / name).exists())
            self.sources[name] = Source(name, path.read_text(encoding="utf-8"))
        return self.sources[name]

    def find_conditions(self):
        """The conditions under which each file is needed: the weakest of those around the places that include it."""
        needed = {}
        waiting = [(0, 0, ROOT_FILE, ())]
        while waiting:
            _, _, name, conditions = heapq.heappop(waiting)
            if name in needed:
                continue
            needed[name] = conditions
            for line in self.source(name).lines:
                if line.own:
                    here = within(conditions, line.conditions)
                    number = sum(len(alternatives(condition)) for condition in here)
                    heapq.heappush(waiting, (len(here), -number, line.own, here))
        for name, conditions in needed.items():
            for line in self.source(name).lines:
                if (line.own and self.source(line.own).is_guarded
                        and not is_weaker(needed[line.own], within(conditions, line.conditions))):
                    sys.exit(f"{name}: the amalgamation has no place for {line.own}: it is included here under other conditions "
                             f"than elsewhere ({' '.join(needed[line.own])}); include it under the same ones")
        return needed

    def find_standard_headers(self):
        """The headers of the system that are needed whatever the conditions are."""
        return sorted({line.system for name, conditions in self.conditions.items() if not conditions
                       for line in self.source(name).lines if line.system and not line.conditions})

    def write(self, name, around):
        """Puts in a file, whose place has the conditions `around`."""
        source = self.source(name)
        if source.is_guarded:
            assert around == self.conditions[name], f"{name} is needed under {self.conditions[name]}, not {around}"
            self.done.add(name)
            self.out.append(f"\n// {name}")
        for number, line in enumerate(source.lines):
            here = within(around, line.conditions)
            if line.directive in ("if", "ifdef", "ifndef"):
                for inner in source.block(number):
                    self.write_before(inner, here, set())
            if line.own:
                self.write_included(line.own, here)
            elif line.system:
                self.write_system(line, here)
            else:
                self.out.append(line.text)

    def write_included(self, name, here):
        if not self.source(name).is_guarded or name not in self.done:
            self.write(name, here)

    def write_before(self, line, here, seen):
        """Before a block with a condition, puts in what it needs, directly or not, that others need without the condition."""
        if not line.own or line.own in self.done or line.own in seen:
            return
        seen.add(line.own)
        if self.source(line.own).is_guarded and is_weaker(self.conditions[line.own], here):
            self.write(line.own, here)
            return
        for inner in self.source(line.own).lines:
            self.write_before(inner, here, seen)

    def write_system(self, line, here):
        if line.system in self.standard or any(is_weaker(done, here) for done in self.system_done.get(line.system, ())):
            return
        self.system_done.setdefault(line.system, []).append(here)
        self.out.append(line.text)

    def text(self):
        license = "".join(f"// {line}".rstrip() + "\n" for line in (self.root / "LICENSE").read_text(encoding="utf-8").splitlines())
        self.out = [BANNER.format(version=version_in(self.root / "include/riser/version.hpp"), license=license)]
        self.out += [f"#include <{header}>" for header in self.standard]
        self.write(ROOT_FILE, ())
        self.out.append("\n#endif // RISER_AMALGAMATED")
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.out)) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path, help="the file to write; its folder is made")
    output = parser.parse_args().output
    text = Amalgamation(ROOT).text()
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

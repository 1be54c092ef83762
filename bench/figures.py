#!/usr/bin/env python3
"""Writes the README's figures, between two markers, from results/*.json; with --check, compares only.

The files are what `run.py … --json` wrote. A check ends with the line "N passed, N failed".
"""

import argparse
import json
import os
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
README = os.path.join(os.path.dirname(HERE), "README.md")
BEGIN = "<!-- figures: written by bench/figures.py -->"
END = "<!-- end of figures -->"


def row(cells):
    return "| " + " | ".join(cells) + " |"


def table(head, rows):
    return [row(head), "|---" * len(head) + "|", *(row(cells) for cells in rows)]


def where(results, what):
    return f"{what} {results['machine']}; {results['date']}."


def kernels(results):
    """Seconds of each engine, and its speed relative to wasm3 where that was there."""
    best = {
        engine: {kernel: min(times) for kernel, times in samples.items() if times}
        for engine, samples in results["user_seconds"].items()
    }
    names = list(dict.fromkeys(kernel for times in best.values() for kernel in times))
    relative = results["speed_relative_to_wasm3"]
    rows = []
    for engine, times in best.items():
        cells = [engine, *(f"{times[name]:.2f}" if name in times else "–" for name in names)]
        if relative:
            ratios = relative.get(engine, {}) if engine != "wasm3" else dict.fromkeys(names, 1.0)
            whole = len(ratios) == len(names)
            cells.append(f"{statistics.geometric_mean(ratios.values()):.2f}" if whole else "–")
        rows.append(cells)
    head = ["seconds", *names] + (["speed, wasm3 = 1"] if relative else [])
    versions = dict.fromkeys(results["versions"].values())
    return [
        where(
            results,
            f"Kernels, user CPU time of whole processes, best of {results['runs']} runs, compilation included.",
        ),
        f"Measured: {', '.join(versions)}.",
        "",
        *table(head, rows),
    ]


def real(results):
    """How long real programs take: a row for each, a column for each engine."""
    samples = results["seconds"]
    names = list(dict.fromkeys(name for times in samples.values() for name in times))
    rows = [
        [name, *(f"{min(times[name]):.2f}" if times.get(name) else "–" for times in samples.values())] for name in names
    ]
    return [
        where(results, f"Real programs from start to end, one core, best of {results['runs']} runs, compilation included."),
        f"Measured: {', '.join(dict.fromkeys(results['versions'].values()))}.",
        "",
        *table(["seconds", *({"node": "node (default)"}.get(engine, engine) for engine in samples)], rows),
    ]


def start(results):
    """How long a large program takes from start to end."""
    size = results["program_bytes"] / 1e6
    rows = [
        [
            engine,
            f"{min(sample['wall'] for sample in samples) * 1e3:.0f}",
            f"{min(sample['cpu'] for sample in samples) * 1e3:.0f}",
            f"{min(sample['peak_kib'] for sample in samples) / 1024:.0f}",
        ]
        for engine, samples in results["samples"].items()
    ]
    return [
        where(results, f"Start to end of `{' '.join(results['program'])}` ({size:.0f} MB)."),
        "",
        *table(["", "wall ms", "CPU ms", "peak MiB"], rows),
    ]


def compile_time(results):
    """What including riser costs."""
    titles = {
        "holds_instances.cpp": "holds instances",
        "constructs_engine.cpp": "constructs an engine",
        "runs_wasi.cpp": "runs WASI programs",
        "reads_text.cpp": "reads the text format",
    }
    rows = [
        [
            unit["compiler"],
            titles[unit["source"]],
            ("compiled once, elsewhere" if unit["separate"] else "headers alone")
            + (", baseline tier" if unit.get("baseline") else ""),
            f"{unit['seconds']:.1f}",
        ]
        for unit in results["seconds"]
    ]
    return [
        where(results, "Compiling a translation unit at -O2."),
        "",
        *table(["compiler", "unit", "engine", "CPU seconds"], rows),
    ]


SECTIONS = (("kernels", kernels), ("real", real), ("start", start), ("compile-time", compile_time))


def figures():
    """The lines between the markers; a kind of results that is not kept has no section."""
    lines = []
    for name, section in SECTIONS:
        path = os.path.join(HERE, "results", f"{name}.json")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as results:
                lines += [*section(json.load(results)), ""]
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    with open(README, encoding="utf-8") as file:
        text = file.read()
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        sys.exit(f"README.md: there must be one line '{BEGIN}', and after it one line '{END}'")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    wanted = "\n".join([before + BEGIN, *figures(), END + after])
    if check:
        agrees = text == wanted
        if not agrees:
            print("README.md: its figures are not those of bench/results/*.json; bench/figures.py writes them")
        print("1 passed, 0 failed" if agrees else "0 passed, 1 failed")
        return not agrees
    with open(README, "w", encoding="utf-8") as file:
        file.write(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())

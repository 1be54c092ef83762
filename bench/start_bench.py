"""How soon a large program starts: whole processes, riser beside wasmi."""

import argparse
import os

import engines
import measure

# riser's options, what they are compared with, and how many times its time is acceptable.
PAIRS = (
    (("lazy-validation", "--compile-mode", "lazy-validation"), ("lazy", "--compilation-mode", "lazy"), 1.3),
    (("default",), ("lazy-translation", "--compilation-mode", "lazy-translation"), 1.0),
)


def add_arguments(parser):
    engines.add_arguments(parser)
    parser.add_argument("--runs", type=int, default=20, help="runs of each, of which the fastest counts (default 20)")
    parser.add_argument("--core", type=int, help="the core to run on (default: the last one)")
    parser.add_argument("--json", metavar="OUT", help="write all samples here")
    parser.add_argument("module", help="a WASI program, best of 10 MB or more")
    parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, help="its arguments; they should make it end at once (--version)"
    )


def sample_all(contestants, module, arguments, runs):
    samples = {engine.name: [] for engine in contestants}
    failures = {}
    outputs = {}
    for _ in range(runs):
        for engine in contestants:
            if engine.name in failures:
                continue
            sample = measure.run(engine.start(module, *arguments))
            samples[engine.name].append(sample)
            outputs[engine.name] = sample.stdout
            if sample.exit_code != 0:
                failures[engine.name] = f"exit code {sample.exit_code}; it said: {measure.last_words(sample)}"
    for name, stdout in outputs.items():
        if name not in failures and stdout != next(iter(outputs.values())):
            failures[name] = f"printed {stdout!r}, not {next(iter(outputs.values()))!r}"
    return samples, failures


def main(arguments):
    wasmis = engines.peers(arguments, ("wasmi",))
    risers = engines.risers(arguments)
    contestants = [engine.with_options(*pair[1]) for engine in wasmis for pair in PAIRS]
    contestants += [engine.with_options(*pair[0]) for engine in risers for pair in PAIRS]
    circumstances = measure.begin(arguments, contestants)
    samples, failures = sample_all(contestants, arguments.module, arguments.arguments, arguments.runs)

    good = {name: runs for name, runs in samples.items() if name not in failures}
    wall = {name: min(sample.wall for sample in runs) for name, runs in good.items()}
    cpu = {name: min(sample.cpu for sample in runs) for name, runs in good.items()}
    width = max(len(name) for name in samples)
    print(f"\nstart to end of the process, minimum of {arguments.runs}, core {circumstances['core']}")
    print(" " * width + f"{'wall ms':>12}{'CPU ms':>12}{'peak MiB':>12}")
    for name, runs in good.items():
        print(
            f"{name:<{width}}{wall[name] * 1e3:>12.1f}{cpu[name] * 1e3:>12.1f}{min(sample.peak_kib for sample in runs) / 1024:>12.1f}"
        )
    for riser in risers:
        for wasmi in wasmis:
            for (mine, *_), (theirs, *_), accepted in PAIRS:
                pair = f"{riser.name} {mine}", f"{wasmi.name} {theirs}"
                if all(name in good for name in pair):
                    print(
                        f"{pair[0]} / {pair[1]}: wall {wall[pair[0]] / wall[pair[1]]:.2f}, CPU {cpu[pair[0]] / cpu[pair[1]]:.2f} (accepted: {accepted:.1f})"
                    )
    if arguments.json:
        measure.keep(
            arguments.json,
            {
                **circumstances,
                "versions": {engine.name: engine.version() for engine in contestants},
                "program": [os.path.basename(arguments.module), *arguments.arguments],
                "program_bytes": os.path.getsize(arguments.module),
                "samples": {name: measure.processes(runs) for name, runs in good.items()},
            },
        )
    for name, failure in failures.items():
        print(f"{name}: {failure}")
    return 1 if failures else 0

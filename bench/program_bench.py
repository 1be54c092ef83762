"""How fast code of native tiers runs: the kernels and larger programs in each engine, in one interleaved run."""

import sys

import comparison
import engines
import measure
from program_sets import KERNELS, PROGRAMS

ALL = (*PROGRAMS, *KERNELS)
BASELINES = ("node liftoff", "wasmtime winch")


def add_arguments(parser):
    comparison.add_arguments(parser, "program", ALL, runs=3)
    parser.add_argument(
        "--baseline",
        action="append",
        metavar="NAME",
        help=f"the ratios are to the fastest of these contestants (repeatable; default: {', '.join(BASELINES)})",
    )


def contestants_of(arguments):
    risers = engines.risers(arguments)
    peers = engines.peers(arguments, ("node", "wasmtime", "wasm3"))
    return risers + [variant for peer in peers for variant in peer.tiers()]


def baselines_of(arguments, contestants):
    names = [engine.name for engine in contestants]
    for name in arguments.baseline or ():
        if name not in names:
            sys.exit(f"--baseline {name}: no contestant is called that; there are {', '.join(names)}")
    return [name for name in arguments.baseline or BASELINES if name in names]


def run_alone(whole, idle):
    """Seconds of the run without start-up and compilation; at least a millisecond, which is how exact they are."""
    return {
        engine: {name: max(row[name] - idle[engine][name], 0.001) for name in row if name in idle[engine]}
        for engine, row in whole.items()
    }


def relative_to_fastest(best, baselines, programs):
    """Each engine's times over those of the fastest of the baselines, by program."""
    fastest = {}
    for program in programs:
        times = [best[baseline][program] for baseline in baselines if program in best[baseline]]
        if times:
            fastest[program] = min(times)
    return {engine: comparison.quotients(row, fastest) for engine, row in best.items()}


def report(title, best, baselines, names):
    """Prints times and ratios, by program; returns the ratios."""
    rows = comparison.transposed(best, names)
    comparison.print_table(f"seconds of user CPU time, {title}", rows, list(best), 3)
    if not baselines:
        print("no ratios: none of the baselines is here")
        return {}
    ratios = relative_to_fastest(best, baselines, names)
    whole = {engine: comparison.with_mean(row, names) for engine, row in ratios.items()}
    rows = comparison.transposed(whole, [*names, "geomean"])
    rows["slowest"] = {engine: max(row.values()) for engine, row in ratios.items() if row}
    comparison.print_table(
        f"time / time of the fastest of {', '.join(baselines)} (less is better), {title}", rows, list(best), 2
    )
    return ratios


def main(arguments):
    programs = comparison.chosen(arguments, ALL)
    contestants = contestants_of(arguments)
    names = [program.name for program in programs]
    baselines = baselines_of(arguments, contestants)
    circumstances = measure.begin(arguments, contestants)
    samples, failures = comparison.sample_all(contestants, programs, arguments.runs)
    idle, more_failures = comparison.sample_all(contestants, [program.idle() for program in programs], arguments.runs)
    failures += more_failures

    whole = comparison.fastest(samples)
    print(f"\nminimum of {arguments.runs} runs, core {circumstances['core']}")
    ratios = {
        "whole_process": report("whole process", whole, baselines, names),
        "run_alone": report("run alone", run_alone(whole, comparison.fastest(idle)), baselines, names),
    }
    comparison.print_noise(samples)
    measured = {
        "user_seconds": samples,
        "idle_user_seconds": idle,
        "baselines": baselines,
        "time_relative_to_fastest_baseline": ratios,
    }
    return comparison.finish(arguments, circumstances, contestants, measured, failures)

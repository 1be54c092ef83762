"""How fast code runs: the six kernels in each engine, in one interleaved run."""

import comparison
import engines
import measure
from program_sets import KERNELS


def add_arguments(parser):
    comparison.add_arguments(parser, "kernel", KERNELS, runs=5)


def main(arguments):
    kernels = comparison.chosen(arguments, KERNELS)
    risers = engines.risers(arguments)
    contestants = engines.peers(arguments) + [
        riser.with_options(memory, "--memory", memory) for riser in risers for memory in engines.MEMORIES
    ]
    circumstances = measure.begin(arguments, contestants)
    samples, failures = comparison.sample_all(contestants, kernels, arguments.runs)

    best = comparison.fastest(samples)
    names = [kernel.name for kernel in kernels]
    comparison.print_table(
        f"seconds of user CPU time, minimum of {arguments.runs}, core {circumstances['core']}, start-up included", best, names, 3
    )
    comparison.print_noise(samples)
    if "wasm3" in best:
        ratios = {name: comparison.quotients(best["wasm3"], row) for name, row in best.items() if name != "wasm3"}
        print_ratios("speed relative to wasm3 (time of wasm3 / time; more is better)", ratios, names, 2)
    else:
        ratios = {}
        print("no ratios without wasm3")
    signaling, checked = (
        {riser.name: best[f"{riser.name} {memory}"] for riser in risers} for memory in engines.MEMORIES
    )
    checks = {name: comparison.quotients(checked[name], signaling[name]) for name in signaling}
    if checks:
        print_ratios("what bounds checks cost (time of bounds-checking / time of signaling)", checks, names, 3)
    measured = {
        "user_seconds": samples,
        "speed_relative_to_wasm3": ratios,
        "bounds_checking_over_signaling": checks,
    }
    return comparison.finish(arguments, circumstances, contestants, measured, failures)


def print_ratios(title, ratios, names, digits):
    rows = {engine: comparison.with_mean(row, names) for engine, row in ratios.items()}
    comparison.print_table(title, rows, [*names, "geomean"], digits)

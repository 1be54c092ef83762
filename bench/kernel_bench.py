"""How fast code runs: the six kernels in each engine, in one interleaved run."""

import math
import os
import statistics
from dataclasses import dataclass

import engines
import measure


@dataclass
class Kernel:
    name: str
    n: int  # chosen so that wasm3 takes 0.5-1 s
    bits: int  # of the result
    result: int  # the same code compiled natively gives it, too

    @property
    def path(self):
        return os.path.join(os.path.dirname(os.path.abspath(__file__)), "kernels", self.name + ".wasm")

    def accepts(self, result):
        return result is not None and result % 2**self.bits == self.result


KERNELS = (
    Kernel("fib", 35, 32, 9227465),
    Kernel("sieve", 150, 32, 3450000),
    Kernel("matmul", 90, 64, 4658411985839727405),
    Kernel("crc32", 1000, 32, 2371648556),
    Kernel("mandelbrot", 1000, 32, 37940851),
    Kernel("quicksort", 32, 32, 1617486128),
)


def add_arguments(parser):
    engines.add_arguments(parser)
    parser.add_argument(
        "--kernel", action="append", choices=[kernel.name for kernel in KERNELS], help="only this one (repeatable)"
    )
    parser.add_argument("--runs", type=int, default=5, help="runs of each, of which the fastest counts (default 5)")
    parser.add_argument("--core", type=int, help="the core to run on (default: the last one)")
    parser.add_argument("--json", metavar="OUT", help="write all samples here")


def geometric_mean(values):
    return math.exp(sum(math.log(value) for value in values) / len(values))


def sample_all(contestants, kernels, runs):
    """User seconds by engine and kernel, and what went wrong."""
    samples = {engine.name: {kernel.name: [] for kernel in kernels} for engine in contestants}
    failures = []
    for kernel in kernels:
        broken = set()
        for _ in range(runs):
            for engine in contestants:
                if engine.name in broken:
                    continue
                sample = measure.run(engine.invoke(kernel.path, "run", kernel.n))
                result = engines.result_of(sample)
                if sample.exit_code == 0 and kernel.accepts(result):
                    samples[engine.name][kernel.name].append(sample.user)
                    continue
                broken.add(engine.name)
                said = (sample.stderr or sample.stdout).strip().splitlines()[-1:] or ["nothing"]
                failures.append(
                    f"{engine.name}: {kernel.name}({kernel.n}): exit code {sample.exit_code}, result {result}, expected {kernel.result}; it said: {said[0]}"
                )
    return samples, failures


def print_table(title, rows, kernels, digits, mean=True):
    """Rows of numbers by kernel; a row that lacks some has no mean."""
    print(f"\n{title}")
    width = max([len(name) for name in rows] + [8])
    columns = [kernel.name for kernel in kernels] + (["geomean"] if mean else [])
    print(" " * width + "".join(f"{column:>12}" for column in columns))
    for name, row in rows.items():
        cells = [f"{row[kernel.name]:.{digits}f}" if kernel.name in row else "-" for kernel in kernels]
        if mean:
            cells.append(f"{geometric_mean(row.values()):.{digits}f}" if len(row) == len(kernels) else "-")
        print(f"{name:<{width}}" + "".join(f"{cell:>12}" for cell in cells))


def quotients(numerator, denominator):
    return {name: numerator[name] / denominator[name] for name in numerator if name in denominator}


def main(arguments):
    kernels = [kernel for kernel in KERNELS if not arguments.kernel or kernel.name in arguments.kernel]
    risers = engines.risers(arguments)
    contestants = engines.peers(arguments) + [
        riser.with_options(memory, "--memory", memory) for riser in risers for memory in engines.MEMORIES
    ]
    if not contestants:
        print("no engine to measure")
        return 1
    core = measure.pin(arguments.core)
    circumstances = measure.circumstances(core)
    samples, failures = sample_all(contestants, kernels, arguments.runs)

    best = {name: {kernel: min(times) for kernel, times in row.items() if times} for name, row in samples.items()}
    spread = [statistics.median(times) / min(times) for row in samples.values() for times in row.values() if times]
    print_table(
        f"seconds of user CPU time, minimum of {arguments.runs}, core {core}, start-up included",
        best,
        kernels,
        3,
        mean=False,
    )
    if spread:
        print(
            f"noise: the median is at most {max(spread):.2f} times the minimum; load average {os.getloadavg()[0]:.2f}"
        )
    if "wasm3" in best:
        ratios = {name: quotients(best["wasm3"], row) for name, row in best.items() if name != "wasm3"}
        print_table("speed relative to wasm3 (time of wasm3 / time; more is better)", ratios, kernels, 2)
    else:
        ratios = {}
        print("no ratios without wasm3")
    signaling, checked = (
        {riser.name: best[f"{riser.name} {memory}"] for riser in risers} for memory in engines.MEMORIES
    )
    checks = {name: quotients(checked[name], signaling[name]) for name in signaling}
    if checks:
        print_table("what bounds checks cost (time of bounds-checking / time of signaling)", checks, kernels, 3)
    if arguments.json:
        measure.keep(
            arguments.json,
            {
                **circumstances,
                "runs": arguments.runs,
                "versions": {engine.name: engine.version() for engine in contestants},
                "user_seconds": samples,
                "speed_relative_to_wasm3": ratios,
                "bounds_checking_over_signaling": checks,
                "failures": failures,
            },
        )
    for failure in failures:
        print(failure)
    return 1 if failures else 0

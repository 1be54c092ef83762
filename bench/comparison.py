"""Programs that several engines run in turn, and tables of what it took."""

import math
import os
import statistics

import engines
import measure


def add_arguments(parser, word, programs, runs):
    """`word` names the option that chooses some of the programs."""
    engines.add_arguments(parser)
    parser.add_argument(
        "--" + word,
        dest="only",
        action="append",
        choices=[program.name for program in programs],
        help="only this one (repeatable)",
    )
    parser.add_argument(
        "--runs", type=int, default=runs, help=f"runs of each, of which the fastest counts (default {runs})"
    )
    parser.add_argument("--core", type=int, help="the core to run on (default: the last one)")
    parser.add_argument("--json", metavar="OUT", help="write all samples here")


def chosen(arguments, programs):
    return [program for program in programs if not arguments.only or program.name in arguments.only]


def sample_all(contestants, programs, runs):
    """User seconds by engine and program, and what went wrong."""
    samples = {engine.name: {program.name: [] for program in programs} for engine in contestants}
    failures = []
    for program in programs:
        broken = set()
        for _ in range(runs):
            for engine in contestants:
                if engine.name in broken:
                    continue
                sample = measure.run(engine.invoke(program.path, "run", program.n))
                result = engines.result_of(sample)
                if sample.exit_code == 0 and program.accepts(result):
                    samples[engine.name][program.name].append(sample.user)
                    continue
                broken.add(engine.name)
                failures.append(
                    f"{engine.name}: {program.name}({program.n}): exit code {sample.exit_code}, result {result}, "
                    f"expected {program.result}; it said: {measure.last_words(sample)}"
                )
    return samples, failures


def fastest(samples):
    """The minimum of each engine's samples of a program; a program that failed is left out."""
    return {
        engine: {program: min(times) for program, times in row.items() if times} for engine, row in samples.items()
    }


def geometric_mean(values):
    return math.exp(sum(math.log(value) for value in values) / len(values))


def quotients(numerator, denominator):
    return {name: numerator[name] / denominator[name] for name in numerator if name in denominator}


def with_mean(row, programs):
    """The row and its geometric mean; one that lacks a program has no mean."""
    return {**row, "geomean": geometric_mean(row.values())} if len(row) == len(programs) else row


def transposed(rows, columns):
    return {column: {name: row[column] for name, row in rows.items() if column in row} for column in columns}


def print_table(title, rows, columns, digits):
    """Rows of numbers by column; a dash stands where there is none."""
    print(f"\n{title}")
    first = max([len(name) for name in rows] + [8])
    widths = {column: max(len(column) + 2, 12) for column in columns}
    print(" " * first + "".join(f"{column:>{widths[column]}}" for column in columns))
    for name, row in rows.items():
        cells = {column: f"{row[column]:.{digits}f}" if column in row else "-" for column in columns}
        print(f"{name:<{first}}" + "".join(f"{cells[column]:>{widths[column]}}" for column in columns))


def print_noise(samples):
    spread = [statistics.median(times) / min(times) for row in samples.values() for times in row.values() if times]
    if spread:
        print(
            f"noise: the median is at most {max(spread):.2f} times the minimum; load average {os.getloadavg()[0]:.2f}"
        )


def finish(arguments, circumstances, contestants, measured, failures):
    """Keeps what was measured where --json says, prints what failed, and returns the exit status."""
    if arguments.json:
        versions = {engine.name: engine.version() for engine in contestants}
        measure.keep(
            arguments.json,
            {**circumstances, "runs": arguments.runs, "versions": versions, **measured, "failures": failures},
        )
    for failure in failures:
        print(failure)
    return 1 if failures else 0

"""How long real programs take, from start to end: riser beside node and wasmtime's Winch."""

import os
import pathlib
import shutil
import sys
import tempfile
from dataclasses import dataclass

import comparison
import engines
import measure

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(engines.ROOT, "tests", "peers"))
import packages  # noqa: E402
from real import module_of  # noqa: E402

THREE = "three@0.170.0"  # a library of 400 files, for a bundler


@dataclass
class Program:
    name: str
    module: str  # a program of `./dev real`
    arguments: tuple
    inputs: tuple = ()  # of real/
    guest: str = "."  # what it calls the directory that it gets
    makes: str | None = None  # a file that all engines must make alike
    package: str | None = None  # of npm, which the directory has
    exit_code: int = 0

    def prepare(self, directory):
        """Puts what it reads into its directory."""
        for name in self.inputs:
            shutil.copy(os.path.join(HERE, "real", name), directory)
        if self.package:
            name = self.package.partition("@")[0]
            shutil.copytree(packages.npm(self.package) / "node_modules" / name, os.path.join(directory, name))

    def path(self):
        return str(module_of(self.module))


PROGRAMS = (
    Program("boolector", "boolector", ("puzzle.smt2",), ("puzzle.smt2",), exit_code=10),  # satisfiable
    Program("resvg", "resvg", ("--zoom", "12", "drawing.svg", "out.png"), ("drawing.svg",), makes="out.png"),
    Program(
        "esbuild",
        "esbuild",
        ("/three/src/Three.js", "--bundle", "--minify", "--outfile=/out.js"),
        guest="/",
        makes="out.js",
        package=THREE,
    ),
    Program("CPython", "python", ("script.py",), ("script.py",)),
)


def add_arguments(parser):
    comparison.add_arguments(parser, "program", PROGRAMS, runs=3)


def contestants_of(arguments):
    risers = engines.risers(arguments)
    if not arguments.riser:
        risers += [engine.with_options("interpreter", "--tier", "interpreter") for engine in risers]
    peers = engines.peers(arguments, ("node", "wasmtime"))
    return risers + [peer if peer.kind == "node" else peer.tiers()[0] for peer in peers]


def sample(engine, program, directory):
    """A run, and what came of it."""
    run = measure.run(engine.start_in(program.guest, program.path(), *program.arguments), cwd=directory)
    made = pathlib.Path(directory, program.makes or "nothing")
    content = made.read_bytes() if made.exists() else b""
    made.unlink(missing_ok=True)
    return run, (run.stdout, content)


def sample_all(contestants, programs, runs):
    """Seconds from start to end by engine and program, and what went wrong."""
    samples = {engine.name: {program.name: [] for program in programs} for engine in contestants}
    failures = []
    for program in programs:
        outcomes = {}
        with tempfile.TemporaryDirectory(prefix="riser-real-") as directory:
            program.prepare(directory)
            for _ in range(runs):
                for engine in contestants:
                    run, outcome = sample(engine, program, directory)
                    outcomes.setdefault(outcome, engine.name)
                    if run.exit_code == program.exit_code and outcomes[outcome] == contestants[0].name:
                        samples[engine.name][program.name].append(run.wall)
                        continue
                    said = measure.last_words(run)
                    failures.append(f"{engine.name}: {program.name}: exit code {run.exit_code}; it said: {said}")
    return samples, failures


def main(arguments):
    programs = comparison.chosen(arguments, PROGRAMS)
    contestants = contestants_of(arguments)
    for program in programs:
        program.path()  # installs it, before anything is measured
    circumstances = measure.begin(arguments, contestants)
    samples, failures = sample_all(contestants, programs, arguments.runs)
    best = comparison.fastest(samples)
    names = [program.name for program in programs]
    print(f"\nminimum of {arguments.runs} runs, core {circumstances['core']}")
    comparison.print_table("seconds from start to end", comparison.transposed(best, names), list(best), 3)
    first = best[contestants[0].name]
    ratios = {engine: comparison.with_mean(comparison.quotients(row, first), names) for engine, row in best.items()}
    rows = comparison.transposed(ratios, [*names, "geomean"])
    comparison.print_table(f"time / time of {contestants[0].name} (more is better for it)", rows, list(best), 2)
    comparison.print_noise(samples)
    return comparison.finish(arguments, circumstances, contestants, {"seconds": samples}, failures)

"""What calls and instances cost on one thread and on two of the same engine."""

import os
import shutil
import sys
import tempfile

import engines
import measure

HERE = os.path.dirname(os.path.abspath(__file__))


class ThreadBench:
    """One program of threads/, as a command of run.py."""

    def __init__(self, program, description):
        self.program = program
        self.__doc__ = description

    def add_arguments(self, parser):
        parser.add_argument("--cxx", default="g++", help="the compiler of the program that measures (default: g++)")
        parser.add_argument("--include", default=os.path.join(engines.ROOT, "include"), help="where riser's headers are")
        parser.add_argument("--json", metavar="OUT", help="write what was measured here")

    def build(self, arguments, folder):
        program = os.path.join(folder, self.program)
        source = os.path.join(HERE, "threads", f"{self.program}.cpp")
        built = measure.run(
            [arguments.cxx, "-std=c++20", "-O2", "-pthread", "-I", arguments.include, source, "-o", program], timeout=900
        )
        if built.exit_code != 0:
            error = next((line for line in built.stderr.splitlines() if "error" in line), f"exit code {built.exit_code}")
            sys.exit(f"{arguments.cxx}: {error}")
        return program

    def main(self, arguments):
        if not shutil.which(arguments.cxx):
            print(f"{arguments.cxx}: not found")
            return 1
        with tempfile.TemporaryDirectory(prefix="riser-threads-") as folder:
            sample = measure.run([self.build(arguments, folder)], timeout=3600)
        if sample.exit_code != 0:
            print(f"exit code {sample.exit_code}; it said: {sample.stderr.strip()}")
            return 1
        rows = [(name, float(one), float(two)) for name, one, two in (line.split("\t") for line in sample.stdout.splitlines())]
        print(f"{'1 thread':>10}{'2 threads':>11}{'together':>10}  ns for each thread, and how many times as much two do as one")
        for name, one, two in rows:
            print(f"{one:>10.1f}{two:>11.1f}{2 * one / two:>10.2f}  {name}")
        if arguments.json:
            measure.keep(
                arguments.json,
                {**measure.circumstances(None), "rows": [{"name": n, "one": one, "two": two} for n, one, two in rows]},
            )
        return 0


CALLS = ThreadBench("calls", "What a call from the host takes, on one thread and on two, with stacks of several sizes.")
INSTANCES = ThreadBench("instances", "What it takes to make, call and drop an instance, on one thread and on two.")

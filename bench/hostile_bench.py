"""How much longer hostile modules take, for each of their bytes, than an ordinary one."""

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass

import engines
import measure

HERE = os.path.dirname(os.path.abspath(__file__))
ORDINARY = os.path.join(engines.ROOT, "examples", "guests", "hello.wasm")
ACCEPTED = 40.0  # times the ordinary module's time per byte, to validate and translate
GROUPS = ("types", "functions", "definitions", "texts")


def add_arguments(parser):
    parser.add_argument("--cxx", default="g++", help="the compiler of the program that measures (default: g++)")
    parser.add_argument("--include", default=os.path.join(engines.ROOT, "include"), help="where riser's headers are")
    parser.add_argument("--bytes", type=int, default=1_000_000, help="how large modules are (default 1000000)")
    parser.add_argument("--only", default="", metavar="WORD", help=f"kinds with this in their name, or one of {', '.join(GROUPS)}")
    parser.add_argument("--core", type=int, help="the core to run on (default: the last one)")
    parser.add_argument("--json", metavar="OUT", help="write what was measured here")
    parser.add_argument("module", nargs="?", default=ORDINARY, help="the ordinary module, best of some MB")


@dataclass
class Cost:
    group: str
    name: str
    module_bytes: int
    nanoseconds: float  # to compile the module and to drop it
    kept_bytes: int
    most_bytes: int
    text_bytes: int
    text_nanoseconds: float  # to make the module of its text
    outcome: str

    def ratio(self, ordinary):
        return self.nanoseconds / self.module_bytes / (ordinary.nanoseconds / ordinary.module_bytes)

    def text_ratio(self, ordinary):
        return self.text_nanoseconds / self.text_bytes / (ordinary.text_nanoseconds / ordinary.text_bytes)


def build(arguments, folder):
    """The program that measures."""
    program = os.path.join(folder, "measure")
    sources = [os.path.join(HERE, "hostile", name) for name in sorted(os.listdir(os.path.join(HERE, "hostile"))) if name.endswith(".cpp")]
    tests = os.path.join(engines.ROOT, "tests")
    built = measure.run(
        [arguments.cxx, "-std=c++20", "-O2", "-pthread", "-I", arguments.include, "-I", tests, *sources, "-o", program],
        timeout=900,
    )
    if built.exit_code != 0:
        error = next((line for line in built.stderr.splitlines() if "error" in line), f"exit code {built.exit_code}")
        sys.exit(f"{arguments.cxx}: {error}")
    return program


def parse(output):
    for line in output.splitlines():
        group, name, *numbers, outcome = line.split("\t")
        yield Cost(group, name, *(int(number) for number in numbers), outcome)


def report(ordinary, costs):
    """Worst first: modules, then texts."""
    print(f"ordinary: {ordinary.nanoseconds / ordinary.module_bytes:.1f} ns per byte to validate and translate, "
          f"{ordinary.text_nanoseconds / ordinary.text_bytes:.1f} ns per byte of text")
    print(f"{'times':>7}{'kept':>7}{'most':>7}  module (bytes kept and needed are per byte of the module)")
    for cost in sorted(costs, key=lambda one: -one.ratio(ordinary)):
        if cost.group != "texts":
            print(f"{cost.ratio(ordinary):>7.1f}{cost.kept_bytes / cost.module_bytes:>7.1f}"
                  f"{cost.most_bytes / cost.module_bytes:>7.1f}  {cost.group}: {cost.name} ({cost.outcome})")
    print(f"{'times':>7}  text")
    for cost in sorted(costs, key=lambda one: -one.text_ratio(ordinary)):
        print(f"{cost.text_ratio(ordinary):>7.1f}  {cost.group}: {cost.name}")


def main(arguments):
    if not shutil.which(arguments.cxx):
        print(f"{arguments.cxx}: not found")
        return 1
    core = measure.pin(arguments.core)
    with tempfile.TemporaryDirectory(prefix="riser-hostile-") as folder:
        program = build(arguments, folder)
        sample = measure.run([program, arguments.module, str(arguments.bytes), arguments.only], timeout=3600)
    if sample.exit_code != 0:
        print(f"exit code {sample.exit_code}; it said: {sample.stderr.strip()}")
        return 1
    ordinary, *costs = parse(sample.stdout)
    report(ordinary, costs)
    worst = max((cost.ratio(ordinary) for cost in costs if cost.group != "texts"), default=0.0)
    print(f"worst module: {worst:.1f} times the time per byte of an ordinary one (accepted: {ACCEPTED:.0f})")
    if arguments.json:
        measure.keep(
            arguments.json,
            {**measure.circumstances(core), "ordinary": vars(ordinary), "kinds": [vars(cost) for cost in costs]},
        )
    return 0 if worst <= ACCEPTED else 1

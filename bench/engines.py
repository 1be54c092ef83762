"""The engines that are compared and how each is called."""

import os
import shlex
import shutil
import sys
from dataclasses import dataclass

import measure

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PEERS = ("wasm3", "wasmi", "wasmtime")
KINDS = (*PEERS, "node", "wasm-tools")
MEMORIES = ("signaling", "bounds-checking")
NODE_SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node_call.cjs")
NODE_WASI_SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node_wasi.cjs")

# The tiers of a peer that are measured apart, the one that compiles fastest first. What is compiled is not kept.
TIERS = {
    "node": {"liftoff": ("--liftoff-only", "--no-wasm-lazy-compilation")},
    "wasmtime": {
        "winch": ("-C", "compiler=winch", "-C", "cache=n"),
        "cranelift": ("-C", "compiler=cranelift", "-C", "cache=n"),
    },
}
OUT_OF_FUEL = 134  # riser's exit status


@dataclass
class Engine:
    name: str
    kind: str  # riser or one of KINDS
    path: str
    options: tuple = ()

    def invoke(self, module, function, *arguments):
        """The command that calls an exported function and prints its result."""
        arguments = [str(argument) for argument in arguments]
        if self.kind == "wasm3":
            return [self.path, "--func", function, module, *arguments]
        if self.kind == "node":
            return [self.path, *self.options, NODE_SCRIPT, module, function, *arguments]
        return [self.path, "run", *self.options, "--invoke", function, module, *arguments]

    def start(self, module, *arguments):
        """The command that runs a WASI program."""
        subcommand = [] if self.kind == "wasm3" else ["run"]
        return [self.path, *subcommand, *self.options, module, *arguments]

    def start_in(self, guest, module, *arguments):
        """The command that runs a WASI program with the working directory, which it calls `guest`."""
        if self.kind == "node":
            return [self.path, "--no-warnings", *self.options, NODE_WASI_SCRIPT, f".::{guest}", module, *arguments]
        return [self.path, "run", *self.options, "--env", "PWD=/", "--dir", f".::{guest}", module, *arguments]

    def compile(self, module):
        """The command that compiles all of a WASI program on one thread and does not run it."""
        if self.kind == "node":
            return [self.path, *self.options, "--single-threaded", NODE_SCRIPT, module]
        if self.kind == "wasmtime":
            return [self.path, "compile", *self.options, "-C", "parallel-compilation=n", "-o", os.devnull, module]
        mode = () if "--compile-mode" in self.options else ("--compile-mode", "eager")
        return [self.path, "run", *mode, *self.options, "--fuel", "0", module]

    def has_compiled(self, sample):
        """Whether the command of compile() did; riser, which is to run without fuel, then ends by a trap."""
        return sample.exit_code == (OUT_OF_FUEL if self.kind == "riser" else 0)

    def tiers(self):
        """This engine once for each tier of its own, or as it is."""
        tiers = TIERS.get(self.kind, {})
        return [self.with_options(name, *flags) for name, flags in tiers.items()] or [self]

    def version(self):
        """What it says it is, in a line."""
        said = measure.run([self.path, "--version"]).stdout.splitlines()
        return said[0].strip() if said else "unknown"

    def with_options(self, suffix, *options):
        return Engine(f"{self.name} {suffix}", self.kind, self.path, (*self.options, *options))


def result_of(sample):
    """The integer an engine printed for a call, or None."""
    lines = (sample.stdout or sample.stderr).split("\n")  # wasm3 writes "Result: N" to stderr
    text = next((line.removeprefix("Result:").strip() for line in reversed(lines) if line.strip()), "")
    try:
        return int(text)
    except ValueError:
        return None


def add_arguments(parser):
    parser.add_argument(
        "--riser",
        action="append",
        metavar="[NAME=]PATH[:OPTIONS]",
        help="a riser tool and what is said to `riser run`, as in baseline=PATH:'--tier baseline' (repeatable; default: "
        "build/examples/riser)",
    )
    parser.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help=f"where a peer is, if not on PATH ({', '.join(KINDS)}; repeatable; wasm3-gcc=PATH is a second wasm3)",
    )


def risers(arguments):
    engines = []
    for option in arguments.riser or [os.path.join(ROOT, "build", "examples", "riser")]:
        tool, _, words = option.partition(":")
        name, separator, path = tool.rpartition("=")
        name = f"riser {name}" if separator else "riser"
        if name in (engine.name for engine in engines):
            sys.exit(f"--riser {option}: give each its own NAME=")
        if shutil.which(path):
            engines.append(Engine(name, "riser", os.path.abspath(path), tuple(shlex.split(words))))
        elif arguments.riser:
            sys.exit(f"{name}: no such program: {path}")
        else:
            print(f"riser: not found at {path}, left out")
    return engines


def kind_of(name):
    """Of a peer's name, which may have a suffix; None where there is no such peer."""
    return next((kind for kind in KINDS if name == kind or name.startswith(kind + "-")), None)


def peers(arguments, wanted=PEERS):
    places = {name: name for name in wanted}
    for option in arguments.peer:
        name, separator, path = option.partition("=")
        if not separator or kind_of(name) is None:
            sys.exit(f"--peer {option}: NAME=PATH with one of {', '.join(KINDS)}")
        places[name] = path
    engines = []
    for name, place in places.items():
        kind = kind_of(name)
        if kind not in wanted:
            continue
        path = shutil.which(place)
        if path:
            engines.append(Engine(name, kind, path))
        else:
            print(f"{name}: not found ({place}), left out")
    return engines

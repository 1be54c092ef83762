#!/usr/bin/env python3
"""Tests of the command line tool, from outside: what it prints, and what it exits with.

Ends with the line "N passed, N failed".
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

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


class Tool:
    def __init__(self, path):
        self.path = path

    def __call__(self, *arguments, stdin="", cwd=None, env=None):
        """Runs it. Returns exit code, stdout, stderr."""
        done = subprocess.run([self.path, *arguments], input=stdin.encode(), capture_output=True, cwd=cwd, timeout=60,
                              env={**os.environ, **(env or {})})
        return done.returncode, done.stdout.decode(), done.stderr.decode()


def expect(actual, expected):
    if actual != expected:
        raise AssertionError(f"{actual!r}\n  is not {expected!r}")


def expect_in(part, text):
    if part not in text:
        raise AssertionError(f"{part!r}\n  is not in {text!r}")


@test
def a_program_gets_everything_after_its_file(riser):
    code, out, error = riser("run", PROGRAM, "-x", "--help", "--dir", "", "--", "[1,2]", "run")
    words = ["program.wasm", "-x", "--help", "--dir", "", "--", "[1,2]", "run"]
    expect(out, "".join(f"argument {i}: {word}\n" for i, word in enumerate(words)))
    expect(error, "on stderr\n")
    expect(code, 0)


@test
def a_program_gets_its_name_and_environment(riser):
    code, out, _ = riser("run", "--argv0", "me", "--env", "A=1", "--env", "FROM_HERE", "--env", "NOT_THERE", "--env",
                         "B=x=y", PROGRAM, env={"FROM_HERE": "yes"})
    expect(out, "argument 0: me\nvariable A=1\nvariable FROM_HERE=yes\nvariable B=x=y\n")
    expect(code, 0)


@test
def a_program_has_its_exit_code(riser):
    for number in (0, 1, 42, 125):
        expect(riser("run", PROGRAM, "exit", str(number)), (number, "", ""))


@test
def a_program_reads_standard_input(riser):
    expect(riser("run", PROGRAM, "copy", stdin="some\nlines\n"), (0, "some\nlines\n", ""))


@test
def a_program_uses_the_directories_that_it_is_given(riser):
    with tempfile.TemporaryDirectory() as name:
        box = pathlib.Path(name)
        (box / "in").mkdir()
        (box / "in" / "file").write_text("content")
        (box / "secret").write_text("secret")
        expect(riser("run", "--dir", "in", PROGRAM, "cat", "in/file", cwd=box), (0, "content", ""))
        expect(riser("run", "--dir", "in::there", PROGRAM, "cat", "there/file", cwd=box), (0, "content", ""))
        expect(riser("run", "--dir", f"{box}/in::.", PROGRAM, "cat", "file"), (0, "content", ""))
        expect(riser("run", "--dir", "in::.", PROGRAM, "write", "new", "text", cwd=box)[0], 0)
        expect((box / "in" / "new").read_text(), "text")
        for path in ("../secret", f"{box}/secret", "/etc/passwd"):
            code, out, _ = riser("run", "--dir", "in::.", PROGRAM, "cat", path, cwd=box)
            expect((code, out), (1, ""))
        code, _, error = riser("run", "--dir", "none", PROGRAM, cwd=box)
        expect(code, 1)
        expect_in("'none'", error)


@test
def every_memory_and_compile_mode_runs_the_same(riser):
    for memory in ("adaptive", "signaling", "bounds-checking"):
        for mode in ("eager", "lazy-translation", "lazy-validation"):
            expect(riser("run", "--tier", "interpreter", "--memory", memory, "--compile-mode", mode, HELLO, "you"),
                   (0, "Hello, you!\n", ""))


@test
def invoke_calls_a_function_and_prints_its_results(riser):
    for name, arguments, expected in [
        ("add", ["2", "3"], "5"),
        ("add", ["-2", "-3"], "-5"),
        ("add", ["2147483647", "1"], "-2147483648"),
        ("add", ["0xffffffff", "4294967295"], "-2"),
        ("negate", ["9223372036854775807"], "-9223372036854775807"),
        ("negate", ["-9223372036854775808"], "-9223372036854775808"),
        ("half", ["1"], "0.5"),
        ("half", ["0.1"], "0.05"),
        ("half", ["1e30"], "500000000000000000000000000000"),
        ("divide", ["1", "3"], "0.3333333333333333"),
        ("divide", ["1e-7", "1"], "0.0000001"),
        ("divide", ["-1", "0"], "-inf"),
        ("divide", ["-0", "1"], "-0"),
        ("divide", ["inf", "inf"], "NaN"),
        ("divide", ["10", "1"], "10"),
    ]:
        expect(riser("run", "--invoke", name, LIBRARY, *arguments), (0, expected + "\n", ""))
    expect(riser("run", "--invoke", "nothing", LIBRARY), (0, "", ""))


@test
def invoke_says_what_is_wrong_with_its_arguments(riser):
    for arguments, code, message in [
        (["none"], 1, "exports no function none. It exports the functions add, negate, half"),
        (["add", "1"], 2, "add takes 2 arguments, not 1"),
        (["add", "1", "2", "3"], 2, "add takes 2 arguments, not 3"),
        (["add", "1", "4294967296"], 2, "argument 2 of add is to be i32, which '4294967296' is not"),
        (["add", "-2147483649", "1"], 2, "argument 1 of add is to be i32"),
        (["add", "1.5", "1"], 2, "argument 1 of add is to be i32"),
        (["add", "", "1"], 2, "argument 1 of add is to be i32"),
        (["half", "x"], 2, "argument 1 of half is to be f32"),
    ]:
        name, *rest = arguments
        status, out, error = riser("run", "--invoke", name, LIBRARY, *rest)
        expect((status, out), (code, ""))
        expect_in(message, error)


@test
def a_trap_has_a_backtrace_with_names(riser):
    code, _, error = riser("run", PROGRAM, "trap")
    expect(code, 134)
    lines = error.splitlines()
    expect(lines[0], f"riser: {PROGRAM} trapped: unreachable")
    names = [re.fullmatch(r" +\d+: 0x[0-9a-f]{6} program\.wasm!(\S+)", line).group(1) for line in lines[1:]]
    expect(names[:4], ["fall", "fall", "fall", "main"])
    expect_in("_start", names)
    code, _, error = riser("run", "--invoke", "divide_by_zero", LIBRARY, "1")
    expect(code, 134)
    expect_in("trapped: integer divide by zero", error)
    expect_in("library.wasm!inner\n", error)


@test
def missing_imports_are_listed(riser):
    code, out, error = riser("run", GREET)
    expect((code, out), (1, ""))
    expect_in("env.log (func (param i32 i32))\n", error)


@test
def what_is_no_program_says_so(riser):
    code, out, error = riser("run", LIBRARY)
    expect((code, out), (1, ""))
    expect_in("--invoke", error)
    expect_in("divide_by_zero", error)


@test
def bad_modules_say_what_and_where(riser):
    module = bytearray(pathlib.Path(LIBRARY).read_bytes())
    with tempfile.TemporaryDirectory() as name:
        bad = pathlib.Path(name) / "bad.wasm"

        bad.write_bytes(b"not wasm at all")
        for command in ("run", "inspect"):
            code, out, error = riser(command, str(bad))
            expect((code, out), (1, ""))
            expect(error, f"riser: {bad} is malformed, at byte 0: magic header not detected\n")

        bad.write_bytes(module[:100])
        code, _, error = riser("run", str(bad))
        expect(code, 1)
        expect_in(f"riser: {bad} is malformed, at byte ", error)

        # `add` with a drop in place of the addition, which leaves a value of the wrong number.
        add = module.index(b"\x20\x01\x20\x00\x6a\x0b")
        module[add + 4] = 0x45  # i32.eqz
        bad.write_bytes(module)
        for command in (["run", "--invoke", "add"], ["inspect"]):
            code, _, error = riser(*command, str(bad))
            expect(code, 1)
            expect_in(f"riser: {bad} is invalid, at byte {add + 5}, in function 0 (add): type mismatch", error)
        code, out, _ = riser("run", "--compile-mode", "lazy-validation", "--invoke", "negate", str(bad), "1")
        expect((code, out), (0, "-1\n"))

        code, _, error = riser("run", str(pathlib.Path(name) / "none.wasm"))
        expect(code, 1)
        expect_in("none.wasm", error)


@test
def inspect_prints_what_is_in_a_module(riser):
    code, out, error = riser("inspect", GREET)
    expect((code, error), (0, ""))
    for line in ["a valid module of ", "  functions  2 defined, 1 imported\n", "imports: 1\n  env.log (func (param i32 i32))\n",
                 "  fib (func (param i32) (result i64))\n", "memories: 1\n  0 (memory 2)\n", "custom sections: "]:
        expect_in(line, out)


@test
def statistics_count(riser):
    code, out, error = riser("run", "--stats", HELLO, "you")
    expect((code, out), (0, "Hello, you!\n"))
    functions, translated = map(int, re.search(r"functions: (\d+), translated (\d+)", error).groups())
    if not 0 < translated < functions:
        raise AssertionError(error)
    code, _, error = riser("run", "--stats", "--compile-mode", "eager", "--memory", "bounds-checking", HELLO)
    functions, translated = map(int, re.search(r"functions: (\d+), translated (\d+)", error).groups())
    expect(translated, functions)
    expect_in("memories: 0 signaling, 1 bounds-checking", error)


@test
def bad_command_lines_are_told_apart(riser):
    for arguments in ([], ["run"], ["walk"], ["run", "--unknown", HELLO], ["run", "--memory", "none", HELLO],
                      ["run", "--tier", "none", HELLO], ["run", "--dir"], ["inspect"], ["inspect", HELLO, HELLO]):
        code, out, error = riser(*arguments)
        expect((code, out), (2, ""))
        expect_in("--help", error)
    for arguments in (["--help"], ["run", "--help"], ["inspect", "--help"]):
        code, out, error = riser(*arguments)
        expect((code, error), (0, ""))
        expect_in("Usage: riser", out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--riser", type=pathlib.Path, default=ROOT / "build" / "examples" / "riser",
                        help="the tool (default: %(default)s)")
    riser = Tool(str(parser.parse_args().riser.resolve()))
    failed = 0
    for function in TESTS:
        try:
            function(riser)
        except Exception as failure:  # whatever it is, the others run
            failed += 1
            print(f"FAILED {function.__name__}: {type(failure).__name__}: {failure}")
    print(f"{len(TESTS) - failed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())

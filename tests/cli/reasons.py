"""Whatever ends with another status than 0 says why on standard error."""

import os
import pathlib
import tempfile

from shells import COMMANDS, options_of
from support import EMPTY, HELLO, expect, test

TRAPPING = '(func (export "f") (unreachable)) (func (export "g") (param i32)) (func (export "loop") (loop (br 0)))'
MALFORMED = EMPTY[:-1]
INVALID = "(module (func (result i32)))"
UNSUPPORTED = '(func (export "f") (drop (v128.const i64x2 0 0)))'


def expect_reason(riser, status, *arguments, **options):
    """It ends so, and says more than that it is riser."""
    code, _, error = riser(*arguments, **options)
    reason = error.startswith("riser: ") and error[len("riser: "):].strip() != ""
    expect((arguments, code, error if not reason else "a reason"), (arguments, status, "a reason"))


@test
def every_misuse_of_an_option_is_told(riser):
    for command in COMMANDS:
        options = options_of(riser, command)
        _, text, _ = riser(command, "--help")
        for letter, name in options:
            takes_value = f"--{name} " in text and f"--{name}  " not in text
            for spelling in [f"--{name}"] + ([f"-{letter}"] if letter else []):
                expect_reason(riser, 2, command, f"{spelling}x")
                if name in ("help", "version"):
                    continue
                expect_reason(riser, 2, command, spelling)  # without its value, or without FILE
                if not takes_value:
                    expect_reason(riser, 2, command, f"{spelling}=x", HELLO)
    names = {"dir": ("", "::"), "dir-ro": ("", "::"), "env": ("", "=")}  # which may be almost anything
    for name in ("tier", "memory", "compile-mode", "timeout", "fuel", "max-memory", "max-elements", "stack-size", "wasm", "wasi",
                 *names):
        for value in names.get(name, ("", "=", "::", "-1", "1x", "\n", "9" * 40)):
            expect_reason(riser, 2, "run", f"--{name}={value}", HELLO)


@test
def every_failing_command_is_told(riser):
    with tempfile.TemporaryDirectory() as folder:
        box = pathlib.Path(folder)
        files = {"empty.wasm": b"", "malformed.wasm": MALFORMED, "no.wasm": b"text", "component.wasm": b"\0asm\x0d\0\1\0",
                 "malformed.wat": b"(module", "invalid.wat": INVALID.encode(), "unread.wasm": EMPTY}
        for name, content in files.items():
            (box / name).write_bytes(content)
        (box / "unread.wasm").chmod(0)
        for name in [*files, "none.wasm", "none/x.wasm", "."]:
            if name == "unread.wasm" and os.access(box / name, os.R_OK):
                continue  # whoever may read everything
            for command in ("run", "inspect", "wat2wasm", "wasm2wat"):
                if (command, name) != ("wasm2wat", "malformed.wat"):
                    expect_reason(riser, 1, command, str(box / name))
            if name != "empty.wasm":  # a script without commands
                expect_reason(riser, 1, "wast", str(box / name))
        for command, output in (("wat2wasm", "/dev/full"), ("wat2wasm", "none/x"), ("wat2wasm", ".")):
            expect_reason(riser, 1, command, "-", "-o", output, stdin="(module)", cwd=folder)
        for command in (["inspect", HELLO], ["wasm2wat", HELLO], ["--help"], ["--version"], ["man"], ["completion", "bash"],
                        ["run", "--help"], ["inspect", "--json", HELLO], ["inspect", "--bytecode", HELLO]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                expect_reason(riser, 1, *command, stdout=full)
        with open("/dev/full", "w", encoding="utf-8") as full:
            expect_reason(riser, 1, "wast", "-", stdin="(module)", stdout=full)
            expect_reason(riser, 1, "run", "--invoke", "f", "-", stdin='(func (export "f") (result i32) (i32.const 1))',
                          stdout=full)


@test
def every_program_that_does_not_run_to_its_end_is_told(riser):
    for status, arguments, program in [
        (1, ["-"], TRAPPING),  # no program
        (1, ["--invoke", "none", "-"], TRAPPING),
        (2, ["--invoke", "g", "-"], TRAPPING),
        (2, ["--invoke", "g", "-", "1.5"], TRAPPING),
        (2, ["--invoke", "g", "-", "1", "2"], TRAPPING),
        (134, ["--invoke", "f", "-"], TRAPPING),
        (134, ["--invoke", "loop", "--fuel", "1000", "-"], TRAPPING),
        (134, ["--invoke", "loop", "--timeout", "1ms", "-"], TRAPPING),
        (134, ["-"], '(func $f (export "_start") (call $f))'),
        (134, ["-"], "(func $f unreachable) (start $f)"),
        (134, ["-"], '(memory 1) (data (i32.const 65536) "x")'),
        (134, ["-"], '(func (export "_initialize") (unreachable))'),
        (134, ["-"], UNSUPPORTED.replace('"f"', '"_start"')),
        (1, ["--compile-mode", "eager", "-"], UNSUPPORTED),
        (134, ["--compile-mode", "lazy-validation", "-"], '(func (export "_start") (result i32))'),
        (1, ["-"], '(import "a" "b" (func))'),
        (1, ["-"], '(import "wasi_snapshot_preview1" "fd_write" (func))'),
        (1, ["-"], '(import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))'
                   '(import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))'),  # no memory
        (1, ["--max-memory", "1K", "-"], "(memory 1)"),
        (1, ["--max-elements", "1", "-"], "(table 2 funcref)"),
        (1, ["--dir", "/nonexistent", "-"], "(module)"),
        (1, ["-"], '(global (export "_start") i32 (i32.const 0))'),
        (1, ["-"], '(func (export "_start") (param i32))'),
        (1, ["-"], """(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                      (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const 1000)))"""),
    ]:
        expect_reason(riser, status, "run", *arguments, stdin=program)

"""Modules that cannot be run, and why."""

import pathlib
import subprocess
import tempfile

from support import EMPTY, GREET, HELLO, LIBRARY, expect, expect_in, test

NO_MODULE = "is no WebAssembly module: one begins with the bytes 00 61 73 6d, or in the text format with (\n"


@test
def missing_imports_are_listed(riser):
    code, out, error = riser("run", GREET)
    expect((code, out), (1, ""))
    expect_in("env.log (func (param i32 i32))\n", error)
    expect_in("riser run provides wasi_snapshot_preview1", error)


@test
def bad_modules_say_what_and_where(riser):
    good = bytearray(pathlib.Path(LIBRARY).read_bytes())
    with tempfile.TemporaryDirectory() as name:
        bad = pathlib.Path(name) / "bad.wasm"

        bad.write_bytes(b"not wasm at all")
        for command in ("run", "inspect"):
            code, out, error = riser(command, str(bad))
            expect((code, out), (1, ""))
            expect(error, f"riser: {bad} {NO_MODULE}")

        text = pathlib.Path(name) / "bad.wat"
        text.write_bytes(b"\n module")
        code, out, error = riser("run", str(text))
        expect((code, out), (1, ""))
        expect_in(f"riser: {text}:2:2: unexpected token module: expected", error)

        bad.write_bytes(good[:100])
        code, _, error = riser("run", str(bad))
        expect(code, 1)
        expect_in(f"riser: {bad} is malformed, at byte ", error)

        # `add` with a drop in place of the addition, which leaves a value of the wrong number.
        add = good.index(b"\x20\x01\x20\x00\x6a\x0b")
        good[add + 4] = 0x45  # i32.eqz
        bad.write_bytes(good)
        for command in (["run", "--invoke", "add"], ["inspect"]):
            code, _, error = riser(*command, str(bad))
            expect(code, 1)
            expect_in(f"riser: {bad} is invalid, at byte {add + 5}, in function 0 (add): type mismatch", error)
        code, out, _ = riser("run", "--compile-mode", "lazy-validation", "--invoke", "negate", str(bad), "1")
        expect((code, out), (0, "-1\n"))



@test
def what_cannot_be_read_says_why(riser):
    with tempfile.TemporaryDirectory() as box:
        none = pathlib.Path(box) / "none.wasm"
        for command in ("run", "inspect"):
            expect(riser(command, str(none)), (1, "", f"riser: cannot open {none}: No such file or directory\n"))
            expect(riser(command, box), (1, "", f"riser: cannot read {box}: Is a directory\n"))


@test
def what_is_no_module_says_what_it_is(riser):
    for content, guess in [
        (b"", "is empty, and no WebAssembly module\n"),
        (b"\n\t ", NO_MODULE),
        (b"\0asm\x0d\0\1\0", "is a component; riser takes core modules (of wasm32-wasip1, say)\n"),
        (b"<html>", NO_MODULE),
        (b"module (func)", NO_MODULE),
        (b"\0(module)", NO_MODULE),
    ]:
        with tempfile.TemporaryDirectory() as box:
            file = pathlib.Path(box) / "file"
            file.write_bytes(content)
            for command in ("run", "inspect"):
                expect(riser(command, str(file)), (1, "", f"riser: {file} {guess}"))


@test
def a_file_without_end_is_refused(riser):
    for command in ("run", "inspect"):
        expect(riser(command, "/dev/zero"),
               (1, "", f"riser: /dev/zero {NO_MODULE}"))
        with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as endless:
            expect(riser(command, "-", stdin=endless.stdout), (1, "", f"riser: /dev/stdin {NO_MODULE}"))
            endless.stdout.close()


@test
def a_module_beyond_the_limit_is_refused(riser):
    with tempfile.TemporaryDirectory() as box:
        file = pathlib.Path(box) / "large.wasm"
        file.write_bytes(EMPTY)
        with open(file, "r+b") as sparse:
            sparse.truncate((1 << 30) + 1)
        expect(riser("inspect", str(file)),
               (1, "", f"riser: cannot read {file}: larger than 1073741824 bytes, the limit for modules in the binary format\n"))


@test
def a_module_comes_from_standard_input(riser):
    with open(HELLO, "rb") as stdin:
        expect(riser("run", "-", "you", stdin=stdin), (0, "Hello, you!\n", ""))
    status, out, error = riser("inspect", "-", stdin="(module (func (drop)))")
    expect((status, out), (1, ""))
    expect_in("/dev/stdin:1:16: invalid, in function 0: ", error)
    expect_in("in function 0: type mismatch", error)


@test
def an_unsupported_instruction_is_named(riser):
    module = '(module (func (export "f") (drop (v128.const i64x2 1 0))))'
    status, out, error = riser("run", "--compile-mode", "eager", "--invoke", "f", "-", stdin=module)
    expect((status, out), (1, ""))
    expect_in("/dev/stdin:1:35: unsupported, in function 0: ", error)

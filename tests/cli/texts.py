"""Modules in the text format: `riser run x.wat`, `riser inspect x.wat`, `riser wat2wasm`, `riser wasm2wat`."""

import os
import pathlib
import pty
import subprocess
import tempfile

from support import EMPTY, GREET, HELLO, LIBRARY, PROGRAM, expect, expect_in, test

ADD = """\
;; The sum of two numbers.
(module $sums
  (memory 1)
  (data (i32.const 8) "\\00\\ff")
  (func $add (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1))))
"""
HELLO_TEXT = """\
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\08\\00\\00\\00\\06\\00\\00\\00Hello\\n")
  (func (export "_start") (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 20)))))
"""
INVALID = '(module (func $f (export "f") (result i32) (i64.const 1)))'


class Box:
    """A folder for a test, with the files that it needs."""

    def __init__(self, **files):
        self.files = files

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        for name, text in self.files.items():
            self.write(name + ".wat", text)
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def __call__(self, name):
        return str(self.path / name)

    def write(self, name, content):
        (self.path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return self(name)

    def read(self, name):
        return (self.path / name).read_bytes()

    def names(self):
        return sorted(os.listdir(self.path))


@test
def text_runs_as_binary_does(riser):
    with Box(add=ADD, hello=HELLO_TEXT) as box:
        expect(riser("run", "--invoke", "add", box("add.wat"), "40", "2"), (0, "42\n", ""))
        expect(riser("run", box("hello.wat")), (0, "Hello\n", ""))
        for mode in ("eager", "lazy-validation"):
            expect(riser("run", "--compile-mode", mode, box("hello.wat")), (0, "Hello\n", ""))


@test
def the_content_and_not_the_name_tells_the_format(riser):
    with Box() as box:
        text = box.write("text.wasm", ADD)
        binary = box.write("binary.wat", pathlib.Path(HELLO).read_bytes())
        expect(riser("run", "--invoke", "add", text, "1", "2"), (0, "3\n", ""))
        expect(riser("run", binary, "you"), (0, "Hello, you!\n", ""))
        fields = box.write("fields.wat", '\n\t;; no module around them\n(; (; ;) ;) (func (export "f"))')
        expect(riser("run", "--invoke", "f", fields), (0, "", ""))


@test
def text_comes_from_standard_input(riser):
    expect(riser("run", "--invoke", "add", "-", "1", "2", stdin=ADD), (0, "3\n", ""))
    code, out, error = riser("inspect", "--exports", "-", stdin=ADD)
    expect((code, out, error), (0, "exports: 1\n  add (func (param i32 i32) (result i32))\n", ""))


@test
def text_is_inspected_as_binary_is(riser):
    with Box(add=ADD) as box:
        code, out, error = riser("inspect", box("add.wat"))
        expect((code, error), (0, ""))
        expect_in(" bytes, sums\n", out)
        code, out, error = riser("inspect", "--bytecode", box("add.wat"), "add")
        expect((code, error), (0, ""))
        expect_in("i32.add", out)


@test
def errors_in_text_say_where_and_show_it(riser):
    with Box() as box:
        for text, told in [
            ("(module\n  (func (export \"f\")\n\ti32.foo))\n",
             "3:2: unknown operator i32.foo: expected an instruction\n   i32.foo))\n   ^\n"),
            ("(module (func (call $é)) (func (call $none)))", None),
            ("(module", "1:8: "),
            ("(module (func)) trailing", "1:17: "),
            ("(module (func " + "nop " * 100 + "oops " + "nop " * 100 + "))",
             f"1:415: unknown operator oops: expected an instruction\n  ...{('nop ' * 100)[-50:]}oops {('nop ' * 6)[:21]}...\n"
             f"  {' ' * 53}^\n"),
            ("(module (func (param i32) \x01))", "1:27: "),
            ('(module (func (export "\u00e9\u00e9") oops))',
             '1:31: unknown operator oops: expected an instruction\n  (module (func (export "éé") oops))\n'
             f"  {' ' * 28}^\n"),
        ]:
            file = box.write("bad.wat", text)
            for command in (["run"], ["inspect"], ["wat2wasm"]):
                code, out, error = riser(*command, file)
                expect((code, out), (1, ""))
                prefix = f"riser: {file}:{told or '1:21: '}"
                expect(error[:len(prefix)], prefix)
                expect([each for each in error if each != "\n" and ord(each) < 32], [])
        expect(box.names(), ["bad.wat"])


@test
def old_names_and_components_are_explained(riser):
    for text, told in [
        ("(func get_local 0)", "1:7: unknown operator get_local: expected an instruction (it is called local.get now)\n"),
        ("(func (i32.trunc_s/f32 (f32.const 0)))", "(it is called i32.trunc_f32_s now)\n"),
        ("(func current_memory)", "(it is called memory.size now)\n"),
        ("(table 1 anyfunc)", "expected a reference type (it is called funcref now)\n"),
        ("(component (core module))", "1:2: unknown operator component: expected a field of a module "
                                      "(this is a component; only core modules are read)\n"),
    ]:
        code, out, error = riser("inspect", "-", stdin=text)
        expect((code, out), (1, ""))
        expect_in(told, error)


@test
def a_text_that_states_a_name_section_has_no_other(riser):
    stated = '(module $m (@custom "name" "\\00\\02\\01x") (@custom "name" "") (func $f))'
    with Box(stated=stated) as box:
        expect(riser("wat2wasm", box("stated.wat")), (0, "", ""))
        binary = box.read("stated.wasm")
        expect((binary.count(b"\x04name"), b"\x01x" in binary, b"f" in binary[8:]), (1, True, False))
        expect(riser("wasm2wat", box("stated.wasm"), "-o", box("again.wat")), (0, "", ""))
        expect_in(b"(module $x", box.read("again.wat"))
        expect(riser("wat2wasm", box("again.wat")), (0, "", ""))
        expect(box.read("again.wasm"), binary)
        expect(riser("wat2wasm", "--no-names", box("stated.wat")), (0, "", ""))
        expect(b"name" in box.read("stated.wasm"), False)


@test
def a_script_is_no_module(riser):
    with Box() as box:
        script = box.write("test.wast", '(module)\n(assert_return (invoke "f"))\n')
        code, out, error = riser("run", script)
        expect((code, out, error.splitlines()[-1]),
               (1, "", "It is called like a script of modules and assertions: riser wast runs those."))
        expect_in(f"riser: {script}:2:1: ", error)


@test
def what_is_well_formed_but_invalid_names_the_function(riser):
    with Box(bad=INVALID) as box:
        for command in ("run", "inspect", "wat2wasm"):
            code, out, error = riser(command, box("bad.wat"))
            expect((code, out), (1, ""))
            expect(error.splitlines()[0].startswith(f"riser: {box('bad.wat')}:1:57: invalid, in function 0 (f): type mismatch"), True)
            expect(error.splitlines()[1:], ["  ..." + INVALID[6:], "  " + " " * 53 + "^"])
        expect(box.names(), ["bad.wat"])
        expect(riser("wat2wasm", "--no-check", box("bad.wat")), (0, "", ""))
        code, out, error = riser("wasm2wat", box("bad.wasm"))
        expect((code, error), (0, ""))
        expect_in("i64.const 1", out)


@test
def conversion_comes_to_rest(riser):
    """Text to binary, to text, to binary: the second binary is the first, the second text, too."""
    with Box(add=ADD, hello=HELLO_TEXT) as box:
        for file in (PROGRAM, LIBRARY, GREET, HELLO):
            expect(riser("wasm2wat", file, "-o", box(pathlib.Path(file).stem + "0.wat")), (0, "", ""))
        for file in box.names():
            stem = file.removesuffix(".wat")
            expect(riser("wat2wasm", box(file), "-o", box(stem + ".1.wasm")), (0, "", ""))
            expect(riser("wasm2wat", box(stem + ".1.wasm"), "-o", box(stem + ".1.wat")), (0, "", ""))
            expect(riser("wat2wasm", box(stem + ".1.wat")), (0, "", ""))
            expect(riser("wasm2wat", box(stem + ".1.wasm"), "--output", box(stem + ".2.wat")), (0, "", ""))
            expect(riser("wat2wasm", box(stem + ".2.wat")), (0, "", ""))
            expect(box.read(stem + ".2.wasm"), box.read(stem + ".1.wasm"))
            expect(box.read(stem + ".2.wat"), box.read(stem + ".1.wat"))
        expect(riser("run", box("program0.1.wasm"))[0], riser("run", PROGRAM)[0])
        expect(riser("run", box("hello0.1.wat"), "you"), (0, "Hello, you!\n", ""))


@test
def output_goes_beside_the_input_or_where_it_is_told(riser):
    with Box(add=ADD) as box:
        other = box.write("text.txt", ADD)
        expect(riser("wat2wasm", box("add.wat")), (0, "", ""))
        expect(riser("wat2wasm", other), (0, "", ""))
        expect(riser("wat2wasm", "add.wat", "-o", "third.wasm", cwd=box.path), (0, "", ""))
        expect(box.names(), ["add.wasm", "add.wat", "text.txt", "text.txt.wasm", "third.wasm"])
        binary = box.read("add.wasm")
        expect({box.read("text.txt.wasm"), box.read("third.wasm")}, {binary})
        for source, stdin in ([box("add.wat"), "-o", "-"], ""), (["-"], ADD):
            done = subprocess.run([riser.path, "wat2wasm", *source], input=stdin.encode(), capture_output=True, check=True)
            expect((done.stdout, done.stderr), (binary, b""))
        code, text, error = riser("wasm2wat", box("add.wasm"))
        expect((code, error), (0, ""))
        expect_in("(func $add", text)
        with open(box("add.wasm"), "rb") as stdin:
            expect(riser("wasm2wat", "-", stdin=stdin), (0, text, ""))


@test
def names_can_be_left_out(riser):
    with Box(add=ADD) as box:
        expect(riser("wat2wasm", box("add.wat")), (0, "", ""))
        code, out, _ = riser("wasm2wat", "--no-names", box("add.wasm"))
        expect((code, "$" in out), (0, False))
        expect(riser("wat2wasm", "--no-names", box("add.wat")), (0, "", ""))
        expect(b"sums" in box.read("add.wasm"), False)
        expect(riser("wasm2wat", box("add.wasm")), (0, out, ""))


@test
def a_failure_loses_nothing(riser):
    with Box(bad="(module (func oops))", good=ADD) as box:
        kept = box.write("kept.wasm", b"kept")
        broken = box.write("broken.wasm", EMPTY[:-1])
        for arguments, complaint in [
            (["wat2wasm", box("bad.wat"), "-o", kept], f"riser: {box('bad.wat')}:1:15: unknown operator oops"),
            (["wasm2wat", broken, "-o", kept], f"riser: {broken} is malformed, at byte "),
            (["wat2wasm", box("none.wat"), "-o", kept], f"riser: cannot open {box('none.wat')}: No such file or directory\n"),
            (["wat2wasm", box("good.wat"), "-o", "/dev/full"], "riser: cannot write /dev/full: No space left on device\n"),
            (["wat2wasm", box("good.wat"), "-o", str(box.path)], f"riser: cannot write {box.path}: Is a directory\n"),
            (["wat2wasm", box("good.wat"), "-o", box("no/x")], f"riser: cannot write {box('no/x')}: No such file or directory\n"),
        ]:
            code, out, error = riser(*arguments)
            expect((code, out, error[:len(complaint)]), (1, "", complaint))
            expect(box.read("kept.wasm"), b"kept")
        expect(box.names(), ["bad.wat", "broken.wasm", "good.wat", "kept.wasm"])


def limit_file_size():
    import resource
    import signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))


@test
def what_is_half_written_is_removed(riser):
    with Box(add=ADD) as box:
        for old in (None, b"old"):
            before = box.names()
            code, out, error = riser("wat2wasm", box("add.wat"), preexec_fn=limit_file_size)
            expect((code, out, error), (1, "", f"riser: cannot write {box('add.wasm')}: File too large\n"))
            expect(box.names(), before)
            if old is not None:
                expect(box.read("add.wasm"), old)
            box.write("add.wasm", b"old")


@test
def a_file_that_is_replaced_keeps_its_permissions_and_its_links(riser):
    with Box(add=ADD) as box:
        box.write("real.wasm", b"old")
        os.chmod(box("real.wasm"), 0o640)
        os.symlink("real.wasm", box("add.wasm"))
        expect(riser("wat2wasm", box("add.wat")), (0, "", ""))
        expect(os.path.islink(box("add.wasm")), True)
        expect(box.read("real.wasm")[:4], b"\0asm")
        expect(os.stat(box("real.wasm")).st_mode & 0o777, 0o640)
        expect(riser("wat2wasm", box("add.wat"), "-o", box("new.wasm"), umask=0o027), (0, "", ""))
        expect(os.stat(box("new.wasm")).st_mode & 0o777, 0o640)
        # In place of what it was made of.
        expect(riser("wasm2wat", box("new.wasm"), "-o", box("new.wasm")), (0, "", ""))
        expect(box.read("new.wasm")[:7], b"(module")


@test
def a_binary_is_not_written_to_a_terminal(riser):
    with Box(add=ADD) as box:
        ours, theirs = pty.openpty()
        code, _, error = riser("wat2wasm", "-o", "-", box("add.wat"), stdout=theirs)
        os.close(theirs)
        os.close(ours)
        expect((code, error),
               (2, "riser: a binary module is nothing for a terminal; --output FILE says where it goes\n"))


@test
def a_conversion_that_there_is_nothing_to_do_for_is_refused(riser):
    with Box(add=ADD) as box:
        expect(riser("wasm2wat", box("add.wat")), (1, "", f"riser: {box('add.wat')} is in the text format already\n"))
        expect(riser("wat2wasm", HELLO), (1, "", f"riser: {HELLO} is in the binary format already\n"))


@test
def text_without_end_is_refused(riser):
    """A zero byte ends it: no text has one."""
    done = subprocess.run(["bash", "-c", '(printf "(module "; cat /dev/zero) | "$0" run -', riser.path],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    expect((done.returncode, done.stdout), (1, b""))
    expect_in("riser: /dev/stdin:1:9: ", done.stderr.decode())

"""What a program that `riser run` runs gets to see, and what becomes of it."""

import os
import pathlib
import re
import tempfile

from support import HELLO, LIBRARY, PROGRAM, expect, expect_in, test


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
def a_value_may_be_empty(riser):
    for option in (["--argv0="], ["--argv0", ""]):
        expect(riser("run", *option, PROGRAM, "--argv0=", "-W="),
               (0, "argument 0: \nargument 1: --argv0=\nargument 2: -W=\n", "on stderr\n"))


@test
def an_export_without_a_name_is_the_program(riser):
    def run(unnamed):
        return riser("run", "-", stdin=f"""(module
            (global $is_ready (mut i32) (i32.const 0))
            (func (export "_initialize") (global.set $is_ready (i32.const 1)))
            (func $program (if (i32.eqz (global.get $is_ready)) (then (unreachable))))
            (func (export "_start") (unreachable))
            (export "" {unnamed}))""")

    expect(run("(func $program)"), (0, "", ""))
    status, out, error = run("(global $is_ready)")
    expect((status, out), (1, ""))
    expect_in('no exported function ""', error)


# Prints "ready" in _initialize.
REACTOR = """(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\\08\\00\\00\\00\\06\\00\\00\\00ready\\n")
    (global $is_ready (mut i32) (i32.const 0))
    (func (export "_initialize")
        (global.set $is_ready (i32.const 1))
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))"""


@test
def a_reactor_is_initialized_and_ends_with_0(riser):
    expect(riser("run", "-", stdin=REACTOR), (0, "ready\n", ""))
    code, out, error = riser("run", "-", stdin='(func (export "_initialize") (unreachable))')
    expect((code, out), (134, ""))
    expect_in("trapped: unreachable", error)
    ends = """(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1) (func (export "_initialize") (call $exit (i32.const 7)))"""
    expect(riser("run", "-", stdin=ends), (7, "", ""))
    expect(riser("run", "-", stdin=ends + '(func (export "_start") (unreachable))'), (7, "", ""))


@test
def initialize_runs_once_before_start(riser):
    start = '(func (export "_start") (call $exit (i32.add (i32.const 3) (global.get $is_ready))))'
    expect(riser("run", "-", stdin=REACTOR + start), (4, "ready\n", ""))


@test
def a_start_with_results_runs_with_a_warning(riser):
    start = '(func (export "_start") (result i32 f64) (call $f) (i32.const 3) (f64.const 4))'
    code, out, error = riser("run", "-", stdin=REACTOR.replace('(export "_initialize")', "$f") + start)
    expect((code, out), (0, "ready\n"))
    expect(error, "riser: warning: _start of - has results, which a program's has not; they are dropped\n")


@test
def a_start_that_cannot_be_called_says_why(riser):
    def run(export):
        code, out, error = riser("run", "-", stdin=f'(func (export "_initialize") (unreachable)) {export}')
        expect((code, out), (1, ""))
        return error

    expect(run('(func (export "_start") (param i32))'),
           'riser: -: "_start" is a function of another type: it is [i32] -> [], not [] -> []\n')
    expect(run('(global (export "_start") i32 (i32.const 0))'), 'riser: -: no exported function "_start"\n')


@test
def a_program_has_its_exit_code(riser):
    for number in (0, 1, 42, 126, 255):
        expect(riser("run", PROGRAM, "exit", str(number)), (number, "", ""))


@test
def an_exit_code_that_a_process_cannot_have_is_a_failure(riser):
    for number, told in ((256, "256"), (-1, "4294967295 (-1)")):
        code, out, error = riser("run", PROGRAM, "exit", str(number))
        expect((code, out), (1, ""))
        expect_in(f"exited with code {told}, which a process cannot", error)


@test
def a_program_of_wasi_unstable_runs(riser):
    expect(riser("run", "-", stdin=REACTOR.replace("wasi_snapshot_preview1", "wasi_unstable")), (0, "ready\n", ""))


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
        expect_in("cannot open the directory 'none': No such file or directory", error)


@test
def a_read_only_directory_can_be_read_only(riser):
    with tempfile.TemporaryDirectory() as name:
        box = pathlib.Path(name)
        (box / "file").write_text("content")
        for directory in (".", f"{box}::."):
            expect(riser("run", "--dir-ro", directory, PROGRAM, "cat", "file", cwd=box), (0, "content", ""))
            code, out, error = riser("run", "--dir-ro", directory, PROGRAM, "write", "file", "other", cwd=box)
            expect((code, out), (1, ""))
            expect_in("file: Read-only file system", error)
            expect((box / "file").read_text(), "content")


@test
def a_program_gets_all_of_the_environment_where_that_is_said(riser):
    for option in ("-Sinherit-env", "--wasi=inherit-env=y"):
        _, out, _ = riser("run", option, "--env", "B=2", PROGRAM, env={"FROM_HERE": "yes", "B": "1"})
        expect_in("variable FROM_HERE=yes\n", out)
        expect_in("variable B=2\n", out)
    _, out, _ = riser("run", "-S", "inherit-env=n", PROGRAM, env={"FROM_HERE": "yes"})
    expect("FROM_HERE" in out, False)


@test
def a_program_gets_the_streams_that_it_is_left(riser):
    expect(riser("run", "-S", "inherit-stdin=n", PROGRAM, "copy", stdin="text"), (0, "", ""))
    expect(riser("run", "-S", "inherit-stdout=n", PROGRAM, "copy", stdin="text"), (0, "", ""))
    expect(riser("run", "-S", "inherit-stdout=n", PROGRAM), (0, "", "on stderr\n"))
    expect(riser("run", "-S", "inherit-stdout=n,inherit-stderr=n", PROGRAM), (0, "", ""))


@test
def a_stream_that_is_closed_is_none_of_the_programs_files(riser):
    with tempfile.TemporaryDirectory() as name:
        for streams in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)):
            def close(streams=streams):
                for stream in streams:
                    os.close(stream)

            code, out, error = riser("run", "--dir", ".", PROGRAM, "print-beside", "file", cwd=name, preexec_fn=close)
            expect((code, out, error), (0, "" if 1 in streams else "on stdout\n", "" if 2 in streams else "on stderr\n"))
            expect((pathlib.Path(name) / "file").read_text(), "")
            expect(riser("--version", preexec_fn=close)[0], 1 if 1 in streams else 0)


@test
def stdio_only_is_stdio_only(riser):
    expect(riser("run", "--wasi", "stdio-only", PROGRAM, "copy", stdin="text"), (0, "text", ""))
    for more in (["--dir", "."], ["--dir-ro", "."], ["--env", "A=1"], ["-S", "inherit-env"]):
        code, out, error = riser("run", "--wasi", "stdio-only", *more, PROGRAM, "copy", stdin="text")
        expect((code, out), (2, ""))
        expect_in("need --wasi full", error)


@test
def without_wasi_there_is_none(riser):
    for option in (["--wasi", "none"], ["-S", "cli=n"]):
        code, out, error = riser("run", *option, HELLO)
        expect((code, out), (1, ""))
        expect_in("wasi_snapshot_preview1.fd_write (func (param i32 i32 i32 i32) (result i32))\n", error)
        expect_in("--wasi none", error)
        expect(riser("run", *option, "--invoke", "add", LIBRARY, "1", "2"), (0, "3\n", ""))


@test
def every_memory_and_compile_mode_runs_the_same(riser):
    for memory in ("adaptive", "signaling", "bounds-checking"):
        for mode in ("eager", "lazy-translation", "lazy-validation"):
            expect(riser("run", "--tier", "interpreter", "--memory", memory, "--compile-mode", mode, HELLO, "you"),
                   (0, "Hello, you!\n", ""))


@test
def a_trap_has_a_backtrace_with_names(riser):
    code, _, error = riser("run", PROGRAM, "trap")
    expect(code, 134)
    lines = error.splitlines()
    expect(lines[0], f"riser: {PROGRAM} trapped: unreachable (in function 19, fall)")
    names = [re.fullmatch(r" +\d+: 0x[0-9a-f]{6} program\.wasm!(\S+)", line).group(1) for line in lines[1:]]
    expect(names[:4], ["fall", "fall", "fall", "main"])
    expect_in("_start", names)
    code, _, error = riser("run", "--invoke", "divide_by_zero", LIBRARY, "1")
    expect(code, 134)
    expect_in("trapped: integer divide by zero", error)
    expect_in("library.wasm!inner\n", error)


@test
def a_backtrace_says_lines_where_there_is_debug_information(riser):
    for version, folder in ((2, ""), (3, ""), (4, ""), (5, "/source/")):
        file = LIBRARY.replace("library", f"lines-dwarf{version}")
        code, _, error = riser("run", "--invoke", "run", file, "7")
        expect(code, 134)
        expect([re.sub(r"0x[0-9a-f]{6} ", "", line) for line in error.splitlines()[1:]],
               [f"   {i}: lines-dwarf{version}.wasm!{function} at {folder}lines.c:{place}"
                for i, (function, place) in enumerate((("divide", "3:14"), ("middle", "9:16"), ("run", "15:12")))])


@test
def a_backtrace_of_a_text_says_line_and_column(riser):
    text = """(module
  (func $leaf (param i32) (result i32)
    (i32.div_u (i32.const 1) (local.get 0)))
  (func (export "run") (result i32)
    (i32.add (i32.const 1)
             (call $leaf (i32.const 0))))
  (func $bad (export "bad") (result i32)
    (i64.const 1))
  (func $vector (export "vector")
    (drop (v128.const i64x2 0 0)))
  (func $deep (export "deep") (call $deep)))
"""
    with tempfile.TemporaryDirectory() as box:
        file = pathlib.Path(box) / "odd.wat"
        file.write_text(text, encoding="utf-8")

        def trap(name, mode="lazy-validation"):
            code, out, error = riser("run", "--compile-mode", mode, "--invoke", name, str(file))
            expect((code, out), (134, ""))
            return error.replace(f"{file}:", "@").splitlines()[1:]

        expect(trap("run"), ["   0: @3:6 odd.wat!leaf", "   1: @6:15 odd.wat!run"])
        expect(trap("bad"), ["   0: @8:18 odd.wat!bad"])
        expect(trap("vector"), ["   0: @10:12 odd.wat!vector"])
        expect(trap("deep")[:4], [f"   {i}: @11:32 odd.wat!deep" for i in range(3)] + ["      and 61 more of these"])
        _, _, error = riser("run", "--compile-mode", "lazy-validation", "--invoke", "bad", str(file))
        expect("byte" in error, False)
        code, _, error = riser("run", "--invoke", "run", "-", stdin=text.replace("(i64.const 1)", "(i32.const 1)"))
        expect((code, error.splitlines()[1]), (134, "   0: -:3:6 -!leaf"))


@test
def a_backtrace_counts_a_recursion(riser):
    code, _, error = riser("run", "--invoke", "recurse", LIBRARY, "100000000")
    expect(code, 134)
    lines = error.splitlines()
    expect(lines[0], f"riser: {LIBRARY} trapped: call stack exhausted (in function 9, recurse)")
    expect(len(lines), 6)
    expect(lines[4], "      and 61 more of these")
    expect_in("--stack-size", lines[5])


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

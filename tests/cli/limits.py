"""What a program may take: time, fuel, memory, stack."""

import re
import resource
import subprocess

from support import HELLO, LIBRARY, PROGRAM, Skip, expect, expect_in, test


@test
def time_ends_a_loop(riser):
    for option in (["--timeout", "50ms"], ["-W", "timeout=50ms"], ["-Wtimeout=50000us"], ["--timeout=50000000ns"]):
        status, out, error = riser("run", *option, "--invoke", "spin", LIBRARY)
        expect((status, out), (134, ""))
        lines = error.splitlines()
        expect(lines[0], f"riser: {LIBRARY} trapped: deadline passed (in function 7, spin)")
        expect_in("library.wasm!spin", lines[1])
        expect(lines[-1], "The time of --timeout is over.")


OPENING = """(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) ".")
  (func (export "_start") (local $opened i32) (local $error i32)
    (loop $next
      (local.set $error (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 2) ;; a directory
        (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 8)))
      (if (local.get $error) (then (call $exit (local.get $error))))
      (br_if $next (i32.lt_u (local.tee $opened (i32.add (local.get $opened) (i32.const 1))) (i32.const 1500))))))"""


@test
def files_are_open_as_the_shell_allows(riser):
    too_many_files = 33  # errno `mfile`
    if 0 <= resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 2000:
        raise Skip("ulimit -n cannot be set to 2000")
    for limit, expected in ((100, too_many_files), (2000, 0)):
        status, _, _ = riser("run", "--dir", ".", "-", stdin=OPENING,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
        expect((limit, status), (limit, expected))


@test
def time_ends_a_start_function(riser):
    module = '(module (func $f (export "_start") (loop (br 0))) (start $f))'
    status, out, error = riser("run", "--timeout", "50ms", "-", stdin=module)
    expect((status, out), (134, ""))
    expect_in("trapped: deadline passed", error)


@test
def time_ends_a_program_that_waits(riser):
    status, out, error = riser("run", "--timeout", "50ms", PROGRAM, "sleep")
    expect((status, out), (134, "sleeping\n"))
    expect_in("trapped: deadline passed: in a function of WASI (in function 36, __wasi_poll_oneoff)\n", error)
    expect_in("program.wasm!sleep\n", error)  # the backtrace
    expect_in("--timeout", error)
    with subprocess.Popen(["sleep", "1000"], stdout=subprocess.PIPE) as silent:
        status, out, error = riser("run", "--timeout", "50ms", PROGRAM, "copy", stdin=silent.stdout)
        silent.kill()
    expect((status, out), (134, ""))
    expect_in("trapped: deadline passed", error)


@test
def no_time_is_no_run(riser):
    status, out, error = riser("run", "--timeout", "0", HELLO)
    expect((status, out), (134, ""))
    expect_in("trapped: deadline passed", error)


@test
def time_that_suffices_changes_nothing(riser):
    for time in ("1000", "1000000000000000ns", "9223372036"):
        expect(riser("run", "--timeout", time, HELLO, "you"), (0, "Hello, you!\n", ""))
        expect(riser("run", "--timeout", time, PROGRAM, "exit", "3"), (3, "", ""))


@test
def fuel_is_counted(riser):
    for option in (["--fuel", "1_000"], ["-W=fuel=0x3e8"], ["--wasm", "timeout=1000s,fuel=1000"]):
        status, out, error = riser("run", *option, "--invoke", "spin", LIBRARY)
        expect((status, out), (134, ""))
        expect(error.splitlines()[0], f"riser: {LIBRARY} trapped: out of fuel (in function 7, spin)")
        expect_in("The 1000 operators of --fuel are used up.", error)
    status, out, error = riser("run", "--fuel", "1000000", "--stats", HELLO, "you")
    expect((status, out), (0, "Hello, you!\n"))
    used, left = map(int, re.search(r"fuel: (\d+) used, (\d+) left", error).groups())
    expect(used + left, 1000000)
    expect(riser("run", "--fuel", str(used), HELLO, "you"), (0, "Hello, you!\n", ""))
    expect(riser("run", "--fuel", str(used - 1), HELLO, "you")[0], 134)
    expect(riser("run", "--fuel", "0", HELLO, "you")[:2], (134, ""))


@test
def memory_has_a_limit(riser):
    def grow(*options):
        return riser("run", *options, "--invoke", "grow", LIBRARY, "14")

    expect(grow(), (0, "2\n", ""))
    for option in ("--max-memory=1M", "--max-memory=1048576", "--max-memory=1MiB", "--max-memory=1024KiB", "--max-memory=1GiB", "-Wmax-memory-size=1M", "-Wmax-memory-size=1114111"):
        expect(grow(option), (0, "2\n", ""))
    for option in ("--max-memory=1048575", "-Wmax-memory-size=1023K", "-Wmax-memory-size=128K"):
        expect(grow(option), (0, "-1\n", ""))
    status, out, error = grow("--max-memory", "64K")
    expect((status, out), (1, ""))
    expect_in("no room for memory 0\n--max-memory allows 65536 bytes.\n", error)
    status, out, error = grow("-W", "max-memory-size=131071")
    expect((status, out), (1, ""))
    expect_in("no room for memory 0\n-W max-memory-size allows 131071 bytes for each memory.\n", error)


@test
def max_memory_is_for_all_and_max_memory_size_for_each(riser):
    def run(*options):
        module = '(module (memory 1) (memory 1) (func (export "f")))'
        return riser("run", *options, "--invoke", "f", "-", stdin=module)

    expect(run("-W", "max-memory-size=64K"), (0, "", ""))
    expect(run("--max-memory", "128K"), (0, "", ""))
    expect(run("--max-memory", "127K")[0], 1)


@test
def tables_have_a_limit(riser):
    def run(limit):
        module = '(module (table 10 funcref) (func (export "f")))'
        return riser("run", "-W", f"max-table-elements={limit}", "--invoke", "f", "-", stdin=module)

    expect(run(10), (0, "", ""))
    status, out, error = run(9)
    expect((status, out), (1, ""))
    expect_in("no room for table 0\n-W max-table-elements allows 9 elements for each table.\n", error)


@test
def tables_together_have_a_limit_of_their_own(riser):
    def run(*options):
        module = '(module (table 10000000 funcref) (table 10000000 funcref) (func (export "f")))'
        return riser("run", *options, "--invoke", "f", "-", stdin=module)

    status, out, error = run()
    expect((status, out), (1, ""))
    expect_in("no room for table 1\n--max-elements allows 16777216 elements for all tables.\n", error)
    expect(run("--max-elements", "20000000"), (0, "", ""))
    expect(run("-W", "max-table-elements=20000000"), (0, "", ""))
    expect(run("-W", "max-table-elements=20000000", "--max-elements", "19999999")[0], 1)


@test
def the_stack_has_a_size(riser):
    def recurse(*options):
        return riser("run", *options, "--invoke", "recurse", LIBRARY, "5000")

    expect(recurse("--stack-size", "16M"), (0, "5000\n", ""))
    expect(recurse("-W", "max-wasm-stack=16777216"), (0, "5000\n", ""))
    for option in ("--stack-size=16K", "-Wmax-wasm-stack=16384"):
        status, out, error = recurse(option)
        expect((status, out), (134, ""))
        expect_in("trapped: call stack exhausted", error)


@test
def bad_limits_are_refused(riser):
    for arguments, message in [
        (["--timeout", "1.5"], "--timeout is to be whole seconds, or a number with s, ms, us or ns after it, which '1.5' is not"),
        (["--timeout", "1h"], "'1h' is not"),
        (["--timeout", "s"], "'s' is not"),
        (["--timeout", "99999999999999s"], "'99999999999999s' is not"),
        (["--fuel", "many"], "--fuel is to be a number of wasm operators, which 'many' is not"),
        (["--fuel", "18446744073709551616"], "'18446744073709551616' is not"),
        (["--fuel="], "--fuel is to be a number of wasm operators, which '' is not"),
        (["--max-memory", "1T"], "--max-memory is to be a number of bytes, with K, M or G (or KiB, MiB, GiB) after it"),
        (["--max-memory", "iB"], "'iB' is not"),
        (["--max-memory", "1KB"], "'1KB' is not"),
        (["--max-memory", "1iB"], "'1iB' is not"),
        (["--dir", "/tmp::"], "--dir is to be a directory, or HOST::GUEST, which '/tmp::' is not"),
        (["--dir-ro", "::/tmp"], "--dir-ro is to be a directory, or HOST::GUEST, which '::/tmp' is not"),
        (["--max-elements", "x"], "--max-elements is to be a number of elements, which 'x' is not"),
        (["--max-memory", "17179869184G"], "'17179869184G' is not"),
        (["--stack-size", "0"], "--stack-size is to be more than nothing, which '0' is not"),
        (["-W", "fuel"], "--wasm: fuel is to be a number of wasm operators, which 'fuel' is not"),
        (["-W", "feul=1"], "--wasm: there is no key 'feul'; did you mean 'fuel'?"),
        (["-W", ""], "--wasm"),
        (["-W", "fuel=1,,timeout=1"], "--wasm: there is no key ''"),
        (["-S", "inherit-env=maybe"], "--wasi: inherit-env is to be y or n, which 'inherit-env=maybe' is not"),
        (["-S", "stdio-only=y"], "--wasi: stdio-only is to be without a value"),
        (["--wasi", "stdioonly"], "did you mean 'stdio-only'?"),
    ]:
        status, out, error = riser("run", *arguments, HELLO)
        expect((status, out), (2, ""))
        expect_in(message, error)

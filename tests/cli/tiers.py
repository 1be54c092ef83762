"""Tiers: who runs functions, and what --stats says of it. Programs must not notice."""

import pathlib
import re
import subprocess
import tempfile

from support import HELLO, PROGRAM, Skip, expect, expect_in, has_baseline, test

LOOP = """(module
  (func (export "sum") (param $n i32) (result i32) (local $s i32)
    (loop $again
      (local.set $s (i32.add (local.get $s) (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))
  (func (export "cold") (result i32) (i32.const 7)))"""


def need_baseline(riser):
    if not has_baseline(riser):
        raise Skip("this riser has no baseline backend")


def run_loop(riser, *arguments, call=("sum", "1000000"), printed="1784293664\n"):
    """Runs a function of LOOP. Returns what --stats says."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "loop.wat"
        file.write_text(LOOP)
        code, out, error = riser("run", "--stats", *arguments, "--invoke", call[0], str(file), *call[1:])
    expect((code, out), (0, printed))
    return error


def compiled(statistics):
    """Functions, bytes, microseconds and refused functions of the baseline tier; None where the engine has none."""
    found = re.search(r"^baseline: (\d+) functions, (\d+) bytes of native code, (\d+)\.(\d{3}) ms; refused (\d+)$", statistics, re.MULTILINE)
    return found and (int(found[1]), int(found[2]), int(found[3] + found[4]), int(found[5]))


@test
def programs_do_not_notice_the_tier(riser):
    need_baseline(riser)
    for tier in ("auto", "interpreter", "baseline"):
        for memory in ("adaptive", "signaling", "bounds-checking"):
            for mode in ("eager", "lazy-translation", "lazy-validation"):
                expect(riser("run", "--tier", tier, "--memory", memory, "--compile-mode", mode, HELLO, "you"),
                       (0, "Hello, you!\n", ""))


@test
def a_tool_without_the_backend_says_so(riser):
    if has_baseline(riser):
        raise Skip("this riser has the baseline backend")
    expect(riser("run", "--tier", "auto", HELLO, "you"), (0, "Hello, you!\n", ""))
    expect(riser("run", "--tier", "interpreter", HELLO, "you"), (0, "Hello, you!\n", ""))
    for command, arguments in (("run", ("--tier", "baseline")), ("run", ("--tier-up", "1")), ("run", ("--jit-threads", "1")),
                               ("wast", ("--tier", "baseline"))):
        code, out, error = riser(command, *arguments, HELLO)
        expect((code, out), (2, ""))
        expect_in(f"riser: {' '.join(arguments) if arguments[0] == '--tier' else arguments[0]} asks for native code, and this riser was "
                  "built without", error)


@test
def the_interpreter_compiles_nothing(riser):
    expect(compiled(run_loop(riser, "--tier", "interpreter")), None)


@test
def the_baseline_tier_compiles_what_is_called(riser):
    need_baseline(riser)
    statistics = run_loop(riser, "--tier", "baseline")
    functions, size, time, refused = compiled(statistics)
    expect((functions, size > 0, time > 0, refused), (1, True, True, 0))
    expect_in("functions: 2, translated 0\n", statistics)
    expect(re.search(r"native code: (\d+) of \d+ bytes by ", statistics)[1] != "0", True)
    functions, _, _, refused = compiled(run_loop(riser, "--tier", "baseline", "--compile-mode", "eager"))
    expect((functions, refused), (2, 0))


@test
def hot_functions_are_compiled(riser):
    need_baseline(riser)
    expect(compiled(run_loop(riser))[0], 1)
    expect(compiled(run_loop(riser, call=("cold",), printed="7\n")), (0, 0, 0, 0))
    expect(compiled(run_loop(riser, call=("sum", "2"), printed="3\n"))[0], 0)
    expect(compiled(run_loop(riser, "--tier-up", "0", call=("cold",), printed="7\n"))[0], 1)
    expect(compiled(run_loop(riser, "--tier-up", "1000000000000"))[0], 0)


@test
def functions_are_compiled_on_other_threads(riser):
    need_baseline(riser)
    statistics = run_loop(riser, "--jit-threads", "2", "--tier", "baseline", "--compile-mode", "eager")
    expect(compiled(statistics)[0], 2)
    expect_in("2 threads compile in the background", statistics)


@test
def refused_functions_are_told_with_the_reason(riser):
    need_baseline(riser)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "many.wat"
        file.write_text('(module (func (export "f") (result i64 i64) (i64.const 1) (i64.const 2)) (func (local v128)))')
        code, out, error = riser("run", "--stats", "--tier", "baseline", "--compile-mode", "eager", "--invoke", "f", str(file))
    expect((code, out), (0, "1\n2\n"))
    expect(compiled(error)[0::3], (1, 1))
    expect_in("\n  unsupported instruction: 1 functions, function 1 among them\n", error)


@test
def traps_are_told_alike_in_all_tiers(riser):
    need_baseline(riser)
    told = {riser("run", *how, PROGRAM, "trap") for how in (("--tier", "interpreter"), ("--tier-up", "0"), ("--tier", "baseline"))}
    expect([(code, " trapped: unreachable (in function 19, fall)\n" in error) for code, _, error in told], [(134, True)])


@test
def fuel_is_the_same_in_all_tiers(riser):
    need_baseline(riser)
    used = {re.search(r"fuel: (\d+) used", run_loop(riser, "--fuel", "100000000", *how))[1]
            for how in (("--tier", "interpreter"), ("--tier-up", "0"), ("--tier-up", "1"), ("--tier", "baseline"))}
    expect(len(used), 1)


@test
def options_of_tiers_that_contradict_each_other_are_refused(riser):
    need_baseline(riser)
    for arguments, message in ((("--tier", "baseline", "--tier-up", "1"), "--tier-up is of --tier auto"),
                               (("--tier", "interpreter", "--tier-up", "1"), "--tier-up is of --tier auto"),
                               (("--tier", "interpreter", "--jit-threads", "1"), "--jit-threads have nothing to do with --tier interpreter"),
                               (("--jit-threads", "1025"), "a number of threads, at most 1024"),
                               (("--tier-up", "often"), "a number of wasm operators")):
        code, out, error = riser("run", *arguments, HELLO)
        expect((code, out), (2, ""))
        expect_in(message, error)


@test
def a_program_that_cannot_be_compiled_as_asked_is_interpreted_with_a_warning(riser):
    need_baseline(riser)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "loop.wat"
        file.write_text(LOOP)
        for tier, warning in (("baseline", "warning: no memory for native code: "), ("auto", "")):
            command = ["sh", "-c", 'ulimit -v 100000; exec "$@"', "sh", riser.path, "run", "--tier", tier, "--memory", "bounds-checking",
                       "--invoke", "sum", str(file), "1000000"]
            done = subprocess.run(command, capture_output=True, text=True)
            expect((done.returncode, done.stdout), (0, "1784293664\n"))
            expect(warning in done.stderr and (warning != "" or done.stderr == ""), True)


@test
def scripts_run_in_the_tier_that_is_asked_for(riser):
    need_baseline(riser)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "half.wast"
        file.write_text('(module (func (export "half") (param f32) (result f32) (f32.div (local.get 0) (f32.const 2))))\n'
                        '(assert_return (invoke "half" (f32.const 3)) (f32.const 1.5))\n')
        for tier in ("auto", "interpreter", "baseline"):
            code, out, error = riser("wast", "--tier", tier, str(file))
            expect((code, error), (0, ""))
            expect_in("2 passed, 0 failed", out)


def machine_code(riser, module):
    """What `inspect --tier baseline` prints of function 0: all, the bytes of code, and (operator, offset, text) of each line."""
    code, out, error = riser("inspect", "--tier", "baseline", "-", "0", stdin=module)
    if "built without a disassembler" in error:
        raise Skip("this riser has no disassembler")
    expect((code, error), (0, ""))
    size = int(re.search(r"^  (\d+) bytes of native code$", out, re.MULTILINE)[1])
    lines = re.findall(r"^([0-9a-f]{8})? +([0-9a-f]+): (\S.*)$", out[out.index("bytes of native code"):], re.MULTILINE)
    return out, size, lines


@test
def machine_code_is_printed_to_its_end_whatever_lies_within(riser):
    need_baseline(riser)
    module = """(module (func (param i32) (result i32)
      (block (block (block (br_table 0 1 2 0 1 2 (local.get 0))) (return (i32.const 7))) (return (i32.const 8)))
      (f64.const 0.5) drop (i32.const 9)))"""
    _, size, lines = machine_code(riser, module)
    offsets = [int(offset, 16) for _, offset, _ in lines]
    expect(offsets, sorted(set(offsets)))
    expect(size - 16 < offsets[-1] < size, True)
    words = [int(text.removeprefix(".long to 0x"), 16) for _, _, text in lines if text.startswith(".long to ")]
    expect(len(words), 5)
    expect(len(set(words)), 3)
    expect(set(words) <= set(offsets), True)


@test
def machine_code_is_printed_with_the_operators_that_it_is_for(riser):
    need_baseline(riser)
    out, size, instructions = machine_code(riser, LOOP)
    expect(0 < len(instructions) <= size, True)
    expect("ret" in [text for _, _, text in instructions], True)
    loop = re.search(r"^([0-9a-f]{8}) +loop", out, re.MULTILINE)[1]
    expect(loop in [operator for operator, _, _ in instructions], True)
    expect(riser("inspect", "--tier", "interpreter", "-", "0", stdin=LOOP), riser("inspect", "--bytecode", "-", "0", stdin=LOOP))

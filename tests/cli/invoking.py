"""Calls of single functions: `riser run --invoke`."""

from support import LIBRARY, expect, expect_in, test


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
        ("divide", ["10", "1"], "10"),
    ]:
        expect(riser("run", "--invoke", name, LIBRARY, *arguments), (0, expected + "\n", ""))
    expect(riser("run", "--invoke", "nothing", LIBRARY), (0, "", ""))


IDENTITIES = """
(func (export "f32") (param f32) (result f32) (local.get 0))
(func (export "f64") (param f64) (result f64) (local.get 0))
(func (export "null") (param funcref) (result i32) (ref.is_null (local.get 0)))
(func (export "extern") (param externref) (result i32) (ref.is_null (local.get 0)))
(func (export "not null") (param (ref extern)))
"""


@test
def invoke_takes_floats_as_the_text_format_has_them_and_prints_nans_exactly(riser):
    for name, argument, expected in [
        ("f32", "0x1.8p1", "3"),
        ("f64", "-0x.8p0", None),
        ("f64", "-0x0.8", "-0.5"),
        ("f32", "nan", "nan"),
        ("f32", "-nan", "-nan"),
        ("f32", "NaN", "nan"),
        ("f32", "nan:0x200001", "nan:0x200001"),
        ("f32", "-nan:0x400000", "-nan"),
        ("f32", "nan:0x800000", None),
        ("f64", "-nan:0x1", "-nan:0x1"),
        ("f64", "nan:0xfffffffffffff", "nan:0xfffffffffffff"),
        ("f64", "1_000.5", "1000.5"),
        ("f64", ".5", "0.5"),
        ("null", "null", "1"),
        ("extern", "null", "1"),
        ("extern", "x", None),
        ("not null", "null", None),
    ]:
        code, out, error = riser("run", "--invoke", name, "-", argument, stdin=IDENTITIES)
        expect((code, out), (0, expected + "\n") if expected else (2, ""))
        expect(error == "", expected is not None)


@test
def invoke_names_an_export_that_is_no_function_and_quotes_names(riser):
    module = '(memory (export "a b") 1) (func (export "x\\n,\\"") (export "plain") (export ""))'
    expect(riser("run", "--invoke", "a b", "-", stdin=module),
           (1, "", 'riser: - exports no function "a b": "a b" is (memory 1)\n'
                   'It exports the functions "x\\x0a,\\"", plain, "".\n'))
    code, out, error = riser("inspect", "--exports", "-", stdin=module)
    expect((code, error), (0, ""))
    expect(out, 'exports: 4\n  "a b" (memory 1)\n  "x\\x0a,\\"" (func)\n  plain (func)\n  "" (func)\n')


@test
def invoke_says_what_is_wrong_with_its_arguments(riser):
    for arguments, code, message in [
        (["none"], 1, "exports no function none\nIt exports the functions add, negate, half"),
        (["ad", "1"], 1, "exports no function ad; did you mean 'add'?\n"),
        (["memory"], 1, "exports no function memory: memory is (memory "),
        (["add", "1"], 2, "add takes 2 arguments, not 1: (func (param i32 i32) (result i32))"),
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
def what_is_no_program_says_so(riser):
    code, out, error = riser("run", LIBRARY)
    expect((code, out), (1, ""))
    expect_in("--invoke", error)
    expect_in("divide_by_zero", error)


@test
def invoke_says_what_a_command_line_cannot_state(riser):
    status, out, error = riser("run", "--invoke", "f", "-", "1", stdin='(func (export "f") (param (ref extern)))')
    expect((status, out), (2, ""))
    expect_in("argument 1 of f is to be (ref extern), which a command line cannot state", error)


@test
def a_long_list_of_functions_is_cut(riser):
    exports = " ".join(f'(export "function_{i}")' for i in range(1000))
    status, out, error = riser("run", "--invoke", "f", "-", stdin=f"(func {exports})")
    expect((status, out), (1, ""))
    expect_in("function_19 and 980 more (riser inspect --exports)", error)

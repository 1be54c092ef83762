"""`riser inspect`."""

import json
import os
import pathlib
import re
import tempfile

from support import EMPTY, GREET, LIBRARY, expect, expect_in, test


@test
def inspect_prints_what_is_in_a_module(riser):
    code, out, error = riser("inspect", GREET)
    expect((code, error), (0, ""))
    for line in ["a valid module of ", "  functions  2 defined, 1 imported\n", "imports: 1\n  env.log (func (param i32 i32))\n",
                 "  fib (func (param i32) (result i64))\n", "memories: 1\n  0 (memory 2)\n", "custom sections: "]:
        expect_in(line, out)


@test
def inspect_prints_imports_and_exports_alone(riser):
    imports = "imports: 1\n  env.log (func (param i32 i32))\n"
    code, exports, error = riser("inspect", "--exports", GREET)
    expect((code, error), (0, ""))
    expect(exports.splitlines()[0], "exports: 3")
    expect_in("  fib (func (param i32) (result i64))\n", exports)
    expect(riser("inspect", "--imports", GREET), (0, imports, ""))
    expect(riser("inspect", "--imports", "--exports", GREET), (0, imports + exports, ""))


def read_json(riser, *arguments):
    code, out, error = riser("inspect", "--json", *arguments)
    expect((code, error), (0, ""))
    return json.loads(out)


@test
def json_has_what_the_text_has(riser):
    told = read_json(riser, GREET)
    expect(told["file"], GREET)
    expect(told["bytes"], pathlib.Path(GREET).stat().st_size)
    expect(told["functions"], {"defined": 2, "imported": 1})
    expect(told["imports"], [{"module": "env", "name": "log", "kind": "function", "type": "(func (param i32 i32))",
                              "params": ["i32", "i32"], "results": []}])
    expect({each["name"]: each["kind"] for each in told["exports"]},
           {"memory": "memory", "fib": "function", "greet": "function"})
    expect(told["memories"], [{"kind": "memory", "type": "(memory 2)", "min": 2, "max": None, "is_64": False,
                               "shared": False, "page_size": 65536}])
    expect(list(read_json(riser, "--imports", GREET)), ["file", "imports"])
    expect(list(read_json(riser, "--exports", GREET)), ["file", "exports"])
    expect(list(read_json(riser, "--exports", "--imports", GREET)), ["file", "imports", "exports"])


ODD = ['"', "\\", "a\"b\\c", "\n\r\t\0\x01\x1f\x7f", "", "\u2028\u2029", "\U0001F600", "</script>", "{}", "é"]


def odd_module():
    """Imports and exports of every kind, whose names are strange."""
    def quoted(text):
        return '"' + "".join(f"\\{byte:02x}" for byte in text.encode()) + '"'

    imported = ["(func (param i32) (result i64))", f"(table i64 {2**32 - 1} {2**32 - 1} funcref)", f"(memory i64 {2**48})",
                "(global (mut i32))", "(tag (param i32))"]
    imports = [f"(import {quoted(odd)} {quoted(other)} {what})" for odd in ODD for other, what in zip(ODD, imported)]
    kinds = ["func", "table", "memory", "global", "tag"]
    exports = [f"(export {quoted(odd)} ({kinds[i % 5]} 0))" for i, odd in enumerate(ODD)]
    customs = [f'(@custom {quoted(odd)} "content")' for odd in ODD]
    return "\n".join(["(module", *imports, *exports, *customs, ")"])


@test
def json_is_json_whatever_the_names_are(riser):
    with tempfile.TemporaryDirectory() as box:
        file = pathlib.Path(box) / "\"odd\"\n.wasm"
        file.write_text(odd_module())
        told = read_json(riser, str(file))
        expect(told["file"], str(file))
        expect([each["name"] for each in told["exports"]], ODD)
        expect([each["module"] for each in told["imports"][::5]], ODD)
        expect([each["name"] for each in told["custom_sections"]], ODD)
        expect([each["kind"] for each in told["imports"][:5]], ["function", "table", "memory", "global", "tag"])
        table, memory, variable, tag = told["imports"][1:5]
        expect((table["element"], table["min"], table["max"], table["is_64"]),
               ("(ref null func)", 2**32 - 1, 2**32 - 1, True))
        expect((memory["min"], memory["max"], memory["is_64"]), (2**48, None, True))
        expect((variable["value"], variable["mutable"]), ("i32", True))
        expect((tag["params"], tag["results"]), (["i32"], []))
        # What is no UTF-8 is replaced: JSON has no other text.
        bad = os.fsencode(box) + b"/\xff.wasm"
        pathlib.Path(os.fsdecode(bad)).write_bytes(EMPTY)
        expect(read_json(riser, bad)["file"], f"{box}/\ufffd.wasm")


@test
def text_has_no_control_characters_of_a_module(riser):
    with tempfile.TemporaryDirectory() as box:
        file = pathlib.Path(box) / "odd.wasm"
        file.write_text(odd_module())
        code, out, error = riser("inspect", str(file))
        expect((code, error), (0, ""))
        expect([each for each in out if each != "\n" and (ord(each) < 32 or ord(each) == 127)], [])
        expect_in("\\x0a\\x0d\\x09\\x00\\x01\\x1f\\x7f", out)


@test
def every_member_of_the_json_is_documented(riser):
    def members(value):
        if isinstance(value, dict):
            return set(value) | {each for part in value.values() for each in members(part)}
        return {each for part in value for each in members(part)} if isinstance(value, list) else set()

    with tempfile.TemporaryDirectory() as box:
        file = pathlib.Path(box) / "odd.wasm"
        file.write_text(odd_module())
        vectors = pathlib.Path(box) / "vectors.wat"
        vectors.write_text("(func (drop (v128.const i64x2 0 0)))")
        found = members([read_json(riser, str(each)) for each in (file, vectors, GREET)])
    _, text, _ = riser("inspect", "--help")
    expect(sorted(found - set(re.findall(r"\w+", text))), [])


@test
def inspect_says_which_functions_would_trap(riser):
    module = """(func) (func $vector (drop (v128.const i64x2 0 0)))
        (func $large """ + "(local.get 0)" * 70000 + "(drop)" * 70000 + ")"
    module = module.replace("$large", "$large (param i32)")
    code, out, error = riser("inspect", "-", stdin=module)
    expect((code, error), (0, ""))
    expect_in("functions that trap when they are called: 2\n  function 1 (vector): unsupported instruction: v128.const, at 1:29\n", out)
    expect_in("  function 2 (large): function needs ", out)
    expect_in(": at most 65535", out)
    _, out, _ = riser("inspect", GREET)
    expect("trap" in out, False)
    expect(read_json(riser, GREET)["refused_functions"], [])
    with tempfile.TemporaryDirectory() as box:
        binary = f"{box}/module.wasm"
        expect(riser("wat2wasm", "-", "-o", binary, stdin=module), (0, "", ""))
        refused = read_json(riser, binary)["refused_functions"]
        expect([(each["index"], each["name"]) for each in refused], [(1, "vector"), (2, "large")])
        expect(refused[0]["reason"], "unsupported instruction: v128.const")
        expect_in(": at most 65535", refused[1]["reason"])
        _, out, _ = riser("inspect", binary)
        for each in refused:
            expect_in(f"({each['name']}): {each['reason']}, at byte {each['offset']}\n", out)
        code, out, error = riser("inspect", "--json", "-", stdin="(func) (func (drop (v128.const i64x2 0 0)))")
        expect((code, error), (0, ""))
        expect([(each["index"], each["name"]) for each in json.loads(out)["refused_functions"]], [(1, None)])


@test
def a_function_without_bytecode_has_its_reason_on_standard_error(riser):
    module = "(func $vector (drop (v128.const i64x2 0 0))) (func $fine)"
    reason = "unsupported instruction: v128.const, at byte "
    for function in ([], ["vector"]):
        code, out, error = riser("inspect", "--bytecode", "-", *function, stdin=module)
        expect(code, 1)
        expect_in(f"function 0 vector\n  {reason}", out)
        expect(error.split(reason)[0], "riser: function 0 (vector): ")
        expect(error.count("\n"), 1)
    code, _, error = riser("inspect", "--bytecode", "-", stdin=module + "(func (drop (v128.const i64x2 0 0)))")
    expect((code, error.splitlines()[1]), (1, "and 1 more have no bytecode"))


@test
def bad_modules_print_no_json(riser):
    code, out, error = riser("inspect", "--json", "/dev/null")
    expect((code, out), (1, ""))
    expect_in("is empty", error)


@test
def bytecode_is_printed_beside_wasm(riser):
    code, out, error = riser("inspect", "--bytecode", LIBRARY, "add")
    expect((code, error), (0, ""))
    expect(out.splitlines()[0], "function 0 add")
    expect_in("i32.add", out)
    expect(riser("inspect", "--bytecode", LIBRARY, "0"), (0, out, ""))
    code, everything, _ = riser("inspect", "--bytecode", LIBRARY)
    expect((code, everything.count("function ")), (0, 10))
    expect_in(out, everything)
    expect(riser("inspect", "--bytecode", LIBRARY, "divid"),
           (1, "", "riser: there is no function 'divid' defined in the module; did you mean 'divide'?\n"))
    for no_function in ("", "10", "nnnnnnnnnn"):
        expect(riser("inspect", "--bytecode", LIBRARY, no_function),
               (1, "", f"riser: there is no function '{no_function}' defined in the module\n"))

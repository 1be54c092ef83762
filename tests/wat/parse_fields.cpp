#include "wat/binary.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using test::binary;
using test::refusal;
using test::section;

namespace {

constexpr unsigned types = 1;
constexpr unsigned imports = 2;
constexpr unsigned functions = 3;
constexpr unsigned tables = 4;
constexpr unsigned memories = 5;
constexpr unsigned globals = 6;
constexpr unsigned exports = 7;
constexpr unsigned start = 8;
constexpr unsigned elements = 9;
constexpr unsigned data = 11;
constexpr unsigned data_count = 12;
constexpr unsigned tags = 13;

} // namespace

TEST_CASE("a module is in parentheses, or is its fields alone") {
    CHECK(binary("") == "0061736d01000000");
    CHECK(binary("(module)") == "0061736d01000000");
    CHECK(binary("(module $name (func))", {.names = false}) == binary("(func)"));
    CHECK(binary("(module binary \"\\00as\" \"m\\01\\00\\00\\00\")") == "0061736d01000000");
    CHECK(refusal("(module (module))").starts_with("unexpected token module"));
}

TEST_CASE("fields may refer to what is defined behind them") {
    const std::string text = "(start $g) (export \"t\" (table $t)) (func $f (call $g)) (func $g)"
                             "(table 1 funcref) (table $t 1 funcref)";
    CHECK(section(text, start) == "01");
    CHECK(section(text, exports) == "0101740101");
}

TEST_CASE("function types that are only used inline come behind all others, each once, in the order of their uses") {
    const std::string text = "(func (param i64) (block (param i32) drop) (call_indirect (param f32)))"
                             "(func (param i32)) (type (func (result i32))) (func (param f64)) (func (result i32))";
    CHECK(section(text, types) == "0560"
                                  "00017f"
                                  "60017e00"
                                  "60017f00"
                                  "60017d00"
                                  "60017c00");
    CHECK(section(text, functions) == "0401020400");
}

TEST_CASE("an inline use is not a type in a group of several, an open one or one with a supertype") {
    CHECK(section("(rec (type (func)) (type (func))) (type (sub (func))) (type $t (sub final (func))) (func)",
                  functions) == "0103");
    CHECK(section("(rec (type (func))) (func)", functions) == "0100");
}

TEST_CASE("type definitions") {
    CHECK(
        section("(type (struct (field $x i8 ) (field (mut i16) (ref null $t)) (field))) (type $t (array (mut anyref)))",
                types) == "025f03780077016301005e6e01");
    CHECK(section("(rec (type $a (sub (func (param $x (ref $b)) (result i32 i64))))"
                  "     (type $b (sub final $a (func (param (ref $b)) (result i32) (result i64)))))",
                  types) == "014e02"
                            "50006001640102"
                            "7f7e"
                            "4f01006001640102"
                            "7f7e");
    CHECK(section("(rec) (type (func))", types) == "024e00600000");
    CHECK(section("(type (func (param funcref externref anyref eqref i31ref structref arrayref nullref nullfuncref)"
                  "            (param nullexternref exnref nullexnref (ref null none) (ref none) v128)))",
                  types) == "01600f706f6e6d6c6b6a717372697471"
                            "64717b00");
    CHECK(refusal("(type (func (result i32) (param i32)))").starts_with("unexpected token param"));
    CHECK(refusal("(type (func (result $x i32)))").starts_with("unexpected token $x"));
}

TEST_CASE("imports and exports may be inline") {
    const std::string plain =
        binary("(import \"m\" \"f\" (func (param i32))) (import \"m\" \"t\" (table 1 funcref))"
               "(import \"m\" \"m\" (memory 1 2)) (import \"m\" \"g\" (global (mut i32)))"
               "(import \"m\" \"e\" (tag (param i32))) (export \"a\" (func 0)) (export \"b\" (func 0))"
               "(export \"c\" (table 0)) (export \"d\" (memory 0)) (export \"e\" (global 0))"
               "(export \"f\" (tag 0))");
    CHECK(plain.size() > 100);
    CHECK(
        binary("(func (export \"a\") (export \"b\") (import \"m\" \"f\") (param i32))"
               "(table (export \"c\") (import \"m\" \"t\") 1 funcref) (memory (export \"d\") (import \"m\" \"m\") 1 2)"
               "(global (export \"e\") (import \"m\" \"g\") (mut i32)) (tag (export \"f\") (import \"m\" \"e\") (param "
               "i32))") == plain);
}

TEST_CASE("imports come before definitions of every kind") {
    for (const std::string_view definition :
         {"(func)", "(table 0 funcref)", "(memory 0)", "(tag)", "(global i32 (i32.const 0))"}) {
        const std::string text(definition);
        CHECK_MESSAGE(refusal(text + "(import \"\" \"\" (func))").starts_with("import after "), text);
        CHECK_MESSAGE(refusal(text + "(tag (import \"\" \"\"))").starts_with("import after "), text);
        CHECK_MESSAGE(refusal("(import \"\" \"\" (func))" + text).empty(), text);
    }
    CHECK(refusal("(type (func)) (export \"\" (func 0)) (elem func) (data) (import \"\" \"\" (func))").empty());
}

TEST_CASE("what is imported has a kind") {
    CHECK(section("(import \"\" \"\" (table i64 1 2 (ref func)))", imports) == "0100000164700501"
                                                                               "02");
    CHECK(section("(import \"\" \"\" (memory i64 1 2 shared))", imports) == "0100000207"
                                                                            "0102");
    CHECK(refusal("(import \"\" \"\" (type 0))").starts_with("unexpected token type"));
    CHECK(refusal("(import \"\" \"\" 0)").starts_with("unexpected token 0"));
    CHECK(refusal("(export \"\" (elem 0))").starts_with("unexpected token elem"));
}

TEST_CASE("tables") {
    CHECK(section("(table 1 funcref) (table i32 1 2 externref) (table i64 1 (ref null func))", tables) ==
          "0370000"
          "16f010102700401");
    CHECK(section("(table 1 (ref func) (ref.func 0)) (func)", tables) == "0140006470"
                                                                         "0001d2000b");
    CHECK(section("(func $f) (table funcref (elem $f 0)) (table i64 (ref func) (elem (ref.func $f)))", tables) ==
          "0270010202"
          "647005"
          "0101");
    CHECK(section("(func $f) (table funcref (elem $f 0)) (table i64 (ref func) (elem (ref.func $f)))", elements) ==
          "02"
          "020041000b00020000"
          "060142000b647001d2000b");
    CHECK(section("(func $f) (table $t funcref (elem)) (elem $e func $f) (func elem.drop $e)", 10) ==
          "0202000b0500fc0d010b");
    CHECK(refusal("(table funcref)") == "unexpected token ): expected (elem");
}

TEST_CASE("memories") {
    CHECK(section("(memory 1) (memory 1 2 shared) (memory i64 1 (pagesize 1)) (memory 0 (pagesize 0x1_0000))",
                  memories) == "040001"
                               "030102"
                               "0c0100"
                               "080010");
    CHECK(section("(memory (data \"ab\" \"c\")) (memory i64 (pagesize 1) (data \"ab\")) (memory (data))", memories) ==
          "03010101"
          "0d020200"
          "010000");
    CHECK(section("(memory (data \"ab\" \"c\")) (memory i64 (pagesize 1) (data \"ab\")) (memory (data))", data) ==
          "03"
          "0041000b03616263"
          "020142000b026162"
          "020241000b00");
    CHECK(section("(memory (data)) (data $d \"x\") (func data.drop $d)", 10) == "010500fc09010b");
    CHECK(section("(memory (data \"" + std::string(65537, 'x') + "\"))", memories) == "01010202");
}

TEST_CASE("parameters of imported tags may have identifiers") {
    CHECK(binary("(tag (import \"m\" \"e\") (param $x i32))") == binary("(tag (import \"m\" \"e\") (param i32))"));
    CHECK(binary("(import \"m\" \"e\" (tag (param $x i32)))") == binary("(tag (import \"m\" \"e\") (param i32))"));
}

TEST_CASE("parameters of tags may have a name without an identifier, which has no place in the binary") {
    CHECK(binary("(tag (param (@name \"x\") i32))") == binary("(tag (param i32))"));
}

TEST_CASE("globals and tags") {
    CHECK(section("(global i32 (i32.const 1)) (global (mut i64) i64.const 1 i64.const 2 i64.add)", globals) ==
          "027f0041010b"
          "7e01420142027c0b");
    CHECK(section("(tag) (tag (param $x i32)) (tag (type 0))", tags) == "03000000010000");
}

TEST_CASE("element segments have the shortest form that says it") {
    const std::string fields = "(func $f) (table $t 1 funcref) (table $u 1 funcref)";
    const auto elem = [&](const std::string& segment) { return section(fields + segment, elements); };
    CHECK(elem("(elem (i32.const 1) func $f 0)") == "010041010b020000");
    CHECK(elem("(elem (i32.const 1) $f)") == "010041010b0100");
    CHECK(elem("(elem (offset i32.const 1))") == "010041010b00");
    CHECK(elem("(elem func $f)") == "0101000100");
    CHECK(elem("(elem declare func $f)") == "0103000100");
    CHECK(elem("(elem (table $u) (i32.const 1) func $f)") == "01020141010b000100");
    CHECK(elem("(elem (i32.const 1) funcref (ref.func $f) (item ref.null func))") == "010441010b02d2000bd0700b");
    CHECK(elem("(elem (i32.const 1) (ref func) (item (ref.func $f)))") == "01060041010b647001d2000b");
    CHECK(elem("(elem externref (ref.null extern))") == "01056f01d06f0b");
    CHECK(elem("(elem declare (ref null $x) (item (ref.null $x))) (type $x (array i8))") == "01"
                                                                                            "07"
                                                                                            "6300"
                                                                                            "01"
                                                                                            "d0000b");
    CHECK(elem("(elem (table 1) (offset (i32.const 1)) funcref)") == "01060141010b7000");
    CHECK(refusal("(elem $f)").starts_with("unexpected token )"));
    // As in WebAssembly 1.0.
    CHECK(elem("(elem 1 (i32.const 1) $f)") == "01020141010b000100");
    CHECK(refusal("(table 1 funcref) (func $f) (elem (table 0) (i32.const 1) $f)").starts_with("unexpected token $f"));
    CHECK(refusal("(table 1 funcref) (elem (table 0) (i32.const 1))").starts_with("unexpected token )"));
    CHECK(elem("(elem 0 (offset (i32.const 1)) func $f)") == "01020041010b000100");
    CHECK(section("(memory 1) (memory 1) (data 1 (i32.const 2) \"a\") (data 0 (i32.const 2) \"a\")", data) ==
          "02020141020b0161"
          "0041020b0161");
    CHECK(refusal("(table 1 funcref) (elem 0)").starts_with("unexpected token )"));
    CHECK(refusal("(memory 1) (data 0 \"a\")").starts_with("unexpected token \"a\""));
}

TEST_CASE("data segments") {
    CHECK(section("(data) (data (i32.const 1) \"a\" \"b\") (data (memory 1) (offset i64.const 1)) (data (memory 0) "
                  "(i32.const 0))",
                  data) == "040100"
                           "0041010b026162"
                           "020142010b00"
                           "0041000b00");
}

TEST_CASE("data segments are counted in front of code that names them") {
    CHECK(section("(data) (data) (func data.drop 0)", data_count) == "02");
    CHECK(section("(data) (func (memory.init 0))", data_count) == "01");
    CHECK(section("(data) (func (array.new_data 0 0))", data_count) == "01");
    CHECK(section("(data) (func (array.init_data 0 0))", data_count) == "01");
    CHECK(section("(data) (func nop)", data_count).empty());
}

TEST_CASE("locals of one type in a row are declared together") {
    CHECK(section(
              "(func (param i32) (local i32 i32) (local $x i32) (local i64) (local i32 (ref func)) (local (ref func)))",
              10) == "010b04037f017e017f0264700b");
    CHECK(section("(func (type $t) (local $x i32) local.get $x) (type $t (func (param i64 i64)))", 10) ==
          "010601017f20020b");
    CHECK(refusal("(func (nop) (local i32))").starts_with("unexpected token local"));
    CHECK(refusal("(func (local i32) (param i32))").starts_with("unexpected token param"));
}

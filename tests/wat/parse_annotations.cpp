#include "wat/binary.hpp"

#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module/module_decoder.hpp"
#include "riser/core/wasm/module_info.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

using test::binary;
using test::refusal;
using test::section;

namespace {

constexpr unsigned custom = 0;

/// "name" and then a subsection, as hexadecimal digits.
std::string names(const std::string& subsections) { return "046e616d65" + subsections; }

} // namespace

TEST_CASE("identifiers become the name section") {
    CHECK(section("(module $m)", custom) == names("0002016d"));
    CHECK(section("(func) (func $f)", custom) == names("01040101"
                                                       "0166"));
    CHECK(section("(func (param $x i32) (param i32) (local $y i32))", custom) == names("0209"
                                                                                       "01000200017802"
                                                                                       "0179"));
    CHECK(section("(func block $a block end loop $b end end)", custom) == names("0309"
                                                                                "01000200016102"
                                                                                "0162"));
    CHECK(section("(type (func)) (rec (type $t (struct (field i32) (field $x i32))))", custom) ==
          names("0404"
                "01010174"
                "0a06"
                "010101010178"));
    CHECK(section("(table $t 0 funcref) (memory $m 0) (global $g i32 i32.const 0) (elem $e func) (data $d) (tag $x)",
                  custom) == names("050401000174"
                                   "06040100016d"
                                   "070401000167"
                                   "080401000165"
                                   "090401000164"
                                   "0b0401000178"));
    CHECK(section("(import \"\" \"\" (func $i)) (func $\"\\c3\\a9\")", custom) == names("0108"
                                                                                        "0200016901"
                                                                                        "02c3a9"));
}

TEST_CASE("names may be left out") {
    CHECK(binary("(module $m (func $f (param $x i32) block $l end))", {.names = false}) ==
          binary("(func (param i32) block end)"));
}

TEST_CASE("a name annotation wins over the identifier") {
    CHECK(section("(module $m (@name \"M M\"))", custom) == names("0004034d204d"));
    CHECK(section("(func $f (@name \"g\") (call $f))", custom) == section("(func $g (call $g))", custom));
    CHECK(section("(func (@name \"g\") (export \"x\"))", custom) == section("(func $g (export \"x\"))", custom));
    CHECK(section("(func (local $x (@name \"y\") i32))", custom) == section("(func (local $y i32))", custom));
    CHECK(section("(type (struct (field $x (@name \"y\") i32)))", custom) ==
          section("(type (struct (field $y i32)))", custom));
    CHECK(section("(func block $x (@name \"y\") br $x end)", custom) == section("(func block $y br $y end)", custom));
    CHECK(refusal("(func (@name \"\\ff\"))") == "@name annotation: malformed UTF-8 encoding");
    CHECK(refusal("(func (@name x))") == "@name annotation: string expected");
    CHECK(refusal("(func (@name))") == "@name annotation: string expected");
    CHECK(refusal("(func (@name \"a\" \"b\"))") == "@name annotation: unexpected token");
    CHECK(refusal("(func (@name \"a\") (@name \"b\"))") == "@name annotation: multiple names");
    CHECK(refusal("(module (@name \"a\") (@name \"b\"))") == "@name annotation: multiple module names");
}

TEST_CASE("names may be empty") {
    CHECK(section("(module (@name \"\"))", custom) == names("000100"));
    CHECK(section("(module $m (@name \"\"))", custom) == names("000100"));
    CHECK(section("(func (@name \"\") (local $x (@name \"\") i32))", custom) == names("0103010000"
                                                                                      "020501000100"
                                                                                      "00"));
}

TEST_CASE("parameters of imported functions have names") {
    CHECK(section("(import \"\" \"\" (func)) (import \"\" \"\" (func (param i32) (param $x i32)))"
                  "(func (import \"\" \"\") (param (@name \"y\") i32)) (func (param $z i32))",
                  custom) == names("0210"
                                   "03"
                                   "0101010178"
                                   "0201000179"
                                   "030100017a"));
    CHECK(section("(import \"\" \"\" (tag (param $x i32))) (tag (param $y i32))", custom).empty());
}

TEST_CASE("a name annotation needs no identifier") {
    CHECK(section("(func (param i32) (param (@name \"x\") i64) (local f32) (local (@name \"y\") f64))", custom) ==
          section("(func (param i32) (param $x i64) (local f32) (local $y f64))", custom));
    CHECK(section("(type (struct (field i32) (field (@name \"x\") i32)))", custom) ==
          section("(type (struct (field i32) (field $x i32)))", custom));
    CHECK(section("(func block (@name \"x\") end (if (@name \"y\") (i32.const 0) (then)))", custom) ==
          section("(func block $x end (if $y (i32.const 0) (then)))", custom));
    CHECK(refusal("(func (local (@name \"x\") i32 i32))").starts_with("unexpected token i32: expected ')'"));
}

TEST_CASE("a name annotation is for what is right behind it") {
    CHECK(section("(func (local (@name \"x\") i32) (local i32) (local $z i32))", custom) ==
          section("(func (local $x i32) (local i32) (local $z i32))", custom));
}

TEST_CASE("annotations that mean something are refused where they mean nothing") {
    const auto refused = [](const std::string& text, const std::string& message) {
        CHECK_MESSAGE(refusal(text).starts_with(message), text, ": ", refusal(text));
    };
    for (const char* const text : {
             "(func nop (@name \"x\") nop block end)",
             "(func (@name \"x\") (@custom \"x\") nop)",
             "(func (export \"x\") (@name \"x\"))",
             "((@name \"x\") func)",
             "(func) (@name \"x\")",
             "(func) (@name \"x\") (func)",
             "(module (func) (@name \"x\"))",
             "(@name \"x\") (module)",
             "(module) (@name \"x\")",
             "(start $f (@name \"x\")) (func $f)",
             "(start (@name \"x\") $f) (func $f)",
             "(type (@custom \"x\") (func)) (func)",
             "(type $t (@name \"x\") (@custom \"x\") (func))",
             "(rec (@name \"x\") (type (func)))",
             "(rec (type (func)) (@name \"x\"))",
             "(global i32 (i32.const 0 (@name \"x\")))",
         }) {
        refused(text, std::string(text).find("custom") != std::string::npos ? "misplaced @custom annotation"
                                                                            : "misplaced @name annotation");
    }
    refused("(func (@custom \"x\"))", "misplaced @custom annotation");
    refused("(func (block (@custom \"x\")))", "misplaced @custom annotation");
    refused("(@custom \"x\") (module)", "misplaced @custom annotation");
    refused("(module) (@custom \"x\")", "misplaced @custom annotation");
    for (const char* const text : {
             "(@metadata.code.branch_hint \"\\00\") (func)",
             "(func (@metadata.code.branch_hint \"\\00\") (param i32) nop)",
             "(func (@metadata.code.branch_hint \"\\00\"))",
             "(func ((@metadata.code.branch_hint \"\\00\") nop))",
             "(func block (@metadata.code.branch_hint \"\\00\") (; a label ;) $x end)",
             "(global i32 (@metadata.code.branch_hint \"\\00\") (if (result i32) (then) (else)))",
             "(table 1 funcref) (elem (@metadata.code.branch_hint \"\\00\") (if (then)) func)",
         }) {
        refused(text, "@metadata.code.branch_hint annotation: not in a function");
    }
    CHECK_MESSAGE(binary("(@other) (module (@other) (func (@other) nop (@other)) (@other)) (@other)") ==
                      binary("(module (func nop))"),
                  "others mean nothing anywhere");
}

TEST_CASE("custom sections go where they say") {
    const auto order = [](const std::string& text) {
        const auto made = riser::wat::try_to_binary(text);
        REQUIRE(made);
        riser::core::wasm::diagnostics diagnostics;
        riser::core::wasm::module_info module;
        REQUIRE(riser::core::wasm::decode_module(*made, module, diagnostics));
        std::string found;
        for (const auto& each : module.custom_sections) {
            found += std::string(each.name) + "@" + std::to_string(each.bytes.offset) + " ";
        }
        return found;
    };
    // Header 8, type section 6, function section 4, code section 6; a custom section's contents begin 4 behind it.
    const std::string fields = "(func)";
    CHECK(order("(@custom \"a\" \"x\" \"y\")" + fields + "(@custom \"b\")") == "a@28 b@34 ");
    CHECK(order(fields + "(@custom \"a\" (before first))") == "a@12 ");
    CHECK(order(fields + "(@custom \"a\" (before type)) (@custom \"b\" (after type))") == "a@12 b@22 ");
    CHECK(order(fields + "(@custom \"a\" (before func)) (@custom \"b\" (after func))") == "a@18 b@26 ");
    CHECK(order(fields + "(@custom \"a\" (before code)) (@custom \"b\" (before data)) (@custom \"c\" (after last))") ==
          "a@22 b@32 c@36 ");
    CHECK(order("(module $m (@custom \"z\"))") == "z@12 name@19 ");
    CHECK(section("(@custom \"a\" \"\\00\\ff\" \"x\")", custom) == "016100ff78");
    CHECK(refusal("(@custom \"\\ff\")") == "@custom annotation: malformed UTF-8 encoding");
    CHECK(refusal("(@custom)") == "@custom annotation: missing section name");
    CHECK(refusal("(@custom \"a\" (after bogus))") == "@custom annotation: malformed section kind");
    CHECK(refusal("(@custom \"a\" (after))") == "@custom annotation: malformed section kind");
    CHECK(refusal("(@custom \"a\" (beside type))").starts_with("@custom annotation: malformed placement"));
    CHECK(refusal("(@custom \"a\" (after type type))") == "@custom annotation: unexpected token");
    CHECK(refusal("(@custom \"a\" (after first))") == "@custom annotation: malformed section kind");
    CHECK(refusal("(@custom \"a\" (before last))") == "@custom annotation: malformed section kind");
    CHECK(refusal("(@custom \"a\" 1)") == "@custom annotation: unexpected token");
    CHECK(refusal("(@custom \"a\" (@custom \"b\") \"c\")") == "@custom annotation: unexpected token");
}

TEST_CASE("branch hints are kept with the offsets of their instructions") {
    const std::string name = "19"
                             "6d657461646174612e636f64652e6272616e63685f68696e74";
    CHECK(section("(func) (func (local i32) nop (@metadata.code.branch_hint \"\\01\") br_if 0"
                  "  (@metadata.code.branch_hint \"\\00\") (if (i32.const 0) (then))"
                  "  (@metadata.code.branch_hint \"\\01\") (br_if 0 (i32.const 0)))",
                  custom) == name + "01"
                                    "01"
                                    "03"
                                    "040101"
                                    "080100"
                                    "0d0101");
    CHECK(section("(func (@metadata.code.branch_hint \"\\01\") if end)", custom) == name + "010001010101");
    const std::string annotation = "@metadata.code.branch_hint annotation: ";
    for (const char* const value : {"\"\\02\"", "", "\"\"", "\"\\00\\00\""}) {
        CHECK(refusal("(func (@metadata.code.branch_hint " + std::string(value) + ") if end)")
                  .starts_with(annotation + "invalid hint value"));
    }
    CHECK(refusal("(func (@metadata.code.branch_hint 0) if end)") == annotation + "unexpected token");
    CHECK(refusal("(func (@metadata.code.branch_hint \"\\01\") (@metadata.code.branch_hint \"\\01\") if end)") ==
          annotation + "duplicate annotation");
    for (const char* const target : {"nop", "(nop)", "(block)", "br 0", "else"}) {
        CHECK(refusal("(func block if (@metadata.code.branch_hint \"\\01\") " + std::string(target) + " end end)")
                  .starts_with(annotation + "invalid target"));
    }
}

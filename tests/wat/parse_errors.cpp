#include "wat/binary.hpp"

#include "riser/error.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

using riser::wat::parse_error;
using riser::wat::position;
using test::refusal;

namespace {

position place_of_error(std::string_view text) {
    const auto refused = riser::wat::try_to_binary(text);
    REQUIRE(!refused);
    return refused.error().as<parse_error>().value().where();
}

} // namespace

TEST_CASE("an error says where it is, in lines and bytes") {
    CHECK(place_of_error("(module\n  (func i32.foo))") == position{2, 9, 16});
    CHECK(place_of_error("(module\r\n\r  (func (drop)\r\n") == position{4, 1, 26});
}

TEST_CASE("the place of an error counts bytes, not characters") {
    CHECK(place_of_error("(module (; \xe2\x82\xac ;) x)") == position{1, 19, 18});
}

TEST_CASE("the message of an error begins with its place") {
    const auto refused = riser::wat::try_to_binary("(module\n  (func i32.foo))");
    REQUIRE(!refused);
    CHECK(refused.error().message() == "2:9: unknown operator i32.foo: expected an instruction");
    CHECK(refused.error().as<parse_error>()->description() == "unknown operator i32.foo: expected an instruction");
    CHECK_THROWS_AS(static_cast<void>(riser::wat::to_binary("(")), const parse_error&);
    CHECK_THROWS_AS(static_cast<void>(riser::wat::to_binary("(")), const riser::error&);
}

TEST_CASE("what is not there is unexpected, what no one knows an unknown operator") {
    CHECK(refusal("(module") == "unexpected token: the end, expected ')'");
    CHECK(refusal("(module) (module)").starts_with("unexpected token (: expected the end"));
    CHECK(refusal("(func) x").starts_with("unknown operator x: expected the end"));
    CHECK(refusal("(func) \"\"").starts_with("unexpected token \"\": expected the end"));
    CHECK(refusal("(func) $\"a b\"").starts_with("unexpected token $\"a b\": expected the end"));
    CHECK(refusal("(func) 0").starts_with("unexpected token 0: expected the end"));
    CHECK(refusal("(bogus)") == "unknown operator bogus: expected a field of a module");
    CHECK(refusal("(param)") == "unexpected token param: expected a field of a module");
    CHECK(refusal("(func (i32.const) drop)") == "unexpected token ): expected an integer");
    CHECK(refusal("(func (i32.const nan:canonical))").starts_with("unexpected token nan:canonical"));
    CHECK(refusal("(func (i32.const 0x))").starts_with("unknown operator 0x"));
    CHECK(refusal("(func get_local 0)").starts_with("unknown operator get_local"));
    CHECK(refusal("(func (local i33))").starts_with("unknown operator i33: expected a value type"));
    CHECK(refusal("(func i32.load offset=x)").starts_with("unknown operator offset=x"));
}

TEST_CASE("identifiers are defined once, and known where they are used") {
    CHECK(refusal("(func $x) (import \"\" \"\" (func $y)) (func $x)") ==
          "import after function: imports must come first");
    CHECK(refusal("(func $x) (func $x)") == "duplicate func $x");
    CHECK(refusal("(memory $x 0) (memory $x 0)") == "duplicate memory $x");
    CHECK(refusal("(type $x (func)) (rec (type $x (func)))") == "duplicate type $x");
    CHECK(refusal("(elem $x func) (elem $x func)") == "duplicate elem $x");
    CHECK(refusal("(func (param $x i32) (local $x i32))") == "duplicate local $x");
    CHECK(refusal("(type (struct (field $x i32) (field $x i32)))") == "duplicate field $x");
    CHECK(refusal("(func $x) (global $x i32 (i32.const 0))").empty());
    CHECK(refusal("(func call $x)") == "unknown function $x");
    CHECK(refusal("(func br $x)") == "unknown label $x");
    CHECK(refusal("(func local.get $x)") == "unknown local $x");
    CHECK(refusal("(func (param (ref $x)))") == "unknown type $x");
    CHECK(refusal("(func block $x end br $x)") == "unknown label $x");
    CHECK(refusal("(type $s (struct)) (func struct.get $s $x)") == "unknown field $x");
    CHECK(refusal("(type $s (struct (field $x i32))) (type $t (struct)) (func struct.get $t $x)") ==
          "unknown field $x");
}

TEST_CASE("labels that are repeated must match") {
    CHECK(refusal("(func block $a end $a loop $b end if $c else $c end $c)").empty());
    CHECK(refusal("(func block $a end $b)") == "mismatching label $b");
    CHECK(refusal("(func block end $b)") == "mismatching label $b");
    CHECK(refusal("(func if $a else $b end)") == "mismatching label $b");
}

TEST_CASE("a type that is used by index and inline must agree") {
    const std::string types = "(type $t (func (param i32) (result i32))) (type $s (struct))";
    CHECK(refusal(types + "(func (type $t) (param i32) (result i32) local.get 0)").empty());
    CHECK(refusal(types + "(func (type $t) (param i64))") == "inline function type does not match type 0");
    CHECK(refusal(types + "(func (type $t) (result i32))") == "inline function type does not match type 0");
    CHECK_MESSAGE(refusal(types + "(func (type $t) (param) (result) (block (type $t) (param)))").empty(),
                  "nothing is stated");
    CHECK(refusal(types + "(func (type $s) (param i32))") == "inline function type does not match type 1");
    CHECK(refusal(types + "(func (type 7) (param i32))") == "unknown type 7");
    CHECK(refusal(types + "(func (result i32) (param i32))").starts_with("unexpected token param"));
}

TEST_CASE("numbers in their places") {
    CHECK(refusal("(func (i32.const 0x1_0000_0000))") == "constant out of range: 0x1_0000_0000");
    CHECK(refusal("(func (f32.const 1e39))") == "constant out of range: 1e39");
    CHECK(refusal("(memory 4294967296)").empty()); // invalid, but not malformed
    CHECK(refusal("(memory 0x1_0000_0000_0000_0000)") == "i64 constant out of range: 0x1_0000_0000_0000_0000");
    CHECK(refusal("(memory i64 0x1_0000_0000_0000_0000)").starts_with("i64 constant out of range"));
    CHECK(refusal("(memory 0 (pagesize 3))").starts_with("invalid custom page size"));
    CHECK_MESSAGE(refusal("(memory 0 (pagesize 0x8000_0000_0000_0000))") == "", "malformed only if no power of two");
    CHECK(refusal("(func br 4294967296)") == "i32 constant out of range: 4294967296");
    CHECK(refusal("(func br -1)").starts_with("unexpected token -1"));
    CHECK(refusal("(func i32.load align=3)") == "alignment must be a power of two: 3");
    CHECK(refusal("(func i32.load align=0)") == "alignment must be a power of two: 0");
    CHECK(refusal("(func v128.const i32x4 0 0 0)") == "wrong number of lane literals: i32x4 has 4");
    CHECK(refusal("(func v128.const i32x4 0 0 0 0 0)") == "wrong number of lane literals: i32x4 has 4");
    CHECK(refusal("(func v128.const i8x16 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 256)").starts_with("constant out of range"));
    CHECK(refusal("(func i8x16.shuffle 0 1)").starts_with("invalid lane length"));
    CHECK(refusal("(func i8x16.extract_lane_s 256)") == "i8 constant out of range: 256");
}

TEST_CASE("a module starts once") { CHECK(refusal("(func) (start 0) (start 0)") == "multiple start sections"); }

TEST_CASE("nesting is limited") {
    const auto nested = [](const std::string& open, const std::string& close, std::size_t depth) {
        std::string text = "(func ";
        for (std::size_t i = 0; i < depth; ++i) {
            text += open;
        }
        for (std::size_t i = 0; i < depth; ++i) {
            text += close;
        }
        return text + ")";
    };
    for (const auto& [open, close] : {std::pair{"(block ", ")"}, {"block ", "end "}, {"(drop ", " (nop))"}}) {
        CHECK(refusal(nested(open, close, 10), {.max_depth = 10}).empty());
        CHECK(refusal(nested(open, close, 11), {.max_depth = 10}) == "nesting too deep: at most 10");
        CHECK(refusal(nested(open, close, 500'000)).empty());
    }
    CHECK(refusal(nested("(@a ", ")", 500'000)).empty());
    CHECK(refusal(nested("(;", ";)", 500'000)).empty());
}

#include "wat/binary.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using test::binary;
using test::refusal;
using test::section;

TEST_CASE("comments and white space separate tokens") {
    const std::string plain = binary("(module (func nop))");
    CHECK(binary(";; a line\n(module(;a (;nested;) block;)(func;;\r\nnop))\t;; the last line") == plain);
    CHECK(binary("(module (func ;; ends with a carriage return\rnop))") == plain);
    CHECK(binary("(;;)(module(;;;)(;(;;)\";)(func nop))") == plain);
    CHECK(refusal("(module) (; (; ;)") == "unclosed comment");
}

TEST_CASE("words that touch are one word") {
    CHECK(refusal("(func br 0drop)").starts_with("unknown operator 0drop"));
    CHECK(refusal("(func (drop (i32.const0)))").starts_with("unknown operator i32.const0"));
    CHECK(refusal("(data\"a\")").starts_with("unknown operator"));
    CHECK(refusal("(data \"a\"\"b\")").starts_with("unknown operator"));
    CHECK(refusal("(func (block $l (br $\"l\"0)))").starts_with("unknown operator"));
    CHECK(refusal("(func ,)").starts_with("unknown operator ,"));
}

TEST_CASE("strings may have escapes") {
    CHECK(section("(data \"\\00\\fF\\t\\n\\r\\\"\\'\\\\\\u{7f}\\u{20_AC}\\u{10FFFF}\" \"\" \"z\")", 11) ==
          "01011100ff090a0d22275c7fe282acf48fbfbf7a");
    for (const std::string_view wrong : {"\\", "\\0", "\\0g", "\\x41", "\\u{}", "\\u{d800}", "\\u{110000}", "\\u{_1}",
                                         "\\u{1_}", "\\u{1__1}", "\\u{999999999999}", "\\u123"}) {
        CHECK_MESSAGE(refusal("(data \"" + std::string(wrong) + " \")") == "illegal escape", wrong);
    }
    CHECK(refusal("(data \"a\nb\")") == "unclosed string");
    CHECK(refusal("(data \"a\\\"") == "unclosed string");
    CHECK(refusal("(data \"\t\")") == "illegal control character in string literal");
}

TEST_CASE("names are UTF-8, other strings any bytes") {
    CHECK(section("(data \"\\ff\")", 11) == "010101ff");
    CHECK(section("(export \"\\e2\\82\\ac\" (func 0)) (func)", 7) == "0103e282ac0000");
    CHECK(refusal("(export \"\\ff\" (func 0)) (func)").starts_with("malformed UTF-8 encoding"));
    CHECK(refusal("(import \"\" \"\\c0\\80\" (func))").starts_with("malformed UTF-8 encoding"));
    CHECK(refusal("(func (export \"\\ed\\a0\\80\"))").starts_with("malformed UTF-8 encoding"));
}

TEST_CASE("the text is UTF-8") {
    CHECK(binary("(module ;; \xe2\x82\xac\n)") == "0061736d01000000");
    const auto refused = riser::wat::try_to_binary("(module) ;; \xe2\x82\xac \xff");
    REQUIRE(!refused);
    const auto error = refused.error().as<riser::wat::parse_error>();
    CHECK(error->description() == "malformed UTF-8 encoding");
    CHECK(error->where().offset == 16);
    CHECK(refusal("(module \x01)") == "illegal character 1");
    CHECK(refusal("(module \xe2\x82\xac)") == "illegal character 226");
}

TEST_CASE("identifiers may be quoted, and are equal when their characters are") {
    CHECK(test::code("call $\"f\"", "(func $f)") == "1001");
    CHECK(test::code("call $f", "(func $\"\\66\")") == "1001");
    CHECK(test::code("call $\"a b\"", "(func $\"a\\20b\")") == "1001");
    CHECK(test::code("call $!#$%&'*+-./:<=>?@\\^_`|~", "(func $!#$%&'*+-./:<=>?@\\^_`|~)") == "1001");
    CHECK(section("(module $a\\b)", 0) == "046e616d65000403615c62"); // no escape without quotes
    CHECK(refusal("(func $)") == "empty identifier");
    CHECK(refusal("(func $\"\")") == "empty identifier");
    CHECK(refusal("(func $ \"a\")") == "empty identifier");
    CHECK(refusal("(func $\"\\ff\")").starts_with("malformed UTF-8"));
    CHECK(refusal("(func $f) (func $\"f\")") == "duplicate func $f");
}

TEST_CASE("unknown annotations are white space, but must be made of tokens") {
    const std::string plain = binary("(module (func nop))");
    CHECK(binary("(@a)(module (@b (@c x) \"(\" $y ,;[]{} 0) (func (@\"quoted id\") nop (@d))) (@e)") == plain);
    CHECK(refusal("( @a)").starts_with("unknown operator @a"));
    CHECK(refusal("(@)") == "empty annotation id");
    CHECK(refusal("(@ x)") == "empty annotation id");
    CHECK(refusal("(@\"\")") == "empty annotation id");
    CHECK(refusal("(@(@a)x)") == "empty annotation id");
    CHECK(refusal("(@\"\\ff\")").starts_with("malformed UTF-8"));
    CHECK(refusal("(module (@x (y)") == "unclosed annotation");
    CHECK(refusal("(@x \")") == "unclosed string");
    CHECK(refusal("(@x))").starts_with("unexpected token )"));
}

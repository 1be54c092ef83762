#include "print_support.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

using test::byte_writer;
using test::code;
using test::custom;
using test::expression;
using test::fields;
using test::instructions;
using test::module_of;
using test::raw;

namespace {

using name_list = std::initializer_list<std::pair<std::uint32_t, std::string_view>>;

byte_writer name_map(name_list names) {
    byte_writer map;
    map.unsigned_number(names.size());
    for (const auto& [index, name] : names) {
        map.unsigned_number(index).name(name);
    }
    return map;
}

byte_writer subsection(std::uint8_t id, const byte_writer& contents) {
    byte_writer all;
    all.put({id}).unsigned_number(contents.bytes.size()).put(contents);
    return all;
}

/// Names of what is in item 0.
byte_writer nested(std::uint8_t id, name_list names) {
    return subsection(id, std::move(raw({1, 0}).put(name_map(names))));
}

} // namespace

TEST_CASE("names of every kind become identifiers, where they are defined and where they are used") {
    byte_writer names;
    names.put(subsection(0, std::move(byte_writer().name("mod"))));
    names.put(subsection(1, name_map({{0, "imported"}, {1, "f"}})));
    names.put(subsection(4, name_map({{0, "sig"}, {1, "pair"}})));
    names.put(subsection(5, name_map({{0, "tab"}})));
    names.put(subsection(6, name_map({{0, "mem"}, {1, "other"}})));
    names.put(subsection(7, name_map({{0, "glob"}})));
    names.put(subsection(8, name_map({{0, "el"}})));
    names.put(subsection(9, name_map({{0, "bytes"}})));
    names.put(subsection(10, std::move(raw({1, 1}).put(name_map({{1, "right"}})))));
    names.put(subsection(11, name_map({{0, "exc"}})));
    const byte_writer body =
        raw({0,    0x20, 0,    0x23, 0, 0x10, 1,    0xd2, 0,    0x11, 0,    0, 0xfb, 0x02, 1, 1, //
             0x3f, 1,    0xfc, 0x09, 0, 0xfc, 0x0d, 0,    0x08, 0,    0x25, 0, 0xfb, 0x02, 1, 0, 0x0b});
    CHECK(fields(module_of({{1, raw({2, 0x60, 1, 0x7f, 0, 0x5f, 2, 0x7f, 0, 0x7f, 0})},
                            {2, raw({1, 1, 'a', 1, 'b', 0, 0})},
                            {3, raw({1, 0})},
                            {4, raw({1, 0x70, 0, 1})},
                            {5, raw({2, 0, 1, 0, 1})},
                            {13, raw({1, 0, 0})},
                            {6, raw({1, 0x7f, 0, 0x41, 0, 0x0b})},
                            {7, raw({1, 1, 'x', 0, 1})},
                            {9, raw({1, 2, 0, 0x41, 0, 0x0b, 0, 1, 1})},
                            code(body),
                            {11, raw({1, 2, 1, 0x41, 0, 0x0b, 0})},
                            custom("name", names)})) ==
          "(module $mod\n"
          "  (type $sig (;0;) (func (param i32)))\n"
          "  (type $pair (;1;) (struct (field i32) (field $right i32)))\n"
          "  (import \"a\" \"b\" (func $imported (;0;) (type $sig) (param i32)))\n"
          "  (table $tab (;0;) 1 funcref)\n"
          "  (memory $mem (;0;) 1)\n"
          "  (memory $other (;1;) 1)\n"
          "  (tag $exc (;0;) (type $sig) (param i32))\n"
          "  (global $glob (;0;) i32 i32.const 0)\n"
          "  (export \"x\" (func $f))\n"
          "  (elem $el (;0;) (table $tab) (i32.const 0) func $f)\n"
          "  (func $f (;1;) (type $sig) (param i32)\n"
          "    local.get 0\n"
          "    global.get $glob\n"
          "    call $f\n"
          "    ref.func $imported\n"
          "    call_indirect (type $sig)\n"
          "    struct.get $pair $right\n"
          "    memory.size $other\n"
          "    data.drop $bytes\n"
          "    elem.drop $el\n"
          "    throw $exc\n"
          "    table.get $tab\n"
          "    struct.get $pair 0\n"
          "  )\n"
          "  (data $bytes (;0;) (memory $other) (i32.const 0) \"\")\n"
          ")\n");
}

TEST_CASE("parameters and locals have names of their own") {
    CHECK(fields(module_of({{1, raw({1, 0x60, 3, 0x7f, 0x7f, 0x7e, 0})},
                            {3, raw({1, 0})},
                            code(raw({2, 2, 0x7f, 1, 0x7e, 0x20, 1, 0x21, 4, 0x20, 0, 0x0b})),
                            custom("name", nested(2, {{1, "p"}, {4, "q"}, {77, "none"}}))})) ==
          "  (type (;0;) (func (param i32 i32 i64)))\n"
          "  (func (;0;) (type 0) (param i32) (param $p i32) (param i64)\n"
          "    (local i32) (local $q i32) (local i64)\n"
          "    local.get $p\n"
          "    local.set $q\n"
          "    local.get 0\n"
          "  )\n");
}

TEST_CASE("what is not there is not called by its name") {
    byte_writer names;
    names.put(subsection(4, name_map({{0, "t"}, {1, "u"}}))).put(subsection(7, name_map({{0, "g"}, {1, "h"}})));
    CHECK(fields(module_of({{1, raw({1, 0x5f, 1, 0x64, 1, 0})},
                            {2, raw({2, 0, 0, 3, 0x7f, 0, 0, 0, 2, 0, 0})},
                            {7, raw({1, 0, 3, 1})},
                            custom("name", names)})) == "  (type $t (;0;) (struct (field (ref 1))))\n"
                                                        "  (import \"\" \"\" (global $g (;0;) i32))\n"
                                                        "  (import \"\" \"\" (memory (;0;) 0))\n"
                                                        "  (export \"\" (global 1))\n");
}

TEST_CASE("identifiers are quoted where they need it") {
    const auto named = [](std::string_view name) {
        const std::string text = fields(test::function_module({}, subsection(1, name_map({{0, name}}))));
        return text.substr(text.find("(func "));
    };
    CHECK(named("a!#$%&'*+-./:<=>?@\\^_`|~Z9") == "(func $a!#$%&'*+-./:<=>?@\\^_`|~Z9 (;0;) (type 0))\n");
    CHECK(named("std::vec<int, 3>") == "(func $\"std::vec<int, 3>\" (;0;) (type 0))\n");
    CHECK(named("f()") == "(func $\"f()\" (;0;) (type 0))\n");
    CHECK(named("caf\xc3\xa9") == "(func $\"caf\xc3\xa9\" (;0;) (type 0))\n");
    CHECK(named("\"\n") == "(func $\"\\22\\0a\" (;0;) (type 0))\n");
    CHECK_MESSAGE(named("a\xe2\x80\xae"
                        "b\xc2\x9b") == "(func $\"a\\u{202e}b\\u{9b}\" (;0;) (type 0))\n",
                  "what a terminal acts on is escaped");
    CHECK_MESSAGE(named("") == "(func (;0;) (@name \"\") (type 0))\n", "an identifier is not empty");
}

TEST_CASE("the parameters of imported functions have names") {
    byte_writer imports;
    imports.put({2}).name("m").name("f").put({0, 0}).name("m").name("g").put({0, 0});
    byte_writer locals;
    locals.put({2, 0}).put(name_map({{1, "y"}, {2, "none"}})).put({1}).put(name_map({{0, "x"}}));
    CHECK(fields(module_of(
              {{1, raw({1, 0x60, 2, 0x7f, 0x7e, 0})}, {2, imports}, custom("name", subsection(2, locals))})) ==
          "  (type (;0;) (func (param i32 i64)))\n"
          "  (import \"m\" \"f\" (func (;0;) (type 0) (param i32) (param $y i64)))\n"
          "  (import \"m\" \"g\" (func (;1;) (type 0) (param $x i32) (param i64)))\n");
}

TEST_CASE("of equal names the first is an identifier and the others are annotations") {
    byte_writer functions;
    functions.put({2, 4, 0, 0x10, 1, 0x0b, 4, 0, 0x10, 0, 0x0b});
    CHECK(fields(module_of({{1, raw({1, 0x60, 0, 0})},
                            {3, raw({2, 0, 0})},
                            {10, functions},
                            custom("name", subsection(1, name_map({{0, "f"}, {1, "f"}})))})) ==
          "  (type (;0;) (func))\n"
          "  (func $f (;0;) (type 0)\n"
          "    call 1\n"
          "  )\n"
          "  (func (;1;) (@name \"f\") (type 0)\n"
          "    call $f\n"
          "  )\n");
}

TEST_CASE("a label that is hidden by another of the same name is referred to by number") {
    expression body;
    body.op({0x02, 0x40, 0x03, 0x40, 0x0c, 0, 0x0c, 1, 0x02, 0x40, 0x0c, 0, 0x0c, 2, 0x0b, 0x0b, 0x0c, 0, 0x0b});
    CHECK(instructions(body, nested(3, {{0, "l"}, {1, "l"}, {2, "m"}})) == "block $l\n"
                                                                           "  loop $l\n"
                                                                           "    br $l\n"
                                                                           "    br 1 (;@1;)\n"
                                                                           "    block $m\n"
                                                                           "      br $m\n"
                                                                           "      br 2 (;@1;)\n"
                                                                           "    end\n"
                                                                           "  end\n"
                                                                           "  br $l\n"
                                                                           "end\n");
}

TEST_CASE("the label of a try_table does not hide others in its catch clauses") {
    expression body;
    body.op({0x02, 0x40, 0x1f, 0x40, 1, 2, 0, 0x0c, 0, 0x0b, 0x0b});
    CHECK(instructions(body, nested(3, {{0, "l"}, {1, "l"}})) == "block $l\n"
                                                                 "  try_table $l (catch_all $l)\n"
                                                                 "    br $l\n"
                                                                 "  end\n"
                                                                 "end\n");
}

TEST_CASE("a name section that is ill-formed is kept as it is") {
    byte_writer names = subsection(1, name_map({{0, "f"}}));
    names.put({1, 99});
    const std::string text = fields(test::function_module({}, names));
    CHECK(text.find("(func (;0;)") != std::string::npos);
    CHECK(text.find("(@custom \"name\" (after code) \"\\01\\04\\01\\00\\01f\\01c\")") != std::string::npos);
}

TEST_CASE("names can be left out") {
    riser::wat::print_options options;
    options.names = false;
    CHECK(fields(test::function_module({}, subsection(1, name_map({{0, "f"}}))), options) ==
          "  (type (;0;) (func))\n"
          "  (func (;0;) (type 0))\n");
}

TEST_CASE("names of what is not there are ignored") {
    CHECK(fields(test::function_module({}, subsection(1, name_map({{0xffff'ffff, "g"}, {0, "f"}})))) ==
          "  (type (;0;) (func))\n"
          "  (func $f (;0;) (type 0))\n");
}

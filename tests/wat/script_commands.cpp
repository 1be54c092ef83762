#include "riser/wat/script.hpp"

#include "riser/wat/parse_error.hpp"

#include "riser/core/wasm/types.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

namespace script = riser::wat::script;
using riser::core::wasm::heap_type;
using kind = script::constant::kind;
using pattern = script::lane::pattern;

/// The only command of a script.
template <class Command>
Command only(std::string_view text) {
    const std::vector<script::command> commands = riser::wat::parse_script(text);
    REQUIRE(commands.size() == 1);
    REQUIRE(std::holds_alternative<Command>(commands[0].what));
    return std::get<Command>(commands[0].what);
}

/// A result that is expected.
script::constant expected(const std::string& constant) {
    const auto assertion = only<script::assert_return>("(assert_return (invoke \"\") " + constant + ")");
    REQUIRE(assertion.expected.size() == 1);
    return assertion.expected[0];
}

std::string error_of(std::string_view text) {
    const auto commands = riser::wat::try_parse_script(text);
    REQUIRE(!commands);
    REQUIRE(commands.error().is<riser::wat::parse_error>());
    return std::string(commands.error().message());
}

} // namespace

TEST_CASE("a script is its commands in order, each with its line") {
    const auto commands = riser::wat::parse_script(R"(
        (module) (module definition $d) ;; comment
        (module instance $i $d) (; comment
        ;) (register "m" $i) (invoke "f") (get "g")
        (assert_return (invoke "f")) (assert_trap (get "g") "message")
        (assert_exhaustion (invoke "f") "") (assert_exception (invoke "f")) (assert_malformed (module quote) "")
        (assert_invalid (module) "") (assert_unlinkable (module) "")
        (assert_trap (module) "") (assert_malformed_custom (module quote) "")
        (assert_invalid_custom (module) ""))");
    std::string told;
    for (const script::command& command : commands) {
        told += std::to_string(command.line) + " ";
        std::visit([&](const auto& what) { told += what.keyword; }, command.what);
        told += "\n";
    }
    CHECK(told == "2 module\n2 module definition\n3 module instance\n4 register\n4 action\n4 action\n"
                  "5 assert_return\n5 assert_trap\n6 assert_exhaustion\n6 assert_exception\n6 assert_malformed\n"
                  "7 assert_invalid\n7 assert_unlinkable\n8 assert_trap\n8 assert_malformed\n9 assert_malformed\n");
    CHECK(riser::wat::parse_script(" ;; nothing").empty());
}

TEST_CASE("modules are passed on as text, with their place") {
    const auto commands =
        riser::wat::parse_script("(invoke \"f\")\n  (module $m (func) (;);) \")\" (@a \")\" (b)) ) (module)");
    const auto& module = std::get<script::module_source>(commands.at(1).what);
    CHECK(module.written == script::module_source::form::fields);
    CHECK(module.name == "m");
    CHECK(module.text == "(module $m (func) (;);) \")\" (@a \")\" (b)) )");
    CHECK(module.begin.line == 2);
    CHECK(module.begin.column == 3);
    CHECK(std::get<script::module_source>(commands.at(2).what).begin.column == 46);
}

TEST_CASE("a definition's text is that of a module, of the same length") {
    const auto definition = only<script::definition>("(module definition $m (func))");
    CHECK(definition.module.text == "(module            $m (func))");
    CHECK(definition.module.name == "m");
    CHECK(only<script::definition>("(module definition binary \"a\")").module.bytes.size() == 1);
    CHECK(only<script::definition>("(module definition $m quote \"definition\")").module.text == "definition");
}

TEST_CASE("quoted modules are strings with a space between them, binary ones with nothing") {
    CHECK(only<script::module_source>("(module quote \"(func\" \"\\\"\\n\\u{e9}\" \")\")").text ==
          "(func \"\n\u00e9 )");
    CHECK(only<script::module_source>("(module quote)").text.empty());
    const auto binary = only<script::module_source>(R"((module $b binary "\00a" "" "s\ff"))");
    CHECK(binary.written == script::module_source::form::binary);
    CHECK(binary.bytes == std::vector{std::byte{0}, std::byte{'a'}, std::byte{'s'}, std::byte{0xff}});
}

TEST_CASE("fields without a module around them are one") {
    for (const std::string_view text :
         {"(func) (memory 1)", "(type (func))", "(rec)", "(import \"\" \"\" (func))", "(table 1 funcref)", "(memory 1)",
          "(global i32 (i32.const 0))", "(tag)", "(export \"\" (func 0))", "(start 0)", "(elem)", "(data)"}) {
        CHECK(only<script::module_source>(text).text == text);
    }
    CHECK(only<script::module_source>("\n  (func)\n)").begin.line == 2);
}

TEST_CASE("actions have an instance, a field and arguments") {
    const auto action =
        only<script::action>(R"((invoke $"a b" "\"" (i32.const -1) (f64.const nan) (ref.extern 0x10)))");
    CHECK(action.what == script::action::kind::invoke);
    CHECK(action.instance == "a b");
    CHECK(action.field == "\"");
    REQUIRE(action.arguments.size() == 3);
    CHECK(action.arguments[0].lanes.at(0).bits == 0xffff'ffff);
    CHECK(action.arguments[1].lanes.at(0).bits == 0x7ff8'0000'0000'0000);
    CHECK(action.arguments[2].payload == 16);
    CHECK(only<script::action>("(get \"\")").what == script::action::kind::get);
    CHECK(only<script::registration>("(register \"as\")").instance.empty());
    CHECK(only<script::registration>("(register \"as\" $a\\n\\)").instance == "a\\n\\");
    CHECK(only<script::registration>("(register \"as\" $\"a\\n\")").instance == "a\n");
}

TEST_CASE("results may be patterns") {
    CHECK(expected("(f32.const nan:canonical)").lanes.at(0).how == pattern::canonical_nan);
    const script::constant vector = expected("(v128.const f64x2 nan:arithmetic -0)");
    CHECK(vector.what == kind::vector);
    CHECK(vector.type == riser::core::wasm::f64);
    REQUIRE(vector.lanes.size() == 2);
    CHECK(vector.lanes[0].how == pattern::arithmetic_nan);
    CHECK(vector.lanes[1].bits == 0x8000'0000'0000'0000);
    CHECK(expected("(v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 -1)").lanes.at(15).bits == 0xff);
    CHECK(expected("(v128.const i16x8 0 1 2 3 4 5 6 -1)").lanes.at(7).bits == 0xffff);

    const script::constant either = expected("(either (i32.const 1) (f32.const nan:canonical) (ref.null))");
    CHECK(either.what == kind::either);
    CHECK(either.alternatives.size() == 3);

    CHECK(!expected("(ref.null)").heap);
    CHECK(expected("(ref.null)").what == kind::null);
    CHECK(expected("(ref.null exn)").heap == heap_type(heap_type::exn));
    CHECK(expected("(ref.extern)").what == kind::reference);
    CHECK(!expected("(ref.extern)").payload);
    CHECK(expected("(ref.host 3)").heap == heap_type(heap_type::any));
    for (const auto& [text, heap] :
         {std::pair("(ref.func)", heap_type::func), std::pair("(ref.any)", heap_type::any),
          std::pair("(ref.eq)", heap_type::eq), std::pair("(ref.i31)", heap_type::i31),
          std::pair("(ref.struct)", heap_type::struct_), std::pair("(ref.array)", heap_type::array),
          std::pair("(ref.exn)", heap_type::exn)}) {
        CHECK(expected(text).heap == heap_type(heap));
    }
}

TEST_CASE("commands that are not known are skipped, with what is in them") {
    const auto commands = riser::wat::parse_script("(module) (func) (thread $t (module) (@x) \")\")\n(module)");
    REQUIRE(commands.size() == 4);
    CHECK(std::get<script::unknown_command>(commands[1].what).word == "func");
    CHECK(std::get<script::unknown_command>(commands[2].what).word == "thread");
    CHECK(commands[3].line == 2);
}

TEST_CASE("what is wrong with a script is told with its place") {
    struct wrong {
        std::string_view text;
        std::string_view message;
    };
    for (const wrong& each : {
             wrong{"module", "1:1: unexpected token module: expected '(' and a command"},
             wrong{"(module) )", "1:10: unexpected token ): expected '(' and a command"},
             wrong{"\n (\"module\")", "2:3: unexpected token \"module\": expected a command"},
             wrong{"(thread", "1:8: unexpected token: the end, expected ')'"},
             wrong{"(", "1:2: unexpected token: the end, expected a command"},
             wrong{"(module (func)", "1:15: unexpected token: the end, expected ')'"},
             wrong{"(module binary 1)", "1:16: unexpected token 1: expected ')'"},
             wrong{"(module binary \"\\g\")", "1:17: "},
             wrong{"(module instance i)", "1:18: unknown operator i: expected ')'"},
             wrong{"(register $m \"m\")", "1:11: unexpected token $m: expected a string"},
             wrong{"(register \"\\ff\")", "1:11: malformed UTF-8 encoding"},
             wrong{"(invoke f)", "1:9: unknown operator f: expected a string"},
             wrong{"(invoke \"f\" (i32.const))", "1:23: unexpected token ): expected an integer"},
             wrong{"(invoke \"f\" (i32.const 1.5))", "1:24: unexpected token 1.5: expected an integer"},
             wrong{"(invoke \"f\" (i32.const 4294967296))", "1:24: constant out of range: 4294967296"},
             wrong{"(invoke \"f\" (i64.const -0x8000000000000001))", "1:24: constant out of range"},
             wrong{"(invoke \"f\" (f32.const 1e39))", "1:24: constant out of range: 1e39"},
             wrong{"(invoke \"f\" (f32.const nan:canonical))",
                   "1:24: unexpected token nan:canonical: expected a number"},
             wrong{"(invoke \"f\" (i32.const 1 2))", "1:26: unexpected token 2: expected ')'"},
             wrong{"(invoke \"f\" (v128.const i32x5 0))", "1:25: unknown operator i32x5: expected a shape"},
             wrong{"(invoke \"f\" (v128.const i32.const 0))", "1:25: unexpected token i32.const: expected a shape"},
             wrong{"(invoke \"f\" (v128.const i64x2 0))", "1:32: unexpected token ): expected an integer"},
             wrong{"(invoke \"f\" (i32x4 0))", "1:14: unexpected token i32x4: expected a value"},
             wrong{"(invoke \"f\" (either (i32.const 0)))", "1:14: unexpected token either: expected a value"},
             wrong{"(invoke \"f\" (ref.func))", "1:14: unexpected token ref.func: expected a value"},
             wrong{"(invoke \"f\" (ref.null))", "1:22: unexpected token ): expected a heap type"},
             wrong{"(invoke \"f\" (ref.extern))", "1:24: unexpected token ): expected a number"},
             wrong{"(invoke \"f\" (ref.extern 4294967296))", "1:25: constant out of range"},
             wrong{"(assert_return (module))", "1:16: unexpected token (: expected an action"},
             wrong{"(assert_return (get \"f\") (i32.const nan:canonical))", "1:37: unexpected token nan:canonical"},
             wrong{"(assert_return (get \"f\") (either (either (ref.null))))", "1:35: unexpected token either"},
             wrong{"(assert_return (get \"f\") (ref.cast))", "1:27: unexpected token ref.cast: expected a reference"},
             wrong{"(assert_trap (invoke \"f\"))", "1:26: unexpected token ): expected a string"},
             wrong{"(assert_invalid (func) \"\")", "1:17: unexpected token (: expected a module"},
         }) {
        INFO(each.text);
        CHECK(error_of(each.text).substr(0, each.message.size()) == each.message);
    }
}

TEST_CASE("nesting in a script's modules is not bounded, and takes no stack") {
    const std::size_t depth = 1'000'000;
    const std::string module = "(module " + std::string(depth, '(') + std::string(depth, ')') + ")";
    CHECK(only<script::module_source>(module).text == module);
    CHECK(error_of(std::string(depth, '(')) == "1:2: unexpected token (: expected a command: module, register, invoke, "
                                               "get, or assert_return and the like");
}

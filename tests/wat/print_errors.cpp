#include "print_support.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

using test::byte_writer;
using test::code;
using test::custom;
using test::expression;
using test::function_module;
using test::module_of;
using test::raw;
using test::refusal;

TEST_CASE("what is no module is refused with its place") {
    CHECK(refusal(raw({0, 0x61, 0x73}).bytes).description() == "unexpected end");
    CHECK(refusal(raw({1, 0x61, 0x73, 0x6d, 1, 0, 0, 0}).bytes).description() == "magic header not detected");
    const riser::compile_error error = refusal(module_of({{1, raw({1, 0x61})}}));
    CHECK(error.description() == "malformed definition type");
    CHECK(error.offset() == 11);
    CHECK(error.why() == riser::compile_error::reason::malformed);
}

TEST_CASE("sections must have what they say") {
    CHECK(refusal(module_of({{1, raw({1, 0x60, 0, 0})}, {3, raw({1, 0})}})).description() ==
          "function and code section have inconsistent lengths");
    CHECK(refusal(module_of({{10, raw({1, 2, 0, 0x0b})}})).description() ==
          "function and code section have inconsistent lengths");
    CHECK(refusal(module_of({{12, raw({1})}})).description() ==
          "data count and data section have inconsistent lengths");
    CHECK(refusal(module_of({{1, raw({0, 0})}})).description() == "section size mismatch: 1 bytes are left");
    CHECK(refusal(module_of({{3, raw({0})}, {1, raw({0})}})).description() ==
          "unexpected content after last section: section 1 is out of order, or there twice");
}

TEST_CASE("what is wrong in a body is refused with its function and offset") {
    const riser::compile_error error = refusal(function_module(expression().op({0x01, 0xff})));
    CHECK(error.description() == "illegal opcode ff");
    CHECK(error.function() == 0U);
    CHECK(error.offset() == 24);
    CHECK(refusal(function_module(expression().op({0xfc, 0x63}))).description() == "illegal opcode fc 63");
    CHECK(refusal(function_module(expression().op({0x02, 0x40}))).description() ==
          "unexpected end of section or function");
    CHECK(refusal(function_module(expression().op({0x0b}))).description() ==
          "section size mismatch: bytes after the end of an expression");
}

TEST_CASE("arms must be of blocks that have them") {
    const auto message = [](const expression& body) {
        return std::string(refusal(function_module(body)).description());
    };
    CHECK(message(expression().op({0x05})) == "END opcode expected: found else");
    CHECK(message(expression().op({0x02, 0x40, 0x05, 0x0b})) == "END opcode expected: found else");
    CHECK(message(expression().op({0x04, 0x40, 0x05, 0x05, 0x0b})) == "END opcode expected: found else");
    CHECK(message(expression().op({0x02, 0x40, 0x19, 0x0b})) == "END opcode expected: found catch_all");
    CHECK(message(expression().op({0x06, 0x40, 0x19, 0x07, 0, 0x0b})) == "END opcode expected: found catch");
    CHECK(message(expression().op({0x18, 0})) == "END opcode expected: found delegate");
}

TEST_CASE("a module that does not validate is printed all the same") {
    CHECK(test::instructions(expression().op({0x6a, 0x10, 0xe7, 0x07, 0x28, 0x1f, 0})) ==
          "i32.add\n"
          "call 999\n"
          "i32.load align=2147483648\n");
}

TEST_CASE("deep nesting takes no native stack and no text that grows with its square") {
    constexpr std::size_t depth = 1'000'000;
    expression body;
    for (std::size_t i = 0; i < depth; ++i) {
        body.op({0x02, 0x40});
    }
    for (std::size_t i = 0; i < depth; ++i) {
        body.op({0x0b});
    }
    const std::string text = riser::wat::print(function_module(body));
    CHECK(text.size() < depth * 300);
}

TEST_CASE("a text that is larger than it may be is refused") {
    // Each of the bodies, of six bytes, has 50,000 locals.
    byte_writer functions;
    functions.unsigned_number(10'000);
    byte_writer bodies;
    bodies.unsigned_number(10'000);
    for (int i = 0; i < 10'000; ++i) {
        functions.put({0});
        bodies.put({6, 1, 0xd0, 0x86, 0x03, 0x7f, 0x0b});
    }
    const auto module = module_of({{1, raw({1, 0x60, 0, 0})}, {3, functions}, {10, bodies}});
    riser::wat::print_options options;
    options.max_size = 1'000'000;
    const riser::compile_error error = refusal(module, options);
    CHECK(error.description() == "text too large: more than 1000000 bytes");
    CHECK(error.why() == riser::compile_error::reason::limit);
}

TEST_CASE("too many locals are refused before they are printed") {
    const riser::compile_error error =
        refusal(module_of({{1, raw({1, 0x60, 0, 0})}, {3, raw({1, 0})}, code(raw({1, 0xd1, 0x86, 0x03, 0x7f, 0x0b}))}));
    CHECK(error.why() == riser::compile_error::reason::limit);
    CHECK(error.description() == "too many locals: at most 50000 with parameters");
}

TEST_CASE("a long name is written once, not at each use") {
    const std::string name(100'000, 'x');
    expression body;
    for (int i = 0; i < 10'000; ++i) {
        body.call(0);
    }
    byte_writer map;
    map.put({1, 0}).name(name);
    byte_writer names;
    names.put({1}).unsigned_number(map.bytes.size()).put(map);
    const std::string text = riser::wat::print(function_module(body, names));
    CHECK(text.find("(@name \"" + name + "\")") != std::string::npos);
    CHECK(text.size() < 500'000);
}

// Where in a text a byte of its binary comes from, and what is invalid is.
#include "riser/default_engine.hpp"
#include "riser/module.hpp"
#include "riser/wat/wat.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// What is at the place that the error of an invalid text names.
std::string_view refused_at(std::string_view text) {
    riser::engine engine;
    const auto binary = riser::wat::try_to_binary(text);
    REQUIRE(binary);
    const auto module = riser::module::try_compile(engine, *binary);
    REQUIRE_FALSE(module);
    const riser::error located = riser::wat::locate(module.error(), text);
    const auto refused = located.as<riser::wat::parse_error>();
    REQUIRE(refused);
    return text.substr(refused->where().offset);
}

bool is_refused_at(std::string_view text, std::string_view token) {
    const std::string_view at = refused_at(text);
    INFO(at);
    CHECK(at.substr(0, token.size()) == token);
    return at.starts_with(token);
}

} // namespace

TEST_CASE("what is invalid in a body is found at its instruction, folded or not") {
    CHECK(is_refused_at("(module (func) (func\n  (drop (i32.add (i32.const 1) (f32.const 2)))\n  nop))", "i32.add"));
    CHECK(is_refused_at("(func i32.const 1 f32.const 2 i32.add drop)", "i32.add"));
    CHECK(is_refused_at("(func (local i32) local.get 7 drop)", "local.get 7"));
    CHECK(is_refused_at("(func (block (br 5)))", "br 5"));
    CHECK(is_refused_at("(func (if (f32.const 1) (then)))", "if"));
    CHECK(is_refused_at("(func (if (i32.const 1) (then (call 9)) (else)))", "call 9"));
    CHECK(is_refused_at("(func (nop)) (func $named (export \"x\") (nop) (f64.sqrt))", "f64.sqrt"));
    CHECK(is_refused_at("(func (param i32) (result i64) (local.get 0))", ")"));
    CHECK(is_refused_at("(func block (result i32) end drop)", "end"));
}

TEST_CASE("what is invalid outside of bodies is found at its instruction or field") {
    CHECK(is_refused_at("(global i32 (i32.const 0))\n(global i32 (i64.const 0)) (global i32 (i32.const 1))",
                        "i64.const 0"));
    CHECK(is_refused_at("(memory 1) (data (i32.const 0) \"\") (data (global.get 3) \"\")", "global.get 3"));
    CHECK(is_refused_at("(func $f) (export \"a\" (func $f)) (export \"a\" (func $f))", "export \"a\" (func $f))"));
    CHECK(is_refused_at("(memory 1) (memory 70000) (memory 2)", "memory 70000"));
    CHECK(
        is_refused_at("(table 1 funcref) (elem (i32.const 0)) (elem (table 4) (i32.const 0) func)", "elem (table 4)"));
    CHECK(is_refused_at("(func) (func $s (param i32)) (start $s)", "start $s"));
}

TEST_CASE("what is malformed in the strings of a binary module is found at its string") {
    CHECK(is_refused_at("(module binary \"\\00asm\" \"\\01\\00\\00\\00\" \"\\63\\00\")", "\"\\63"));
}

TEST_CASE("what is no compile_error, or is not about the text, stays what it is") {
    const riser::error other = riser::resource_error("no room");
    CHECK(riser::wat::locate(other, "(module)").message() == "no room");
    const riser::error elsewhere = riser::compile_error(riser::compile_error::reason::invalid, "bad", 4, {});
    CHECK(riser::wat::locate(elsewhere, "(module)").is<riser::compile_error>());
    CHECK_FALSE(riser::wat::position_of_byte("(module", 20));
    CHECK(riser::wat::position_of_byte("(module (func nop))", 1'000'000) == std::nullopt);
}

TEST_CASE("many bytes are found at once, each where it is found alone") {
    const std::string_view text =
        "(module (memory 1) (func (nop) (drop (i32.const 7))) (global i32 (i32.const 1)) (func (nop)))";
    const auto binary = riser::wat::try_to_binary(text);
    REQUIRE(binary);
    std::vector<std::size_t> offsets;
    for (std::size_t i = binary->size() + 1; i-- > 0;) {
        offsets.push_back(i);
    }
    const auto found = riser::wat::positions_of_bytes(text, offsets);
    REQUIRE(found.size() == offsets.size());
    std::size_t places = 0;
    for (std::size_t i = 0; i < offsets.size(); ++i) {
        CAPTURE(offsets[i]);
        CHECK(found[i] == riser::wat::position_of_byte(text, offsets[i]));
        places += static_cast<std::size_t>(found[i].has_value());
    }
    CHECK(places > 10);
    CHECK(riser::wat::positions_of_bytes("(module", offsets).front() == std::nullopt);
    CHECK(riser::wat::positions_of_bytes(text, {}).empty());
}

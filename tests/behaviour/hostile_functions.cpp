#include "support/wasm.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>

// Functions as large as the limits allow, in which work for each operator grows with what came before it unless somebody
// took care. They take milliseconds; where care is missing, minutes.

namespace {

/// Runs a function of type (param i32 i32) (result i32). Function 0 is `(func)`.
std::int32_t run(const std::string& body, std::int32_t x = 0, std::int32_t y = 0) {
    test::world world;
    const riser::instance instance =
        world.instantiate("(func) (func (export \"run\") (param i32 i32) (result i32) " + body + ")");
    return instance.function<std::int32_t(std::int32_t, std::int32_t)>("run")(x, y);
}

std::string repeat(std::uint32_t times, std::string_view operators) {
    std::string text;
    for (std::uint32_t i = 0; i < times; ++i) {
        text.append(operators).append(" ");
    }
    return text;
}

constexpr std::uint32_t most_values = 60'000; // a frame has at most 65,535 slots

} // namespace

TEST_CASE("many blocks above many values") {
    for (const std::string_view value : {"i32.const 1", "local.get 1"}) {
        for (const std::string_view block : {"block end", "loop end"}) {
            const std::string body =
                repeat(most_values, value) + repeat(1'000'000, block) + repeat(most_values - 1, "i32.add");
            CHECK(run(body, 0, 1) == most_values);
        }
    }
}

TEST_CASE("many assignments below values that wait in other locals") {
    const std::string body = repeat(most_values, "local.get 1") + repeat(1'000'000, "i32.const 3 local.set 0") +
                             repeat(most_values - 1, "i32.add") + "local.get 0 i32.add";
    CHECK(run(body, 0, 2) == 2 * most_values + 3);
}

TEST_CASE("many calls in many blocks in a loop") {
    constexpr std::uint32_t many = 300'000;
    CHECK(run("loop " + repeat(many, "block") + repeat(many, "call 0") + repeat(many, "end") + "end i32.const 5") == 5);
}

TEST_CASE("a table of branches to many blocks that want a value moved") {
    std::string body = repeat(most_values, "block (result i32)");
    body += "i32.const 1 i32.const 7 local.get 0 br_table "; // the branch takes the 7 over the 1
    for (std::uint32_t i = 0; i < most_values; ++i) {
        body += std::to_string(i) + " ";
    }
    body += repeat(most_values, "end local.get 1 i32.add");
    CHECK(run(body, 0, 1) == 7 + most_values);
    CHECK(run(body, most_values - 3, 1) == 7 + 3);
}

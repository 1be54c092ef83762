#include "support/module_builder.hpp"
#include "support/wasm.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>

// Functions as large as the limits allow, in which work for each operator grows with what came before it unless somebody
// took care. They take milliseconds; where care is missing, minutes.

namespace {

using test::expression;

/// Runs a function of type (param i32 i32) (result i32). Function 0 is `(func)`.
std::int32_t run(const expression& body, std::int32_t x = 0, std::int32_t y = 0) {
    test::module_builder builder;
    builder.function(builder.type({}, {}), {}, expression());
    builder.function(builder.type({test::i32, test::i32}, {test::i32}), {}, body, "run");
    test::world world;
    const riser::module module = riser::module::compile(*world.engine, builder.bytes());
    riser::instance instance = world.linker.instantiate(world.store, module);
    return instance.function<std::int32_t(std::int32_t, std::int32_t)>("run")(x, y);
}

void repeat(expression& body, std::uint32_t times, std::initializer_list<std::uint8_t> operators) {
    for (std::uint32_t i = 0; i < times; ++i) {
        body.op(operators);
    }
}

constexpr std::uint32_t most_values = 60'000; // a frame has at most 65,535 slots
constexpr std::uint8_t block = 0x02;
constexpr std::uint8_t loop = 0x03;
constexpr std::uint8_t end = 0x0b;
constexpr std::uint8_t empty = 0x40;
constexpr std::uint8_t add = 0x6a;

} // namespace

TEST_CASE("many blocks above many values") {
    for (const bool locals : {false, true}) {
        for (const std::uint8_t kind : {block, loop}) {
            expression body;
            for (std::uint32_t i = 0; i < most_values; ++i) {
                locals ? body.get(1) : body.constant_32(1);
            }
            repeat(body, 1'000'000, {kind, empty, end});
            repeat(body, most_values - 1, {add});
            CHECK(run(body, 0, 1) == most_values);
        }
    }
}

TEST_CASE("many assignments below values that wait in other locals") {
    expression body;
    for (std::uint32_t i = 0; i < most_values; ++i) {
        body.get(1);
    }
    for (std::uint32_t i = 0; i < 1'000'000; ++i) {
        body.constant_32(3).set(0);
    }
    repeat(body, most_values - 1, {add});
    body.get(0).op({add});
    CHECK(run(body, 0, 2) == 2 * most_values + 3);
}

TEST_CASE("many calls in many blocks in a loop") {
    constexpr std::uint32_t many = 300'000;
    expression body;
    body.op({loop, empty});
    repeat(body, many, {block, empty});
    repeat(body, many, {0x10, 0});
    repeat(body, many, {end});
    body.op({end}).constant_32(5);
    CHECK(run(body) == 5);
}

TEST_CASE("a table of branches to many blocks that want a value moved") {
    expression body;
    repeat(body, most_values, {block, test::i32});
    body.constant_32(1).constant_32(7).get(0); // the branch takes the 7 over the 1
    body.op({0x0e}).unsigned_number(most_values - 1);
    for (std::uint32_t i = 0; i < most_values; ++i) {
        body.unsigned_number(i);
    }
    for (std::uint32_t i = 0; i < most_values; ++i) {
        body.op({end}).get(1).op({add});
    }
    CHECK(run(body, 0, 1) == 7 + most_values);
    CHECK(run(body, most_values - 3, 1) == 7 + 3);
}

#include "support/wasm.hpp"

#include "riser/function.hpp"
#include "riser/instance.hpp"
#include "riser/value.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

// Calls of exported functions: typed, with the signature checked once, and untyped.

namespace {

constexpr std::string_view numbers = R"((module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "widen") (param i32) (result i64) (i64.extend_i32_s (local.get 0)))
  (func (export "swap") (param f32 f64) (result f64 f32) (local.get 1) (local.get 0))
  (func (export "nothing"))
  (func (export "pass") (param f32) (result f32) (local.get 0))
  (func (export "many") (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64) (result i64)
    (i64.sub (local.get 0) (local.get 17)))
  (func (export "same") (param externref) (result externref) (local.get 0))
  (func $three (export "three") (result i32) (i32.const 3))
  (func (export "reference") (result funcref) (ref.func $three))))";

enum class color : std::uint8_t { red = 1, blue = 2 };

} // namespace

TEST_CASE("functions: a typed function converts parameters and results") {
    test::world world;
    const riser::instance instance = world.instantiate(numbers);
    CHECK(instance.function<std::int32_t(std::int32_t, std::int32_t)>("add")(40, 2) == 42);
    CHECK(instance.function<std::uint32_t(std::uint32_t, std::int32_t)>("add")(0xffff'ffff, 0) == 0xffff'ffff);
    CHECK(instance.function<long long(int)>("widen")(-1) == -1);
    CHECK(instance.function<std::int64_t(std::int32_t)>("widen")(std::numeric_limits<std::int32_t>::min()) ==
          -2147483648LL);
    CHECK(instance.function<std::tuple<double, float>(float, double)>("swap")(1.5F, 2.5) == std::tuple(2.5, 1.5F));
    instance.function<void()>("nothing")();
    CHECK(instance.function<color(color, std::uint32_t)>("add")(color::red, 1) == color::blue);
}

TEST_CASE("functions: the payload of a NaN survives an untyped call") {
    test::world world;
    const riser::function pass = world.instantiate(numbers).function("pass");
    const riser::value nan = riser::value::from_bits(riser::types::f32, 0xffa1'2345);
    const std::vector<riser::value> results = pass.call(std::vector{nan});
    CHECK(results.at(0).type() == riser::types::f32);
    CHECK(results.at(0).low_bits() == 0xffa1'2345);
}

TEST_CASE("functions: bits beyond an i32's width do not reach wasm") {
    CHECK(riser::value::from_bits(riser::types::i32, 0xffff'ffff'ffff'd8f0).low_bits() == 0xffff'd8f0);
    CHECK(riser::value::from_bits(riser::types::f32, 0xffff'ffff'3f80'0000).low_bits() == 0x3f80'0000);
    CHECK(riser::value::from_bits(riser::types::i64, 0xffff'ffff'ffff'd8f0).low_bits() == 0xffff'ffff'ffff'd8f0);
}

TEST_CASE("functions: more arguments than fit a small buffer") {
    test::world world;
    const riser::function many = world.instantiate(numbers).function("many");
    std::vector<riser::value> arguments(18, riser::value(std::int64_t{0}));
    arguments.front() = std::int64_t{50};
    arguments.back() = std::int64_t{8};
    CHECK(many.call(arguments).at(0).i64() == 42);
}

TEST_CASE("functions: type() says what may be called, and other signatures are refused once") {
    test::world world;
    const riser::instance instance = world.instantiate(numbers);
    CHECK(instance.function("add").type() ==
          riser::function_type{{riser::types::i32, riser::types::i32}, {riser::types::i32}});

    const auto wrong = instance.try_function<std::int64_t(std::int32_t)>("add");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().is<riser::usage_error>());
    CHECK(std::string(wrong.error().what()) ==
          "\"add\" is a function of another type: it is [i32 i32] -> [i32], not [i32] -> [i64]");
    CHECK(std::string(instance.function("add").try_typed<std::int64_t(std::int32_t)>().error().what()) ==
          "a function of another type: it is [i32 i32] -> [i32], not [i32] -> [i64]");
    CHECK_THROWS_AS(static_cast<void>(instance.function<float(float, float)>("add")), riser::usage_error);
    CHECK_THROWS_AS(static_cast<void>(instance.function("no such function")), riser::usage_error);
    CHECK_THROWS_AS(static_cast<void>(instance.memory("add")), riser::usage_error);
}

TEST_CASE("functions: untyped calls check numbers and types of arguments") {
    test::world world;
    const riser::function add = world.instantiate(numbers).function("add");
    const riser::value one = 1;
    CHECK_THROWS_AS(static_cast<void>(add.call(std::vector{one})), riser::usage_error);
    CHECK_THROWS_AS(static_cast<void>(add.call(std::vector{one, riser::value(1.0)})), riser::usage_error);
    CHECK_THROWS_AS(add.call(std::vector{one, one}, {}), riser::usage_error);
    CHECK(add.call(std::vector{one, one}).at(0).i32() == 2);
}

TEST_CASE("functions: references go through wasm and come back") {
    test::world world;
    const riser::instance instance = world.instantiate(numbers);
    using external = riser::ref<riser::external>;
    const auto same = instance.function<external(external)>("same");
    int object = 0;
    CHECK(same(world.store.external(&object)).pointer<int>() == &object);
    CHECK(same(external()).is_null());
    const external zero = world.store.external(std::uint64_t{0});
    CHECK_FALSE(zero.is_null());
    CHECK(same(zero).payload() == 0);
    CHECK(same(zero) == world.store.external(std::uint64_t{0}));

    const auto reference = instance.function<riser::ref<riser::function>()>("reference")();
    REQUIRE_FALSE(reference.is_null());
    CHECK(reference.get() == instance.function("three"));
    CHECK(reference.get().typed<std::int32_t()>()() == 3);
}

TEST_CASE("functions: references of another store are refused") {
    test::world world;
    riser::store other(*world.engine);
    const riser::instance instance = world.instantiate(numbers);
    const auto stranger = other.external(std::uint64_t{1});
    const auto typed = instance.function<riser::ref<riser::external>(riser::ref<riser::external>)>("same");
    const auto outcome = typed.try_call(stranger);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().is<riser::usage_error>());
    CHECK_THROWS_AS(static_cast<void>(instance.function("same").call(std::vector{riser::value(stranger)})),
                    riser::usage_error);
}

TEST_CASE("functions: values know their types and bits") {
    CHECK(riser::value(-1).low_bits() == 0xffff'ffff);
    CHECK(riser::value(std::int64_t{-1}).i64() == -1);
    CHECK(riser::value(1.5F).low_bits() == std::bit_cast<std::uint32_t>(1.5F));
    CHECK(riser::value::zero(riser::types::funcref).is_null());
    riser::v128 vector;
    for (std::uint8_t i = 0; i < 16; ++i) {
        vector.bytes[i] = i;
    }
    const riser::value value = vector;
    CHECK(value.type() == riser::types::v128);
    CHECK(value.low_bits() == 0x0706'0504'0302'0100);
    CHECK(value.high_bits() == 0x0f0e'0d0c'0b0a'0908);
    CHECK(value.vector() == vector);
}

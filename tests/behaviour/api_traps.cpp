#include "support/wasm.hpp"

#include "riser/trap.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// How calls end early, and what they say about it.

namespace {

constexpr std::string_view kinds = R"((module
  (type $nothing (func))
  (table 4 funcref)
  (elem (i32.const 1) $integer)
  (memory 1)
  (func $integer (result i32) (i32.const 0))
  (func (export "unreachable") unreachable)
  (func (export "divide") (drop (i32.div_s (i32.const 1) (i32.const 0))))
  (func (export "overflow") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
  (func (export "convert") (drop (i32.trunc_f32_s (f32.const nan))))
  (func (export "load") (drop (i32.load (i32.const 65533))))
  (func (export "far") (drop (i32.load8_u offset=0xffffffff (i32.const -1))))
  (func (export "fill") (memory.fill (i32.const 65536) (i32.const 0) (i32.const 1)))
  (func (export "table") (drop (table.get (i32.const 4))))
  (func (export "undefined") (call_indirect (type $nothing) (i32.const 4)))
  (func (export "uninitialized") (call_indirect (type $nothing) (i32.const 0)))
  (func (export "mismatch") (call_indirect (type $nothing) (i32.const 1)))
  (func $again (export "recurse") (call $again))))";

constexpr std::string_view deep = R"((module $deep
  (import "host" "call" (func $host (param i32)))
  (func $inner (param i32)
    (if (i32.eqz (local.get 0)) (then unreachable))
    (call $host (local.get 0)))
  (func $middle (param i32) (call $inner (local.get 0)) (nop))
  (func $outer (export "outer") (param i32) (call $middle (local.get 0)) (nop))))";

constexpr std::string_view importer = R"((module $importer
  (import "deep" "outer" (func $far (param i32)))
  (func (export "start") (call $far (i32.const 0)) (nop))))";

riser::trap_kind kind_of(const riser::instance& instance, std::string_view name) {
    const auto outcome = instance.function<void()>(name).try_call();
    REQUIRE_FALSE(outcome);
    REQUIRE(outcome.error().is<riser::trap>());
    const riser::trap trap = outcome.error().as<riser::trap>().value();
    const std::string_view wording = riser::to_string(trap.kind());
    CHECK(std::string_view(trap.what()).substr(0, wording.size()) == wording);
    // Accesses to memory say more, see out_of_bounds.cpp; then all say the function, see trap_messages.cpp.
    const std::string_view details = trap.message().substr(wording.size());
    CHECK(details.starts_with(" (in function ") == (trap.kind() != riser::trap_kind::memory_out_of_bounds));
    return trap.kind();
}

std::vector<std::string> names(const riser::trap& trap) {
    std::vector<std::string> all;
    for (const riser::trap_frame& frame : trap.backtrace()) {
        all.push_back(frame.module + "." + frame.name);
    }
    return all;
}

} // namespace

TEST_CASE("traps: each kind, one after the other in one instance") {
    using enum riser::trap_kind;
    test::world world;
    const riser::instance instance = world.instantiate(kinds);
    CHECK(kind_of(instance, "unreachable") == unreachable);
    CHECK(kind_of(instance, "divide") == integer_divide_by_zero);
    CHECK(kind_of(instance, "overflow") == integer_overflow);
    CHECK(kind_of(instance, "convert") == invalid_conversion);
    CHECK(kind_of(instance, "load") == memory_out_of_bounds);
    CHECK(kind_of(instance, "far") == memory_out_of_bounds);
    CHECK(kind_of(instance, "fill") == memory_out_of_bounds);
    CHECK(kind_of(instance, "table") == table_out_of_bounds);
    CHECK(kind_of(instance, "undefined") == undefined_element);
    CHECK(kind_of(instance, "uninitialized") == uninitialized_element);
    CHECK(kind_of(instance, "mismatch") == indirect_call_mismatch);
    CHECK(kind_of(instance, "recurse") == stack_exhausted);
    CHECK(kind_of(instance, "divide") == integer_divide_by_zero);
}

TEST_CASE("traps: the backtrace names functions and offsets, innermost first") {
    test::world world;
    world.linker.define("host", "call", [](std::int32_t) {});
    const riser::instance instance = world.instantiate(deep);
    const auto outcome = instance.function<void(std::int32_t)>("outer").try_call(0);
    REQUIRE_FALSE(outcome);
    const std::vector<riser::trap_frame> frames = outcome.error().as<riser::trap>().value().backtrace();
    REQUIRE(frames.size() == 3);
    CHECK(frames[0].name == "inner");
    CHECK(frames[1].name == "middle");
    CHECK(frames[2].name == "outer");
    CHECK(frames[0].module == "deep");
    CHECK(frames[0].function == 1);
    // The offsets are those of `unreachable` (0x00) and of the calls (0x10 and the callee's index).
    const auto bytes = instance.module().bytes();
    CHECK(bytes[frames[0].offset] == std::byte{0x00});
    CHECK(bytes[frames[1].offset] == std::byte{0x10});
    CHECK(bytes[frames[1].offset + 1] == std::byte{1});
    CHECK(bytes[frames[2].offset] == std::byte{0x10});
    CHECK(bytes[frames[2].offset + 1] == std::byte{2});
}

TEST_CASE("traps: the backtrace goes through other instances and through the host") {
    test::world world;
    world.linker.define("host", "call", [](riser::caller& caller, std::int32_t n) {
        caller.instance()->function<void(std::int32_t)>("outer")(n - 1);
    });
    const riser::instance inside = world.instantiate(deep);
    riser::imports imports;
    imports.define("deep", inside);
    const riser::instance outside = world.instantiate(importer, imports);

    const auto across = outside.function<void()>("start").try_call();
    REQUIRE(across.error().is<riser::trap>());
    CHECK(names(*across.error().as<riser::trap>()) ==
          std::vector<std::string>{"deep.inner", "deep.middle", "deep.outer", "importer.start"});

    const auto through = inside.function<void(std::int32_t)>("outer").try_call(1);
    REQUIRE(through.error().is<riser::trap>());
    CHECK(through.error().as<riser::trap>()->kind() == riser::trap_kind::unreachable);
    CHECK(names(*through.error().as<riser::trap>()) == std::vector<std::string>{"deep.inner", "deep.middle",
                                                                                "deep.outer", "deep.inner",
                                                                                "deep.middle", "deep.outer"});
}

TEST_CASE("traps: a backtrace is cut off, and outlives its store and engine") {
    riser::result<void> outcome;
    {
        test::world world;
        outcome = world.instantiate(kinds).function<void()>("recurse").try_call();
    }
    REQUIRE(outcome.error().is<riser::trap>());
    const auto frames = outcome.error().as<riser::trap>().value().backtrace();
    CHECK(frames.size() == 64);
    CHECK(frames.back().name == "again");
}

TEST_CASE("traps: errors thrown are what try_call returns") {
    test::world world;
    const auto divide = world.instantiate(kinds).function<void()>("divide");
    CHECK_THROWS_WITH_AS(divide(), "integer divide by zero (in function 2, divide)", riser::trap);
    try {
        divide();
    } catch (const riser::error& failure) {
        CHECK(failure.as<riser::trap>()->kind() == riser::trap_kind::integer_divide_by_zero);
        CHECK_FALSE(failure.as<riser::link_error>());
    }
}

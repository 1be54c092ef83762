#include "support/wasm.hpp"

#include "riser/trap.hpp"
#include "support/causes.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Function pointers of guests: indices into tables, called by the host.

namespace {

constexpr std::string_view guest = R"((module
  (import "host" "apply" (func $apply (param i32 i32) (result i32)))
  (table (export "__indirect_function_table") 5 funcref)
  (table (export "externals") 2 externref)
  (elem (i32.const 1) $double $long $first)
  (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
  (func $long (param i64) (result i64) (local.get 0))
  (func $first (param i32) (result i32) (call $apply (i32.const 1) (local.get 0)))
  (func (export "run") (param i32 i32) (result i32) (call $apply (local.get 0) (local.get 1)))))";

constexpr std::string_view without_table = R"((module
  (import "host" "apply" (func $apply (param i32 i32) (result i32)))
  (table 1 funcref)
  (func (export "run") (param i32 i32) (result i32) (call $apply (local.get 0) (local.get 1)))))";

using callback = std::int32_t(std::int32_t);

template <class T>
std::pair<riser::trap_kind, std::string> trap_of(const riser::result<T>& outcome) {
    REQUIRE_FALSE(outcome);
    REQUIRE(outcome.error().template is<riser::trap>());
    return {outcome.error().template as<riser::trap>()->kind(), std::string(test::cause_of(outcome.error()))};
}

} // namespace

TEST_CASE("callbacks: a function of a table with a C++ signature") {
    using enum riser::trap_kind;
    test::world world;
    world.linker.define("host", "apply", [](std::int32_t, std::int32_t) { return 0; });
    const riser::instance app = world.instantiate(guest);
    const riser::table table = app.table("__indirect_function_table");
    CHECK(table.function<callback>(1)(21) == 42);
    CHECK(table.function<std::int64_t(std::int64_t)>(2)(7) == 7);
    CHECK(table.function(1).type().params.size() == 1);
    CHECK(trap_of(table.try_function<callback>(0)) ==
          std::pair(uninitialized_element, std::string("uninitialized element: index 0")));
    CHECK(trap_of(table.try_function<callback>(5)) ==
          std::pair(undefined_element, std::string("undefined element: index 5 of a table of 5")));
    CHECK(trap_of(table.try_function<callback>(std::uint64_t{1} << 32U)).first == undefined_element);
    CHECK(
        trap_of(table.try_function<callback>(2)) ==
        std::pair(
            indirect_call_mismatch,
            std::string(
                "indirect call type mismatch: a function of another type: it is [i64] -> [i64], not [i32] -> [i32]")));
    CHECK(trap_of(app.table("externals").try_function(0)).first == indirect_call_mismatch);
    CHECK_THROWS_AS(static_cast<void>(table.function<callback>(0)), riser::trap);
    CHECK_THROWS_AS(static_cast<void>(table.function(0)), riser::trap);
}

TEST_CASE("callbacks: a host function calls what its caller points at") {
    test::world world;
    world.linker.define("host", "apply", [](riser::caller& caller, std::uint32_t pointer, std::int32_t argument) {
        return caller.function<callback>(pointer)(argument);
    });
    const auto run = world.instantiate(guest).function<std::int32_t(std::int32_t, std::int32_t)>("run");
    CHECK(run(1, 4) == 8);
    CHECK(run(3, 5) == 10); // which calls back again
    using enum riser::trap_kind;
    CHECK(trap_of(run.try_call(0, 1)).first == uninitialized_element);
    CHECK(trap_of(run.try_call(2, 1)).first == indirect_call_mismatch);
    CHECK(trap_of(run.try_call(-1, 1)).first == undefined_element);
    CHECK(run(1, 4) == 8);

    const auto elsewhere = world.instantiate(without_table).function<std::int32_t(std::int32_t, std::int32_t)>("run");
    const auto refused = elsewhere.try_call(0, 1);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().is<riser::usage_error>());
    CHECK(std::string(refused.error().what()) == "no exported table \"__indirect_function_table\"");
}

TEST_CASE("callbacks: a host function sees where its call is") {
    test::world world;
    std::vector<std::string> seen;
    world.linker.define("host", "apply", [&](riser::caller& caller, std::uint32_t pointer, std::int32_t argument) {
        if (pointer == 1) {
            for (const riser::trap_frame& frame : caller.backtrace()) {
                seen.push_back(frame.name);
            }
        }
        return caller.function<callback>(pointer)(argument);
    });
    const riser::instance app = world.instantiate(guest);
    CHECK(app.function<std::int32_t(std::int32_t, std::int32_t)>("run")(3, 5) == 10);
    CHECK(seen == std::vector<std::string>{"first", "run"});
}

TEST_CASE("callbacks: a backtrace has 64 frames at most, however often wasm and host take turns") {
    test::world world;
    std::size_t deepest = 0;
    world.linker.define("host", "apply", [&](riser::caller& caller, std::uint32_t, std::int32_t left) {
        if (left == 0) {
            deepest = caller.backtrace().size();
            throw riser::trap(riser::trap_kind::unreachable);
        }
        return caller.function<callback>(3)(left); // calls this again, with what is left
    });
    const riser::instance app = world.instantiate(R"((module
      (import "host" "apply" (func $apply (param i32 i32) (result i32)))
      (table (export "__indirect_function_table") 4 funcref)
      (elem (i32.const 3) $down)
      (func $down (export "down") (param i32) (result i32)
        (call $apply (i32.const 3) (i32.sub (local.get 0) (i32.const 1))))))");
    const auto outcome = app.function<callback>("down").try_call(500);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().as<riser::trap>().value().backtrace().size() == 64);
    CHECK(deepest == 64);
    CHECK(app.function<callback>("down").try_call(10).error().as<riser::trap>()->backtrace().size() == 10);
}

#include "support/wasm.hpp"

#include "riser/host_function.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Instances: their exports, what they share, and what is left when making one fails.

namespace {

constexpr std::string_view provider = R"((module
  (memory (export "memory") 1 3)
  (table (export "table") 2 8 funcref)
  (global (export "fixed") i32 (i32.const 40))
  (global $moving (export "moving") (mut i64) (i64.const 7))
  (func (export "two") (result i32) (i32.const 2))
  (func (export "peek") (result i32) (i32.load (i32.const 16)))
  (func (export "moving?") (result i64) (global.get $moving))))";

constexpr std::string_view user = R"((module
  (import "provider" "memory" (memory 1))
  (import "provider" "table" (table $t 2 funcref))
  (import "provider" "fixed" (global $fixed i32))
  (import "provider" "moving" (global $moving (mut i64)))
  (import "provider" "two" (func $two (result i32)))
  (export "fixed again" (global $fixed))
  (func $nine (result i32) (i32.const 9))
  (elem (table $t) (i32.const 1) func $nine)
  (data (i32.const 16) "\2a\00\00\00")
  (func (export "sum") (result i32) (i32.add (global.get $fixed) (call $two)))
  (func (export "move") (global.set $moving (i64.const -1)))
  (func (export "grow") (result i32) (memory.grow (i32.const 1)))
  (func (export "indirect") (param i32) (result i32) (call_indirect $t (result i32) (local.get 0)))))";

constexpr std::string_view traps_late = R"((module
  (import "provider" "memory" (memory 1))
  (import "provider" "table" (table 2 funcref))
  (func $seven (result i32) (i32.const 7))
  (elem (i32.const 0) $seven)
  (data (i32.const 16) "\05")
  (data (i32.const 65536) "\01")))";

constexpr std::string_view start_traps = R"((module
  (import "provider" "memory" (memory 1))
  (func $start (i32.store (i32.const 16) (i32.const 6)) (unreachable))
  (start $start)))";

} // namespace

TEST_CASE("instances: exports by name and kind, with their types") {
    test::world world;
    const riser::instance instance = world.instantiate(provider);
    CHECK(instance.find("two")->kind() == riser::external_kind::function);
    CHECK_FALSE(instance.find("three"));
    CHECK(riser::to_string(instance.find("memory")->type()) == "(memory 1 3)");
    CHECK(riser::to_string(instance.find("table")->type()) == "(table 2 8 (ref null func))");
    CHECK(riser::to_string(instance.find("moving")->type()) == "(global (mut i64))");
    CHECK(riser::to_string(instance.find("two")->type()) == "(func (result i32))");
    CHECK(instance.memory("memory") == instance.memory("memory"));
    CHECK(instance.global("moving") == instance.global("moving"));
    CHECK(instance.function("two") == instance.function("two"));
    CHECK(instance.module().exports().size() == 7);
}

TEST_CASE("instances: memories, tables, globals and functions are shared") {
    test::world world;
    const riser::instance first = world.instantiate(provider);
    riser::imports imports;
    imports.define("provider", first);
    const riser::instance second = world.instantiate(user, imports);
    CHECK(first.function<std::int32_t()>("peek")() == 42);
    CHECK(second.function<std::int32_t()>("sum")() == 42);
    second.function<void()>("move")();
    CHECK(first.function<std::int64_t()>("moving?")() == -1);
    CHECK(first.global("moving").get().i64() == -1);
    first.global("moving").set(riser::value(std::int64_t{3}));
    CHECK(first.function<std::int64_t()>("moving?")() == 3);
    CHECK(second.global("fixed again") == first.global("fixed"));

    CHECK(second.function<std::int32_t(std::int32_t)>("indirect")(1) == 9);
    first.table("table").set(0, riser::ref<riser::function>(first.function("two")));
    CHECK(second.function<std::int32_t(std::int32_t)>("indirect")(0) == 2);

    CHECK(second.function<std::int32_t()>("grow")() == 1);
    CHECK(first.memory("memory").pages() == 2);
    CHECK(first.function<std::int32_t()>("peek")() == 42);
}

TEST_CASE("instances: single imports go before whole instances, and both before the linker") {
    test::world world;
    world.linker.define("provider", "two", [] { return 200; });
    const riser::instance first = world.instantiate(provider);
    riser::imports imports;
    imports.define("provider", first);
    CHECK(world.instantiate(user, imports).function<std::int32_t()>("sum")() == 42);
    imports.define("provider", "two", riser::make_function(world.store, [] { return 20; }));
    CHECK(world.instantiate(user, imports).function<std::int32_t()>("sum")() == 60);
}

TEST_CASE("instances: what a failing instantiation wrote stays") {
    test::world world;
    const riser::instance first = world.instantiate(provider);
    riser::imports imports;
    imports.define("provider", first);
    const auto failed = world.linker.try_instantiate(world.store, world.compile(traps_late), imports);
    REQUIRE_FALSE(failed);
    REQUIRE(failed.error().is<riser::trap>());
    CHECK(failed.error().as<riser::trap>()->kind() == riser::trap_kind::memory_out_of_bounds);
    CHECK(first.memory("memory").read<std::uint8_t>(16) == 5);
    CHECK(first.table("table").get(0).function().get().typed<std::int32_t()>()() == 7);

    const auto trapped = world.linker.try_instantiate(world.store, world.compile(start_traps), imports);
    REQUIRE_FALSE(trapped);
    CHECK(trapped.error().as<riser::trap>()->kind() == riser::trap_kind::unreachable);
    CHECK(trapped.error().as<riser::trap>()->backtrace().at(0).name == "start");
    CHECK(first.memory("memory").read<std::uint8_t>(16) == 6);
}

TEST_CASE("instances: memories from the host") {
    test::world world;
    const riser::memory memory = riser::memory::create(world.store, {{1, 2}});
    CHECK(memory.data().size() == 65536);
    memory.write(65532, 1.5F);
    CHECK(memory.read<float>(65532) == 1.5F);
    CHECK_THROWS_AS(memory.write(65533, 1.5F), riser::trap);
    CHECK_THROWS_AS(static_cast<void>(memory.read<std::uint8_t>(UINT64_MAX)), riser::trap);
    CHECK(memory.range(65536, 0).empty());
    CHECK(memory.grow(1) == 1);
    CHECK(memory.read<std::uint64_t>(65536) == 0);
    CHECK_THROWS_AS(static_cast<void>(memory.grow(1)), riser::resource_error);
    CHECK(memory.type().limits == riser::size_limits{2, 2});
    CHECK_THROWS_AS(static_cast<void>(riser::memory::create(world.store, {{3, 2}})), riser::usage_error);
    CHECK_THROWS_AS(static_cast<void>(riser::memory::create(world.store, {{65537, {}}})), riser::usage_error);
}

TEST_CASE("instances: tables from the host") {
    test::world world;
    using external = riser::ref<riser::external>;
    const auto object = world.store.external(std::uint64_t{5});
    const riser::table table = riser::table::create(world.store, {riser::types::externref, {2, 4}}, object);
    CHECK(table.get(1).external() == object);
    CHECK_THROWS_AS(static_cast<void>(table.get(2)), riser::trap);
    CHECK_THROWS_AS(table.set(2, object), riser::trap);
    CHECK_THROWS_AS(table.set(0, riser::ref<riser::function>()), riser::usage_error);
    table.set(0, external());
    CHECK(table.get(0).is_null());
    CHECK(table.grow(2, object) == 2);
    CHECK(table.get(3).external().payload() == 5);
    CHECK_THROWS_AS(static_cast<void>(table.grow(1, object)), riser::resource_error);
    CHECK(table.size() == 4);
}

TEST_CASE("instances: globals from the host") {
    test::world world;
    const riser::global fixed = riser::global::create(world.store, {riser::types::f64, false}, 2.5);
    CHECK(fixed.get().f64() == 2.5);
    CHECK_THROWS_AS(fixed.set(1.5), riser::usage_error);
    const riser::global vector = riser::global::create(world.store, {riser::types::v128, true}, riser::v128{{1, 2, 3}});
    CHECK(vector.get().vector().bytes[2] == 3);
    CHECK_THROWS_AS(vector.set(1.5), riser::usage_error);
    vector.set(riser::v128{});
    CHECK(vector.get().vector() == riser::v128{});
    CHECK_THROWS_AS(static_cast<void>(riser::global::create(world.store, {riser::types::i32, false}, 1.0)),
                    riser::usage_error);
}

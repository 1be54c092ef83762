#include "support/wasm.hpp"

#include "riser/host_function.hpp"
#include "riser/trap.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

// Names that linkers and imports have: defined once, replaced where that is asked for, filled in where nobody has them.

namespace {

constexpr std::string_view asks = R"((module
  (import "env" "number" (func $number (result i32)))
  (func (export "run") (result i32) (call $number))))";

constexpr std::string_view asks_for_more = R"((module
  (import "env" "number" (func $number (result i32)))
  (import "env" "unknown" (func $unknown (param i64 externref) (result f32)))
  (import "env" "memory" (memory 1))
  (func (export "run") (result i32) (call $number))
  (func (export "call") (drop (call $unknown (i64.const 1) (ref.null extern))))))";

constexpr std::string_view exports_number = R"((module (func (export "number") (result i32) (i32.const 4))))";

std::int32_t run(test::world& world, const riser::imports& imports = {}) {
    return world.instantiate(asks, imports).function<std::int32_t()>("run")();
}

const auto untyped = [](riser::caller&, std::span<const riser::value>, std::span<riser::value> results) {
    results[0] = std::int32_t{3};
};

} // namespace

TEST_CASE("linking: a name that a linker has is replaced only by redefine") {
    test::world world;
    const riser::function_type type{{}, {riser::types::i32}};
    world.linker.define("env", "number", [] { return std::int32_t{1}; });
    constexpr const char* words = "\"env\" \"number\" is defined already; redefine replaces it";
    CHECK_THROWS_WITH_AS(world.linker.define("env", "number", [] { return std::int32_t{2}; }), words,
                         riser::usage_error);
    CHECK_THROWS_WITH_AS(world.linker.define("env", "number", type, untyped), words, riser::usage_error);
    CHECK(world.linker.try_define("env", "number", [] { return std::int32_t{2}; }).error().is<riser::usage_error>());
    CHECK(world.linker.try_define("env", "number", type, untyped).error().is<riser::usage_error>());
    CHECK(run(world) == 1);
    world.linker.redefine("env", "number", [] { return std::int32_t{2}; });
    CHECK(run(world) == 2);
    world.linker.redefine("env", "number", type, untyped);
    CHECK(run(world) == 3);
    CHECK(world.linker.try_define("env", "another", [] {}));
    world.linker.redefine("env", "third", [] {});
    CHECK_FALSE(world.linker.try_define("env", "third", [] {}));
}

TEST_CASE("linking: so it is with imports") {
    test::world world;
    const riser::function one = riser::make_function(world.store, [] { return std::int32_t{1}; });
    const riser::function two = riser::make_function(world.store, [] { return std::int32_t{2}; });
    const riser::instance four = world.instantiate(exports_number);
    riser::imports imports;
    imports.define("env", four);
    CHECK(run(world, imports) == 4);
    CHECK_THROWS_WITH_AS(imports.define("env", four), "\"env\" is another instance already; redefine replaces it",
                         riser::usage_error);
    imports.define("env", "number", one); // of a single name: goes before
    CHECK(run(world, imports) == 1);
    CHECK_THROWS_WITH_AS(imports.define("env", "number", two),
                         "\"env\" \"number\" is defined already; redefine replaces it", riser::usage_error);
    CHECK_FALSE(imports.try_define("env", "number", two));
    CHECK(run(world, imports) == 1);
    imports.redefine("env", "number", two).redefine("env", world.instantiate(exports_number));
    CHECK(run(world, imports) == 2);
}

TEST_CASE("linking: functions that nobody has defined may trap when they are called") {
    test::world world;
    const riser::module module = world.compile(asks_for_more);
    world.linker.define("env", "number", [] { return std::int32_t{7}; });
    world.linker.trap_on_unknown_imports(module);

    // A memory has no stand-in.
    const auto refused = world.linker.try_link(module);
    REQUIRE_FALSE(refused);
    REQUIRE(refused.error().as<riser::link_error>().value().unsatisfied().size() == 1);
    CHECK(refused.error().as<riser::link_error>()->unsatisfied()[0].name == "memory");

    riser::imports imports;
    imports.define("env", "memory", riser::memory::create(world.store, {.limits = {1, 1}}));
    const riser::instance app = world.linker.instantiate(world.store, module, imports);
    CHECK(app.function<std::int32_t()>("run")() == 7);
    const auto outcome = app.function<void()>("call").try_call();
    REQUIRE_FALSE(outcome);
    REQUIRE(outcome.error().is<riser::trap>());
    CHECK(outcome.error().as<riser::trap>()->kind() == riser::trap_kind::host_error);
    CHECK(outcome.error().message().find("\"env\" \"unknown\"") != std::string_view::npos);
    CHECK(outcome.error().as<riser::trap>()->backtrace().size() == 1);

    const test::world other;
    CHECK(world.linker.try_trap_on_unknown_imports(other.compile(asks)).error().is<riser::link_error>());
}

TEST_CASE("linking: resource errors say why") {
    using enum riser::resource_error::reason;
    riser::store_limits limits;
    limits.memory_bytes = 4 * 65536;
    limits.table_elements = 10;
    limits.instances = 1;
    test::world world(limits);
    const auto why = [](const auto& outcome) {
        REQUIRE_FALSE(outcome);
        return outcome.error().template as<riser::resource_error>().value().why();
    };
    const riser::memory small = riser::memory::create(world.store, {.limits = {1, 2}});
    CHECK(why(small.try_grow(2)) == type_limit);
    CHECK(why(small.try_grow(UINT64_MAX)) == store_limit);
    CHECK(why(riser::memory::try_create(world.store, {.limits = {4, 4}})) == store_limit);
    const riser::value null = riser::value::zero(riser::types::funcref);
    const riser::table table = riser::table::create(world.store, {riser::types::funcref, {1, 3}}, null);
    CHECK(why(table.try_grow(3, null)) == type_limit);
    CHECK(why(table.try_grow(11, null)) == store_limit);
    CHECK(why(riser::table::try_create(world.store, {riser::types::funcref, {11, 11}}, null)) == store_limit);
    CHECK(why(riser::module::try_load(*world.engine, "/no such file.wasm")) == file);
    const riser::instance only = world.instantiate(exports_number);
    CHECK(why(world.linker.try_instantiate(world.store, world.compile(exports_number))) == store_limit);
    CHECK(riser::resource_error("no more").why() == memory);
}

#include "support/last_will.hpp"
#include "support/wasm.hpp"

#include "riser/host_function.hpp"
#include "riser/memory.hpp"
#include "riser/table.hpp"
#include "riser/value.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

// Garbage makes room when the host asks for what a store's limit would not allow otherwise, and what its destructors drop then
// may be the store itself. Use the address sanitizer.

namespace {

using function_reference = riser::ref<riser::function>;

/// With 16 pages and 1,000 elements, and a reference to its function that the store has to look for.
constexpr std::string_view large = R"((module
  (memory (export "memory") 16)
  (table (export "table") 1000 funcref)
  (elem declare func $f)
  (func $f (export "f") (result funcref) (ref.func $f))))";

/// Room for two of them, and little more.
riser::store_limits two_large() {
    riser::store_limits limits;
    limits.memory_bytes = 33 << 16;
    limits.table_elements = 2008;
    return limits;
}

/// A store in which half of what its limits allow is garbage.
struct scene {
    scene() : store(std::in_place, engine, two_large()) {
        riser::linker linker(engine);
        const riser::instance garbage = linker.instantiate(*store, riser::module::compile(engine, test::wat(large)));
        static_cast<void>(garbage.function("f").call({}));
    }

    riser::engine engine;
    std::optional<riser::store> store;
};

/// A function that ends the store when a collection finds it.
void leave_will(scene& place) {
    const riser::table table =
        riser::table::create(*place.store, {riser::types::funcref, {8, 8}}, function_reference());
    const auto held = std::make_shared<test::last_will>([&place] { place.store.reset(); });
    table.set(0, function_reference(riser::make_function(*place.store, [held] {})));
    table.set(0, function_reference());
}

constexpr riser::memory_type pages(std::uint64_t count) {
    return riser::memory_type{.limits = {.min = count, .max = {}}};
}

} // namespace

TEST_CASE("collecting at limits: what is made and what grows finds the room that garbage takes") {
    SUBCASE("a memory") {
        scene place;
        CHECK(riser::memory::try_create(*place.store, pages(20)).has_value());
    }
    SUBCASE("a memory that grows") {
        scene place;
        const riser::memory memory = riser::memory::create(*place.store, pages(1));
        CHECK(memory.try_grow(20).has_value());
        CHECK(memory.pages() == 21);
    }
    SUBCASE("a table") {
        scene place;
        CHECK(riser::table::try_create(*place.store, {riser::types::funcref, {1500, {}}}, function_reference())
                  .has_value());
    }
    SUBCASE("a table that grows") {
        scene place;
        const riser::table table =
            riser::table::create(*place.store, {riser::types::funcref, {1, {}}}, function_reference());
        CHECK(table.try_grow(1500, function_reference()).has_value());
        CHECK(table.size() == 1501);
    }
    SUBCASE("not what is still there") {
        scene place;
        const riser::memory memory = riser::memory::create(*place.store, pages(1));
        CHECK_FALSE(memory.try_grow(33).has_value());
        CHECK(memory.pages() == 1);
    }
}

TEST_CASE("collecting at limits: memory that an instance grew after its last handle went weighs, too") {
    test::world world;
    std::weak_ptr<int> witness;
    riser::memory outer = [&] {
        auto held = std::make_shared<int>(1);
        witness = held;
        world.linker.define("host", "witness", [held] { static_cast<void>(*held); });
        const riser::instance user = world.instantiate(R"((module
          (import "host" "witness" (func $witness))
          (memory (export "memory") 1)
          (elem declare func $witness)
          (func (export "f") (result funcref) (ref.func $witness))))");
        static_cast<void>(user.function("f").call({}));
        return user.memory("memory");
    }();
    world.linker = riser::linker(*world.engine); // with its callable
    CHECK_FALSE(witness.expired());
    outer.grow(30);
    static_cast<void>(world.store.external(std::uint64_t{1}));
    CHECK_FALSE(witness.expired());
    outer.grow(40); // more than 4 MiB, both together
    static_cast<void>(world.store.external(std::uint64_t{2}));
    CHECK(witness.expired());
}

TEST_CASE("collecting at limits: a function that is just being stored stays, whenever a collection begins") {
    test::world world;
    constexpr std::int32_t many = 2500;
    const riser::table table =
        riser::table::create(world.store, {riser::types::funcref, {many, {}}}, function_reference());
    for (std::int32_t i = 0; i < many; ++i) {
        const riser::function made = riser::make_function(world.store, [i] { return i; });
        table.set(static_cast<std::uint64_t>(i), function_reference(made));
    }
    for (std::int32_t i = 0; i < many; ++i) {
        CHECK(table.function<std::int32_t()>(static_cast<std::uint64_t>(i))() == i);
    }
}

TEST_CASE("collecting at limits: a destructor may drop the store that asks for room") {
    scene place;
    leave_will(place);
    riser::store& store = *place.store;
    SUBCASE("for a memory") { CHECK(riser::memory::try_create(store, pages(20)).has_value()); }
    SUBCASE("for a memory that grows") { CHECK(riser::memory::create(store, pages(1)).try_grow(20).has_value()); }
    SUBCASE("for a table") {
        CHECK(riser::table::try_create(store, {riser::types::funcref, {1500, {}}}, function_reference()).has_value());
    }
    SUBCASE("for a table that grows") {
        const riser::table table = riser::table::create(store, {riser::types::funcref, {1, {}}}, function_reference());
        CHECK(table.try_grow(1500, function_reference()).has_value());
    }
    SUBCASE("for an instance") {
        const riser::linker linker(place.engine);
        const auto made = linker.try_instantiate(
            store, riser::module::compile(place.engine, test::wat("(module (memory 20) (table 1500 funcref))")));
        CHECK(made.has_value());
    }
    SUBCASE("for external references") {
        for (std::uint64_t i = 0; i < 5000 && place.store; ++i) {
            static_cast<void>(store.external(i));
        }
    }
    SUBCASE("for globals") { // one after the other, each with a function that may be garbage
        for (std::uint64_t i = 0; i < 700; ++i) {
            static_cast<void>(store.external(i));
        }
        for (int i = 0; i < 5000 && place.store; ++i) {
            static_cast<void>(riser::global::try_create(store, {riser::types::funcref, false},
                                                        function_reference(riser::make_function(store, [] {}))));
        }
    }
    SUBCASE("by asking for a collection") { store.collect_garbage(); }
    CHECK_FALSE(place.store.has_value());
}

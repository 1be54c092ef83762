#include "support/last_will.hpp"
#include "support/wasm.hpp"

#include "riser/host_function.hpp"
#include "riser/table.hpp"
#include "riser/value.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

// A collection in the middle of something: what the host is at stays, whatever destructors do. Use the address sanitizer.

namespace {

using function_reference = riser::ref<riser::function>;

/// Garbage that is large enough to be collected at once.
constexpr std::string_view large = R"((module
  (memory 64)
  (elem declare func $f)
  (func $f (export "f") (result funcref) (ref.func $f))))";

riser::table make_table(riser::store& store) {
    return riser::table::create(store, {riser::types::funcref, {8, 8}}, function_reference());
}

/// A function of the host that only a collection frees, and what happens then.
void leave_garbage(riser::store& store, const riser::table& table, std::function<void()> will) {
    const auto held = std::make_shared<test::last_will>(std::move(will));
    table.set(0, function_reference(riser::make_function(store, [held] {})));
    table.set(0, function_reference());
}

} // namespace

TEST_CASE("collecting: results that replace the last reference to something large are all there") {
    test::world world;
    world.linker.define("host", "make", [](riser::caller& caller, std::uint32_t payload) {
        return caller.external(std::uint64_t{payload});
    });
    const riser::function two = world
                                    .instantiate(R"((module
          (import "host" "make" (func $make (param i32) (result externref)))
          (func (export "two") (result externref externref)
            (call $make (i32.const 1)) (call $make (i32.const 2)))))")
                                    .function("two");
    std::vector<riser::value> results(2);
    results[0] = world.instantiate(large).function("f").call({})[0];
    two.call({}, results);
    CHECK(results[0].external().payload() == 1);
    CHECK(results[1].external().payload() == 2);
}

TEST_CASE("collecting: an instance that runs by a tail call outlives who held it") {
    test::world world;
    const riser::table table = make_table(world.store);
    std::optional<riser::instance> holder;
    std::optional<riser::instance> runs;
    riser::imports imports;
    imports.define("host", "table", table);
    imports.define("host", "forget", riser::make_function(world.store, [&](riser::caller& caller) {
                       table.set(0, function_reference());
                       holder.reset();
                       runs.reset();
                       world.store.collect_garbage();
                       static_cast<void>(caller.instance()); // a handle that comes and goes
                   }));
    runs = world.instantiate(R"((module
      (import "host" "forget" (func $forget))
      (memory 1)
      (global $five (mut i32) (i32.const 5))
      (func (export "run") (result i32)
        (call $forget)
        (i32.store (i32.const 0) (i32.const 7))
        (i32.add (global.get $five) (i32.load (i32.const 0))))))",
                             imports);
    imports.define("runs", *runs);
    holder = world.instantiate(R"((module
      (import "host" "table" (table $table 8 funcref))
      (import "runs" "run" (func $run (result i32)))
      (func $leave (result i32) (return_call $run))
      (elem (table $table) (i32.const 0) func $leave)))",
                               imports);
    riser::imports shared;
    shared.define("host", "table", table);
    imports = {};
    const riser::instance calls = world.instantiate(R"((module
      (import "host" "table" (table $table 8 funcref))
      (type $int (func (result i32)))
      (func (export "call") (result i32) (call_indirect $table (type $int) (i32.const 0)))))",
                                                    shared);
    CHECK(calls.function<std::int32_t()>("call")() == 12);
}

TEST_CASE("collecting: a destructor that drops the handle in use does no harm") {
    test::world world;
    std::optional<riser::table> table = make_table(world.store);
    leave_garbage(world.store, *table, [&] { table.reset(); });
    for (std::uint64_t i = 0; i < 1023; ++i) {
        static_cast<void>(world.store.external(i));
    }
    for (int i = 0; i < 5 && table; ++i) {
        const riser::function made = riser::make_function(world.store, [] {});
        CHECK(table->try_set(1, function_reference(made)));
    }
    CHECK_FALSE(table);
}

TEST_CASE("collecting: equal payloads are equal references, also where a destructor made the other one") {
    test::world world;
    const riser::table table = make_table(world.store);
    std::uint64_t next = 0;
    std::optional<riser::ref<riser::external>> kept;
    leave_garbage(world.store, table, [&] { kept = world.store.external(next); });
    for (next = 1; !kept; ++next) {
        const riser::ref<riser::external> made = world.store.external(next);
        CHECK((!kept || made == *kept));
        REQUIRE(next < 5000);
    }
}

#include "support/wasm.hpp"

#include "riser/host_function.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

// What keeps what alive. Limits on the number of instances and of bytes show when something is gone.

namespace {

constexpr std::string_view exporter = R"((module
  (memory (export "memory") 1)
  (global $count (export "count") (mut i32) (i32.const 0))
  (func (export "next") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count))))";

constexpr std::string_view importer = R"((module
  (import "exporter" "next" (func $next (result i32)))
  (func (export "next") (result i32) (call $next))))";

constexpr std::string_view uses_global = R"((module
  (import "exporter" "count" (global $count (mut i32)))
  (func (export "get") (result i32) (global.get $count))))";

constexpr std::string_view shares_table = R"((module
  (import "host" "table" (table 1 funcref))
  (memory 1)
  (func $get (result i32) (i32.load (i32.const 0)))
  (data (i32.const 0) "\2a")
  (elem (i32.const 0) $get)))";

constexpr std::string_view hands_out = R"((module
  (memory 1)
  (data (i32.const 0) "\2a")
  (table 1 funcref)
  (elem (i32.const 0) $get)
  (elem declare func $get)
  (func $get (result i32) (i32.load (i32.const 0)))
  (func (export "reference") (result funcref) (ref.func $get))
  (func (export "element") (result funcref) (table.get (i32.const 0)))
  (func (export "call") (result i32) (call_indirect (result i32) (i32.const 0)))))";

constexpr std::string_view calls_host = R"((module
  (import "host" "call" (func $host))
  (memory 1)
  (func (export "run") (result i32) (call $host) (i32.store (i32.const 0) (i32.const 9)) (i32.load (i32.const 0)))))";

riser::store_limits one_instance() {
    riser::store_limits limits;
    limits.instances = 1;
    return limits;
}

bool is_full(test::world& world) { return !world.linker.try_instantiate(world.store, world.compile(exporter)); }

} // namespace

TEST_CASE("lifetime: an instance dies with its last handle") {
    test::world world(one_instance());
    std::optional<riser::instance> instance = world.instantiate(exporter);
    CHECK(is_full(world));
    std::optional<riser::function> next = instance->function("next");
    instance.reset();
    CHECK(is_full(world));
    CHECK(next->typed<std::int32_t()>()() == 1);
    next.reset();
    CHECK_FALSE(is_full(world));
}

TEST_CASE("lifetime: a memory outlives its instance, a global keeps it") {
    test::world world(one_instance());
    std::optional<riser::memory> memory = world.instantiate(exporter).memory("memory");
    CHECK_FALSE(is_full(world));
    memory->write<std::int32_t>(0, 5);
    CHECK(memory->read<std::int32_t>(0) == 5);

    std::optional<riser::global> global = world.instantiate(exporter).global("count");
    CHECK(is_full(world));
    global->set(riser::value(7));
    CHECK(global->get().i32() == 7);
    global.reset();
    CHECK_FALSE(is_full(world));
}

TEST_CASE("lifetime: an importer keeps what it imports") {
    riser::store_limits limits;
    limits.instances = 2;
    test::world world(limits);
    riser::imports imports;
    imports.define("exporter", world.instantiate(exporter));
    std::optional<riser::instance> instance = world.instantiate(importer, imports);
    imports = {};
    CHECK(is_full(world));
    CHECK(instance->function<std::int32_t()>("next")() == 1);
    CHECK(instance->function<std::int32_t()>("next")() == 2);
    instance.reset();
    CHECK_FALSE(is_full(world));

    imports.define("exporter", world.instantiate(exporter));
    instance = world.instantiate(uses_global, imports);
    imports = {};
    CHECK(is_full(world));
    CHECK(instance->function<std::int32_t()>("get")() == 0);
}

TEST_CASE("lifetime: a long chain of importers goes at once") {
    test::world world;
    riser::instance last = world.instantiate(exporter);
    const riser::module link = world.compile(importer);
    for (int i = 0; i < 20'000; ++i) {
        riser::imports imports;
        imports.define("exporter", last);
        last = world.linker.instantiate(world.store, link, imports);
    }
    last = world.instantiate(exporter);
    CHECK(last.function<std::int32_t()>("next")() == 1);
}

TEST_CASE("lifetime: functions in a shared table live as long as they are there") {
    test::world world(one_instance());
    const riser::table table =
        riser::table::create(world.store, {riser::types::funcref, {1, 1}}, riser::ref<riser::function>());
    riser::imports imports;
    imports.define("host", "table", table);
    static_cast<void>(world.instantiate(shares_table, imports));
    CHECK(is_full(world));
    CHECK(table.get(0).function().get().typed<std::int32_t()>()() == 42);
    table.set(0, riser::ref<riser::function>());
    CHECK_FALSE(is_full(world));
}

TEST_CASE("lifetime: functions that the host got hold of live as long as the host has them") {
    for (const std::string_view name : {"reference", "element"}) {
        test::world world(one_instance());
        using reference = riser::ref<riser::function>;
        {
            const reference got = world.instantiate(hands_out).function<reference()>(name)();
            CHECK(is_full(world));
            CHECK(got.get().typed<std::int32_t()>()() == 42);
        }
        CHECK_FALSE(is_full(world));
    }
    // A table that nobody else sees spreads nothing.
    test::world world(one_instance());
    CHECK(world.instantiate(hands_out).function<std::int32_t()>("call")() == 42);
    CHECK_FALSE(is_full(world));
}

TEST_CASE("lifetime: the instance that runs stays, whatever the host drops") {
    test::world world(one_instance());
    std::optional<riser::function> run;
    world.linker.define("host", "call", [&] { run.reset(); });
    run = world.instantiate(calls_host).function("run");
    std::vector<riser::value> results(1);
    run->call({}, results);
    CHECK(results[0].i32() == 9);
    CHECK_FALSE(run);
    CHECK_FALSE(is_full(world));
}

TEST_CASE("lifetime: handles keep modules and stores, which keep what they need of the engine") {
    std::optional<riser::engine> engine(std::in_place);
    std::optional<riser::store> store(std::in_place, *engine);
    std::optional<riser::module> module = riser::module::compile(*engine, test::wat(exporter));
    std::optional<riser::linker> linker(std::in_place, *engine);
    std::optional<riser::linked> linked = linker->link(*module);
    linker.reset();
    engine.reset();
    std::optional<riser::instance> instance = linked->instantiate(*store);
    linked.reset();
    module.reset();
    CHECK(instance->function<std::int32_t()>("next")() == 1);
    const riser::function next = instance->function("next");
    const riser::memory memory = instance->memory("memory");
    instance.reset();
    store.reset();
    // Nothing dangles, but calls are over.
    CHECK(memory.size() == 65536);
    std::vector<riser::value> results(1);
    const auto outcome = next.try_call({}, results);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().is<riser::usage_error>());
}

TEST_CASE("lifetime: host functions live as long as somebody may call them") {
    auto token = std::make_shared<int>(3);
    const std::weak_ptr<int> watch = token;
    std::optional<test::world> world(std::in_place);
    std::optional<riser::function> three = riser::make_function(world->store, [token] { return *token; });
    token.reset();
    CHECK(three->typed<std::int32_t()>()() == 3);
    riser::imports imports;
    imports.define("exporter", "next", *three);
    three.reset();
    std::optional<riser::instance> instance = world->instantiate(importer, imports);
    imports = {};
    CHECK(instance->function<std::int32_t()>("next")() == 3);
    instance.reset();
    world.reset();
    CHECK(watch.expired());
}

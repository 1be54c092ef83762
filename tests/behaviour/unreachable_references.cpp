#include "support/failing_allocator.hpp"
#include "support/wasm.hpp"

#include "riser/engine_options.hpp"
#include "riser/host_function.hpp"
#include "riser/table.hpp"
#include "riser/value.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

// What only references keep alive: it stays while somebody can reach it, and goes afterwards. A witness that a host function
// holds shows whether the function, or the instance that imports it, is there.

namespace {

using function_reference = riser::ref<riser::function>;
using external_reference = riser::ref<riser::external>;

/// Imports a witness and offers functions that refer to each other's owners.
constexpr std::string_view plugin = R"((module
  (import "host" "witness" (func $witness))
  (import "host" "table" (table $shared 8 funcref))
  (memory 1)
  (data (i32.const 0) "\2a")
  (func $get (export "get") (result i32) (i32.load (i32.const 0)))
  (elem declare func $get $witness)
  (func (export "publish") (param i32) (table.set $shared (local.get 0) (ref.func $get)))
  (func (export "reference") (result funcref) (ref.func $get))))";

constexpr std::string_view user = R"((module
  (import "host" "table" (table $shared 8 funcref))
  (import "host" "forget" (func $forget))
  (type $int (func (result i32)))
  (func (export "call") (param i32) (result i32) (call_indirect $shared (type $int) (local.get 0)))
  (func (export "run") (param i32) (call_indirect $shared (local.get 0)))
  (func (export "keep") (param i32) (result funcref)
    (local $kept funcref)
    (local.set $kept (table.get $shared (local.get 0)))
    (call $forget)
    (local.get $kept))))";

constexpr std::string_view forgetful = R"((module
  (import "host" "table" (table $shared 8 funcref))
  (import "host" "forget" (func $forget))
  (import "host" "witness" (func $witness))
  (memory 1)
  (func $run (result i32) (call $forget) (i32.store (i32.const 0) (i32.const 7)) (i32.load (i32.const 0)))
  (elem (i32.const 0) $run)))";

constexpr std::string_view externals = R"((module
  (import "host" "make" (func $make (param i32) (result externref)))
  (import "host" "collect" (func $collect))
  (table (export "table") 16 externref)
  (global $kept (export "kept") (mut externref) (ref.null extern))
  (func (export "in local") (param i32) (result externref)
    (local $held externref)
    (local.set $held (call $make (local.get 0)))
    (call $collect)
    (local.get $held))
  (func (export "keep") (param i32)
    (global.set $kept (call $make (local.get 0)))
    (table.set (i32.const 3) (call $make (i32.add (local.get 0) (i32.const 1)))))
  (func (export "many") (param i32)
    (loop $next
      (table.set (i32.and (local.get 0) (i32.const 15)) (call $make (local.get 0)))
      (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))))";

struct scene {
    explicit scene(const riser::store_limits& limits = {})
        : world(limits),
          table(riser::table::create(world.store, {riser::types::funcref, {8, 8}}, function_reference())) {
        imports.define("host", "table", table);
        imports.define("host", "forget", riser::make_function(world.store, [this] { forget(); }));
    }

    void forget() {
        for (std::uint64_t i = 0; i < table.size(); ++i) {
            table.set(i, function_reference());
        }
        dropped.reset();
        world.store.collect_garbage();
    }

    /// An instance that keeps a witness, and the witness.
    std::pair<riser::instance, std::weak_ptr<int>> instantiate(std::string_view text) {
        auto held = std::make_shared<int>(1);
        const std::weak_ptr<int> witness = held;
        riser::linker linker(*world.engine);
        linker.define("host", "witness", [held] { static_cast<void>(*held); });
        held.reset();
        return {linker.instantiate(world.store, world.compile(text), imports), witness};
    }

    test::world world;
    riser::table table;
    riser::imports imports;
    std::optional<riser::instance> dropped;
};

/// A store whose memory is counted.
struct counted_world {
    explicit counted_world(test::failing_allocator& source)
        : engine(options_with(source)), store(engine), linker(engine) {
        linker.define("host", "make", [](riser::caller& caller, std::uint32_t payload) {
            return caller.external(std::uint64_t{payload});
        });
    }

    riser::instance instantiate(std::string_view text) {
        return linker.instantiate(store, riser::module::compile(engine, test::wat(text)));
    }

    static riser::engine_options options_with(test::failing_allocator& source) {
        riser::engine_options options;
        options.allocator = source.interface();
        return options;
    }

    riser::engine engine;
    riser::store store;
    riser::linker linker;
};

} // namespace

TEST_CASE("references: an instance whose functions are in a table stays until they are not") {
    scene scene;
    std::weak_ptr<int> witness;
    {
        auto [instance, its] = scene.instantiate(plugin);
        witness = its;
        instance.function<void(std::int32_t)>("publish")(2);
    }
    scene.world.store.collect_garbage();
    CHECK_FALSE(witness.expired());
    const riser::instance calls = scene.world.instantiate(user, scene.imports);
    CHECK(calls.function<std::int32_t(std::int32_t)>("call")(2) == 42);
    scene.table.set(2, function_reference());
    scene.world.store.collect_garbage();
    CHECK(witness.expired());
}

TEST_CASE("references: a reference of the host keeps its instance, and nothing does after it") {
    scene scene;
    std::weak_ptr<int> witness;
    std::optional<function_reference> reference;
    std::optional<riser::value> value;
    {
        auto [instance, its] = scene.instantiate(plugin);
        witness = its;
        reference = function_reference(instance.function("get"));
    }
    value = riser::value(*reference);
    reference.reset();
    scene.world.store.collect_garbage();
    REQUIRE_FALSE(witness.expired());
    CHECK(value->function().get().typed<std::int32_t()>()() == 42);
    const riser::value copy = *value;
    const riser::value moved = std::move(*value);
    value.reset();
    CHECK(copy.function() == moved.function());
    REQUIRE_FALSE(witness.expired());
    value = riser::value(copy);
    *value = riser::value(1); // the copies stay
    REQUIRE_FALSE(witness.expired());
}

TEST_CASE("references: the last one of the host ends an instance that wasm has no reference to, without a collection") {
    scene scene;
    std::optional<function_reference> reference;
    auto [instance, witness] = scene.instantiate(plugin);
    reference = function_reference(instance.function("get"));
    std::optional<riser::instance> handle = std::move(instance);
    handle.reset();
    CHECK_FALSE(witness.expired());
    reference.reset();
    CHECK(witness.expired());
}

TEST_CASE("references: what a running function holds in a local survives a collection") {
    scene scene;
    std::weak_ptr<int> witness;
    {
        auto [instance, its] = scene.instantiate(plugin);
        witness = its;
        instance.function<void(std::int32_t)>("publish")(5);
    }
    const auto keep = scene.world.instantiate(user, scene.imports).function<function_reference(std::int32_t)>("keep");
    {
        const function_reference kept = keep(5);
        REQUIRE_FALSE(witness.expired());
        CHECK(scene.table.get(5).is_null());
        CHECK(kept.get().typed<std::int32_t()>()() == 42);
    }
    scene.world.store.collect_garbage();
    CHECK(witness.expired());
}

TEST_CASE("references: an instance that runs and that nothing refers to any more goes on") {
    scene scene;
    auto [instance, witness] = scene.instantiate(forgetful);
    scene.dropped = std::move(instance);
    const riser::instance calls = scene.world.instantiate(user, scene.imports);
    CHECK(calls.function<std::int32_t(std::int32_t)>("call")(0) == 7);
    CHECK_FALSE(scene.dropped);
    scene.world.store.collect_garbage();
    CHECK(witness.expired());
}

TEST_CASE("references: an instance that waits for a nested call goes on") {
    scene scene;
    const riser::instance calls = scene.world.instantiate(user, scene.imports);
    std::optional<riser::function> inner = scene.world.instantiate(user, scene.imports).function("run");
    riser::imports imports = scene.imports;
    imports.redefine("host", "forget", riser::make_function(scene.world.store, [&] {
                         // One call deeper, then everything goes.
                         scene.table.set(
                             1, function_reference(riser::make_function(scene.world.store, [&] { scene.forget(); })));
                         inner->typed<void(std::int32_t)>()(1);
                     }));
    auto held = std::make_shared<int>(1);
    const std::weak_ptr<int> witness = held;
    riser::linker linker(*scene.world.engine);
    linker.define("host", "witness", [held] { static_cast<void>(*held); });
    held.reset();
    scene.dropped = linker.instantiate(scene.world.store, scene.world.compile(forgetful), imports);
    linker = riser::linker(*scene.world.engine);
    CHECK(calls.function<std::int32_t(std::int32_t)>("call")(0) == 7);
    CHECK_FALSE(scene.dropped);
}

TEST_CASE("references: a function of the host goes when no table has it, and not while it runs") {
    scene scene;
    auto held = std::make_shared<int>(1);
    const std::weak_ptr<int> witness = held;
    bool survived = false;
    {
        const riser::function made = riser::make_function(scene.world.store, [&scene, &survived, held] {
            scene.forget();
            survived = *held == 1;
        });
        held.reset();
        scene.table.set(4, function_reference(made));
    }
    scene.world.store.collect_garbage();
    REQUIRE_FALSE(witness.expired());
    const riser::instance calls = scene.world.instantiate(user, scene.imports);
    calls.function<void(std::int32_t)>("run")(4);
    CHECK(survived);
    scene.world.store.collect_garbage();
    CHECK(witness.expired());
}

TEST_CASE("references: two instances that refer to each other go together") {
    scene scene;
    std::weak_ptr<int> witnesses[2];
    {
        const riser::table between =
            riser::table::create(scene.world.store, {riser::types::funcref, {8, 8}}, function_reference());
        riser::imports imports;
        imports.define("host", "table", between);
        for (std::int32_t i = 0; i < 2; ++i) {
            auto held = std::make_shared<int>(1);
            witnesses[i] = held;
            riser::linker linker(*scene.world.engine);
            linker.define("host", "witness", [held] { static_cast<void>(*held); });
            linker.instantiate(scene.world.store, scene.world.compile(plugin), imports)
                .function<void(std::int32_t)>("publish")(i);
        }
        scene.world.store.collect_garbage();
        CHECK_FALSE(witnesses[0].expired());
        CHECK_FALSE(witnesses[1].expired());
    }
    scene.world.store.collect_garbage();
    CHECK(witnesses[0].expired());
    CHECK(witnesses[1].expired());
}

TEST_CASE("references: a limit on instances is met by collecting first") {
    riser::store_limits limits;
    limits.instances = 4;
    scene scene(limits);
    const riser::module compiled = scene.world.compile(plugin);
    scene.world.linker.define("host", "witness", [] {});
    for (std::int32_t i = 0; i < 1000; ++i) {
        const riser::instance instance = scene.world.linker.instantiate(scene.world.store, compiled, scene.imports);
        instance.function<void(std::int32_t)>("publish")(i % 2);
    }
    CHECK_NOTHROW(static_cast<void>(scene.table.get(1).function().get().typed<std::int32_t()>()()));
    // There is garbage, but of another kind: the limit holds.
    std::vector<riser::instance> held;
    const auto instantiate = [&] {
        static_cast<void>(scene.world.store.external(std::uint64_t{held.size()}));
        return scene.world.linker.try_instantiate(scene.world.store, compiled, scene.imports);
    };
    scene.forget();
    for (auto made = instantiate(); made; made = instantiate()) {
        held.push_back(*made);
    }
    CHECK(held.size() == 4);
}

TEST_CASE("references: a number is none") {
    CHECK_THROWS_AS(static_cast<void>(riser::value(77).external()), riser::usage_error);
    CHECK_THROWS_AS(static_cast<void>(riser::value(std::int64_t{77}).function()), riser::usage_error);
    CHECK(riser::value(77).reference() == riser::core::runtime::counted_reference());
}

TEST_CASE("references: instances that hand out their functions and go take no more memory, the more there were") {
    test::failing_allocator source;
    {
        counted_world world(source);
        const riser::module compiled = riser::module::compile(world.engine, test::wat(R"((module
          (table (export "table") 4 funcref)
          (elem (i32.const 0) $one)
          (func $one (export "one") (result funcref) (ref.func $one))))"));
        std::size_t after_some = 0;
        for (int i = 0; i < 20'000; ++i) {
            const riser::instance instance = world.linker.instantiate(world.store, compiled);
            CHECK_FALSE(instance.function<function_reference()>("one")().is_null());
            static_cast<void>(instance.table("table").get(0));
            if (i == 4'000) {
                after_some = source.most_bytes();
            }
        }
        CHECK(source.most_bytes() == after_some);
    }
    CHECK(source.blocks() == 0);
}

TEST_CASE("references: external ones are freed when nobody has them, and found again while somebody has") {
    test::failing_allocator source;
    {
        counted_world world(source);
        world.linker.define("host", "collect", [&world] { world.store.collect_garbage(); });
        const riser::instance instance = world.instantiate(externals);

        CHECK(instance.function<external_reference(std::int32_t)>("in local")(11).payload() == 11);

        instance.function<void(std::int32_t)>("keep")(70);
        world.store.collect_garbage();
        CHECK(instance.global("kept").get().external().payload() == 70);
        CHECK(instance.table("table").get(3).external().payload() == 71);
        CHECK(instance.table("table").get(3).external() == world.store.external(71U));

        const external_reference held = world.store.external(5'000'000U);
        const std::size_t before = source.bytes();
        instance.function<void(std::int32_t)>("many")(1'000'000);
        world.store.collect_garbage();
        CHECK(source.bytes() <= before + 16 * 128);
        CHECK(source.most_bytes() < before + 1'000'000);
        CHECK(held.payload() == 5'000'000);
        CHECK(held == world.store.external(5'000'000U));
        CHECK(instance.table("table").get(1).external().payload() == 1);
    }
    CHECK(source.blocks() == 0);
}

TEST_CASE("references: those that outlive their store's object are harmless") {
    std::optional<riser::value> values[3];
    {
        scene scene;
        auto [instance, witness] = scene.instantiate(plugin);
        values[0] = riser::value(scene.world.store.external(1U));
        values[1] = riser::value(function_reference(instance.function("get")));
        values[2] = riser::value(function_reference(riser::make_function(scene.world.store, [] { return 5; })));
    }
    CHECK(values[0]->external().payload() == 1);
    CHECK_FALSE(values[1]->function().get().try_call({}, {}));
    for (std::optional<riser::value>& each : values) {
        each.reset();
    }
}

TEST_CASE("references: without memory to look for them on the stack, everything stays") {
    test::failing_allocator source;
    {
        counted_world world(source);
        world.linker.define("host", "collect", [&] {
            source.fail_at(1);
            world.store.collect_garbage();
            source.fail_at(0);
        });
        const riser::instance instance = world.instantiate(externals);
        CHECK(instance.function<external_reference(std::int32_t)>("in local")(11).payload() == 11);
        CHECK(source.has_failed());
    }
    CHECK(source.blocks() == 0);
}

#include "riser/default_engine.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"

#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#if defined(__linux__) && defined(__x86_64__)

#    include "support/process.hpp"

#    include <sys/resource.h>

// A module knows no memory mode: what is compiled once runs in memories with and without guard pages, at the same time.

namespace {

constexpr std::string_view owner = R"((module
  (memory (export "memory") 1 10)
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store offset=4 (local.get 0) (local.get 1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "sum") (param i32 i32) (result i32) (local i32)
    (loop
      (local.set 2 (i32.add (local.get 2) (i32.load (i32.add (local.get 0) (i32.shl (local.get 1) (i32.const 2))))))
      (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
    (local.get 2))))";

constexpr std::string_view borrower = R"((module
  (type $load (func (param i32) (result i32)))
  (import "owner" "memory" (memory 1))
  (import "other" "load" (func $other (type $load)))
  (func (export "load") (type $load) (i32.load (local.get 0)))
  (func (export "tail") (type $load) (return_call $other (local.get 0)))
  (func (export "both") (type $load)
    (i32.add (i32.mul (i32.load (local.get 0)) (i32.const 100))
      (i32.add (i32.mul (call $other (local.get 0)) (i32.const 10)) (i32.load (local.get 0)))))
  (func (export "grow_then_load") (param i32) (result i32)
    (drop (memory.grow (i32.const 1)))
    (i32.load (local.get 0)))))";

constexpr std::string_view two_memories = R"((module
  (import "first" "memory" (memory 1))
  (import "second" "memory" (memory 1))
  (func (export "copy") (param i32) (i32.store 0 (local.get 0) (i32.load 1 (local.get 0))))
  (func (export "copy_back") (param i32) (i32.store 1 (local.get 0) (i32.load 0 (local.get 0))))))";

using load_function = std::int32_t(std::int32_t);
constexpr std::int32_t page = 65536;

/// An adaptive engine with address space for one guarded memory: of two instances, the first has it.
struct mixed_world {
    static riser::engine_options room_for_one() {
        riser::engine_options options;
        // Between one reservation and two of them.
        options.reserved_bytes = (std::uint64_t{1} << 32U) + (std::uint64_t{1} << 31U);
        return options;
    }

    [[nodiscard]] riser::instance instantiate(const riser::module& what, const riser::imports& imports = {}) {
        return linker.instantiate(store, what, imports);
    }

    riser::engine engine{room_for_one()};
    riser::linker linker{engine};
    riser::store store{engine};
    riser::module module = riser::module::compile(engine, test::wat(owner));
    riser::instance guarded = instantiate(module);
    riser::instance checked = instantiate(module);
};

template <class T>
bool is_out_of_bounds(const riser::result<T>& outcome) {
    return !outcome && outcome.error().template as<riser::trap>().has_value() &&
           outcome.error().template as<riser::trap>()->kind() == riser::trap_kind::memory_out_of_bounds;
}

std::int32_t call(const riser::instance& instance, std::string_view name, std::int32_t argument) {
    return instance.function<load_function>(name)(argument);
}

/// The last valid address of a memory of `pages`, and the one beyond.
void check_bounds(const riser::instance& instance, std::string_view load, std::int32_t pages) {
    const auto function = instance.function<load_function>(load);
    CHECK(function.try_call(pages * page - 4));
    CHECK(is_out_of_bounds(function.try_call(pages * page - 3)));
    CHECK(is_out_of_bounds(function.try_call(pages * page)));
    CHECK(is_out_of_bounds(function.try_call(-1)));
}

} // namespace

TEST_CASE("modes: one module runs in guarded and in checked memories") {
    mixed_world world;
    REQUIRE(world.guarded.memory("memory").is_guarded());
    REQUIRE_FALSE(world.checked.memory("memory").is_guarded());
    const riser::engine_statistics statistics = world.engine.statistics();
    CHECK(statistics.signaling_memories == 1);
    CHECK(statistics.checked_memories == 1);
    CHECK(statistics.fallbacks == 1);

    std::int32_t value = 0;
    for (const riser::instance& instance : {world.guarded, world.checked, world.guarded, world.checked}) {
        instance.memory("memory").write<std::int32_t>(100, ++value);
        CHECK(call(instance, "load", 100) == value);
        const auto store = instance.function<void(std::int32_t, std::int32_t)>("store");
        store(196, 1000);
        CHECK(instance.memory("memory").read<std::int32_t>(200) == 1000);
        CHECK(instance.function<std::int32_t(std::int32_t, std::int32_t)>("sum")(96, 26) == 1000 + value);
        const auto pages = static_cast<std::int32_t>(instance.memory("memory").pages());
        check_bounds(instance, "load", pages);
        CHECK(is_out_of_bounds(store.try_call(pages * page - 4, 1)));
        CHECK(is_out_of_bounds(instance.function<std::int32_t(std::int32_t, std::int32_t)>("sum").try_call(-400, 100)));
        CHECK(call(instance, "grow", 2) == pages);
        check_bounds(instance, "load", pages + 2);
        CHECK(call(instance, "grow", 10) == -1);
    }
    CHECK(world.guarded.memory("memory").is_guarded());
    CHECK_FALSE(world.checked.memory("memory").is_guarded());
}

TEST_CASE("modes: the bytecode is shared, the resolved form is one for each mode") {
    mixed_world world;
    CHECK(world.module.statistics().bytecode_bytes == 0);
    static_cast<void>(call(world.guarded, "load", 0));
    const riser::module_statistics one = world.module.statistics();
    static_cast<void>(call(world.checked, "load", 0));
    const riser::module_statistics both = world.module.statistics();
    CHECK(one.translated_functions == 1);
    CHECK(both.translated_functions == 1);
    CHECK(both.bytecode_bytes == one.bytecode_bytes);
    CHECK(both.resolved_bytes == 2 * one.resolved_bytes);
    // Further instances add nothing.
    static_cast<void>(call(world.instantiate(world.module), "load", 0));
    CHECK(world.module.statistics().resolved_bytes == both.resolved_bytes);
}

TEST_CASE("modes: an imported memory 0 brings its mode along") {
    mixed_world world;
    const riser::module module = riser::module::compile(world.engine, test::wat(borrower));
    world.guarded.memory("memory").write<std::int32_t>(8, 3);
    world.checked.memory("memory").write<std::int32_t>(8, 4);
    std::size_t resolved = 0;
    // Each borrows the memory of one and calls a function of the other.
    for (const auto& [own, other] :
         {std::pair(world.guarded, world.checked), std::pair(world.checked, world.guarded)}) {
        const riser::instance instance =
            world.instantiate(module, riser::imports().define("owner", own).define("other", other));
        const std::int32_t mine = own.memory("memory").read<std::int32_t>(8);
        const std::int32_t theirs = other.memory("memory").read<std::int32_t>(8);
        CHECK(call(instance, "load", 8) == mine);
        CHECK(call(instance, "tail", 8) == theirs);
        CHECK(call(instance, "both", 8) == mine * 100 + theirs * 10 + mine);
        for (const char* name : {"load", "tail", "both"}) {
            check_bounds(instance, name, 1);
        }
        // Traps of the callee leave the caller's memory where it was.
        CHECK(call(instance, "both", 8) == mine * 100 + theirs * 10 + mine);
        const std::size_t now = module.statistics().resolved_bytes;
        CHECK(now > resolved); // in a mode that was not there before
        resolved = now;
    }
    // Growth by a borrower is seen by the owner, and the other way round.
    for (const riser::instance& own : {world.guarded, world.checked}) {
        const riser::instance instance =
            world.instantiate(module, riser::imports().define("owner", own).define("other", own));
        CHECK(instance.function<load_function>("grow_then_load")(2 * page - 4) == 0);
        check_bounds(own, "load", 2);
        check_bounds(instance, "both", 2);
        CHECK(call(own, "grow", 1) == 2);
        check_bounds(instance, "both", 3);
        own.memory("memory").grow(1);
        check_bounds(instance, "both", 4);
    }
    CHECK(world.engine.statistics().signaling_memories == 1);
}

TEST_CASE("modes: a chain of calls through instances of both modes") {
    mixed_world world;
    const riser::module module = riser::module::compile(world.engine, test::wat(borrower));
    world.guarded.memory("memory").write<std::int32_t>(8, 1);
    world.checked.memory("memory").write<std::int32_t>(8, 2);
    riser::function last = world.guarded.function("load");
    std::int32_t expected = 1;
    std::vector<riser::instance> instances;
    for (int i = 0; i < 4; ++i) {
        const bool is_guarded = i % 2 != 0;
        instances.push_back(world.instantiate(module, riser::imports()
                                                          .define("owner", is_guarded ? world.guarded : world.checked)
                                                          .define("other", "load", last)));
        last = instances.back().function("both");
        expected = expected * 10 + (is_guarded ? 101 : 202);
    }
    // Only the guarded memory grows: beyond the checked one's end, calls trap in the middle of the chain.
    CHECK(call(world.guarded, "grow", 1) == 1);
    CHECK(last.typed<load_function>()(8) == expected);
    check_bounds(instances.back(), "both", 1);
    CHECK(call(instances.back(), "load", 2 * page - 4) == 0);
    CHECK(last.typed<load_function>()(8) == expected);
}

TEST_CASE("modes: guarded and checked memories side by side in one instance") {
    mixed_world world;
    const riser::module module = riser::module::compile(world.engine, test::wat(two_memories));
    for (const auto& [first, second] :
         {std::pair(world.guarded, world.checked), std::pair(world.checked, world.guarded)}) {
        const riser::instance instance =
            world.instantiate(module, riser::imports().define("first", first).define("second", second));
        const auto copy = instance.function<void(std::int32_t)>("copy");
        const auto copy_back = instance.function<void(std::int32_t)>("copy_back");
        second.memory("memory").write<std::int32_t>(page - 4, 77);
        copy(page - 4);
        CHECK(first.memory("memory").read<std::int32_t>(page - 4) == 77);
        first.memory("memory").write<std::int32_t>(0, 78);
        copy_back(0);
        CHECK(second.memory("memory").read<std::int32_t>(0) == 78);
        for (const auto& function : {copy, copy_back}) {
            CHECK(is_out_of_bounds(function.try_call(page - 3)));
            CHECK(is_out_of_bounds(function.try_call(page)));
            CHECK(is_out_of_bounds(function.try_call(-1)));
        }
    }
}

TEST_CASE("modes: a freed reservation is used again by the same module") {
    mixed_world world;
    {
        const riser::instance instance = world.instantiate(world.module);
        CHECK_FALSE(instance.memory("memory").is_guarded());
    }
    world.guarded = world.checked;
    const riser::instance again = world.instantiate(world.module);
    CHECK(again.memory("memory").is_guarded());
    check_bounds(again, "load", 1);
}

TEST_CASE("modes: where the system has no address space left, instances are checked") {
    CHECK(test::in_child([] {
              const riser::engine engine;
              riser::linker linker(engine);
              riser::store store(engine);
              const riser::module module = riser::module::compile(engine, test::wat(owner));
              const riser::instance before = linker.instantiate(store, module);
              if (!before.memory("memory").is_guarded() || call(before, "load", 0) != 0) {
                  return 1;
              }
              const ::rlim_t more = test::mapped_bytes() + (std::uint64_t{1} << 30U);
              const ::rlimit limit{more, more};
              ::setrlimit(RLIMIT_AS, &limit);
              std::vector<riser::instance> instances;
              for (int i = 0; i < 200; ++i) {
                  instances.push_back(linker.instantiate(store, module));
                  const riser::instance& made = instances.back();
                  if (made.memory("memory").is_guarded() || call(made, "load", page - 4) != 0 ||
                      !is_out_of_bounds(made.function<load_function>("load").try_call(page - 3))) {
                      return 2;
                  }
              }
              return is_out_of_bounds(before.function<load_function>("load").try_call(page)) ? 0 : 3;
          }) == 0);
}

#endif

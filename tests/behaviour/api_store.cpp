#include "support/wasm.hpp"

#include "riser/caller.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

// Stores: state of host functions, fuel, interrupts, limits.

namespace {

constexpr std::string_view counter = R"((module
  (import "host" "count" (func $count (param i32)))
  (func (export "run") (param i32) (call $count (local.get 0)))))";

constexpr std::string_view loops = R"((module
  (memory (export "memory") 1 100)
  (table (export "table") 1 1000 externref)
  (func (export "spin") (loop (br 0)))
  (func (export "work") (param i32) (result i32) (local i32)
    (loop (local.set 1 (i32.add (local.get 1) (i32.const 1)))
          (br_if 0 (i32.lt_u (local.get 1) (local.get 0))))
    (local.get 1))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "grow_table") (param i32) (result i32) (table.grow (ref.null extern) (local.get 0)))
  (func $down (export "down") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 0))
      (else (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))))))";

constexpr std::string_view spins_at_start = R"((module (func $spin (loop (br 0))) (start $spin)))";

struct counter_state {
    explicit counter_state(int first) : value(first) {}
    ~counter_state() { value = -1; }
    int value;
};

riser::trap_kind kind_of(const riser::error& error) {
    REQUIRE(error.is<riser::trap>());
    return error.as<riser::trap>()->kind();
}

} // namespace

TEST_CASE("stores: each has its own state for one linker's host functions") {
    const auto engine = std::make_shared<riser::engine>();
    riser::linker linker(*engine);
    linker.define("host", "count", [](riser::caller& caller, std::int32_t n) {
        caller.get<counter_state>().value += n;
        CHECK(caller.find<std::string>() == nullptr);
    });
    const riser::linked linked = linker.link(riser::module::compile(*engine, test::wat(counter)));
    riser::store first(*engine);
    riser::store second(*engine);
    first.emplace<counter_state>(100);
    second.emplace<counter_state>(0);
    linked.instantiate(first).function<void(std::int32_t)>("run")(5);
    linked.instantiate(second).function<void(std::int32_t)>("run")(7);
    CHECK(first.get<counter_state>().value == 105);
    CHECK(second.find<counter_state>()->value == 7);
    CHECK(second.emplace<counter_state>(1).value == 1);
    CHECK(second.get<counter_state>().value == 1);
}

TEST_CASE("stores: state may hold handles of its own store") {
    struct holder {
        std::optional<riser::instance> instance;
        std::shared_ptr<int> token;
    };
    auto token = std::make_shared<int>();
    const std::weak_ptr<int> watch = token;
    {
        test::world world;
        holder& state = world.store.emplace<holder>();
        state.instance = world.instantiate(loops);
        state.token = std::move(token);
    }
    CHECK(watch.expired());
}

TEST_CASE("stores: a store moves") {
    test::world world;
    riser::store moved = std::move(world.store);
    moved.emplace<counter_state>(4);
    const riser::instance instance = world.linker.instantiate(moved, world.compile(loops));
    riser::store again(*world.engine);
    again = std::move(moved);
    CHECK(again.get<counter_state>().value == 4);
    CHECK(instance.function<std::int32_t(std::int32_t)>("work")(10) == 10);
}

TEST_CASE("stores: fuel is counted in operators, the same each time") {
    test::world world;
    const auto work = world.instantiate(loops).function<std::int32_t(std::int32_t)>("work");
    CHECK_FALSE(world.store.fuel());
    const auto used = [&](std::int32_t rounds) {
        world.store.set_fuel(1'000'000'000);
        work(rounds);
        return 1'000'000'000 - world.store.fuel().value();
    };
    const std::uint64_t fixed = used(1);
    const std::uint64_t each = used(2) - fixed;
    CHECK(each >= 5);
    CHECK(used(1000) == fixed + 999 * each);
    CHECK(used(100'000) == fixed + 99'999 * each);

    // Exactly enough, and one too few.
    for (const std::int32_t rounds : {1, 7, 100'000}) {
        const std::uint64_t needed = fixed + static_cast<std::uint64_t>(rounds - 1) * each;
        world.store.set_fuel(needed);
        CHECK(work(rounds) == rounds);
        CHECK(world.store.fuel() == 0U);
        world.store.set_fuel(needed - 1);
        const auto outcome = work.try_call(rounds);
        REQUIRE_FALSE(outcome);
        CHECK(kind_of(outcome.error()) == riser::trap_kind::out_of_fuel);
    }
    world.store.set_unlimited_fuel();
    CHECK(work(100'000) == 100'000);
}

TEST_CASE("stores: fuel ends at a function or at a loop, and the backtrace says which") {
    test::world world;
    const riser::instance instance = world.instantiate(loops);
    const auto work = instance.function<std::int32_t(std::int32_t)>("work");
    const auto bytes = instance.module().bytes();
    const auto where = [&](std::uint64_t fuel) {
        world.store.set_fuel(fuel);
        const auto outcome = work.try_call(100);
        REQUIRE_FALSE(outcome);
        CHECK(kind_of(outcome.error()) == riser::trap_kind::out_of_fuel);
        const auto frames = outcome.error().as<riser::trap>()->backtrace();
        REQUIRE(frames.size() == 1);
        CHECK(frames[0].function == 1);
        return frames[0].offset;
    };
    const auto body = where(0);
    CHECK(bytes[body - 1] == std::byte{23}); // its size
    CHECK(bytes[body + 3] == std::byte{0x03});
    CHECK(where(3) == body + 3); // enough for what is outside the loop
    CHECK(where(100) == body + 3);
}

TEST_CASE("stores: an interrupt stops an endless loop, and only that") {
    test::world world;
    const riser::instance instance = world.instantiate(loops);
    const riser::interrupt_handle handle = world.store.interrupt_handle();
    std::thread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        handle.interrupt();
    });
    const auto outcome = instance.function<void()>("spin").try_call();
    other.join();
    REQUIRE_FALSE(outcome);
    CHECK(kind_of(outcome.error()) == riser::trap_kind::interrupted);
    CHECK(instance.function<std::int32_t(std::int32_t)>("work")(1'000'000) == 1'000'000);
}

TEST_CASE("stores: an interrupt that comes early stops the next call, unless it is cleared") {
    test::world world;
    const auto work = world.instantiate(loops).function<std::int32_t(std::int32_t)>("work");
    const riser::interrupt_handle handle = world.store.interrupt_handle();
    CHECK(work(3) == 3); // a slice of the budget is left over
    handle.interrupt();
    const auto outcome = work.try_call(1);
    REQUIRE_FALSE(outcome);
    CHECK(kind_of(outcome.error()) == riser::trap_kind::interrupted);
    CHECK(work(1) == 1);
    handle.interrupt();
    world.store.clear_interrupt();
    CHECK(work(1) == 1);
}

TEST_CASE("stores: interrupts stop start functions, and handles outlive their store") {
    std::optional<test::world> world(std::in_place);
    const riser::interrupt_handle handle = world->store.interrupt_handle();
    std::atomic<bool> stop = false;
    std::thread other([&] {
        while (!stop) {
            handle.interrupt();
            std::this_thread::yield();
        }
    });
    const auto outcome = world->linker.try_instantiate(world->store, world->compile(spins_at_start));
    REQUIRE_FALSE(outcome);
    CHECK(kind_of(outcome.error()) == riser::trap_kind::interrupted);
    world.reset();
    stop = true;
    other.join();
    handle.interrupt();
}

TEST_CASE("stores: limits of memory, tables and instances") {
    riser::store_limits limits;
    limits.memory_bytes = 10 * 65536;
    limits.table_elements = 100;
    limits.instances = 3;
    test::world world(limits);
    std::optional<riser::instance> instance = world.instantiate(loops);
    const auto grow = [&] { return instance->function<std::int32_t(std::int32_t)>("grow"); };
    CHECK(grow()(9) == 1);
    CHECK(grow()(1) == -1);
    CHECK(grow()(0) == 10);
    const auto no_room = world.linker.try_instantiate(world.store, world.compile(loops));
    REQUIRE_FALSE(no_room);
    CHECK(no_room.error().is<riser::resource_error>());
    CHECK(std::string(no_room.error().what()) == "beyond the store's limits: no room for memory 0");
    const auto grow_table = instance->function<std::int32_t(std::int32_t)>("grow_table");
    CHECK(grow_table(99) == 1);
    CHECK(grow_table(1) == -1);
    CHECK_THROWS_AS(static_cast<void>(instance->memory("memory").grow(1)), riser::resource_error);
    CHECK_FALSE(riser::memory::try_create(world.store, {{1, {}}}));

    const riser::module spare = world.compile(counter);
    world.linker.define("host", "count", [](std::int32_t) {});
    std::vector<riser::instance> all;
    all.push_back(world.linker.instantiate(world.store, spare));
    all.push_back(world.linker.instantiate(world.store, spare));
    CHECK_THROWS_AS(static_cast<void>(world.linker.instantiate(world.store, spare)), riser::resource_error);
}

TEST_CASE("stores: limits of each memory and table") {
    riser::store_limits limits;
    limits.bytes_per_memory = 10 * 65536 + 65535;
    limits.elements_per_table = 100;
    test::world world(limits);
    for (int i = 0; i < 2; ++i) {
        const riser::instance instance = world.instantiate(loops);
        const auto grow = instance.function<std::int32_t(std::int32_t)>("grow");
        CHECK(grow(10) == -1);
        CHECK(grow(9) == 1);
        CHECK(grow(1) == -1);
        const auto grow_table = instance.function<std::int32_t(std::int32_t)>("grow_table");
        CHECK(grow_table(99) == 1);
        CHECK(grow_table(1) == -1);
    }
    CHECK(riser::memory::try_create(world.store, {{10, {}}}));
    CHECK_FALSE(riser::memory::try_create(world.store, {{11, {}}}));
    riser::memory_type shared{{1, 100}};
    shared.is_shared = true;
    const auto memory = riser::memory::try_create(world.store, shared);
    REQUIRE(memory);
    CHECK(memory->try_grow(9));
    CHECK_FALSE(memory->try_grow(1));
}

TEST_CASE("stores: the size of the wasm stack") {
    const auto depth = [](std::size_t stack_bytes) {
        riser::store_limits limits;
        limits.stack_bytes = stack_bytes;
        test::world world(limits);
        const auto down = world.instantiate(loops).function<std::int32_t(std::int32_t)>("down");
        std::int32_t reached = 1;
        while (reached < (1 << 24) && down.try_call(reached)) {
            reached *= 2;
        }
        return reached;
    };
    const std::int32_t small = depth(std::size_t{1} << 16U);
    CHECK(small >= 512);
    CHECK(depth(std::size_t{1} << 20U) == 16 * small);
}

TEST_CASE("stores: one module and linker, many threads") {
    const auto engine = std::make_shared<riser::engine>();
    riser::linker linker(*engine);
    std::atomic<int> total = 0;
    linker.define("host", "count", [&](std::int32_t n) { total += n; });
    const riser::linked counts = linker.link(riser::module::compile(*engine, test::wat(counter)));
    const riser::linked works = linker.link(riser::module::compile(*engine, test::wat(loops)));
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 50; ++i) {
                riser::store store(*engine);
                counts.instantiate(store).function<void(std::int32_t)>("run")(1);
                wrong += works.instantiate(store).function<std::int32_t(std::int32_t)>("down")(50) != 50;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(total == 200);
    CHECK(wrong == 0);
}

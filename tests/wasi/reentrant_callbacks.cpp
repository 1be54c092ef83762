#include "support/wat.hpp"

#include "riser/default_engine.hpp"
#include "riser/host_function.hpp"
#include "riser/linker.hpp"
#include "riser/memory.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "riser/wasi/wasi.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What an embedder's callback does to the store while a function of WASI waits for it.

namespace {

constexpr std::string_view program = R"((module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $now (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1 4)
  (func (export "clock") (result i32) (call $now (i32.const 1) (i64.const 0) (i32.const 64)))
  (func (export "poll") (result i32)
    (i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 5000))
    (i32.store (i32.const 64) (i32.const 1)) (i64.store (i32.const 72) (i64.const 9000))
    (i64.store (i32.const 0) (i64.const 77)) (i64.store (i32.const 48) (i64.const 78))
    (call $poll (i32.const 0) (i32.const 256) (i32.const 2) (i32.const 512)))
  (func (export "poll_input") (result i32)
    (i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 5000))
    (i32.store8 (i32.const 56) (i32.const 1)) (i32.store (i32.const 64) (i32.const 0))
    (call $poll (i32.const 0) (i32.const 256) (i32.const 2) (i32.const 512)))))";

/// With them, memory that grows moves.
riser::engine_options with_checks() {
    riser::engine_options options;
    options.protection = riser::protection::checks;
    return options;
}

/// Calls of a guest whose clock does what a test says, once.
struct scene {
    riser::engine engine{with_checks()};
    riser::module module = riser::module::compile(engine, test::wat(program));
    riser::linker linker{engine};
    std::optional<riser::store> store{std::in_place, engine};
    riser::store other{engine};
    std::optional<riser::instance> guest;
    std::function<void()> disturb;
    std::vector<riser::memory> neighbours;

    explicit scene(bool while_waiting) {
        riser::wasi::add_to(linker);
        // Captured by the callable itself, which must not end while it runs.
        const auto act = [this, text = std::string(100, 'x')] {
            if (const auto once = std::exchange(disturb, nullptr)) {
                once();
            }
            CHECK(text == std::string(100, 'x'));
        };
        const auto time = std::make_shared<std::uint64_t>(0);
        riser::wasi::clock_source clock;
        clock.now = [act, time, while_waiting](riser::wasi::clock_id) {
            if (!while_waiting) {
                act();
            }
            return *time += 0x1000;
        };
        clock.wait = [act, while_waiting](std::uint64_t) {
            if (while_waiting) {
                act();
            }
        };
        store->emplace<riser::wasi::context>(riser::wasi::options().clock(clock));
        guest.emplace(linker.instantiate(*store, module));
        add_neighbour();
    }
    void add_neighbour() {
        riser::memory_type one_page;
        one_page.limits.min = 1;
        one_page.limits.max = 1;
        neighbours.push_back(riser::memory::create(other, one_page));
    }
    std::int32_t call(std::string_view name) { return guest->function<std::int32_t()>(name)(); }
    /// The guest's memory moves, and another's takes the place.
    void move_memory() {
        riser::memory memory = guest->memory("memory");
        const std::byte* const before = memory.data().data();
        memory.grow(1);
        CHECK(before != memory.data().data());
        add_neighbour();
    }
    /// Bytes of other guests that are not zero.
    std::size_t written() {
        std::size_t count = 0;
        for (const riser::memory& each : neighbours) {
            for (const std::byte byte : each.data()) {
                count += byte != std::byte{0} ? 1U : 0U;
            }
        }
        return count;
    }
};

} // namespace

TEST_CASE("reentrant callbacks: a clock during which the guest's memory moves writes to where it has moved") {
    scene scene(false);
    scene.disturb = [&scene] { scene.move_memory(); };
    CHECK(scene.call("clock") == 0);
    CHECK(scene.written() == 0);
    CHECK(scene.guest->memory("memory").read<std::uint64_t>(64) == 0x1000);
}

TEST_CASE("reentrant callbacks: polling reads and writes where the guest's memory has moved") {
    for (const bool while_waiting : {false, true}) {
        CAPTURE(while_waiting);
        scene scene(while_waiting);
        scene.disturb = [&scene] { scene.move_memory(); };
        CHECK(scene.call("poll") == 0);
        CHECK(scene.written() == 0);
        const riser::memory memory = scene.guest->memory("memory");
        CHECK(memory.read<std::uint32_t>(512) >= 1);
        CHECK(memory.read<std::uint64_t>(256) == 77);
    }
}

TEST_CASE("reentrant callbacks: a clock may replace its context") {
    for (const char* const name : {"clock", "poll", "poll_input"}) {
        for (const bool while_waiting : {false, true}) {
            CAPTURE(name);
            CAPTURE(while_waiting);
            scene scene(while_waiting);
            scene.disturb = [&scene] { scene.store->emplace<riser::wasi::context>(riser::wasi::options()); };
            CHECK(scene.call(name) == 0);
        }
    }
}

TEST_CASE("reentrant callbacks: a clock may empty its context, and drop the store and the instance") {
    for (const char* const name : {"clock", "poll", "poll_input"}) {
        for (const bool while_waiting : {false, true}) {
            CAPTURE(name);
            CAPTURE(while_waiting);
            scene scene(while_waiting);
            scene.disturb = [&scene] {
                const riser::wasi::context taken(std::move(scene.store->get<riser::wasi::context>()));
                scene.guest.reset();
                scene.store.reset();
            };
            CHECK(scene.call(name) == 0);
        }
    }
}

TEST_CASE("reentrant callbacks: _initialize may drop the instance's handle") {
    for (const bool runs : {false, true}) {
        CAPTURE(runs);
        riser::engine engine;
        riser::linker linker(engine);
        riser::store store(engine);
        std::unique_ptr<riser::instance> app;
        int calls = 0;
        linker.define("env", "drop", [&] {
            app.reset();
            ++calls;
        });
        const riser::module module = riser::module::compile(engine, test::wat(R"((module
            (import "env" "drop" (func $drop))
            (func (export "_initialize") (call $drop))
            (func (export "_start") (call $drop))))"));
        app = std::make_unique<riser::instance>(linker.instantiate(store, module));
        if (runs) {
            CHECK(riser::wasi::try_run(*app).has_value());
        } else {
            CHECK(riser::wasi::try_initialize(*app).has_value());
        }
        CHECK(calls == (runs ? 2 : 1));
    }
}

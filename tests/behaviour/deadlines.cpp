#include "support/wasm.hpp"

#include "riser/caller.hpp"
#include "riser/core/base/duration.hpp"
#include "riser/core/module/engine_state.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// Deadlines of stores, by a clock that the test moves; and interrupts of all stores of an engine.

namespace {

using namespace std::chrono_literals;
using riser::trap_kind;

constexpr std::string_view loops = R"((module
  (import "host" "set" (func $set))
  (memory 16)
  (func (export "spin") (loop (br 0)))
  (func (export "set_and_spin") (call $set) (loop (br 0)))
  (func (export "set_again_and_again") (loop (call $set) (br 0)))
  (func (export "fill") (memory.fill (i32.const 0) (i32.const 0) (i32.const 1048576)))
  (func (export "nothing"))))";

/// The engine's clock: each look at it makes so many nanoseconds pass.
std::uint64_t fake_time = 0;
std::uint64_t time_of_a_look = 0;
std::uint64_t read_fake_clock() noexcept { return fake_time += time_of_a_look; }

/// Its clock stands still, unless the test says otherwise.
struct timed_world : test::world {
    explicit timed_world(const std::string& tier = test::default_tier()) : world({}, tier) {
        fake_time = 1'000'000'000;
        time_of_a_look = 0;
        engine->state()->now = &read_fake_clock;
        engine->state()->recently = &read_fake_clock;
        linker.define("host", "set", [this](riser::caller&) { in_host(); });
    }
    trap_kind call(std::string_view name) { return kind_of(app().function<void()>(name).try_call()); }
    static trap_kind kind_of(const riser::result<void>& outcome) {
        return outcome ? trap_kind::none : outcome.error().as<riser::trap>()->kind();
    }
    const riser::instance& app() {
        if (!app_) {
            app_ = instantiate(loops);
        }
        return *app_;
    }
    void (*in_host)() = [] {};

private:
    std::optional<riser::instance> app_;
};

} // namespace

TEST_CASE("deadlines: a loop ends at its next look at the clock") {
    timed_world world("interpreter"); // who compiles looks at it, too
    constexpr std::uint64_t fuel = 100'000'000;
    world.store.set_fuel(fuel);
    time_of_a_look = 1000; // after what set_timeout takes
    world.store.set_timeout(10us);
    CHECK(world.call("spin") == trap_kind::deadline_passed);
    const std::uint64_t used = fuel - world.store.fuel().value();
    CHECK(used > 8 * 4096U);
    CHECK(used <= 10 * 4096U);
}

TEST_CASE("deadlines: beyond it every call ends at once, until there is another or none") {
    timed_world world;
    world.store.set_timeout(1s);
    CHECK(world.call("nothing") == trap_kind::none);
    fake_time += 999'999'999;
    CHECK(world.call("nothing") == trap_kind::none);
    fake_time += 1;
    CHECK(world.call("nothing") == trap_kind::deadline_passed);
    CHECK(world.call("nothing") == trap_kind::deadline_passed);
    world.store.set_timeout(1s);
    CHECK(world.call("nothing") == trap_kind::none);
    fake_time += 5'000'000'000;
    CHECK(world.call("spin") == trap_kind::deadline_passed);
    world.store.clear_deadline();
    CHECK(world.call("nothing") == trap_kind::none);
}

TEST_CASE("deadlines: in the past, or without time, nothing runs") {
    timed_world world;
    world.store.set_timeout(0s);
    CHECK(world.call("nothing") == trap_kind::deadline_passed);
    world.store.clear_deadline();
    for (const auto past : {std::chrono::steady_clock::now() - 1h, std::chrono::steady_clock::time_point::min()}) {
        world.store.set_deadline(past);
        CHECK(world.call("nothing") == trap_kind::deadline_passed);
    }
    world.store.set_deadline(std::chrono::steady_clock::now() + 1h);
    CHECK(world.call("nothing") == trap_kind::none);
    world.store.set_timeout(-1ns);
    CHECK(world.call("nothing") == trap_kind::deadline_passed);
    world.store.set_deadline(std::chrono::steady_clock::time_point::max());
    CHECK(world.call("nothing") == trap_kind::none);
}

TEST_CASE("deadlines: any clock's time and any unit will do") {
    timed_world world;
    world.store.set_deadline(std::chrono::system_clock::now() - 1s);
    CHECK(world.call("nothing") == trap_kind::deadline_passed);
    world.store.set_deadline(std::chrono::system_clock::now() + std::chrono::duration<double>(3600.5));
    CHECK(world.call("nothing") == trap_kind::none);
    CHECK(riser::core::nanoseconds_of(1h) == 3'600'000'000'000);
    CHECK(riser::core::nanoseconds_of(std::chrono::duration<double, std::milli>(1.5)) == 1'500'000);
    CHECK(riser::core::nanoseconds_of(std::chrono::duration<std::int64_t, std::ratio<1, 3>>(3)) == 1'000'000'000);
    CHECK(riser::core::nanoseconds_of(std::chrono::hours::max()) == UINT64_MAX);
    CHECK(riser::core::nanoseconds_of(std::chrono::hours::min()) == 0);
    CHECK(riser::core::nanoseconds_of(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN())) == 0);
}

TEST_CASE("deadlines: long bulk instructions look between two pieces") {
    timed_world world;
    time_of_a_look = 1;
    world.app();
    world.store.set_timeout(3ns);
    int calls = 0;
    while (calls < 10 && world.call("fill") == trap_kind::none) {
        ++calls;
    }
    CHECK(calls < 3); // a call looks at its beginning at least, and the charge for a mebibyte is another look
}

TEST_CASE("deadlines: a host function may set one for the call that runs") {
    timed_world world;
    static timed_world* current = nullptr;
    current = &world;
    world.in_host = [] { current->store.set_timeout(0s); };
    world.app();
    CHECK(world.call("set_and_spin") == trap_kind::deadline_passed);
}

TEST_CASE("deadlines: a host function that waits knows how long, and ends the call by one line") {
    test::world world;
    std::vector<std::uint64_t> left;
    world.linker.define("host", "wait", [&](riser::caller& caller) -> riser::result<void> {
        left.push_back(caller.nanoseconds_left());
        CHECK(caller.is_interrupted() == (left.back() == 0));
        return caller.try_poll();
    });
    const auto wait =
        world.instantiate(R"((module (import "host" "wait" (func $wait)) (func (export "f") (call $wait))))")
            .function<void()>("f");
    CHECK(wait.try_call());
    world.store.set_timeout(1h);
    CHECK(wait.try_call());
    REQUIRE(left.size() == 2);
    CHECK(left[0] == UINT64_MAX);
    CHECK(left[1] > 0);
    CHECK(left[1] <= riser::core::nanoseconds_of(1h));
    // What passes while it waits.
    world.engine->state()->now = []() noexcept -> std::uint64_t { return UINT64_MAX; };
    world.linker.define("host", "late", [](riser::caller& caller) { return caller.try_poll(); });
    const auto late = world.instantiate(R"((module (import "host" "late" (func $late)) (export "f" (func $late))))")
                          .function<void()>("f");
    CHECK(timed_world::kind_of(late.try_call()) == trap_kind::deadline_passed);
}

TEST_CASE("deadlines: a loop that calls slow functions of the host goes on for none that begins beyond it") {
    for (const char* tier : {"interpreter", "auto", "baseline", "1"}) {
        if (!test::has_backends() && tier != std::string_view("interpreter")) {
            continue;
        }
        CAPTURE(tier);
        timed_world world(tier);
        static int calls;
        calls = 0;
        world.in_host = [] {
            ++calls;
            fake_time += 1'000'000;
        };
        world.store.set_timeout(20ms);
        CHECK(world.call("set_again_and_again") == trap_kind::deadline_passed);
        CHECK(calls == 20);
    }
}

TEST_CASE("interrupts: a loop that calls slow functions of the host ends at its next turn") {
    timed_world world;
    static int calls;
    static std::optional<riser::interrupt_handle> stop;
    calls = 0;
    stop = world.store.interrupt_handle();
    world.in_host = [] {
        if (++calls == 3) {
            stop->interrupt();
        }
    };
    CHECK(world.call("set_again_and_again") == trap_kind::interrupted);
    CHECK(calls == 3);
    stop.reset();
}

TEST_CASE("deadlines: interrupts are told from them, and come first") {
    timed_world world;
    world.store.set_timeout(0s);
    world.store.interrupt_handle().interrupt();
    CHECK(world.call("nothing") == trap_kind::interrupted);
    CHECK(world.call("nothing") == trap_kind::deadline_passed);
}

TEST_CASE("deadlines: fuel is charged the same with one") {
    timed_world world;
    world.app();
    const auto used = [&] {
        world.store.set_fuel(1'000'000);
        CHECK(world.call("fill") == trap_kind::none);
        CHECK(world.call("nothing") == trap_kind::none);
        return 1'000'000 - world.store.fuel().value();
    };
    const std::uint64_t without = used();
    world.store.set_timeout(1s);
    CHECK(used() == without);
}

TEST_CASE("interrupt_all: ends what runs in every store of the engine, once") {
    const auto engine = std::make_shared<riser::engine>();
    const riser::module module = riser::module::compile(
        *engine, test::wat(R"((module (func (export "spin") (loop (br 0))) (func (export "nothing"))))"));
    const riser::linked linked = riser::linker(*engine).link(module);
    constexpr int count = 4;
    std::atomic<int> ended = 0;
    std::atomic<int> right = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) {
        threads.emplace_back([&] {
            riser::store store(*engine);
            const riser::instance app = linked.instantiate(store);
            const bool is_interrupted =
                timed_world::kind_of(app.function<void()>("spin").try_call()) == trap_kind::interrupted;
            ++ended;
            right += is_interrupted ? 1 : 0;
        });
    }
    while (ended != count) { // those that began later than one of them are ended by the next
        engine->interrupt_all();
        std::this_thread::yield();
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(right == count);

    riser::store idle(*engine);
    riser::store later(*engine);
    const auto nothing = linked.instantiate(idle).function<void()>("nothing");
    engine->interrupt_all();
    CHECK(timed_world::kind_of(nothing.try_call()) == trap_kind::interrupted);
    CHECK(timed_world::kind_of(nothing.try_call()) == trap_kind::none);
    engine->interrupt_all();
    later.clear_interrupt();
    CHECK(timed_world::kind_of(linked.instantiate(later).function<void()>("nothing").try_call()) == trap_kind::none);
    riser::store made_afterwards(*engine);
    CHECK(timed_world::kind_of(linked.instantiate(made_afterwards).function<void()>("nothing").try_call()) ==
          trap_kind::none);
}

// Time for guests: a deadline for a call, a host function that waits no longer than that, and an end for all stores at once.
//
//     g++ -std=c++20 -O2 -Iinclude examples/deadlines.cpp -o deadlines && ./deadlines
#include <riser/riser.hpp>
#include <riser/wat/wat.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <string_view>
#include <thread>

using namespace std::chrono_literals;

constexpr std::string_view text = R"((module
  (import "env" "sleep" (func $sleep (param i64)))
  (func (export "work") (param i32) (result i32) (local i32)
    (loop (local.set 1 (i32.add (local.get 1) (local.get 0)))
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "spin") (loop (br 0)))
  (func (export "sleep") (param i64) (call $sleep (local.get 0)))))";

/// Waits, but not beyond the deadline of the store, and looks for interrupts from time to time.
riser::result<void> sleep_for_guest(riser::caller& caller, std::uint64_t milliseconds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
    while (std::chrono::steady_clock::now() < end) {
        if (auto outcome = caller.try_poll(); !outcome) {
            return outcome; // the call ends with this trap
        }
        const std::chrono::nanoseconds left(std::min<std::uint64_t>(caller.nanoseconds_left(), 1'000'000));
        std::this_thread::sleep_for(left);
    }
    return {};
}

void report(std::string_view what, const riser::result<void>& outcome) {
    std::cout << what << ": " << (outcome ? "done" : outcome.error().what()) << '\n';
}

int main() {
    riser::engine engine;
    auto module = riser::module::compile(engine, riser::wat::to_binary(text));
    riser::linker linker(engine);
    linker.define("env", "sleep", sleep_for_guest);

    riser::store store(engine);
    riser::instance app = linker.instantiate(store, module);
    auto work = app.function<std::int32_t(std::int32_t)>("work");
    auto spin = app.function<void()>("spin");
    auto nap = app.function<void(std::uint64_t)>("sleep");

    store.set_timeout(1min); // plenty
    std::cout << "work: " << work(1000) << '\n';

    store.set_timeout(20ms);
    report("a loop without end", spin.try_call());
    report("the next call", spin.try_call()); // a deadline holds until there is another or none

    store.set_deadline(std::chrono::steady_clock::now() + 20ms); // the same as a point in time
    report("a day's sleep", nap.try_call(24 * 3600 * 1000));

    store.clear_deadline();
    report("a short sleep", nap.try_call(1));

    std::jthread shutdown([&] {
        std::this_thread::sleep_for(20ms);
        engine.interrupt_all(); // whatever runs in stores of this engine
    });
    report("a loop without end", spin.try_call());
}

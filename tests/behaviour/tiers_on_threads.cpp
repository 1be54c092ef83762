#include "engines/native.hpp"

#include "riser/instance.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "riser/trap.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

// The baseline compiler at work on threads that run the same module, while modules, stores and engines come and go. ThreadSanitizer finds
// here what a lucky moment hides (`./dev sanitize thread`).

namespace {

constexpr int thread_count = 4;

/// `mix` has a loop, calls of both kinds and accesses; `grow` makes the memory a page larger within a loop that uses it; `spin` ends by an
/// interrupt alone; `beyond` traps.
constexpr std::string_view work = R"((module
  (memory (export "memory") 1 4)
  (table funcref (elem $add $twice))
  (type $binary (func (param i32 i32) (result i32)))
  (func $add (type $binary) (i32.add (local.get 0) (local.get 1)))
  (func $twice (type $binary) (i32.add (call $add (local.get 0) (local.get 1)) (local.get 1)))
  (func $mix (export "mix") (param $n i32) (result i32) (local $sum i32)
    (loop $next
      (local.set $sum (call_indirect (type $binary) (local.get $sum) (local.get $n)
        (i32.and (local.get $n) (i32.const 1))))
      (i32.store (i32.const 8) (local.get $sum))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.load (i32.const 8)))
  (func $grow (export "grow") (result i32) (local $end i32) (local $i i32)
    (local.set $end (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4)))
    (loop $next
      (i32.store (local.get $end) (local.get $i))
      (if (i32.eq (local.get $i) (i32.const 10))
        (then (drop (memory.grow (i32.const 1)))))
      (br_if $next (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20))))
    (i32.add (i32.load (local.get $end)) (memory.size)))
  (func (export "beyond") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "spin") (param i32)
    (loop $again
      (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (call $mix (i32.const 2))))
      (br $again)))))";

std::int32_t expected_mix(std::int32_t n) {
    std::int32_t sum = 0;
    for (; n != 0; --n) {
        sum += n % 2 == 0 ? n : 2 * n;
    }
    return sum;
}

riser::engine_options rising(std::uint64_t tier_up, unsigned threads) {
    riser::engine_options options;
    options.tier_up = tier_up;
    options.jit_threads = threads;
    return options;
}

/// \returns how many of its results are wrong
int call_all(const riser::instance& in, int rounds) {
    int wrong = 0;
    for (int i = 1; i <= rounds; ++i) {
        wrong += in.function<std::int32_t(std::int32_t)>("mix")(i) != expected_mix(i);
        const auto outcome = in.function<std::int32_t(std::uint32_t)>("beyond").try_call(0xffffffff);
        wrong += outcome || outcome.error().as<riser::trap>()->kind() != riser::trap_kind::memory_out_of_bounds;
    }
    for (const std::int32_t pages : {2, 3, 4, 4}) {
        wrong += in.function<std::int32_t()>("grow")() != 19 + pages;
    }
    return wrong;
}

template <class Action>
void on_threads(const Action& action) {
    std::vector<std::thread> threads;
    for (int i = 0; i < thread_count; ++i) {
        threads.emplace_back([&action, i] { action(i); });
    }
    for (std::thread& each : threads) {
        each.join();
    }
}

/// Every way to compile, with memories that stay and memories that move.
template <class Action>
void in_every_engine(const Action& action) {
    if (!test::has_backends()) {
        return;
    }
    for (const char* memory : {"adaptive", "bounds-checking", "moving"}) {
        for (const unsigned threads : {0U, 2U}) {
            for (const std::uint64_t tier_up : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{60}}) {
                CAPTURE(memory);
                CAPTURE(threads);
                CAPTURE(tier_up);
                action([&] { return test::make_native_engine(memory, rising(tier_up, threads)); });
            }
        }
    }
}

} // namespace

TEST_CASE("tiers on threads: a module that is shared rises while it is called, grows memories and traps") {
    in_every_engine([](const auto& make_engine) {
        const auto engine = make_engine();
        const riser::module module = riser::module::compile(*engine, test::wat(work));
        std::atomic<int> wrong = 0;
        on_threads([&](int) {
            for (int i = 0; i < 3; ++i) {
                riser::store store(*engine);
                wrong += call_all(riser::linker(*engine).instantiate(store, module), 10);
            }
        });
        CHECK(wrong == 0);
        CHECK(module.tiers()[0].refused == 0);
    });
}

TEST_CASE("tiers on threads: modules, stores and engines end while their functions are being compiled") {
    in_every_engine([](const auto& make_engine) {
        const auto shared = make_engine();
        std::atomic<int> wrong = 0;
        on_threads([&](int thread) {
            for (int i = 0; i < 4; ++i) {
                const bool is_alone = (thread + i) % 2 == 0; // with an engine that ends, too
                const auto engine = is_alone ? make_engine() : shared;
                std::optional<riser::store> store(std::in_place, *engine);
                std::optional<riser::module> module = riser::module::compile(*engine, test::wat(work));
                std::optional<riser::instance> in = riser::linker(*engine).instantiate(*store, *module);
                wrong += call_all(*in, i);
                if (i % 2 == 0) { // the store keeps the module's code for the last
                    module.reset();
                    wrong += call_all(riser::linker(*engine).instantiate(*store, in->module()), 1);
                }
                in.reset();
                store.reset();
            }
        });
        CHECK(wrong == 0);
        CHECK(shared->native_statistics().waiting == 0);
        CHECK(shared->native_statistics().taken_bytes == 0);
    });
}

TEST_CASE("tiers on threads: loops that have risen meanwhile are interrupted from outside") {
    in_every_engine([](const auto& make_engine) {
        const auto engine = make_engine();
        const riser::module module = riser::module::compile(*engine, test::wat(work));
        std::atomic<int> wrong = 0;
        on_threads([&](int) {
            riser::store store(*engine);
            const riser::instance in = riser::linker(*engine).instantiate(store, module);
            std::thread interrupting([handle = store.interrupt_handle(), &module] {
                while (module.tiers()[0].functions == 0) {
                    std::this_thread::yield();
                }
                handle.interrupt();
            });
            const auto outcome = in.function<void(std::int32_t)>("spin").try_call(0);
            interrupting.join();
            wrong += outcome || outcome.error().as<riser::trap>()->kind() != riser::trap_kind::interrupted;
            wrong += in.function<std::int32_t(std::int32_t)>("mix")(100) != expected_mix(100);
        });
        CHECK(wrong == 0);
    });
}

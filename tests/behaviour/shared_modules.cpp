#include "engines/engines.hpp"
#include "riser/default_engine.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

// One module and many threads, each with a store of its own, all of them the first to call some function. To be run
// under ThreadSanitizer too.

namespace {

constexpr std::uint32_t function_count = 120;
constexpr int thread_count = 4;

/// Function "i" stores its argument at 4 * i, adds what function i / 2 makes of it, loads it again, and adds i;
/// function 0 adds 1. "beyond" stores at an address that it is given.
std::vector<std::byte> tree_of_functions() {
    std::string text = R"(
      (memory (export "memory") 1 2)
      (func (export "0") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))";
    for (std::uint32_t i = 1; i < function_count; ++i) {
        const std::string number = std::to_string(i);
        const std::string address = "(i32.const " + std::to_string(4 * i) + ")";
        text += "(func (export \"" + number + "\") (param i32) (result i32) (i32.store " + address + " (local.get 0))";
        text += "(i32.add (i32.add (call " + std::to_string(i / 2) + " (local.get 0)) (i32.load " + address + "))";
        text += "(i32.const " + number + ")))\n";
    }
    return test::wat(text + R"(
      (func (export "beyond") (param i32) (result i32)
        (i32.store (local.get 0) (i32.const 1))
        (local.get 0)))");
}

std::uint32_t expected_of(std::uint32_t function, std::uint32_t argument) {
    return function == 0 ? argument + 1 : expected_of(function / 2, argument) + argument + function;
}

/// "enter" calls the imported function with its first parameter, and adds what it loads from the second.
constexpr std::string_view calls_host_then_loads = R"((module
  (import "host" "call" (func $host (param i32) (result i32)))
  (memory (export "memory") 1 2)
  (func (export "enter") (param i32 i32) (result i32)
    (i32.add (call $host (local.get 0)) (i32.load (local.get 1))))))";

template <class T>
bool is_out_of_bounds(const riser::result<T>& outcome) {
    return !outcome && outcome.error().template is<riser::trap>() &&
           outcome.error().template as<riser::trap>()->kind() == riser::trap_kind::memory_out_of_bounds;
}

/// Calls every function, in an order of its own. \returns how many results were wrong
int call_all(const riser::instance& instance, std::uint32_t seed) {
    std::vector<std::uint32_t> order(function_count);
    for (std::uint32_t i = 0; i < function_count; ++i) {
        order[i] = i;
    }
    std::shuffle(order.begin(), order.end(), std::minstd_rand(seed));
    int wrong = 0;
    for (const std::uint32_t i : order) {
        wrong += instance.function<std::uint32_t(std::uint32_t)>(std::to_string(i))(seed) != expected_of(i, seed);
        if (i % 16 == 0) { // traps on several threads at once
            wrong +=
                !is_out_of_bounds(instance.function<std::uint32_t(std::uint32_t)>("beyond").try_call(65536 - i % 2));
        }
    }
    return wrong;
}

/// Runs `body(index)` on each of some threads, which begin together. \returns the sum of what they return
template <class Body>
int on_threads(Body body) {
    std::atomic<int> waiting = thread_count;
    std::atomic<int> sum = 0;
    std::vector<std::thread> threads;
    for (int index = 0; index < thread_count; ++index) {
        threads.emplace_back([&, index] {
            --waiting;
            while (waiting != 0) {
                std::this_thread::yield();
            }
            sum += body(index);
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    return sum;
}

int run_instance(const riser::engine_base& engine, const riser::linked& linked, int seed) {
    riser::store store(engine);
    return call_all(linked.instantiate(store), static_cast<std::uint32_t>(seed));
}

constexpr auto modes = {riser::compile_mode::eager, riser::compile_mode::lazy_translation,
                        riser::compile_mode::lazy_validation};

} // namespace

TEST_CASE("sharing: threads translate a module's functions together, each of them once") {
    for (const std::string& policy : test::memory_names()) {
        for (const riser::compile_mode mode : modes) {
            const test::engine_pointer engine = test::make_engine(policy);
            const auto module = riser::module::compile(*engine, tree_of_functions(), mode);
            const riser::linked linked = riser::linker(*engine).link(module);
            CHECK(on_threads([&](int index) { return run_instance(*engine, linked, index); }) == 0);
            const riser::module_statistics statistics = module.statistics();
            CHECK(statistics.functions == function_count + 1);
            // Where there are native tiers, a function that one thread compiles others translate meanwhile.
            std::uint64_t functions = statistics.translated_functions;
            CHECK(functions <= function_count + 1);
            for (const riser::tier_statistics& tier : module.tiers()) {
                CHECK(tier.functions <= function_count + 1);
                functions += tier.functions;
            }
            CHECK(functions >= function_count + 1);
            // Nothing is added by whoever comes later.
            CHECK(on_threads([&](int index) { return run_instance(*engine, linked, index); }) == 0);
            CHECK(module.statistics().bytecode_bytes == statistics.bytecode_bytes);
            CHECK(module.statistics().resolved_bytes == statistics.resolved_bytes);
        }
    }
}

TEST_CASE("sharing: threads run one module in different memory modes") {
    riser::engine_options options;
    options.reserved_bytes = std::uint64_t{10} << 30U; // two guarded memories
    for (const riser::compile_mode mode : modes) {
        const riser::engine engine(options);
        const auto module = riser::module::compile(engine, tree_of_functions(), mode);
        const riser::linked linked = riser::linker(engine).link(module);
        std::vector<std::pair<riser::store, std::optional<riser::instance>>> instances;
        int guarded = 0;
        for (int i = 0; i < thread_count; ++i) {
            riser::store store(engine);
            riser::instance instance = linked.instantiate(store);
            guarded += instance.memory("memory").is_guarded() ? 1 : 0;
            instances.emplace_back(std::move(store), std::move(instance));
        }
        if (engine.statistics().signaling_memories != 0) {
            CHECK(guarded == 2);
        }
        CHECK(on_threads([&](int index) {
                  return call_all(*instances[static_cast<std::size_t>(index)].second,
                                  static_cast<std::uint32_t>(index));
              }) == 0);
        CHECK(module.statistics().translated_functions == function_count + 1);
    }
}

TEST_CASE("sharing: engines of all policies at once in one process") {
    std::vector<test::engine_pointer> engines;
    std::vector<riser::linked> linked;
    for (const std::string& policy : test::memory_names()) {
        engines.push_back(test::make_engine(policy));
        linked.push_back(
            riser::linker(*engines.back()).link(riser::module::compile(*engines.back(), tree_of_functions())));
    }
    CHECK(on_threads([&](int index) {
              int wrong = 0;
              for (std::size_t i = 0; i < engines.size(); ++i) {
                  const std::size_t which = (i + static_cast<std::size_t>(index)) % engines.size();
                  wrong += run_instance(*engines[which], linked[which], index);
              }
              return wrong;
          }) == 0);
}

TEST_CASE("sharing: threads use two engines in turns, instance by instance") {
    const test::engine_pointer first = test::make_engine("signaling");
    const test::engine_pointer second = test::make_engine("bounds-checking");
    const auto first_module = riser::module::compile(*first, tree_of_functions());
    const auto second_module = riser::module::compile(*second, tree_of_functions());
    CHECK(on_threads([&](int index) {
              riser::store first_store(*first);
              riser::store second_store(*second);
              const riser::instance one = riser::linker(*first).instantiate(first_store, first_module);
              const riser::instance two = riser::linker(*second).instantiate(second_store, second_module);
              int wrong = 0;
              for (std::uint32_t i = 0; i < function_count; ++i) {
                  const std::string name = std::to_string(i);
                  const auto argument = static_cast<std::uint32_t>(index) + i;
                  for (const riser::instance& instance : {one, two}) {
                      wrong +=
                          instance.function<std::uint32_t(std::uint32_t)>(name)(argument) != expected_of(i, argument);
                  }
              }
              return wrong;
          }) == 0);
}

TEST_CASE("sharing: modules are compiled, used and dropped by all threads of an engine") {
    const test::engine_pointer engine = test::make_engine("adaptive");
    const std::vector<std::byte> bytes = tree_of_functions();
    CHECK(on_threads([&](int index) {
              int wrong = 0;
              for (int i = 0; i < 5; ++i) {
                  const auto module = riser::module::compile(*engine, bytes);
                  wrong += run_instance(*engine, riser::linker(*engine).link(module), index * 5 + i);
              }
              return wrong;
          }) == 0);
}

TEST_CASE("sharing: a store and its instances move from thread to thread") {
    for (const std::string& policy : test::memory_names()) {
        const test::engine_pointer engine = test::make_engine(policy);
        riser::store store(*engine);
        const auto module = riser::module::compile(*engine, tree_of_functions());
        const riser::instance instance = riser::linker(*engine).instantiate(store, module);
        int wrong = 0;
        for (std::uint32_t seed = 0; seed < 3; ++seed) {
            std::thread([&] { wrong += call_all(instance, seed); }).join();
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE("sharing: a host function of one engine calls into another engine") {
    for (const std::string& outer_policy : test::memory_names()) {
        for (const std::string& inner_policy : test::memory_names()) {
            CAPTURE(outer_policy);
            CAPTURE(inner_policy);
            const test::engine_pointer outer = test::make_engine(outer_policy);
            const test::engine_pointer inner = test::make_engine(inner_policy);
            riser::store outer_store(*outer);
            riser::store inner_store(*inner);
            const riser::instance called =
                riser::linker(*inner).instantiate(inner_store, riser::module::compile(*inner, tree_of_functions()));
            const auto beyond = called.function<std::uint32_t(std::uint32_t)>("beyond");
            const auto ninth = called.function<std::uint32_t(std::uint32_t)>("9");
            riser::linker linker(*outer);
            linker.define("host", "call", [&](std::uint32_t what) -> riser::result<std::uint32_t> {
                if (what == 0) {
                    return beyond.try_call(65533); // the trap passes through
                }
                if (what == 1) {
                    return is_out_of_bounds(beyond.try_call(65533)) ? 100U : 0U; // it ends here
                }
                return ninth.try_call(what);
            });
            const auto enter =
                linker.instantiate(outer_store, riser::module::compile(*outer, test::wat(calls_host_then_loads)))
                    .function<std::uint32_t(std::uint32_t, std::uint32_t)>("enter");
            for (int i = 0; i < 3; ++i) {
                CHECK(enter(5, 65532) == expected_of(9, 5));
                CHECK(enter(1, 0) == 100);
                CHECK(is_out_of_bounds(enter.try_call(0, 0)));
                CHECK(is_out_of_bounds(enter.try_call(1, 65533)));
                CHECK(is_out_of_bounds(enter.try_call(5, 0xffffffff)));
                CHECK(is_out_of_bounds(beyond.try_call(65533)));
            }
        }
    }
}

#include "support/wat.hpp"

#include "riser/custom_engine.hpp"
#include "riser/memory_policy.hpp"
#include "riser/riser.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <set>
#include <string_view>
#include <thread>
#include <vector>

#if defined(__linux__)
#    include <dlfcn.h>
#    include <pthread.h>
#endif

// Stores and instances that come and go on several threads of one engine.

namespace {

constexpr std::string_view one_page = R"((module
  (memory 1)
  (data (i32.const 0) "riser")
  (func (export "touch") (param i32) (result i32)
    (i32.store (i32.const 100) (local.get 0))
    (i32.add (i32.load (i32.const 100)) (i32.load8_u (i32.const 50000))))))";

/// Makes a store and an instance, calls it, and drops both. \returns whether the call gave what it should
bool use_once(const riser::engine_base& engine, const riser::linked& linked, std::int32_t value) {
    riser::store store(engine);
    const auto touch = linked.instantiate(store).function<std::int32_t(std::int32_t)>("touch");
    return touch(value) == value;
}

template <class Policy>
int wrong_on_threads() {
    const riser::basic_engine<Policy> engine;
    const riser::linked linked = riser::linker(engine).link(riser::module::compile(engine, test::wat(one_page)));
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 300; ++i) {
                wrong += use_once(engine, linked, t * 1000 + i) ? 0 : 1;
            }
        });
    }
    for (std::thread& each : threads) {
        each.join();
    }
    return wrong;
}

} // namespace

TEST_CASE("instances on threads: made, called and dropped at once, of one module, in any mode") {
    CHECK(wrong_on_threads<riser::memory_policy::adaptive>() == 0);
    CHECK(wrong_on_threads<riser::memory_policy::bounds_checking>() == 0);
}

// Sanitizers put their own function in place of this one. GCC says so by macros.
#if defined(__linux__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace {

/// Where the mutexes are noted that this thread locks; null: nowhere.
thread_local constinit std::set<const void*>* locked = nullptr;

} // namespace

/// In place of the C library's, for the whole program.
extern "C" int pthread_mutex_lock(::pthread_mutex_t* mutex) noexcept {
    static const auto original =
        reinterpret_cast<int (*)(::pthread_mutex_t*)>(::dlsym(RTLD_NEXT, "pthread_mutex_lock"));
    if (std::set<const void*>* const notes = locked) {
        locked = nullptr; // the set may lock, too
        notes->insert(mutex);
        locked = notes;
    }
    return original(mutex);
}

namespace {

/// How many mutexes two threads both lock that do the same, after each has done it once.
template <class Action>
std::size_t common_mutexes(const Action& action) {
    std::set<const void*> of_threads[2];
    for (std::set<const void*>& notes : of_threads) {
        std::thread([&] {
            action();
            locked = &notes;
            action();
            locked = nullptr;
        }).join();
    }
    return static_cast<std::size_t>(std::count_if(of_threads[0].begin(), of_threads[0].end(),
                                                  [&](const void* each) { return of_threads[1].count(each) != 0; }));
}

template <class Policy>
std::size_t common_mutexes_of_instances() {
    const riser::basic_engine<Policy> engine;
    const riser::linked linked = riser::linker(engine).link(riser::module::compile(engine, test::wat(one_page)));
    int wrong = 0; // CHECK takes a lock
    const std::size_t common = common_mutexes([&] { wrong += use_once(engine, linked, 1) ? 0 : 1; });
    CHECK(wrong == 0);
    return common;
}

} // namespace

// Two threads took 69 us each for what one took 18 us for: they waited for the engine's locks and the kernel's.
TEST_CASE("instances on threads: no two threads take the same lock to make, call and drop an instance") {
    CHECK(common_mutexes_of_instances<riser::memory_policy::adaptive>() == 0);
    CHECK(common_mutexes_of_instances<riser::memory_policy::bounds_checking>() == 0);
    const riser::engine engine;
    CHECK(common_mutexes([&] { static_cast<void>(engine.statistics()); }) > 0); // the check would notice
}

#endif

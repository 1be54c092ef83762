#include "engines/engines.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "support/sanitizers.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <pthread.h>

// Calls of wasm take no native stack, and tail calls take none at all; where a stack ends, the call traps.

namespace {

constexpr std::string_view work = R"((module
  (func (export "loop") (param i32) (result i32) (local i32)
    (loop
      (local.set 1 (i32.add (i32.xor (local.get 1) (local.get 0)) (i32.const 7)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func $fib (export "fib") (param i32) (result i32)
    (if (i32.lt_u (local.get 0) (i32.const 2)) (then (return (local.get 0))))
    (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))
  (func $down (export "down") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 0))
      (else (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))))))";

constexpr std::string_view tail_calls = R"((module
  (type $f (func (param i32 i64) (result i64)))
  (table 2 funcref)
  (elem (i32.const 0) func $even_indirect $odd_indirect)
  (elem declare func $even_ref $odd_ref)
  (func $even (export "direct") (type $f)
    (if (result i64) (i32.eqz (local.get 0)) (then (local.get 1))
      (else (return_call $odd
        (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 1))))))
  (func $odd (type $f) (local i64 i64 i64 i64 i64)
    (if (result i64) (i32.eqz (local.get 0)) (then (i64.const -1))
      (else (return_call $even
        (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 2))))))
  (func $even_indirect (export "indirect") (type $f)
    (if (result i64) (i32.eqz (local.get 0)) (then (local.get 1))
      (else (return_call_indirect (type $f)
        (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 1)) (i32.const 1)))))
  (func $odd_indirect (type $f) (local i64 i64 i64 i64 i64)
    (if (result i64) (i32.eqz (local.get 0)) (then (i64.const -1))
      (else (return_call_indirect (type $f)
        (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 2)) (i32.const 0)))))
  (func $even_ref (export "reference") (type $f)
    (if (result i64) (i32.eqz (local.get 0)) (then (local.get 1))
      (else (return_call_ref $f
        (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 1)) (ref.func $odd_ref)))))
  (func $odd_ref (type $f) (local i64 i64 i64 i64 i64)
    (if (result i64) (i32.eqz (local.get 0)) (then (i64.const -1))
      (else (return_call_ref $f
        (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 2)) (ref.func $even_ref)))))))";

constexpr std::string_view ping = R"((module
  (type $f (func (param i32 i64) (result i64)))
  (memory 1)
  (data (i32.const 0) "\01")
  (table (export "table") 2 funcref)
  (global $odd (export "odd") (mut (ref null $f)) (ref.null $f))
  (elem (i32.const 0) func $even)
  (func $even (export "even") (type $f)
    (if (result i64) (i32.eqz (local.get 0)) (then (local.get 1))
      (else (return_call_indirect (type $f)
        (i32.sub (local.get 0) (i32.const 1))
        (i64.add (local.get 1) (i64.load8_u (i32.const 0))) (i32.const 1)))))
  (func $even_ref (export "even_ref") (type $f)
    (if (result i64) (i32.eqz (local.get 0)) (then (local.get 1))
      (else (return_call_ref $f
        (i32.sub (local.get 0) (i32.const 1))
        (i64.add (local.get 1) (i64.load8_u (i32.const 0))) (global.get $odd)))))
  (func (export "call_even") (type $f)
    (i64.add (call $even (local.get 0) (local.get 1)) (i64.load8_u (i32.const 0))))))";

constexpr std::string_view pong = R"((module
  (type $f (func (param i32 i64) (result i64)))
  (import "ping" "table" (table 2 funcref))
  (import "ping" "odd" (global $odd (mut (ref null $f))))
  (import "ping" "even" (func $even (type $f)))
  (import "ping" "even_ref" (func $even_ref (type $f)))
  (memory 1)
  (data (i32.const 0) "\02")
  (elem (i32.const 1) func $odd)
  (elem declare func $odd_ref)
  (func $odd (export "odd") (type $f) (local i64 i64 i64 i64)
    (if (result i64) (i32.eqz (local.get 0)) (then (i64.const -1))
      (else (return_call $even
        (i32.sub (local.get 0) (i32.const 1))
        (i64.add (local.get 1) (i64.load8_u (i32.const 0)))))))
  (func $odd_ref (type $f) (local i64 i64 i64 i64)
    (if (result i64) (i32.eqz (local.get 0)) (then (i64.const -1))
      (else (return_call $even_ref
        (i32.sub (local.get 0) (i32.const 1))
        (i64.add (local.get 1) (i64.load8_u (i32.const 0)))))))
  (func $set (global.set $odd (ref.func $odd_ref)))
  (start $set)
  (func (export "call_even") (type $f)
    (i64.add (call $even (local.get 0) (local.get 1)) (i64.load8_u (i32.const 0))))))";

constexpr std::string_view to_host = R"((module
  (type $f (func (param i32 i64) (result i64)))
  (import "host" "finish" (func $finish (type $f)))
  (func $count (export "count") (type $f)
    (if (i32.eqz (local.get 0)) (then (return_call $finish (i32.const 5) (local.get 1))))
    (return_call $count (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 1))))
  (func (export "often") (param i32) (result i64) (local i64)
    (loop
      (local.set 1 (i64.add (local.get 1) (call $forward (i32.const 1) (i64.const 1))))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func $forward (type $f) (return_call $finish (local.get 0) (local.get 1)))))";

/// A function with a wide frame, and one whose recursion ends in a tail call of it.
std::string wide() {
    std::string locals;
    for (int i = 0; i < 40'000; ++i) {
        locals += " i64";
    }
    return R"((module
  (func $wide (export "wide") (param i32) (result i32) (local)" +
           locals + R"() (local.get 0))
  (func $step (export "step") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return_call $wide (i32.const 3))))
    (i32.add (i32.const 1) (call $step (i32.sub (local.get 0) (i32.const 1)))))))";
}

constexpr std::string_view enters_again = R"((module
  (import "host" "again" (func $again (param i32) (result i32)))
  (func (export "enter") (param i32) (result i32) (i32.add (i32.const 1) (call $again (local.get 0))))))";

/// An engine with the memory policy, and a store.
struct world {
    explicit world(const std::string& policy, std::size_t stack_bytes = 0)
        : engine(test::make_engine(policy)), linker(*engine), store(*engine, limits_of(stack_bytes)) {}

    static riser::store_limits limits_of(std::size_t stack_bytes) {
        riser::store_limits limits;
        limits.stack_bytes = stack_bytes;
        return limits;
    }
    [[nodiscard]] riser::instance instantiate(std::string_view text, const riser::imports& imports = {}) {
        return linker.instantiate(store, riser::module::compile(*engine, test::wat(text)), imports);
    }

    test::engine_pointer engine;
    riser::linker linker;
    riser::store store;
};

using recursion = riser::typed_function<std::int32_t(std::int32_t)>;
using counting = riser::typed_function<std::int64_t(std::int32_t, std::int64_t)>;

/// Runs `body` on a thread with 64 KiB of stack, or the least that the system allows. \returns its result
template <class Body>
auto on_small_stack(Body body) {
    using result_type = std::invoke_result_t<Body&>;
    struct job {
        Body& body;
        result_type result;
    } job{body, {}};
    pthread_attr_t attributes;
    REQUIRE(::pthread_attr_init(&attributes) == 0);
    const auto bytes = std::max<std::size_t>(std::size_t{64} << 10U, static_cast<std::size_t>(PTHREAD_STACK_MIN));
    REQUIRE(::pthread_attr_setstacksize(&attributes, bytes) == 0);
    pthread_t thread{};
    const auto run = [](void* argument) -> void* {
        auto& mine = *static_cast<struct job*>(argument);
        mine.result = mine.body();
        return nullptr;
    };
    REQUIRE(::pthread_create(&thread, &attributes, run, &job) == 0);
    ::pthread_join(thread, nullptr);
    ::pthread_attr_destroy(&attributes);
    return job.result;
}

template <class T>
riser::trap_kind trap_of(const riser::result<T>& outcome) {
    if (outcome) {
        return riser::trap_kind::none;
    }
    const auto trap = outcome.error().template as<riser::trap>();
    REQUIRE(trap.has_value());
    return trap->kind();
}

constexpr std::int32_t million = 1'000'000;
constexpr std::size_t small_stack = 4096; // of wasm

} // namespace

TEST_CASE("space: 10^8 instructions in a loop need no native stack") {
    for (const char* policy : {"adaptive", "bounds-checking"}) {
        world world(policy);
        const auto loop = world.instantiate(work).function<std::int32_t(std::int32_t)>("loop");
        std::uint32_t expected = 0;
        constexpr std::int32_t rounds = (test::is_sanitized ? 3 : 34) * million; // of three instructions or more
        for (std::int32_t i = rounds; i != 0; --i) {
            expected = (expected ^ static_cast<std::uint32_t>(i)) + 7;
        }
        CHECK(on_small_stack([&] { return static_cast<std::uint32_t>(loop(rounds)); }) == expected);
    }
}

TEST_CASE("space: calls need no native stack, neither many nor deep ones") {
    world world("adaptive", std::size_t{128} << 20U);
    const riser::instance instance = world.instantiate(work);
    const auto fib = instance.function<std::int32_t(std::int32_t)>("fib");
    CHECK(on_small_stack([&] { return fib(27); }) == 196418);
    const auto down = instance.function<std::int32_t(std::int32_t)>("down");
    CHECK(on_small_stack([&] { return down(million); }) == million);
    CHECK(on_small_stack([&] { return trap_of(down.try_call(100 * million)); }) == riser::trap_kind::stack_exhausted);
    CHECK(on_small_stack([&] { return down(million); }) == million);
}

TEST_CASE("space: a million mutual tail calls need neither stack") {
    for (const std::string& policy : test::memory_names()) {
        world world(policy, small_stack);
        const riser::instance instance = world.instantiate(tail_calls);
        for (const char* name : {"direct", "indirect", "reference"}) {
            CAPTURE(name);
            const counting even = instance.function<std::int64_t(std::int32_t, std::int64_t)>(name);
            CHECK(on_small_stack([&] { return even(million, 7); }) == 7 + million / 2 * 3);
            CHECK(on_small_stack([&] { return even(million + 1, 7); }) == -1);
        }
        // The stack would not do for calls.
        const recursion down = world.instantiate(work).function<std::int32_t(std::int32_t)>("down");
        CHECK(trap_of(down.try_call(1000)) == riser::trap_kind::stack_exhausted);
    }
}

TEST_CASE("space: a million tail calls between two instances need neither stack") {
    for (const std::string& policy : test::memory_names()) {
        CAPTURE(policy);
        world world(policy, small_stack);
        const riser::instance first = world.instantiate(ping);
        const riser::instance second = world.instantiate(pong, riser::imports().define("ping", first));
        // Each adds what its own memory says: 1 and 2.
        for (const char* name : {"even", "even_ref"}) {
            CAPTURE(name);
            const auto even = first.function<std::int64_t(std::int32_t, std::int64_t)>(name);
            CHECK(on_small_stack([&] { return even(million, 7); }) == 7 + million / 2 * 3);
            CHECK(on_small_stack([&] { return even(million + 1, 7); }) == -1);
        }
        // Who called in the first place goes on in its own instance, wherever the chain ends.
        const auto call_first = first.function<std::int64_t(std::int32_t, std::int64_t)>("call_even");
        const auto call_second = second.function<std::int64_t(std::int32_t, std::int64_t)>("call_even");
        for (const std::int32_t count : {0, 1, 2, 3, 1000, 1001}) {
            const std::int64_t sum = count % 2 == 0 ? 7 + count / 2 * 3 : -1;
            CHECK(call_first(count, 7) == sum + 1);
            CHECK(call_second(count, 7) == sum + 2);
        }
    }
}

TEST_CASE("space: tail calls to host functions leave nothing behind") {
    for (const std::string& policy : test::memory_names()) {
        world world(policy, small_stack);
        world.linker.define("host", "finish", [](std::int32_t factor, std::int64_t value) { return factor * value; });
        const riser::instance instance = world.instantiate(to_host);
        const auto count = instance.function<std::int64_t(std::int32_t, std::int64_t)>("count");
        CHECK(on_small_stack([&] { return count(million, 1); }) == 5 * (std::int64_t{million} + 1));
        const auto often = instance.function<std::int64_t(std::int32_t)>("often");
        CHECK(on_small_stack([&] { return often(million); }) == million);
    }
}

TEST_CASE("space: where the stack ends the call traps, and the store goes on") {
    for (const std::string& policy : test::memory_names()) {
        world world(policy);
        const riser::instance instance = world.instantiate(work);
        const auto down = instance.function<std::int32_t(std::int32_t)>("down");
        for (int i = 0; i < 3; ++i) {
            const auto outcome = down.try_call(INT32_MAX);
            REQUIRE(trap_of(outcome) == riser::trap_kind::stack_exhausted);
            const auto frames = outcome.error().as<riser::trap>()->backtrace();
            CHECK(frames.size() == 64);
            CHECK(std::all_of(frames.begin(), frames.end(), [](const auto& frame) { return frame.function == 2; }));
            CHECK(down(1000) == 1000);
            CHECK(instance.function<std::int32_t(std::int32_t)>("fib")(20) == 6765);
        }
    }
}

TEST_CASE("space: frames that do not fit trap before anything is written there") {
    constexpr std::size_t frame_bytes = 40'000 * 8;
    {
        world world("adaptive", frame_bytes / 2);
        const riser::instance instance = world.instantiate(wide());
        const auto call = instance.function<std::int32_t(std::int32_t)>("wide");
        CHECK(trap_of(call.try_call(1)) == riser::trap_kind::stack_exhausted);
        const auto step = instance.function<std::int32_t(std::int32_t)>("step");
        CHECK(trap_of(step.try_call(0)) == riser::trap_kind::stack_exhausted); // by a tail call of the first function
        CHECK(trap_of(step.try_call(10)) == riser::trap_kind::stack_exhausted);
    }
    world world("adaptive", 2 * frame_bytes);
    const riser::instance instance = world.instantiate(wide());
    CHECK(instance.function<std::int32_t(std::int32_t)>("wide")(1) == 1);
    const auto step = instance.function<std::int32_t(std::int32_t)>("step");
    std::int32_t depth = 0;
    while (step.try_call(depth)) {
        depth += 100;
    }
    CHECK(depth > 1000);
    const auto outcome = step.try_call(depth);
    CHECK(trap_of(outcome) == riser::trap_kind::stack_exhausted);
    CHECK(outcome.error().as<riser::trap>()->backtrace().at(0).function == 1);
    CHECK(step(100) == 103);
}

TEST_CASE("space: a host function that calls wasm that calls the host ends in a trap too") {
    for (const std::string& policy : test::memory_names()) {
        world world(policy);
        int deepest = 0;
        int depth = 0;
        const recursion* enter = nullptr;
        world.linker.define("host", "again", [&](std::int32_t n) -> riser::result<std::int32_t> {
            deepest = std::max(deepest, ++depth);
            riser::result<std::int32_t> inner = n == 0 ? riser::result<std::int32_t>(0) : enter->try_call(n - 1);
            --depth;
            return inner;
        });
        const recursion entry = world.instantiate(enters_again).function<std::int32_t(std::int32_t)>("enter");
        enter = &entry;
        CHECK(entry(100) == 101);
        CHECK(trap_of(entry.try_call(INT32_MAX)) == riser::trap_kind::stack_exhausted);
        CHECK(deepest >= 500);
        CHECK(depth == 0);
        CHECK(entry(100) == 101);
    }
}

#include "support/wasm.hpp"

#include "riser/caller.hpp"
#include "riser/guest_span.hpp"
#include "riser/host_function.hpp"
#include "support/causes.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

// Functions of the host: how C++ callables look from wasm.

namespace {

constexpr std::string_view types = R"((module
  (import "host" "mix" (func $mix (param i32 i64 f32 f64) (result f64)))
  (import "host" "pair" (func $pair (param i32) (result i32 i64)))
  (import "host" "color" (func $color (param i32) (result i32)))
  (import "host" "untyped" (func $untyped (param i32 i32) (result i32)))
  (func (export "mix") (result f64) (call $mix (i32.const -1) (i64.const 2) (f32.const 3) (f64.const 4)))
  (func (export "pair") (result i64) (local i64)
    (call $pair (i32.const 5)) (local.set 0) (i64.extend_i32_s) (i64.add (local.get 0)))
  (func (export "color") (result i32) (call $color (i32.const 2)))
  (func (export "untyped") (result i32) (call $untyped (i32.const 6) (i32.const 7)))
  (export "mix_itself" (func $mix))))";

constexpr std::string_view spans = R"((module
  (import "host" "log" (func $log (param i32 i32)))
  (import "host" "lower" (func $lower (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 65531) "hello")
  (data (i32.const 9) "\01\00\00\00\02\00\00\00\ff\ff\ff\7f")
  (func (export "log") (param i32 i32) (call $log (local.get 0) (local.get 1)))
  (func (export "lower") (result i32)
    (call $lower (i32.const 9) (i32.const 3))
    (i32.add (i32.load (i32.const 9)) (i32.load (i32.const 13))))))";

constexpr std::string_view fail = R"((module
  (import "host" "fail" (func $fail (param i32) (result i32)))
  (func (export "run") (param i32) (result i32) (call $fail (local.get 0)))))";

constexpr std::string_view nested = R"((module
  (import "host" "down" (func $down (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "count") (param i32) (result i32)
    (i32.store (i32.const 0) (local.get 0))
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 0))
      (else (i32.add (i32.const 1) (call $down (local.get 0))))))
  (func (export "grow") (result i32) (memory.grow (i32.const 1)))))";

enum class color : std::uint16_t { red = 1, green = 2, blue = 3 };

} // namespace

TEST_CASE("host functions: numbers, enumerations and tuples") {
    test::world world;
    world.linker
        .define("host", "mix",
                [](std::uint32_t a, std::int64_t b, float c, double d) {
                    return static_cast<double>(a) + static_cast<double>(b) + static_cast<double>(c) + d;
                })
        .define("host", "pair", [](std::int32_t x) { return std::tuple(x, std::int64_t{x} * 10); })
        .define("host", "color", [](color c) { return c == color::green ? color::blue : color::red; })
        .define("host", "untyped", riser::function_type{{riser::types::i32, riser::types::i32}, {riser::types::i32}},
                [](riser::caller&, std::span<const riser::value> arguments, std::span<riser::value> results) {
                    results[0] = arguments[0].i32() * arguments[1].i32();
                });
    const riser::instance instance = world.instantiate(types);
    CHECK(instance.function<double()>("mix")() == 4294967304.0);
    CHECK(instance.function<std::int64_t()>("pair")() == 55);
    CHECK(instance.function<color()>("color")() == color::blue);
    CHECK(instance.function<std::int32_t()>("untyped")() == 42);
    // A host function that is exported again is called without wasm in between.
    CHECK(instance.function<double(std::uint32_t, std::int64_t, float, double)>("mix_itself")(1, 2, 3, 4) == 10.0);
}

TEST_CASE("host functions: a guest_span takes address and length, which are checked before the call") {
    test::world world;
    std::string logged;
    int calls = 0;
    world.linker
        .define("host", "log",
                [&](riser::guest_span<const char> text) {
                    ++calls;
                    logged = text.view();
                })
        .define("host", "lower", [](riser::guest_span<std::int32_t> numbers) {
            for (std::size_t i = 0; i < numbers.size(); ++i) {
                numbers.set(i, numbers[i] - 10);
            }
        });
    const riser::instance instance = world.instantiate(spans);
    const auto log = instance.function<void(std::uint32_t, std::uint32_t)>("log");
    log(65531, 5);
    CHECK(logged == "hello");
    log(65536, 0);
    CHECK(logged.empty());
    for (const auto& [address, size] : {std::pair{65532U, 5U}, {65537U, 0U}, {0xffff'ffffU, 1U}, {1U, 0xffff'ffffU}}) {
        const auto outcome = log.try_call(address, size);
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().as<riser::trap>()->kind() == riser::trap_kind::memory_out_of_bounds);
    }
    CHECK(calls == 2);
    CHECK_NOTHROW(static_cast<void>(instance.function<std::int32_t()>("lower")()));
    CHECK(instance.memory("memory").read<std::int32_t>(9) == -9);
    CHECK(instance.memory("memory").read<std::int32_t>(17) == 0x7fff'fff5);
}

TEST_CASE("host functions: what a host function throws is thrown by the outermost call") {
    test::world world;
    struct no_error_of_ours {
        int code;
    };
    world.linker.define("host", "fail", [](std::int32_t how) -> std::int32_t {
        switch (how) {
        case 1: throw std::out_of_range("the host's own");
        case 2: throw no_error_of_ours{7};
        case 3: throw riser::trap(riser::trap_kind::integer_overflow);
        case 4: throw riser::host_error("no more");
        default: return how;
        }
    });
    const auto run = world.instantiate(fail).function<std::int32_t(std::int32_t)>("run");
    CHECK_THROWS_AS(run(1), std::out_of_range);
    CHECK_THROWS_AS(run(2), no_error_of_ours);
    CHECK_THROWS_AS(run(3), riser::trap);
    CHECK_THROWS_AS(run(4), riser::host_error);
    CHECK(run(5) == 5);

    const auto outcome = run.try_call(1);
    REQUIRE_FALSE(outcome);
    CHECK(std::string(outcome.error().what()) == "the host's own");
    REQUIRE(outcome.error().is<riser::host_error>());
    CHECK_THROWS_AS(std::rethrow_exception(outcome.error().as<riser::host_error>()->exception()), std::out_of_range);
}

TEST_CASE("host functions: a result instead of an exception") {
    test::world world;
    world.linker.define("host", "fail", [](std::int32_t how) -> riser::result<std::int32_t> {
        if (how == 0) {
            return riser::trap(riser::trap_kind::cast_failure, "not this one");
        }
        if (how < 0) {
            return riser::host_error("below zero");
        }
        return how * 2;
    });
    const auto run = world.instantiate(fail).function<std::int32_t(std::int32_t)>("run");
    CHECK(run(21) == 42);
    const auto trapped = run.try_call(0);
    REQUIRE(trapped.error().is<riser::trap>());
    CHECK(trapped.error().as<riser::trap>()->kind() == riser::trap_kind::cast_failure);
    CHECK(test::cause_of(trapped.error()) == "cast failure: not this one");
    const auto failed = run.try_call(-1);
    REQUIRE(failed.error().is<riser::host_error>());
    CHECK(std::string(failed.error().what()) == "below zero");
    CHECK(run(1) == 2);
}

TEST_CASE("host functions: calls go down into wasm and host in turn, and memory may move meanwhile") {
    test::world world;
    world.linker.define("host", "down", [](riser::caller& caller, std::int32_t n) {
        const riser::instance self = caller.instance().value();
        CHECK(caller.memory().read<std::int32_t>(0) == n);
        if (n % 10 == 0) {
            CHECK(self.function<std::int32_t()>("grow")() >= 1);
        }
        const std::int32_t below = self.function<std::int32_t(std::int32_t)>("count")(n - 1);
        const riser::memory memory = self.memory("memory");
        CHECK(caller.memory_bytes().size() == memory.size());
        CHECK(caller.memory_bytes().data() == memory.data().data());
        return below;
    });
    const riser::instance instance = world.instantiate(nested);
    CHECK(instance.function<std::int32_t(std::int32_t)>("count")(40) == 40);
    CHECK(instance.memory("memory").pages() == 5);
}

TEST_CASE("host functions: endless recursion through the host ends as a trap") {
    test::world world;
    world.linker.define("host", "down", [](riser::caller& caller, std::int32_t) {
        return caller.instance()->function<std::int32_t(std::int32_t)>("count")(1);
    });
    const auto count = world.instantiate(nested).function<std::int32_t(std::int32_t)>("count");
    const auto outcome = count.try_call(1);
    REQUIRE(outcome.error().is<riser::trap>());
    CHECK(outcome.error().as<riser::trap>()->kind() == riser::trap_kind::stack_exhausted);
    CHECK(count(0) == 0);
}

TEST_CASE("host functions: how deep calls of the host may nest is the store's limit") {
    test::world world;
    world.linker.define("host", "down", [](riser::caller& caller, std::int32_t n) {
        return caller.instance()->function<std::int32_t(std::int32_t)>("count")(n - 1);
    });
    riser::store_limits limits;
    limits.nested_calls = 5;
    riser::store store(*world.engine, limits);
    const auto count =
        world.linker.instantiate(store, world.compile(nested)).function<std::int32_t(std::int32_t)>("count");
    CHECK(count(4) == 4);
    const auto outcome = count.try_call(5);
    REQUIRE(outcome.error().is<riser::trap>());
    CHECK(outcome.error().as<riser::trap>()->kind() == riser::trap_kind::stack_exhausted);
    CHECK(count(4) == 4);
}

TEST_CASE("host functions: a host may go on after a failed call") {
    test::world world;
    world.linker.define("host", "fail", [](riser::caller& caller, std::int32_t n) -> std::int32_t {
        if (n == 0) {
            throw std::runtime_error("bottom");
        }
        const auto run = caller.instance()->function<std::int32_t(std::int32_t)>("run");
        const auto outcome = run.try_call(n - 1);
        return outcome ? *outcome + 1 : 100;
    });
    CHECK(world.instantiate(fail).function<std::int32_t(std::int32_t)>("run")(3) == 102);
}

TEST_CASE("host functions: functions of one store need no linker") {
    test::world world;
    int sum = 0;
    const riser::function add = riser::make_function(world.store, [&](std::int32_t x) { return sum += x; });
    CHECK(add.typed<std::int32_t(std::int32_t)>()(2) == 2);
    riser::imports imports;
    imports.define("host", "fail", add);
    CHECK(world.instantiate(fail, imports).function<std::int32_t(std::int32_t)>("run")(40) == 42);

    const riser::function twice =
        riser::make_function(world.store, riser::function_type{{riser::types::i64}, {riser::types::i64}},
                             [](riser::caller& caller, std::span<const riser::value> arguments,
                                std::span<riser::value> results) -> riser::result<void> {
                                 CHECK_FALSE(caller.instance());
                                 if (arguments[0].i64() == 0) {
                                     return riser::host_error("nothing to double");
                                 }
                                 results[0] = arguments[0].i64() * 2;
                                 return {};
                             });
    CHECK(twice.call(std::vector{riser::value(std::int64_t{4})}).at(0).i64() == 8);
    CHECK_THROWS_AS(static_cast<void>(twice.call(std::vector{riser::value(std::int64_t{0})})), riser::host_error);
}

TEST_CASE("host functions: one that waits sees an interrupt, takes it and ends the call") {
    test::world world;
    int looked = 0;
    const riser::interrupt_handle handle = world.store.interrupt_handle();
    const riser::function waits = riser::make_function(world.store, [&](riser::caller& caller) -> riser::result<void> {
        while (!caller.is_interrupted()) {
            if (++looked == 3) {
                handle.interrupt();
            }
        }
        CHECK(caller.take_interrupt());
        CHECK_FALSE(caller.take_interrupt());
        CHECK_FALSE(caller.is_interrupted());
        return riser::trap(riser::trap_kind::interrupted);
    });
    const auto outcome = waits.try_call({}, {});
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().as<riser::trap>()->kind() == riser::trap_kind::interrupted);
    CHECK(looked == 3);
}

TEST_CASE("host functions: results of dynamic type are checked") {
    test::world world;
    const riser::function liar = riser::make_function(
        world.store, riser::function_type{{}, {riser::types::i64}},
        [](riser::caller&, std::span<const riser::value>, std::span<riser::value> results) { results[0] = 1.0F; });
    CHECK_THROWS_AS(static_cast<void>(liar.call({})), riser::usage_error);
}

TEST_CASE("host functions: references") {
    test::world world;
    using riser::ref;
    const riser::function same = riser::make_function(world.store, [](ref<riser::external> object) { return object; });
    const auto object = world.store.external(std::uint64_t{77});
    CHECK(same.typed<ref<riser::external>(ref<riser::external>)>()(object) == object);

    const riser::function three = riser::make_function(world.store, [] { return 3; });
    const riser::function call = riser::make_function(world.store, [](ref<riser::function> callee) {
        return callee.is_null() ? -1 : callee.get().typed<std::int32_t()>()();
    });
    const auto typed = call.typed<std::int32_t(ref<riser::function>)>();
    CHECK(typed(three) == 3);
    CHECK(typed({}) == -1);
}

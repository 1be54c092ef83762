#include "engines/engines.hpp"
#include "riser/global.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

// A loop that is interpreted goes on in native code with all that it had, also where hardly any stack is left: then it is interpreted to its
// end, and never a trap that would not have been (WebKit's pull requests 26083, 26346, 58251, 70965, 52960).

namespace {

/// A recursion, which is native before what is below begins: functions with a loop, each of which calls the next when its loop has ended.
/// Frames of the recursion have so many slots; those without leave the native stack the limit.
std::string module_of(std::size_t locals, std::size_t loops) {
    std::string text = R"((module
  (global $depth (export "depth") (mut i32) (i32.const 0))
  (global $turns (export "turns") (mut i32) (i32.const 0))
  (global $left (mut i32) (i32.const 0))
  (global $result (export "result") (mut i32) (i32.const 0))
  (func $down (export "down"))";
    for (std::size_t i = 0; i < locals; ++i) {
        text += " (local i64)";
    }
    text += R"(
    (global.set $depth (i32.sub (global.get $depth) (i32.const 1)))
    (if (i32.eqz (global.get $depth))
      (then (if (global.get $turns) (then (call $loop0))) (return)))
    (call $down)))";
    for (std::size_t i = 0; i < loops; ++i) {
        text += "(func $loop" + std::to_string(i) + R"(
    (global.set $left (global.get $turns))
    (loop $again
      (global.set $result (i32.add (global.get $result) (i32.const 3)))
      (global.set $left (i32.sub (global.get $left) (i32.const 1)))
      (br_if $again (global.get $left))))" +
                (i + 1 < loops ? "(call $loop" + std::to_string(i + 1) + "))" : ")");
    }
    return text + ")";
}

constexpr std::int32_t operators_to_rise = 100;
constexpr std::int32_t many_turns = 2 * operators_to_rise;

/// What became of a call of a module that nobody has run before.
struct outcome {
    bool is_trap = false;
    bool is_right = false;
    std::uint64_t compiled = 0; ///< functions
};

/// Goes down so far in native code, then runs loops of so many turns.
outcome run(const riser::module& module, const riser::engine_base& engine, std::size_t loops, std::int32_t depth,
            std::int32_t turns) {
    riser::store_limits limits;
    limits.stack_bytes = std::size_t{64} << 10U;
    riser::store store(engine, limits);
    const riser::instance instance = riser::linker(engine).instantiate(store, module);
    riser::global left = instance.global("depth");
    const auto down = instance.function<void()>("down");
    left.set(riser::value(std::int32_t{40}));
    down(); // 13 operators each, and no loop

    instance.global("turns").set(riser::value(turns));
    instance.global("result").set(riser::value(std::int32_t{0}));
    left.set(riser::value(depth));
    const riser::result<void> ended = down.try_call();
    if (!ended) {
        CHECK(ended.error().as<riser::trap>()->kind() == riser::trap_kind::stack_exhausted);
    }
    return {!ended, ended && instance.global("result").get().i32() == 3 * turns * static_cast<std::int32_t>(loops),
            module.tiers()[0].functions};
}

/// Calls `body` with the depths around the greatest one at which the loops, of one turn each, are run.
template <class Body>
void near_the_end(std::size_t locals, std::size_t loops, std::int32_t before, Body body) {
    const test::engine_pointer engine = test::make_engine("adaptive", std::to_string(operators_to_rise));
    const std::vector<std::byte> bytes = test::wat(module_of(locals, loops));
    const auto run_new = [&](std::int32_t depth, std::int32_t turns) {
        return run(riser::module::compile(*engine, bytes), *engine, loops, depth, turns);
    };
    std::int32_t deepest = 1;
    for (std::int32_t step = 1 << 17; step != 0; step /= 2) {
        deepest += run_new(deepest + step, 1).is_trap ? 0 : step;
    }
    CHECK(deepest > 100);
    for (std::int32_t depth = deepest - before; depth <= deepest + 4; ++depth) {
        CAPTURE(locals);
        CAPTURE(depth);
        CAPTURE(deepest);
        body(run_new(depth, 1), run_new(depth, many_turns));
    }
}

} // namespace

TEST_CASE("on-stack replacement: needs no stack that the interpreter would not have needed") {
    if (!test::has_backends()) {
        return;
    }
    for (const std::size_t locals : {std::size_t{0}, std::size_t{1}, std::size_t{10}}) {
        near_the_end(locals, 1, 64, [](const outcome& cold, const outcome& hot) {
            CHECK(hot.is_trap == cold.is_trap);
            CHECK(hot.is_right == !hot.is_trap);
            CHECK((hot.compiled == 2 || hot.is_trap));
        });
    }
}

TEST_CASE("on-stack replacement: loops below each other do not go beyond the native stack") {
    if (!test::has_backends()) {
        return;
    }
    constexpr std::size_t loops = 3000; // at 48 bytes each they take twice what is left below the limit
    near_the_end(0, loops, 4, [](const outcome& cold, const outcome& hot) {
        CHECK(hot.is_trap == cold.is_trap);
        CHECK(hot.is_right == !hot.is_trap);
        CHECK((hot.compiled > loops || hot.is_trap));
    });
}

TEST_CASE("on-stack replacement: operands and locals of all types go along, from whichever turn on") {
    if (!test::has_backends()) {
        return;
    }
    constexpr const char* text = R"((module
  (func (export "f") (param i32 i64 f32 f64) (result i32 i64 f32 f64 i64 i32) (local i32 i64 f32 f64)
    (local.get 0) (i64.add (local.get 1) (i64.const 1)) (local.get 2) (f64.add (local.get 3) (f64.const 1))
    (i64.const 0x123456789abcdef) (i32.const -5)
    (local.set 6 (f32.const -0.0))
    (loop $outer
      (i32.const 20) (f64.const 0.25)
      (loop $inner (param i32 f64) (result i32 f64)
        (local.set 7) (local.set 4)
        (local.set 5 (i64.add (local.get 5) (i64.extend_i32_u (local.get 4))))
        (local.set 3 (f64.add (local.get 3) (local.get 7)))
        (local.set 2 (f32.add (local.get 2) (f32.demote_f64 (local.get 7))))
        (local.set 1 (i64.add (local.get 1) (local.get 5)))
        (i32.sub (local.get 4) (i32.const 1)) (f64.add (local.get 7) (f64.const 0.5))
        (br_if $inner (i32.ne (local.get 4) (i32.const 1))))
      (drop) (drop)
      (br_if $outer (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (drop) (drop) (drop) (drop) (drop) (drop)
    (i32.add (local.get 0) (local.get 4)) (local.get 1) (local.get 2) (local.get 3)
    (i64.add (local.get 5) (i64.reinterpret_f64 (local.get 7))) (i32.reinterpret_f32 (local.get 6)))
  (func (export "waiting") (param i32) (result i32 i64 f32 f64 i64 i32)
    (local.get 0) (i64.add (i64.extend_i32_u (local.get 0)) (i64.const 1)) (f32.const 1.5) (f64.convert_i32_u (local.get 0))
    (i64.const 0x123456789abcdef) (i32.mul (local.get 0) (i32.const -5))
    (loop $again (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
)";
    using six = std::tuple<std::int32_t, std::int64_t, float, double, std::int64_t, std::int32_t>;
    const auto results = [&](const std::string& tier, std::uint64_t* compiled) {
        const test::engine_pointer engine = test::make_engine("bounds-checking", tier);
        const auto module = riser::module::compile(*engine, test::wat(text));
        riser::store store(*engine);
        const riser::instance instance = riser::linker(*engine).instantiate(store, module);
        const auto f = instance.function<six(std::int32_t, std::int64_t, float, double)>("f");
        const auto waiting = instance.function<six(std::int32_t)>("waiting");
        const auto all = std::tuple(f(30, -7, 0.5F, 1e10), waiting(100), f(1, 1, 1, 1), waiting(1));
        if (compiled != nullptr) {
            *compiled = module.tiers()[0].functions;
        }
        return all;
    };
    const auto expected = results("interpreter", nullptr);
    CHECK(std::get<1>(std::get<1>(expected)) == 101);
    for (std::uint64_t tier_up = 1; tier_up < 1200; tier_up += tier_up < 80 ? 1 : 37) {
        CAPTURE(tier_up);
        std::uint64_t compiled = 0;
        CHECK(results(std::to_string(tier_up), &compiled) == expected);
        CHECK(compiled >= 1);
    }
}

#include "engines/engines.hpp"
#include "support/sanitizers.hpp"
#include "support/wasm.hpp"

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

// (module
//   (func (export "loop") (param i32) (result i32) (local i32)
//     (loop
//       (local.set 1 (i32.add (i32.xor (local.get 1) (local.get 0)) (i32.const 7)))
//       (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
//     (local.get 1))
//   (func $fib (export "fib") (param i32) (result i32)
//     (if (i32.lt_u (local.get 0) (i32.const 2)) (then (return (local.get 0))))
//     (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))
//   (func $down (export "down") (param i32) (result i32)
//     (if (result i32) (i32.eqz (local.get 0))
//       (then (i32.const 0))
//       (else (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1))))))))
constexpr std::string_view work =
    "0061736d0100000001060160017f017f030403000000071503046c6f6f70000003666962000104646f776e00020a51031c01017f0340200120"
    "007341076a2101200041016b22000d000b20010b1c002000410249044020000f0b200041016b1001200041026b10016a0b1500200045047f41"
    "00054101200041016b10026a0b0b";

// (module
//   (type $f (func (param i32 i64) (result i64)))
//   (table 2 funcref)
//   (elem (i32.const 0) func $even_indirect $odd_indirect)
//   (elem declare func $even_ref $odd_ref)
//   (func $even (export "direct") (type $f)
//     (if (result i64) (i32.eqz (local.get 0)) (then (local.get 1))
//       (else (return_call $odd (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 1))))))
//   (func $odd (type $f) (local i64 i64 i64 i64 i64)
//     (if (result i64) (i32.eqz (local.get 0)) (then (i64.const -1))
//       (else (return_call $even (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 2))))))
//   and the same with return_call_indirect (export "indirect") and return_call_ref (export "reference"))
constexpr std::string_view tail_calls =
    "0061736d0100000001070160027f7e017e03070600000000000004040170000207210306646972656374000008696e64697265637400020972"
    "65666572656e63650004090d020041000b02020303000204050aa101061700200045047e200105200041016b200142017c12010b0b1901057e"
    "200045047e427f05200041016b200142027c12000b0b1a00200045047e200105200041016b200142017c41011300000b0b1c01057e20004504"
    "7e427f05200041016b200142027c41001300000b0b1900200045047e200105200041016b200142017cd20515000b0b1b01057e200045047e42"
    "7f05200041016b200142027cd20415000b0b";

// (module
//   (type $f (func (param i32 i64) (result i64)))
//   (memory 1)
//   (data (i32.const 0) "\01")
//   (table (export "table") 2 funcref)
//   (global $odd (export "odd") (mut (ref null $f)) (ref.null $f))
//   (elem (i32.const 0) func $even)
//   (func $even (export "even") (type $f)
//     (if (result i64) (i32.eqz (local.get 0)) (then (local.get 1))
//       (else (return_call_indirect (type $f)
//         (i32.sub (local.get 0) (i32.const 1))
//         (i64.add (local.get 1) (i64.load8_u (i32.const 0))) (i32.const 1)))))
//   (func $even_ref (export "even_ref") (type $f)
//     (if (result i64) (i32.eqz (local.get 0)) (then (local.get 1))
//       (else (return_call_ref $f
//         (i32.sub (local.get 0) (i32.const 1))
//         (i64.add (local.get 1) (i64.load8_u (i32.const 0))) (global.get $odd)))))
//   (func (export "call_even") (type $f)
//     (i64.add (call $even (local.get 0) (local.get 1)) (i64.load8_u (i32.const 0)))))
constexpr std::string_view ping =
    "0061736d0100000001070160027f7e017e0304030000000404017000020503010001060701630001d0000b072d05057461626c650100036f64"
    "640300046576656e0000086576656e5f72656600010963616c6c5f6576656e00020907010041000b01000a4b031d00200045047e2001052000"
    "41016b200141003100007c41011300000b0b1c00200045047e200105200041016b200141003100007c230015000b0b0e002000200110004100"
    "3100007c0b0b07010041000b0101";

// (module
//   (type $f (func (param i32 i64) (result i64)))
//   (import "ping" "table" (table 2 funcref))
//   (import "ping" "odd" (global $odd (mut (ref null $f))))
//   (import "ping" "even" (func $even (type $f)))
//   (import "ping" "even_ref" (func $even_ref (type $f)))
//   (memory 1)
//   (data (i32.const 0) "\02")
//   (elem (i32.const 1) func $odd)
//   (elem declare func $odd_ref)
//   (func $odd (export "odd") (type $f) (local i64 i64 i64 i64)
//     (if (result i64) (i32.eqz (local.get 0)) (then (i64.const -1))
//       (else (return_call $even
//         (i32.sub (local.get 0) (i32.const 1))
//         (i64.add (local.get 1) (i64.load8_u (i32.const 0)))))))
//   (func $odd_ref (type $f) (local i64 i64 i64 i64)
//     (if (result i64) (i32.eqz (local.get 0)) (then (i64.const -1))
//       (else (return_call $even_ref
//         (i32.sub (local.get 0) (i32.const 1))
//         (i64.add (local.get 1) (i64.load8_u (i32.const 0)))))))
//   (func $set (global.set $odd (ref.func $odd_ref)))
//   (start $set)
//   (func (export "call_even") (type $f)
//     (i64.add (call $even (local.get 0) (local.get 1)) (i64.load8_u (i32.const 0)))))
constexpr std::string_view pong =
    "0061736d01000000010a0260027f7e017e6000000239040470696e67057461626c65017000020470696e67036f6464036300010470696e6704"
    "6576656e00000470696e67086576656e5f7265660000030504000001000503010001071302036f646400020963616c6c5f6576656e00050801"
    "04090b020041010b0102030001030a51041c01047e200045047e427f05200041016b200141003100007c12000b0b1c01047e200045047e427f"
    "05200041016b200141003100007c12010b0b0600d20324000b0e0020002001100041003100007c0b0b07010041000b0102";

// (module
//   (type $f (func (param i32 i64) (result i64)))
//   (import "host" "finish" (func $finish (type $f)))
//   (func $count (export "count") (type $f)
//     (if (i32.eqz (local.get 0)) (then (return_call $finish (i32.const 5) (local.get 1))))
//     (return_call $count (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 1))))
//   (func (export "often") (param i32) (result i64) (local i64)
//     (loop
//       (local.set 1 (i64.add (local.get 1) (call $forward (i32.const 1) (i64.const 1))))
//       (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
//     (local.get 1))
//   (func $forward (type $f) (return_call $finish (local.get 0) (local.get 1))))
constexpr std::string_view to_host =
    "0061736d01000000010c0260027f7e017e60017f017e020f0104686f73740666696e697368000003040300010007110205636f756e74000105"
    "6f6674656e00020a43031a0020004504404105200112000b200041016b200142017c12010b1d01017e034020014101420110037c2101200041"
    "016b22000d000b20010b08002000200112000b";

// (module
//   (func $wide (export "wide") (param i32) (result i32) (local i64 …40000 of them) (local.get 0))
//   (func $step (export "step") (param i32) (result i32)
//     (if (i32.eqz (local.get 0)) (then (return_call $wide (i32.const 3))))
//     (i32.add (i32.const 1) (call $step (i32.sub (local.get 0) (i32.const 1))))))
constexpr std::string_view wide =
    "0061736d0100000001060160017f017f0303020000070f0204776964650000047374657000010a21020801c0b8027e20000b16002000450440"
    "410312000b4101200041016b10016a0b";

// (module
//   (import "host" "again" (func $again (param i32) (result i32)))
//   (func (export "enter") (param i32) (result i32) (i32.add (i32.const 1) (call $again (local.get 0)))))
constexpr std::string_view enters_again =
    "0061736d0100000001060160017f017f020e0104686f737405616761696e00000302010007090105656e74657200010a0b0109004101200010"
    "006a0b";

/// An engine with the memory policy, and a store.
struct world {
    explicit world(const std::string& policy, std::size_t stack_bytes = 0)
        : engine(test::make_engine(policy)), linker(*engine), store(*engine, limits_of(stack_bytes)) {}

    static riser::store_limits limits_of(std::size_t stack_bytes) {
        riser::store_limits limits;
        limits.stack_bytes = stack_bytes;
        return limits;
    }
    [[nodiscard]] riser::instance instantiate(std::string_view digits, const riser::imports& imports = {}) {
        return linker.instantiate(store, riser::module::compile(*engine, test::wasm(digits)), imports);
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
        const riser::instance instance = world.instantiate(wide);
        const auto call = instance.function<std::int32_t(std::int32_t)>("wide");
        CHECK(trap_of(call.try_call(1)) == riser::trap_kind::stack_exhausted);
        const auto step = instance.function<std::int32_t(std::int32_t)>("step");
        CHECK(trap_of(step.try_call(0)) == riser::trap_kind::stack_exhausted); // by a tail call of the first function
        CHECK(trap_of(step.try_call(10)) == riser::trap_kind::stack_exhausted);
    }
    world world("adaptive", 2 * frame_bytes);
    const riser::instance instance = world.instantiate(wide);
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

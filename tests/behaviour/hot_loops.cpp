#include "engines/native.hpp"

#include "riser/instance.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "support/compared_functions.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

// Polls are samples of what runs. In a loop whose turns are alike they must not all be taken at the same place.

namespace {

/// Makes the region around it longer than a slice.
std::string many_nops() {
    std::string text;
    for (int i = 0; i < 20'000; ++i) {
        text += " nop";
    }
    return text;
}

/// A loop whose region is longer than a slice, so that each of its turns may poll: as of an interpreter with many instructions, of which a
/// turn runs few. It calls a function that sums up numbers.
std::string with_long_region() {
    return test::replaced(R"((module
      (func $sum (param $n i32) (result i32) (local $sum i32)
        (loop $next
          (local.set $sum (i32.add (local.get $sum) (local.get $n)))
          (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $sum))
      (func (export "run") (param $turns i32) (param $n i32) (result i32) (local $all i32)
        (loop $again
          (local.set $all (i32.add (local.get $all) (call $sum (local.get $n))))
          (if (i32.eqz (local.get $turns)) (then OTHERS))
          (br_if $again (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))))
        (local.get $all))))",
                          "OTHERS", many_nops());
}

/// How many functions are compiled while it makes so many turns and sums up so many numbers in each.
std::uint64_t compiled_by(std::int32_t turns, std::int32_t numbers) {
    const auto engine = test::make_native_engine("bounds-checking", {});
    const riser::module module = riser::module::compile(*engine, test::wat(with_long_region()));
    riser::store store(*engine);
    const riser::instance in = riser::linker(*engine).instantiate(store, module);
    CHECK(in.function<std::int32_t(std::int32_t, std::int32_t)>("run")(turns, numbers) ==
          turns * (numbers * (numbers + 1) / 2));
    return module.tiers()[0].functions;
}

} // namespace

TEST_CASE("hot loops: one that calls a native function rises, too, however long its turns are") {
    if (!test::has_backends()) {
        return;
    }
    const std::string text = R"((module
      (func $sum (param $n i32) (result i32) (local $sum i32)
        (loop $next
          (local.set $sum (i32.add (local.get $sum) (local.get $n)))
          (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $sum))
      (func (export "run") (result i32) (local $i i32) (local $all i32)
        (loop $again
          (local.set $all (i32.add (local.get $all) (call $sum (i32.const 2))))
          LONGER
          (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 60000))))
        (local.get $all))))";
    std::string longer;
    for (int i = 0; i < 26; ++i) {
        CAPTURE(i);
        const auto engine = test::make_native_engine("bounds-checking", {});
        const riser::module module = riser::module::compile(*engine, test::wat(test::replaced(text, "LONGER", longer)));
        riser::store store(*engine);
        const riser::instance in = riser::linker(*engine).instantiate(store, module);
        CHECK(in.function<std::int32_t()>("run")() == 180'000);
        CHECK(module.tiers()[0].functions == 2);
        longer += "(local.set $i (i32.xor (local.get $i) (i32.const 0)))";
    }
}

TEST_CASE("hot loops: what is called beside a long region rises, when calls are many and when they are long") {
    if (!test::has_backends()) {
        return;
    }
    CHECK(compiled_by(2'000, 3) == 2);
    CHECK(compiled_by(180, 1'000) == 2);
}

TEST_CASE("hot loops: what is called beside a long region stays interpreted when it is neither") {
    if (!test::has_backends()) {
        return;
    }
    CHECK(compiled_by(50, 3) == 1);
}

TEST_CASE(
    "hot loops: an interrupt while the host is called ends a native loop at its next turn, however long slices are") {
    if (!test::has_backends()) {
        return;
    }
    const auto engine = test::make_native_engine("bounds-checking", {});
    riser::store store(*engine);
    riser::linker linker(*engine);
    const riser::interrupt_handle stop = store.interrupt_handle();
    std::uint32_t calls = 0;
    constexpr std::uint32_t last = 50'000;
    linker.define("host", "work", [&] {
        if (++calls == last) {
            stop.interrupt();
        }
    });
    // The first loop makes the slice a long one; it and the second are native long before the interrupt.
    const std::string text = test::replaced(R"((module
        (import "host" "work" (func $work))
        (func (export "run") (local $i i32)
          (loop $long
            (if (i32.eqz (i32.const 1)) (then OTHERS))
            (br_if $long (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100))))
          (loop $again (call $work) (br $again)))))",
                                            "OTHERS", many_nops());
    const riser::module module = riser::module::compile(*engine, test::wat(text));
    const riser::result<void> ended = linker.instantiate(store, module).function<void()>("run").try_call();
    REQUIRE_FALSE(ended);
    CHECK(ended.error().as<riser::trap>()->kind() == riser::trap_kind::interrupted);
    CHECK(module.tiers()[0].functions == 1);
    CHECK(calls == last);
}

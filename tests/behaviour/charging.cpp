#include "engines/engines.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Fuel is the number of wasm operators in the regions that run, whatever runs them: the same in all memory modes,
// however lazily code is made. Where it ends, everything has happened that happens elsewhere with the same fuel.

namespace {

constexpr std::string_view loops = R"((module
  (type $step (func (param i32) (result i32)))
  (memory 1)
  (table funcref (elem $leaf $bump))
  (global $done (export "done") (mut i32) (i32.const 0))
  (func $leaf (type $step) (local.get 0))
  (func $bump (type $step)
    (global.set $done (i32.add (global.get $done) (i32.const 1)))
    (i32.add (local.get 0) (i32.const 1)))
  (func (export "innermost") (type $step) (local i32)
    (loop
      (global.set $done (i32.add (global.get $done) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (local.get 0))))
    (local.get 1))
  (func (export "nested") (type $step) (local i32 i32)
    (loop $outer
      (local.set 2 (i32.const 0))
      (loop $inner
        (global.set $done (i32.add (global.get $done) (i32.const 1)))
        (br_if $inner (i32.ne (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (local.get 0))))
      (br_if $outer (i32.ne (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (local.get 0))))
    (i32.add (local.get 1) (local.get 2)))
  (func (export "calling") (type $step) (local i32)
    (loop
      (local.set 1 (call $bump (local.get 1)))
      (local.set 1 (call_indirect (type $step) (local.get 1) (i32.and (local.get 1) (i32.const 1))))
      (br_if 0 (i32.lt_u (local.get 1) (local.get 0))))
    (local.get 1))
  (func $fib (export "recursive") (type $step)
    (global.set $done (i32.add (global.get $done) (i32.const 1)))
    (if (i32.lt_u (local.get 0) (i32.const 2)) (then (return (local.get 0))))
    (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))
  (func $tail (export "tail calls") (type $step)
    (global.set $done (i32.add (global.get $done) (i32.const 1)))
    (if (i32.eqz (local.get 0)) (then (return (i32.const 5))))
    (return_call $tail (i32.sub (local.get 0) (i32.const 1))))
  (func (export "switching") (type $step) (local i32 i32)
    (loop $top
      (block $three
        (block $two
          (block $one
            (br_table $one $two $three $top
              (i32.rem_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 4))))
          (local.set 2 (i32.add (local.get 2) (i32.const 1)))
          (br_if $top (i32.lt_u (local.get 1) (local.get 0)))
          (return (local.get 2)))
        (global.set $done (i32.add (global.get $done) (i32.const 1)))
        (br $top))
      (local.set 2 (i32.mul (local.get 2) (i32.const 3)))
      (br $top))
    (unreachable))
  (func (export "accessing") (type $step) (local i32)
    (loop
      (i32.store offset=4 (local.get 1)
        (i32.add (i32.load (i32.add (local.get 1) (i32.const 4))) (i32.const 1)))
      (global.set $done (local.tee 1 (i32.add (local.get 1) (i32.const 4))))
      (br_if 0 (i32.lt_u (local.get 1) (local.get 0))))
    (local.get 1))
  (func (export "out of bounds") (type $step) (local i32)
    (loop
      (i32.store8 offset=3 (i32.mul (local.get 1) (i32.const 4096)) (local.get 1))
      (global.set $done (local.tee 1 (i32.add (local.get 1) (i32.const 1))))
      (br_if 0 (i32.lt_u (local.get 1) (local.get 0))))
    (local.get 1))
  (func (export "branching") (type $step) (local i32 i32)
    (block $out
      (loop $again (result i32)
        (br_if $out (i32.ge_u (local.get 1) (local.get 0)))
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (if (i32.and (local.get 1) (i32.const 1))
          (then (local.set 2 (i32.add (local.get 2) (local.get 1))) (br $again))
          (else (global.set $done (local.get 1))))
        (br $again))
      (drop))
    (local.get 2))))";

using step_function = riser::typed_function<std::int32_t(std::int32_t)>;

/// What can be seen of a call.
struct observation {
    std::int64_t result = 0; ///< or the trap, from 2^40 on
    std::int32_t done = 0;   ///< what it had written to the global
    std::uint64_t fuel = 0;  ///< that is left
    friend bool operator==(const observation&, const observation&) = default;
};

doctest::String toString(const observation& seen) {
    return ("{" + std::to_string(seen.result) + ", " + std::to_string(seen.done) + ", " + std::to_string(seen.fuel) +
            "}")
        .c_str();
}

constexpr std::int64_t trapped = std::int64_t{1} << 40U;
constexpr std::int64_t out_of_fuel = trapped + static_cast<std::int64_t>(riser::trap_kind::out_of_fuel);
constexpr std::int64_t out_of_bounds = trapped + static_cast<std::int64_t>(riser::trap_kind::memory_out_of_bounds);
constexpr std::uint64_t plenty = 1'000'000'000;

class world {
public:
    world(const std::string& policy, riser::compile_mode mode)
        : engine_(test::make_engine(policy)), module_(riser::module::compile(*engine_, test::wat(loops), mode)) {}

    /// Calls an export with so much fuel, in an instance of its own.
    [[nodiscard]] observation run(std::string_view name, std::int32_t argument, std::uint64_t fuel) {
        riser::store store(*engine_);
        const riser::instance instance = riser::linker(*engine_).instantiate(store, module_);
        const step_function function = instance.function<std::int32_t(std::int32_t)>(name);
        store.set_fuel(fuel);
        const auto outcome = function.try_call(argument);
        observation seen;
        seen.result =
            outcome ? *outcome : trapped + static_cast<std::int64_t>(outcome.error().as<riser::trap>()->kind());
        seen.done = instance.global("done").get().i32();
        seen.fuel = store.fuel().value();
        return seen;
    }
    [[nodiscard]] std::uint64_t used(std::string_view name, std::int32_t argument) {
        return plenty - run(name, argument, plenty).fuel;
    }

private:
    test::engine_pointer engine_;
    riser::module module_;
};

std::vector<world> all_worlds() {
    std::vector<world> worlds;
    for (const std::string& policy : test::memory_names()) {
        for (const auto mode : {riser::compile_mode::eager, riser::compile_mode::lazy_translation,
                                riser::compile_mode::lazy_validation}) {
            worlds.emplace_back(policy, mode);
        }
    }
    return worlds;
}

struct sample {
    const char* name;
    std::int32_t argument; ///< of a short run
    std::int32_t large;    ///< of one that takes several slices of the budget
};
constexpr sample samples[] = {
    {"innermost", 5, 20'000},  {"nested", 4, 150},        {"calling", 6, 10'000},
    {"recursive", 5, 17},      {"tail calls", 5, 9'000},  {"switching", 9, 20'000},
    {"accessing", 24, 60'000}, {"out of bounds", 20, 20}, {"branching", 7, 20'000},
};

} // namespace

TEST_CASE("charging: what runs costs the same in every memory mode, eager or lazy") {
    std::vector<world> worlds = all_worlds();
    for (const sample& one : samples) {
        for (const std::int32_t argument : {1, 2, one.argument, one.large}) {
            const observation expected = worlds[0].run(one.name, argument, plenty);
            CHECK(expected.fuel < plenty);
            CHECK(expected.result != out_of_fuel);
            CHECK((expected.result == out_of_bounds) ==
                  (one.name == std::string_view("out of bounds") && argument > 16));
            for (world& other : worlds) {
                CAPTURE(one.name);
                CHECK(other.run(one.name, argument, plenty) == expected);
                CHECK(other.run(one.name, argument, plenty) == expected); // now that it is translated
            }
        }
    }
}

TEST_CASE("charging: fuel ends at the same operator everywhere") {
    std::vector<world> worlds = all_worlds();
    for (const sample& one : samples) {
        CAPTURE(one.name);
        const observation whole = worlds[0].run(one.name, one.argument, plenty);
        const std::uint64_t needed = plenty - whole.fuel;
        std::int32_t done = 0;
        for (std::uint64_t fuel = 0; fuel <= needed + 1; ++fuel) {
            CAPTURE(fuel);
            const observation expected = worlds[0].run(one.name, one.argument, fuel);
            CHECK(expected.result == (fuel < needed ? out_of_fuel : whole.result));
            CHECK(expected.fuel == (fuel < needed ? 0 : fuel - needed));
            CHECK(expected.done >= done); // more fuel gets as far or further
            done = expected.done;
            for (world& other : worlds) {
                CHECK(other.run(one.name, one.argument, fuel) == expected);
            }
        }
        CHECK(done == whole.done);
    }
}

TEST_CASE("charging: the same where fuel ends after several slices of the budget") {
    std::vector<world> worlds = all_worlds();
    for (const sample& one : samples) {
        CAPTURE(one.name);
        const observation whole = worlds[0].run(one.name, one.large, plenty);
        const std::uint64_t needed = plenty - whole.fuel;
        for (const std::uint64_t fuel : {needed / 3, needed / 2, needed - 1, needed, needed + 1}) {
            CAPTURE(fuel);
            const observation expected = worlds[0].run(one.name, one.large, fuel);
            CHECK(expected.result == (fuel < needed ? out_of_fuel : whole.result));
            for (world& other : worlds) {
                CHECK(other.run(one.name, one.large, fuel) == expected);
            }
        }
    }
}

TEST_CASE("charging: a region costs as many units as it has operators") {
    world world("adaptive", riser::compile_mode::eager);
    CHECK(world.used("innermost", 1) == 2 + 13);
    CHECK(world.used("innermost", 1000) == 2 + 1000 * 13);
    CHECK(world.used("nested", 1) == 4 + 11 + 13);
    CHECK(world.used("nested", 100) == 4 + 100 * 11 + 100 * 100 * 13);
    CHECK(world.used("recursive", 0) == 21); // what does not run of the function counts too
    CHECK(world.used("recursive", 2) == 3 * 21);
    CHECK(world.used("recursive", 10) == 177 * 21);
    CHECK(world.used("tail calls", 0) == 15);
    CHECK(world.used("tail calls", 1000) == 1001 * 15);
}

#include "engines/mixed.hpp"
#include "riser/error.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "riser/trap.hpp"
#include "support/compared_functions.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <tuple>

// An i32 that goes from one tier to another, as an argument or as a result, and is an address there is what its 32 bits say, however it was
// made: a register whose upper half had something else would lead out of the memory.

namespace {

/// Each gives a small negative number, as an address one that is beyond all.
constexpr std::string_view makers[] = {
    "(i32.const -8)",
    "(i32.wrap_i64 (i64.const -8))",
    "(i32.wrap_i64 (global.get $long))",
    "(i32.wrap_i64 (i64.extend_i32_s (global.get $less)))",
    "(global.get $less)",
    "(i32.sub (i32.const 0) (global.get $eight))",
    "(i32.mul (global.get $less) (i32.const 2))",
    "(i32.add (global.get $less) (global.get $eight)) (i32.sub (i32.const 1))",
    "(i32.shr_s (global.get $less) (i32.const 1))",
    "(i32.shl (global.get $less) (i32.const 2))",
    "(i32.rotl (global.get $less) (i32.const 0))",
    "(i32.or (global.get $less) (i32.const 1))",
    "(i32.xor (global.get $eight) (i32.const -1))",
    "(i32.div_s (i32.const -64) (global.get $eight))",
    "(i32.rem_s (i32.const -15) (global.get $eight))",
    "(i32.load8_s (i32.const 0))",
    "(i32.load16_s (i32.const 0))",
    "(i32.load (i32.const 0))",
    "(i32.extend8_s (i32.const 0xf8))",
    "(i32.extend16_s (i32.const 0xfff8))",
    "(i32.reinterpret_f32 (f32.load (i32.const 0)))",
    "(i32.reinterpret_f32 (f32.const -nan:0x7ffff8))",
    "(i32.trunc_f64_s (f64.const -8))",
    "(i32.trunc_f32_s (f32.const -8.5))",
    "(i32.trunc_sat_f64_s (f64.const -8))",
    "(i32.trunc_sat_f32_u (f32.const inf))",
    "(select (global.get $less) (i32.const 0) (global.get $eight))",
    "(select (i32.wrap_i64 (global.get $long)) (i32.const -1) (i32.load8_u (i32.const 9)))",
    "(block (result i32) (br 0 (i32.wrap_i64 (global.get $long))))",
    "(if (result i32) (global.get $eight) (then (i32.load8_s (i32.const 0))) (else (i32.const -9)))",
    "(local.tee $l (i32.wrap_i64 (global.get $long)))",
    "(local.set $l (i32.wrap_i64 (global.get $long))) (local.get $l)",
    "(local.set $l (i32.load8_s (i32.const 0))) (loop (br_if 0 (i32.gt_s (local.tee $l (i32.sub (local.get $l) "
    "(i32.const 1))) (i32.const -12)))) (local.get $l)",
    "(memory.grow (i32.const -1))",
    "(table.grow (ref.null func) (i32.const -1))",
    "(call $of_host)",
    "(call $two_of_host) (drop)",
    "(i64.const 1) (i64.const -8) (i32.wrap_i64) (local.set $l) (drop) (local.get $l)",
};

/// For functions of tier FROM, which take addresses from or hand them to functions of tier TO. Letters of tiers begin their names.
std::string module_of(char from, char to) {
    std::string functions;
    for (std::size_t i = 0; i < std::size(makers); ++i) {
        std::string text = R"(
          (func $FROM_hands_N (export "hands N") (result i32) (local $l i32) (call $TO_takes (MAKER)))
          (func $FROM_hands_second_N (export "hands second N") (result i32) (local $l i32)
            (call $TO_takes_second (i32.const 0) (MAKER)))
          (func $FROM_hands_by_table_N (export "hands by table N") (result i32) (local $l i32)
            (call_indirect (param i32) (result i32) (MAKER) (i32.const 0)))
          (func $FROM_hands_last_N (export "hands last N") (result i32) (local $l i32) (return_call $TO_takes (MAKER)))
          (func $TO_makes_N (result i32) (local $l i32) MAKER)
          (func $FROM_gets_N (export "gets N") (result i32) (i32.load offset=8 (call $TO_makes_N))))";
        text = test::replaced(text, "(MAKER)", std::string("(block (result i32) ").append(makers[i]).append(")"));
        functions += test::replaced(test::replaced(text, "MAKER", makers[i]), "N", std::to_string(i));
    }
    std::string text = R"((module
        (import "host" "eight" (func $of_host (result i32)))
        (import "host" "two" (func $two_of_host (result i32 i32)))
        (memory 1) (data (i32.const 0) "\f8\ff\ff\ff\ff\ff\ff\ff")
        (table 1 1 funcref) (elem (i32.const 0) $TO_takes)
        (global $less (mut i32) (i32.const -8)) (global $eight (mut i32) (i32.const 8))
        (global $long (mut i64) (i64.const 0x7fff_ffff_ffff_fff8))
        (func $TO_takes (export "takes") (param i32) (result i32) (i32.load offset=8 (local.get 0)))
        (func $TO_takes_second (param i32 i32) (result i32) (i32.load offset=8 (local.get 1))))" +
                       functions + ")";
    text = test::replaced(text, "FROM", std::string(1, from));
    return test::replaced(text, "TO", std::string(1, to));
}

/// What became of an access; empty where it trapped.
template <class... Parameters>
std::string outcome_of(const riser::instance& instance, const std::string& name, Parameters... parameters) {
    const auto result = instance.function<std::int32_t(Parameters...)>(name).try_call(parameters...);
    if (result) {
        return name + " returned " + std::to_string(*result);
    }
    const auto trap = result.error().template as<riser::trap>();
    return trap && trap->kind() == riser::trap_kind::memory_out_of_bounds ? "" : name + ": " + result.error().what();
}

} // namespace

TEST_CASE("addresses between tiers: are of 32 bits, whoever made them") {
    for (const riser::protection protection : {riser::protection::guards, riser::protection::checks}) {
        const test::engine_pointer engine = test::make_mixed_engine(protection);
        if (engine == nullptr) {
            return;
        }
        riser::linker linker(*engine);
        linker.define("host", "eight", [] { return std::int32_t{-8}; });
        linker.define("host", "two", [] { return std::tuple(std::int32_t{-8}, std::int32_t{1}); });
        for (const char from : test::mixed_tiers) {
            for (const char to : test::mixed_tiers) {
                CAPTURE(from);
                CAPTURE(to);
                riser::store store(*engine);
                const auto module = riser::module::compile(*engine, test::wat(module_of(from, to)));
                const riser::instance instance = linker.instantiate(store, module);
                for (std::size_t i = 0; i < std::size(makers); ++i) {
                    for (const char* what : {"hands ", "hands second ", "hands by table ", "hands last ", "gets "}) {
                        CHECK(outcome_of(instance, what + std::to_string(i)) == "");
                    }
                }
                CHECK(outcome_of(instance, "takes", std::int32_t{-8}) == "");
                CHECK(instance.function<std::int32_t(std::int32_t)>("takes")(0) == 0);
            }
        }
    }
}

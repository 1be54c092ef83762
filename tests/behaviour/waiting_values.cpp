// Values that wait on the operand stack, below what other code does or skips.
#include "support/wasm.hpp"

#include "riser/error.hpp"
#include "riser/function.hpp"
#include "riser/instance.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace {

// (module (memory 1)
//   (type $t (func (result i32)))
//   (func (export "block") (param i32) (result i32)
//     (i32.const 7) (block (br_if 0 (local.get 0)) (loop)))
//   (func (export "then") (param i32) (result i32)
//     (i32.const 7) (if (local.get 0) (then (loop)) (else)))
//   (func (export "nested") (param i32) (result i64)
//     (i64.const 1) (i64.const 20)
//     (block (block (br_if 1 (local.get 0)) (loop)) (i64.const 300) (if (local.get 0) (then) (else (loop))) (drop))
//     i64.add)
//   (func (export "table") (param i32) (result i32)
//     (i32.const 7) (block (block (br_table 0 1 (local.get 0))) (loop)))
//   (func (export "reference") (param i32) (result i32)
//     (ref.null $t) (block (br_if 0 (local.get 0)) (loop)) (call_ref $t))
//   (func (export "store") (param i32) (result i32)
//     (i32.const 8) (if (local.get 0) (then (loop))) (i32.const 55) (i32.store)
//     (i32.load (i32.const 8)))
//   (func (export "dirty") (result i64) (local i64 i64 i64)
//     (i64.const 0x4141414141410) (i64.const 0x4141414141410) (i64.const 0x4141414141410) (block) i64.add i64.add))
constexpr std::string_view skipped_loops =
    "0061736d010000000113046000017f60017f017f60017f017e6000017e030807010102010101030503010001073d0705626c6f636b000004"
    "7468656e0001066e65737465640002057461626c650003097265666572656e636500040573746f7265000505646972747900060aa101070e"
    "004107024020000d0003400b0b0b0d0041072000044003400b050b0b2100420142140240024020000d0103400b0b42ac0220000440050340"
    "0b0b1a0b7c0b130041070240024020000e0100010b03400b0b0b1000d000024020000d0003400b0b14000b160041082000044003400b0b41"
    "3736020041082802000b2401037e4290a8d0a0c18285024290a8d0a0c18285024290a8d0a0c182850202400b7c7c0b000b046e616d650404"
    "01000174";

} // namespace

// A loop puts what waits below it into slots. Where it was skipped the slots had not been written: another call's values
// were used, as references too.
TEST_CASE("values that wait below a loop are there where the loop is skipped") {
    test::world world;
    const riser::instance instance = world.instantiate(skipped_loops);
    instance.function<std::int64_t()>("dirty")();
    for (const std::int32_t way : {0, 1}) {
        CAPTURE(way);
        for (const std::string name : {"block", "then", "table"}) {
            CAPTURE(name);
            CHECK(instance.function<std::int32_t(std::int32_t)>(name)(way) == 7);
        }
        CHECK(instance.function<std::int64_t(std::int32_t)>("nested")(way) == 21);
        CHECK(instance.function<std::int32_t(std::int32_t)>("store")(way) == 55);
        const auto outcome = instance.function<std::int32_t(std::int32_t)>("reference").try_call(way);
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().as<riser::trap>()->kind() == riser::trap_kind::null_function_reference);
    }
}

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

constexpr std::string_view skipped_loops = R"((module (memory 1)
  (type $t (func (result i32)))
  (func (export "block") (param i32) (result i32)
    (i32.const 7) (block (br_if 0 (local.get 0)) (loop)))
  (func (export "then") (param i32) (result i32)
    (i32.const 7) (if (local.get 0) (then (loop)) (else)))
  (func (export "nested") (param i32) (result i64)
    (i64.const 1) (i64.const 20)
    (block (block (br_if 1 (local.get 0)) (loop)) (i64.const 300) (if (local.get 0) (then) (else (loop))) (drop))
    i64.add)
  (func (export "table") (param i32) (result i32)
    (i32.const 7) (block (block (br_table 0 1 (local.get 0))) (loop)))
  (func (export "reference") (param i32) (result i32)
    (ref.null $t) (block (br_if 0 (local.get 0)) (loop)) (call_ref $t))
  (func (export "store") (param i32) (result i32)
    (i32.const 8) (if (local.get 0) (then (loop))) (i32.const 55) (i32.store)
    (i32.load (i32.const 8)))
  (func (export "dirty") (result i64) (local i64 i64 i64)
    (i64.const 0x4141414141410) (i64.const 0x4141414141410) (i64.const 0x4141414141410) (block) i64.add i64.add)))";

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

// What is stored where: the value does not get into the address's way.
#include "support/wasm.hpp"

#include "riser/function.hpp"
#include "riser/instance.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string_view>

namespace {

// (module (memory 1)
//   (data (i32.const 16) "\03")
//   (func (export "byte") (param i32) (result i32)
//     (i32.store8 (i32.add (i32.load (local.get 0)) (i32.add (local.get 0) (i32.const 96))) (i32.const 128))
//     (i32.load8_u (i32.const 115)))
//   (func (export "integer") (param i32) (result i32)
//     (i32.store (i32.add (i32.load (local.get 0)) (i32.sub (local.get 0) (i32.const 14))) (i32.const 77))
//     (i32.load (i32.const 5)))
//   (func (export "real") (param i32) (result f64)
//     (f64.store (i32.add (i32.load (local.get 0)) (i32.add (local.get 0) (i32.const 96))) (f64.const 2.5))
//     (f64.load (i32.const 115))))
constexpr std::string_view constants =
    "0061736d01000000010b0260017f017f60017f017c03040300000105030100010719030462797465000007696e7465676572000104726561"
    "6c00020a56031a002000280200200041e0006a6a4180013a000041f3002d00000b180020002802002000410e6b6a41cd0036020041052802"
    "000b20002000280200200041e0006a6a44000000000000044039030041f3002b03000b0b07010041100b0103";

} // namespace

// The sum that makes the address is folded into the store. Its second operand was in the slot that the constant then got.
TEST_CASE("stores of constants leave the operands of their address alone") {
    test::world world;
    const riser::instance instance = world.instantiate(constants);
    CHECK(instance.function<std::int32_t(std::int32_t)>("byte")(16) == 128);
    CHECK(instance.function<std::int32_t(std::int32_t)>("integer")(16) == 77);
    CHECK(instance.function<double(std::int32_t)>("real")(16) == 2.5);
}

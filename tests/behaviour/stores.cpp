// What is stored where: the value does not get into the address's way.
#include "support/wasm.hpp"

#include "riser/function.hpp"
#include "riser/instance.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string_view>

namespace {

constexpr std::string_view constants = R"((module (memory 1)
  (data (i32.const 16) "\03")
  (func (export "byte") (param i32) (result i32)
    (i32.store8 (i32.add (i32.load (local.get 0)) (i32.add (local.get 0) (i32.const 96))) (i32.const 128))
    (i32.load8_u (i32.const 115)))
  (func (export "integer") (param i32) (result i32)
    (i32.store (i32.add (i32.load (local.get 0)) (i32.sub (local.get 0) (i32.const 14))) (i32.const 77))
    (i32.load (i32.const 5)))
  (func (export "real") (param i32) (result f64)
    (f64.store (i32.add (i32.load (local.get 0)) (i32.add (local.get 0) (i32.const 96))) (f64.const 2.5))
    (f64.load (i32.const 115)))))";

} // namespace

// The sum that makes the address is folded into the store. Its second operand was in the slot that the constant then got.
TEST_CASE("stores of constants leave the operands of their address alone") {
    test::world world;
    const riser::instance instance = world.instantiate(constants);
    CHECK(instance.function<std::int32_t(std::int32_t)>("byte")(16) == 128);
    CHECK(instance.function<std::int32_t(std::int32_t)>("integer")(16) == 77);
    CHECK(instance.function<double(std::int32_t)>("real")(16) == 2.5);
}

#include "riser/global.hpp"
#include "support/wasm.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>

// Floats of globals and of selects are in the vector accumulator, or in the other one where that is better kept. Whatever is
// chosen, each value is the right one. (Selects in all their forms are in operand_forms.cpp.)

namespace {

std::string with_type(std::string text, const std::string& type) {
    for (std::size_t at = 0; (at = text.find("fNN", at)) != std::string::npos;) {
        text.replace(at, 3, type);
    }
    return text;
}

constexpr const char* module_text = R"((module
  (import "e" "g" (global $imported (mut fNN)))
  (memory 1)
  (global $own (mut fNN) (fNN.const 0.5))
  (global $constant fNN (fNN.const 3))
  (func (export "sum") (param $n i32) (result fNN) (local $d fNN)
    (loop $again
      (local.set $d (fNN.add (local.get $d) (global.get $own)))
      (local.set $d (fNN.add (global.get $imported) (local.get $d)))
      (local.set $d (fNN.sub (local.get $d) (global.get $imported)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $d))
  (func (export "differences") (result fNN)
    (fNN.div (fNN.sub (global.get $own) (global.get $imported)) (fNN.sub (global.get $constant) (global.get $own))))
  (func (export "integers beside") (param $i i32) (param $d fNN) (result i32)
    ;; The sum of integers waits while the global takes an accumulator.
    (i32.add (local.get $i) (i32.const 1))
    (fNN.store (i32.const 0) (fNN.add (fNN.mul (local.get $d) (local.get $d)) (global.get $own)))
    (i32.const 2) (i32.mul))
  (func (export "local integers beside") (param $i i32) (param $d fNN) (result i32)
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (local.set $d (fNN.mul (local.get $d) (local.get $d)))
    (local.set $d (fNN.add (local.get $d) (global.get $own)))
    (i32.mul (local.get $i) (i32.add (local.get $i) (i32.const 1))))
  (func (export "stored") (result fNN) (fNN.load (i32.const 0)))
  (func (export "kept") (result fNN) (local $a fNN) (local $b fNN)
    (local.set $a (global.get $own))
    (global.set $own (fNN.const 8))
    (local.set $b (global.get $own))
    (global.set $own (fNN.const 0.5))
    (fNN.sub (local.get $b) (local.get $a)))
  (func (export "returned") (result fNN) (global.get $imported))
  (func (export "selected") (param $c i32) (result fNN)
    (fNN.mul (select (global.get $own) (global.get $imported) (local.get $c)) (global.get $constant)))))";

template <class Float>
void check(const std::string& type) {
    test::world with;
    const auto global = riser::global::create(
        with.store, {sizeof(Float) == 4 ? riser::types::f32 : riser::types::f64, true}, Float(0.25));
    const auto instance = with.instantiate(with_type(module_text, type), riser::imports().define("e", "g", global));
    CHECK(instance.template function<Float(std::int32_t)>("sum")(100) == Float(50));
    CHECK(instance.template function<Float()>("differences")() == Float(0.1));
    CHECK(instance.template function<std::int32_t(std::int32_t, Float)>("integers beside")(20, Float(3)) == 42);
    CHECK(instance.template function<Float()>("stored")() == Float(9.5));
    CHECK(instance.template function<std::int32_t(std::int32_t, Float)>("local integers beside")(20, Float(3)) ==
          21 * 22);
    CHECK(instance.template function<Float()>("kept")() == Float(7.5));
    CHECK(instance.template function<Float()>("returned")() == Float(0.25));
    CHECK(instance.template function<Float(std::int32_t)>("selected")(1) == Float(1.5));
    CHECK(instance.template function<Float(std::int32_t)>("selected")(0) == Float(0.75));
}

} // namespace

TEST_CASE("float operands: globals, own and imported, beside chains and beside integers") {
    check<float>("f32");
    check<double>("f64");
}

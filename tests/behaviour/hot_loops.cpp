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

#include "fuzz/targets.hpp"
#include "support/moving_policy.hpp"
#include "support/wasm.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

// The differential fuzz target must be able to fail: here is an engine that forgets what a memory had when it grows, and
// a module for everything by which that can be seen. All have
//
//     (memory 1)
//     (func $work (result i32)
//       (i32.store (i32.const 8) (i32.const 42))
//       (drop (memory.grow (i32.const 1)))
//       (i32.load (i32.const 8)))

namespace {

struct visible {
    std::string_view how;
    std::string_view module;
};

constexpr visible modules[] = {
    // (func (export "f") (result i32) (call $work))
    {"result", "0061736d010000000105016000017f03030200000503010001070501016600010a1a0213004108412a360200410140001a41"
               "082802000b040010000b"},
    // (func (export "f") (if (i32.eqz (call $work)) (then (unreachable))))
    {"trap", "0061736d010000000108026000017f60000003030200010503010001070501016600010a1f0213004108412a360200410140"
             "001a41082802000b09001000450440000b0b"},
    // (func (export "f") (local i32) (local.set 0 (call $work))
    //   (if (local.get 0) (then (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))))
    {"fuel", "0061736d010000000108026000017f60000003030200010503010001070501016600010a2f0213004108412a360200410140"
             "001a41082802000b1901017f10002100200004400340200041016b22000d000b0b0b"},
    // (import "host" "take" (func $take (param i32)))
    // (func (export "f") (call $take (call $work)))
    {"argument", "0061736d01000000010c0360017f006000017f600000020d0104686f73740474616b65000003030201020503010001070501"
                 "016600020a1c0213004108412a360200410140001a41082802000b0600100110000b"},
    // (global $g (export "g") (mut i32) (i32.const 0))
    // (func (export "f") (global.set $g (call $work)))
    {"global", "0061736d010000000108026000017f600000030302000105030100010606017f0141000b07090201670300016600010a1c02"
               "13004108412a360200410140001a41082802000b0600100024000b"},
    // (table $t (export "t") 1 funcref)
    // (elem declare func $work)
    // (func (export "f") (if (call $work) (then (table.set $t (i32.const 0) (ref.func $work)))))
    {"table", "0061736d010000000108026000017f6000000303020001040401700001050301000107090201740100016600010905010300"
              "01000a230213004108412a360200410140001a41082802000b0d00100004404100d20026000b0b"},
    // (memory (export "memory") 1)
    // (func (export "f") (drop (call $work)))
    {"memory", "0061736d010000000108026000017f60000003030200010503010001070e02066d656d6f72790200016600010a1b02130041"
               "08412a360200410140001a41082802000b050010001a0b"},
    // (func $begin (if (i32.eqz (call $work)) (then (unreachable))))
    // (start $begin)
    {"start", "0061736d010000000108026000017f600000030302000105030100010801010a1f0213004108412a360200410140001a4108"
              "2802000b09001000450440000b0b"},
};

} // namespace

TEST_CASE("differential fuzzing sees an engine that is broken, and none where there is none") {
    for (const visible& each : modules) {
        INFO(std::string(each.how));
        CHECK(fuzz::difference(test::wasm(each.module)) == "");
        test::moving::loses_contents = true;
        const std::string found = fuzz::difference(test::wasm(each.module));
        test::moving::loses_contents = false;
        CHECK(found.find("-- with moving in mode 0") != std::string::npos);
    }
}

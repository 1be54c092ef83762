#include "fuzz/module_generator.hpp"
#include "fuzz/targets.hpp"

#include "engines/engines.hpp"
#include "riser/module.hpp"
#include "support/moving_policy.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>

// The differential fuzz target must be able to fail: here is an engine that forgets what a memory had when it grows, and
// a module for everything by which that can be seen.

namespace {

/// What all modules have.
constexpr std::string_view common = R"(
  (memory 1)
  (func $work (result i32)
    (i32.store (i32.const 8) (i32.const 42))
    (drop (memory.grow (i32.const 1)))
    (i32.load (i32.const 8))))";

struct visible {
    std::string_view how;
    std::string_view fields;
    std::string_view imports = "";
};

constexpr visible modules[] = {
    {"result", R"((func (export "f") (result i32) (call $work)))"},
    {"trap", R"((func (export "f") (if (i32.eqz (call $work)) (then (unreachable)))))"},
    {"fuel", R"((func (export "f") (local i32) (local.set 0 (call $work))
                  (if (local.get 0) (then (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))))"},
    {"argument", R"((func (export "f") (call $take (call $work))))",
     R"((import "host" "take" (func $take (param i32))))"},
    {"global", R"((global $g (export "g") (mut i32) (i32.const 0))
                  (func (export "f") (global.set $g (call $work))))"},
    {"table", R"((table $t (export "t") 1 funcref)
                 (elem declare func $work)
                 (func (export "f") (if (call $work) (then (table.set $t (i32.const 0) (ref.func $work))))))"},
    {"memory", R"((export "memory" (memory 0))
                  (func (export "f") (drop (call $work))))"},
    {"start", R"((func $begin (if (i32.eqz (call $work)) (then (unreachable))))
                 (start $begin))"},
};

} // namespace

TEST_CASE("differential fuzzing sees an engine that is broken, and none where there is none") {
    for (const visible& each : modules) {
        INFO(std::string(each.how));
        const auto module = test::wat(std::string(each.imports).append(common).append(each.fields));
        CHECK(fuzz::difference(module) == "");
        test::moving::loses_contents = true;
        const std::string found = fuzz::difference(module);
        test::moving::loses_contents = false;
        CHECK(found.find("-- with moving in mode 0") != std::string::npos);
    }
}

TEST_CASE("differential fuzzing: generated modules are valid, and run alike in all configurations") {
    constexpr std::uint64_t seeds = 100;
    const auto engine = test::make_engine("bounds-checking");
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        CAPTURE(seed);
        const auto module = fuzz::generate_module(seed);
        CHECK(riser::module::try_compile(*engine, module));
        CHECK(fuzz::difference(module) == "");
    }
}

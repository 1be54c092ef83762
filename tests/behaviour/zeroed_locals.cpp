// Declared locals begin as zero (4.4.10). Those that every path writes before it reads them are not zeroed; all others are,
// whatever earlier calls left in the frame.
#include "riser/core/bytecode/translator.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module/module_decoder.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "support/wasm.hpp"
#include "support/wat.hpp"

#include "riser/error.hpp"
#include "riser/function.hpp"
#include "riser/instance.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace riser::core;

/// A function of an i32 and two i64 locals, 1 and 2, which gives the sum of what it reads.
struct function_case {
    std::string_view name;
    std::string_view body;
    std::uint32_t first = 0; ///< of the zeroed locals
    std::uint32_t count = 0;
    std::int64_t of_zero = 0; ///< result of the argument 0
    std::int64_t of_one = 0;
};

const function_case cases[] = {
    {"nothing", "i64.const 5", 1, 0, 5, 5},
    {"read", "local.get 2", 2, 1, 0, 0},
    {"read_twice", "local.get 2 local.get 1 i64.add", 1, 2, 0, 0},
    {"written", "i64.const 5 local.set 1 local.get 1", 1, 0, 5, 5},
    {"tee", "i64.const 5 local.tee 1 local.get 1 i64.add", 1, 0, 10, 10},
    {"read_to_write", "local.get 1 i64.const 1 i64.add local.tee 1", 1, 1, 1, 1},
    {"read_then_written", "local.get 1 i64.const 5 local.set 1 local.get 1 i64.add", 1, 1, 5, 5},
    {"then", "local.get 0 if i64.const 5 local.set 1 end local.get 1", 1, 1, 0, 5},
    {"then_alone", "local.get 0 if i64.const 5 local.set 1 local.get 1 drop end i64.const 3", 1, 0, 3, 3},
    {"both_arms", "local.get 0 if i64.const 5 local.set 1 else i64.const 6 local.set 1 end local.get 1", 1, 0, 6, 5},
    {"other_arm",
     "local.get 0 if i64.const 5 local.set 2 else i64.const 6 local.set 1 end local.get 1 local.get 2 i64.add", 1, 2, 6,
     5},
    {"arm_that_returns", "local.get 0 if i64.const 7 return else i64.const 6 local.set 1 end local.get 1", 1, 0, 6, 7},
    {"else_reads", "local.get 0 if (result i64) i64.const 5 local.tee 1 else local.get 1 end", 1, 1, 0, 5},
    {"block", "block i64.const 5 local.set 1 end local.get 1", 1, 0, 5, 5},
    {"branch_around", "block local.get 0 br_if 0 i64.const 5 local.set 1 end local.get 1", 1, 1, 5, 0},
    {"branch_behind", "block i64.const 5 local.set 1 local.get 0 br_if 0 i64.const 4 local.set 2 end local.get 1", 1, 0,
     5, 5},
    {"branch_with_value",
     "block (result i64) i64.const 9 local.get 0 br_if 0 local.set 1 i64.const 2 end local.get 1 i64.add", 1, 1, 11, 9},
    {"branch_out_of_two", "block block local.get 0 br_if 1 i64.const 5 local.set 1 end end local.get 1", 1, 1, 5, 0},
    {"table", "block block local.get 0 br_table 0 1 end i64.const 5 local.set 1 end local.get 1", 1, 1, 5, 0},
    {"table_behind", "block block i64.const 5 local.set 1 local.get 0 br_table 0 1 end end local.get 1", 1, 0, 5, 5},
    {"table_with_values",
     "block (result i64) block (result i64) i64.const 1 i64.const 8 local.get 0 br_table 1 0 end local.set 1 i64.const "
     "2 end "
     "local.get 1 i64.add",
     1, 1, 8, 10},
    {"null", "block ref.null func br_on_null 0 drop i64.const 5 local.set 1 end local.get 1", 1, 1, 0, 0},
    {"not_null",
     "block (result (ref func)) ref.null func br_on_non_null 0 i64.const 5 local.set 1 local.get 1 return end drop "
     "local.get 1",
     1, 1, 5, 5},
    {"loop_carries", "loop local.get 1 i64.const 1 i64.add local.tee 1 i64.const 4 i64.lt_s br_if 0 end local.get 1", 1,
     1, 4, 4},
    {"loop_writes_first",
     "loop i64.const 3 local.set 1 local.get 0 local.get 0 i32.const 0 local.set 0 br_if 0 drop end "
     "local.get 1",
     1, 0, 3, 3},
    {"after_the_first_round",
     "loop local.get 2 drop i64.const 3 local.set 2 local.get 0 i32.const 0 local.set 0 br_if 0 end local.get 2", 2, 1,
     3, 3},
    {"unreachable_end",
     "block block local.get 0 br_if 0 i64.const 1 return end i64.const 5 local.set 1 br 0 end local.get 1", 1, 0, 1, 5},
};

std::string module_of(const function_case& each) {
    return "(module (func (export \"f\") (param i32) (result i64) (local i64 i64) " + std::string(each.body) +
           ") (func (export \"dirty\") (result i64) (local i64 i64 i64 i64) "
           "(local.set 0 (i64.const -1)) (local.set 1 (i64.const -1)) (local.set 2 (i64.const -1)) (local.set 3 "
           "(i64.const -1)) (i64.add (local.get 0) (i64.add (local.get 1) (i64.add (local.get 2) (local.get 3))))))";
}

} // namespace

TEST_CASE("a declared local is zero where it may be read before it is written, and is not zeroed elsewhere") {
    for (const function_case& each : cases) {
        CAPTURE(each.name);
        const std::string text = module_of(each);
        const std::vector<std::byte> bytes = test::wat(text);
        wasm::module_info module;
        wasm::diagnostics errors;
        REQUIRE(wasm::decode_module(bytes, module, errors));
        bytecode::translator translator(host_allocator);
        wasm::function_parser<bytecode::translator> parser(module, bytes, errors);
        REQUIRE(parser.parse_function(0, translator));
        const bytecode::fields_view zeroed{translator.words()[runtime::preamble_words + 1]};
        CHECK(zeroed.destination() == each.first);
        CHECK(zeroed.immediate() == each.count);

        test::world world;
        const riser::instance instance = world.instantiate(text);
        for (const bool is_one : {false, true}) {
            CAPTURE(is_one);
            instance.function<std::int64_t()>("dirty")();
            const auto f = instance.function<std::int64_t(std::int32_t)>("f");
            CHECK(f(is_one ? 1 : 0) == (is_one ? each.of_one : each.of_zero));
        }
    }
}

TEST_CASE("locals beyond those that are followed are zeroed where they are read") {
    std::string text = "(module (func (export \"f\") (result i64) (local";
    for (int i = 0; i < 200; ++i) {
        text += " i64";
    }
    text += ") (local.set 150 (i64.const 2)) (i64.add (local.get 150) (local.get 199)))"
            "(func (export \"dirty\") (result i64) (local";
    for (int i = 0; i < 200; ++i) {
        text += " i64";
    }
    text += ") ";
    for (int i = 0; i < 200; ++i) {
        text += "(local.set " + std::to_string(i) + " (i64.const -1))";
    }
    text += "(local.get 199)))";
    test::world world;
    const riser::instance instance = world.instantiate(text);
    CHECK(instance.function<std::int64_t()>("dirty")() == -1);
    CHECK(instance.function<std::int64_t()>("f")() == 2);
}

TEST_CASE("a function that zeroes no local is entered behind the instruction, and its traps say where they are") {
    test::world world;
    const riser::instance instance =
        world.instantiate("(module (func $f (export \"f\") (local i64) (local.set 0 (i64.const 1)) unreachable) "
                          "(func (export \"g\") (local i32) call $f))");
    const auto outcome = instance.function<void()>("g").try_call();
    REQUIRE_FALSE(outcome);
    const auto trap = outcome.error().as<riser::trap>();
    REQUIRE(trap.has_value());
    CHECK(trap->kind() == riser::trap_kind::unreachable);
    REQUIRE(trap->backtrace().size() == 2);
    CHECK(trap->backtrace()[0].function == 0);
    CHECK(trap->backtrace()[1].function == 1);
}

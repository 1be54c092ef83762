#include "backends/compile_natively.hpp"
#include "backends/instructions.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

// The first two arguments are in registers, if they are integers, and in no slots, which lie where rsi points. Counted in the disassembly.

namespace {

/// Accesses to slots.
std::size_t slots_of(const std::string& functions) {
    const auto code = test::compile_natively("(module (memory 1) (table 1 funcref) " + functions + ")", 0);
    return test::count_instructions(
        code, [](std::string_view text) { return text.starts_with("mov") && text.find("[rsi") != text.npos; });
}

} // namespace

TEST_CASE("arguments: a callee has two integers in registers") {
    if (!cli::has_disassembler) {
        return;
    }
    const std::string stores_both =
        "(i32.store (i32.const 0) (i32.wrap_i64 (i64.add (local.get 1) (i64.extend_i32_u (local.get 0)))))";
    CHECK(slots_of("(func (param i32 i64) " + stores_both + ")") == 0);
    CHECK(slots_of("(func (param i32 i64 i32) " + stores_both + ")") == 0);
    CHECK(slots_of("(func (param i32 i32 i32) (i32.store (i32.const 0) (local.get 2)))") == 1);
    CHECK(slots_of("(func (param f64 i32) (i32.store (i32.const 0) (local.get 1)))") == 0);
    CHECK(slots_of("(func (param f64 i32) (f64.store (i32.const 0) (local.get 0)))") == 1);
}

TEST_CASE("arguments: a caller stores only what is in no register") {
    if (!cli::has_disassembler) {
        return;
    }
    CHECK(slots_of("(func (call $g (i32.const 1) (i64.const 2))) (func $g (param i32 i64))") == 0);
    CHECK(slots_of("(func (call $g (i32.const 1) (i64.const 2) (i32.const 3))) (func $g (param i32 i64 i32))") == 1);
    CHECK(slots_of("(func (call $g (f32.const 1) (i64.const 2))) (func $g (param f32 i64))") == 1);
    CHECK(slots_of("(func (call $g (i64.const 2) (ref.null func))) (func $g (param i64 funcref))") == 1);
    // Slow ways of call_indirect have all in slots: the one that finds what is in no table yet, and has it and the index back, and the one
    // to other instances.
    CHECK(slots_of("(type $t (func (param i32))) (func (call_indirect (type $t) (i32.const 1) (i32.const 0)))") == 5);
}

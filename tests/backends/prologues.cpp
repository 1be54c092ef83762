#include "backends/compile_natively.hpp"
#include "backends/instructions.hpp"
#include "riser/core/execute/native_layout.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

// What a native function asks before it runs: whether there are slots for its frame, unless what calls it has left them, and room on the
// native stack where its calls take nothing else. Counted in the disassembly.

namespace {

using layout = riser::core::runtime::native_layout;

std::size_t comparisons_with(std::size_t field, const std::string& functions) {
    return test::count_instructions(
        test::compile_natively("(module (table 1 funcref) " + functions + ")", 0),
        [field](std::string_view instruction) { return test::compares_with(instruction, field); });
}

std::string locals(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += "(local i64)";
    }
    return text;
}

} // namespace

TEST_CASE("prologues: what calls nothing and has few slots asks for none") {
    if (!cli::has_disassembler) {
        return;
    }
    for (const char* body :
         {"", "(loop (br_if 0 (i32.const 0)))", "(return_call $g)", "(return_call_indirect (i32.const 0))"}) {
        CAPTURE(std::string(body));
        CHECK(comparisons_with(layout::links, "(func (local i64)" + std::string(body) + ") (func $g)") == 0);
        CHECK(comparisons_with(layout::native_limit, "(func (local i64)" + std::string(body) + ") (func $g)") == 0);
    }
    CHECK(comparisons_with(layout::links, "(func " + locals(16) + ")") == 0);
    CHECK(comparisons_with(layout::links, "(func " + locals(17) + ")") == 1);
    CHECK(comparisons_with(layout::links, "(func " + locals(15) + "(drop (i32.add (i32.const 1) (i32.const 2))))") ==
          1);
}

TEST_CASE("prologues: what calls asks for slots, and for stack where a callee's frame begins with its own") {
    if (!cli::has_disassembler) {
        return;
    }
    for (const char* callee :
         {"(call $g)", "(call_indirect (i32.const 0))", "(call_ref $t (ref.func $g))", "(call $import)"}) {
        CAPTURE(std::string(callee));
        const std::string call = callee;
        const std::string rest = "(type $t (func)) (elem declare func $g) (func $g)" +
                                 (call == "(call $import)" ? std::string("(func $import)") : "");
        CHECK(comparisons_with(layout::links, "(func " + call + ")" + rest) == 1);
        CHECK(comparisons_with(layout::native_limit, "(func " + call + ")" + rest) == 1);
        CHECK(comparisons_with(layout::links, "(func (param i32) " + call + ")" + rest) == 1);
        CHECK(comparisons_with(layout::native_limit, "(func (param i32) " + call + ")" + rest) == 0);
        CHECK(comparisons_with(layout::native_limit, "(func (i32.const 1)" + call + "(drop))" + rest) == 0);
        CHECK(comparisons_with(layout::native_limit, "(func (i32.const 1)" + call + "(drop)" + call + ")" + rest) == 1);
    }
    // An argument lies where the callee's frame begins.
    CHECK(comparisons_with(layout::native_limit, "(func (call $g (i32.const 1))) (func $g (param i32))") == 1);
}

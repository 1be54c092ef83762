#include "backends/compile_natively.hpp"
#include "backends/instructions.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

// A word of memory that a register has is not loaded. Counted in the disassembly: what begins where rbx points is memory.

namespace {

std::size_t loads_of(const std::string& body, const char* memory = "(memory 1)") {
    const auto code = test::compile_natively(
        "(module (import \"host\" \"f\" (func $host)) (func (param i32 i32 i64 f64) (local i32) " + body + ")" +
            memory + ")",
        1);
    return test::count_instructions(code, [](std::string_view text) {
        return text.find(", dword ptr [rbx") != text.npos || text.find(", qword ptr [rbx") != text.npos;
    });
}

const std::string load = "(drop (i32.load offset=8 (local.get 0)))";
const std::string store = "(i32.store offset=8 (local.get 0) (local.get 1))";

} // namespace

TEST_CASE("known words: what was stored or loaded is not loaded again") {
    if (!cli::has_disassembler) {
        return;
    }
    CHECK(loads_of(load) == 1);
    CHECK(loads_of(load + load) == 1);
    CHECK(loads_of(store + load) == 0);
    CHECK(loads_of("(i32.store offset=8 (local.get 0) (i32.const 7))" + load) == 0);
    CHECK(loads_of("(i64.store (local.get 0) (local.get 2)) (local.set 2 (i64.load (local.get 0)))") == 0);
    CHECK(loads_of("(f64.store (local.get 0) (local.get 3)) (local.set 3 (f64.load (local.get 0)))") == 0);
    CHECK(loads_of(store + "(i32.store offset=12 (local.get 0) (i32.const 1))" + load) == 0);
    CHECK(loads_of(store + "(i32.store offset=4 (local.get 0) (i32.const 1))" + load) == 0);
    CHECK(loads_of(store + "(local.set 1 (i32.const 5))" + load) == 1);
    CHECK(loads_of(
              "(i32.store offset=8 (local.get 0) (i32.mul (local.get 1) (local.get 1))) (local.set 4 (i32.load offset=8"
              " (local.get 0)))" +
              load) == 0);
    CHECK(loads_of(store + "(if (local.get 1) (then " + load + "))") == 0);
    CHECK(loads_of(store + "(block " + load + ")" + load) == 0);
}

TEST_CASE("known words: what may have changed is loaded") {
    if (!cli::has_disassembler) {
        return;
    }
    for (const char* between :
         {"(call $host)", "(i32.store (local.get 1) (i32.const 1))",
          "(i32.store8 offset=11 (local.get 0) (i32.const 1))", "(i64.store offset=4 (local.get 0) (i64.const 1))",
          "(local.set 0 (local.get 1))", "(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))",
          "(if (local.get 1) (then (call $host)))", "(loop)"}) {
        CAPTURE(std::string(between));
        CHECK(loads_of(store + between + load) == 1);
    }
    CHECK(loads_of(store + load, "(memory 1 1 shared)") == 1);
    CHECK(loads_of(store + "(i32.store $other (i32.const 0) (i32.const 1))" + load, "(memory 1) (memory $other 1)") ==
          1);
}

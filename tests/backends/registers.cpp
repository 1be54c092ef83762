#include "backends/compile_natively.hpp"
#include "backends/instructions.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

// Which values are in registers, where there are more of them than of those. Counted in the disassembly.

namespace {

/// Loads of 20 locals from their slots, when these are used in this order, having been in no register.
std::size_t loads_of(std::string_view used) {
    std::string text = "(module (memory 1) (func $nothing) (func ";
    for (int i = 0; i < 20; ++i) {
        text += "(local $" + std::string(1, static_cast<char>('a' + i)) + " i32)";
    }
    text += "(call $nothing)";
    for (const char local : used) {
        text += "(i32.store (i32.const 0) (local.get $" + std::string(1, local) + "))";
    }
    return test::count_instructions(test::compile_natively(text + "))", 1), [](std::string_view instruction) {
        return instruction.find(", dword ptr [rsi") != instruction.npos;
    });
}

} // namespace

TEST_CASE("registers: what was used longest ago goes first") {
    if (!cli::has_disassembler) {
        return;
    }
    const std::string ten = "abcdefghij"; // as many as there are registers
    CHECK(loads_of(ten) == 10);
    CHECK(loads_of(ten + "aabbjjcc") == 10);
    CHECK(loads_of(ten + "k") == 11);
    CHECK(loads_of(ten + "k" + "bcdefghijk") == 11);
    CHECK(loads_of(ten + "k" + "a") == 12);
    CHECK(loads_of(ten + "abcd" + "kl" + "abcdghijkl") == 12);
    CHECK(loads_of(ten + "abcd" + "kl" + "e") == 13);
    CHECK(loads_of(ten + "jihgfedcba" + "k" + "abcdefghi") == 11);
}

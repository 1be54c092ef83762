#pragma once

/// What is found in the disassembly of native code.

#include "cli/disassembly.hpp"

#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

namespace test {

/// How many instructions there are whose text `counts` says yes to.
template <class Predicate>
[[nodiscard]] std::size_t count_instructions(std::span<const std::byte> code, Predicate&& counts) {
    std::size_t found = 0;
    for (const cli::machine_instruction& each : cli::disassemble(code)) {
        found += counts(std::string_view(each.text)) ? 1U : 0U;
    }
    return found;
}

/// Memory behind the address in a register, as the disassembler writes it.
[[nodiscard]] inline std::string memory_at(std::string_view base, std::size_t displacement) {
    char written[32];
    std::snprintf(written, sizeof written, displacement < 10 ? " + %zu]" : " + 0x%zx]", displacement);
    return "[" + std::string(base) + (displacement == 0 ? "]" : written);
}

/// Comparisons with a field of the context.
[[nodiscard]] inline bool compares_with(std::string_view instruction, std::size_t field) {
    return instruction.starts_with("cmp ") && instruction.find(memory_at("rdx", field)) != std::string_view::npos;
}

} // namespace test

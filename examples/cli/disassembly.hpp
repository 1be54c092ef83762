#pragma once

#include "riser/module.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cli {

struct machine_instruction {
    std::uint32_t offset; ///< from the code's begin
    std::string text;
    bool is_call;
};

/// Was the tool built with a disassembler?
extern const bool has_disassembler;

/// Of x86-64 code, with the words of jump tables. What is no instruction ends the list. Empty where there is no disassembler.
[[nodiscard]] std::vector<machine_instruction> disassemble(std::span<const std::byte> code);

/// Prints what the first backend of the module's engine makes of a function: instructions, and in front of calls, accesses that may
/// trap and loops the offset of the operator. A refusal is printed, too.
void print_native(const riser::module& module, std::uint32_t function);

} // namespace cli

// In place of disassembly.cpp, where there is no Capstone.
#include "disassembly.hpp"

const bool cli::has_disassembler = false;

std::vector<cli::machine_instruction> cli::disassemble(std::span<const std::byte> /*code*/) { return {}; }

// With Capstone, a library of the tool alone.
#include "disassembly.hpp"

#include <capstone/capstone.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

const bool cli::has_disassembler = true;

namespace {

/// A br_table is a comparison with its number of words, and a jump that ends in these. The words follow: each the distance from its end to
/// where it leads.
constexpr std::array<x86_insn, 7> table_jump{X86_INS_CMP,    X86_INS_JAE, X86_INS_LEA, X86_INS_LEA,
                                             X86_INS_MOVSXD, X86_INS_ADD, X86_INS_JMP};

/// Whether the last instructions jump through a table, and through how many words.
class table_finder {
public:
    /// \returns how many words follow the instruction
    std::size_t note(const cs_insn& instruction) {
        std::rotate(last_.begin(), last_.begin() + 1, last_.end());
        last_.back() = static_cast<x86_insn>(instruction.id);
        if (last_.back() == X86_INS_CMP) {
            const cs_x86& operands = instruction.detail->x86;
            words_ = operands.operands[1].type == X86_OP_IMM ? static_cast<std::size_t>(operands.operands[1].imm) : 0;
        }
        const cs_x86_op& to = instruction.detail->x86.operands[0];
        return last_ == table_jump && to.type == X86_OP_REG ? words_ : 0;
    }

private:
    std::array<x86_insn, table_jump.size()> last_{};
    std::size_t words_ = 0;
};

std::string table_word(const std::uint8_t* at, std::uint64_t offset) {
    std::int32_t distance = 0;
    std::memcpy(&distance, at, sizeof distance);
    char text[32];
    std::snprintf(
        text, sizeof text, ".long to 0x%llx",
        static_cast<unsigned long long>(offset + sizeof distance + static_cast<std::uint64_t>(std::int64_t{distance})));
    return text;
}

} // namespace

std::vector<cli::machine_instruction> cli::disassemble(std::span<const std::byte> code) {
    std::vector<machine_instruction> instructions;
    csh handle{};
    if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) != CS_ERR_OK) {
        return instructions;
    }
    cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
    const auto* at = reinterpret_cast<const std::uint8_t*>(code.data());
    std::size_t left = code.size();
    std::uint64_t offset = 0;
    table_finder tables;
    cs_insn* const decoded = cs_malloc(handle);
    while (cs_disasm_iter(handle, &at, &left, &offset, decoded)) {
        instructions.push_back({static_cast<std::uint32_t>(decoded->address),
                                std::string(decoded->mnemonic) + (decoded->op_str[0] == 0 ? "" : " ") + decoded->op_str,
                                decoded->id == X86_INS_CALL});
        constexpr std::size_t word = sizeof(std::int32_t);
        for (std::size_t words = tables.note(*decoded); words != 0 && left >= word; --words) {
            instructions.push_back({static_cast<std::uint32_t>(offset), table_word(at, offset), false});
            at += word;
            left -= word;
            offset += word;
        }
    }
    cs_free(decoded, 1);
    cs_close(&handle);
    return instructions;
}

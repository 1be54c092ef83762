// With Capstone, a library of the tool alone.
#include "disassembly.hpp"

#include <capstone/capstone.h>

const bool cli::has_disassembler = true;

std::vector<cli::machine_instruction> cli::disassemble(std::span<const std::byte> code) {
    std::vector<machine_instruction> instructions;
    csh handle{};
    if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) != CS_ERR_OK) {
        return instructions;
    }
    const auto* at = reinterpret_cast<const std::uint8_t*>(code.data());
    std::size_t left = code.size();
    std::uint64_t offset = 0;
    cs_insn* const decoded = cs_malloc(handle);
    while (cs_disasm_iter(handle, &at, &left, &offset, decoded)) {
        instructions.push_back({static_cast<std::uint32_t>(decoded->address),
                                std::string(decoded->mnemonic) + (decoded->op_str[0] == 0 ? "" : " ") + decoded->op_str,
                                decoded->id == X86_INS_CALL});
    }
    cs_free(decoded, 1);
    cs_close(&handle);
    return instructions;
}

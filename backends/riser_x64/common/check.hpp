#pragma once

#include "riser_x64/common/assemble.hpp"

#include <cassert>
#include <cstdint>
#include <cstring>

namespace riser::inline v0_1::x64 {

/// How many bytes of an instruction are immediate.
[[nodiscard]] constexpr std::size_t immediate_size(form f, variant v) noexcept {
    switch (shape_of(f).immediate) {
    case 0: return 0;
    case 'u':
    case 'e': return 1;
    case 'i': return v.long_immediate ? 4 : 1;
    case 'q': return 8;
    default: return 4;
    }
}

/// What a template makes of these operands, by xbyak alone. xbyak has forms for rax, al and an immediate that are a byte
/// shorter. Templates do not use them, since they would be a case of their own for instructions that are rare; here stands
/// what xbyak makes for rcx, with its number taken away from the byte before the immediate.
[[nodiscard]] inline machine_code assemble_reference(xbyak_assembler& xbyak, form f,
                                                     const instruction_operands& operands) {
    const machine_code code = xbyak.assemble(f, operands);
    const form_shape shape = shape_of(f);
    if (shape.immediate == 0 || is_jump(f) || shape.registers != 1 || shape.letters[0] == 'x' ||
        operands.registers[0] != 0) {
        return code;
    }
    instruction_operands with_rcx = operands;
    with_rcx.registers[0] = 1;
    machine_code longer = xbyak.assemble(f, with_rcx);
    if (longer.length == code.length) {
        return code;
    }
    longer.bytes[longer.length - immediate_size(f, operands.which) - 1] ^= 1;
    return longer;
}

/// Whether `length` bytes at `code` are what xbyak makes of these operands. Jumps are taken as they are: what they have in place
/// of an immediate is completed later.
[[nodiscard]] inline bool is_as_assembled(form f, const instruction_operands& operands, const unsigned char* code,
                                          std::size_t length) {
    if (is_jump(f)) {
        return true;
    }
    xbyak_assembler xbyak;
    const machine_code reference = assemble_reference(xbyak, f, operands);
    return reference.length == length && std::memcmp(reference.bytes.data(), code, length) == 0;
}

} // namespace riser::inline v0_1::x64

#pragma once

#include "riser/core/code/native_abi.hpp"
#include "riser/core/wasm/types.hpp"
#include "riser_x64/common/registers.hpp"

#include <array>
#include <cstdint>

namespace riser::inline v0_1::x64 {

using kind = core::wasm::value_type::kind;

/// A register of either bank: general-purpose ones are 0 to 15, vector registers 16 to 31.
using reg = std::uint8_t;
using reg_set = std::uint32_t;
inline constexpr reg no_reg = 0xff;

[[nodiscard]] constexpr reg id(gpr r) noexcept { return static_cast<reg>(r); }
[[nodiscard]] constexpr reg id(xmm x) noexcept { return static_cast<reg>(16 + static_cast<unsigned>(x)); }
[[nodiscard]] constexpr gpr as_gpr(reg r) noexcept { return static_cast<gpr>(r); }
[[nodiscard]] constexpr xmm as_xmm(reg r) noexcept { return static_cast<xmm>(r - 16); }
[[nodiscard]] constexpr bool is_vector(reg r) noexcept { return r >= 16; }
[[nodiscard]] constexpr reg_set bit(reg r) noexcept { return reg_set{1} << r; }

[[nodiscard]] constexpr bool in_vector_bank(kind k) noexcept {
    return core::wasm::bank_of(k) == core::wasm::bank::vector;
}
[[nodiscard]] constexpr width width_of(kind k) noexcept {
    return k == kind::i32 || k == kind::f32 ? width::w32 : width::w64;
}

// Registers with one meaning throughout (code/native_abi.hpp), and one that any sequence of instructions may use.
inline constexpr gpr frame_register = gpr::rsi;
inline constexpr gpr context_register = gpr::rdx;
inline constexpr gpr budget_register = gpr::r13;
inline constexpr gpr memory_register = gpr::rbx;
inline constexpr gpr scratch = gpr::r11;
inline constexpr gpr argument_registers[core::runtime::native_register_arguments] = {gpr::rcx, gpr::rbp};
/// Calls `each(argument, register)` for those that are in registers, see arguments_in_registers.
template <class Each>
void for_passed(unsigned passed, Each&& each) {
    for (std::uint32_t i = 0; passed >> i != 0; ++i) {
        if ((passed >> i & 1U) != 0) {
            each(i, argument_registers[i]);
        }
    }
}
inline constexpr xmm vector_scratch = xmm::xmm15;

inline constexpr reg_set all_gprs = 0xffff & ~(bit(id(frame_register)) | bit(id(context_register)) | bit(id(gpr::rsp)) |
                                               bit(id(budget_register)) | bit(id(memory_register)) | bit(id(scratch)));
inline constexpr reg_set all_xmms = 0xffff0000 & ~bit(id(vector_scratch));

/// Where an operand is. What a stack or a local has in memory is in its canonical slot.
struct value {
    enum class place : std::uint8_t {
        constant, ///< nowhere: `bits`
        local,    ///< a local, wherever that is
        held,     ///< in a register of its own
        slot,     ///< the home slot of its place on the operand stack
        /// The flags: i32 1 where `when` holds; only until the next operator. Of a float's type: that is a select, of the greater of
        /// its operands where this is `above`, else of the lesser one.
        comparison,
    };
    place where = place::constant;
    kind type = kind::i32;
    reg r = no_reg;
    condition when = condition::equal;
    std::uint32_t index = 0; ///< of the local, or of the operand whose home the slot is
    std::uint64_t bits = 0;

    [[nodiscard]] bool is_constant() const noexcept { return where == place::constant; }
};

/// What the registers hold at a place in the code: the agreement of all who get there.
struct register_state {
    static constexpr std::uint32_t operand_bit = 0x80000000; ///< of an owner: an operand by its index, not a local

    std::array<std::uint32_t, 32> owners; ///< where `used`
    reg_set used = 0;
    reg_set dirty = 0; ///< holds a local whose slot has an older value
    reg_set wide = 0;  ///< of general-purpose registers: 64 bits
};

} // namespace riser::inline v0_1::x64

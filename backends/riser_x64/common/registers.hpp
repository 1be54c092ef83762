#pragma once

#include <cassert>
#include <cstdint>

namespace riser::inline v0_1::x64 {

/// A general-purpose register, by the number that the processor gives it.
enum class gpr : std::uint8_t { rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15 };

/// A vector register; floats are its lowest lane.
enum class xmm : std::uint8_t {
    xmm0,
    xmm1,
    xmm2,
    xmm3,
    xmm4,
    xmm5,
    xmm6,
    xmm7,
    xmm8,
    xmm9,
    xmm10,
    xmm11,
    xmm12,
    xmm13,
    xmm14,
    xmm15
};

/// How wide an operation is. 32-bit operations on general-purpose registers clear the upper half.
enum class width : std::uint8_t { w32, w64 };

/// What setcc, cmovcc and jcc ask of the flags, by the number that the processor gives it. `below` and `above` are of unsigned
/// integers and of ucomis; `less` and `greater` of signed ones.
enum class condition : std::uint8_t {
    overflow,
    no_overflow,
    below,
    above_equal,
    equal,
    not_equal,
    below_equal,
    above,
    sign,
    no_sign,
    parity,
    no_parity,
    less,
    greater_equal,
    less_equal,
    greater
};

/// What holds exactly where `c` does not.
[[nodiscard]] constexpr condition opposite(condition c) noexcept {
    return static_cast<condition>(static_cast<unsigned>(c) ^ 1U);
}

/// What holds of (b, a) where `c`, an order or equality, holds of (a, b).
[[nodiscard]] constexpr condition exchanged(condition c) noexcept {
    switch (c) {
    case condition::below: return condition::above;
    case condition::above: return condition::below;
    case condition::below_equal: return condition::above_equal;
    case condition::above_equal: return condition::below_equal;
    case condition::less: return condition::greater;
    case condition::greater: return condition::less;
    case condition::less_equal: return condition::greater_equal;
    case condition::greater_equal: return condition::less_equal;
    default: return c;
    }
}

/// Memory at base + displacement.
struct address {
    gpr base;
    std::int32_t displacement = 0;
};

/// Memory at base + (index << scale) + displacement. All 64 bits of the index count; rsp cannot be one.
struct indexed_address {
    gpr base;
    gpr index;
    std::int32_t displacement = 0;
    std::uint8_t scale = 0; // 0 to 3
};

[[nodiscard]] constexpr address at(gpr base, std::int32_t displacement = 0) noexcept { return {base, displacement}; }
[[nodiscard]] constexpr indexed_address at(gpr base, gpr index, std::int32_t displacement = 0,
                                           std::uint8_t scale = 0) noexcept {
    assert(index != gpr::rsp && scale <= 3);
    return {base, index, displacement, scale};
}

} // namespace riser::inline v0_1::x64

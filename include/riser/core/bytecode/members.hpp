#pragma once

#include "riser/core/bytecode/instruction.hpp"

#include <array>
#include <cstdint>
#include <optional>

/// Which member of which family a wasm operator is, and which operators do for others.
namespace riser::inline v0_1::core::bytecode {

inline constexpr std::uint8_t no_member = 0xff;

template <std::size_t N>
[[nodiscard]] constexpr std::array<std::uint8_t, wasm::opcode_count>
make_member_index(const std::array<opcode, N>& members) noexcept {
    std::array<std::uint8_t, wasm::opcode_count> index{};
    index.fill(no_member);
    for (std::size_t i = 0; i < N; ++i) {
        index[static_cast<std::size_t>(members[i])] = static_cast<std::uint8_t>(i);
    }
    return index;
}

inline constexpr auto arithmetic_index = make_member_index(arithmetic_members);
inline constexpr auto comparison_index = make_member_index(comparison_members);
inline constexpr auto step_index = make_member_index(step_members);
inline constexpr auto ordering_index = make_member_index(ordering_members);
inline constexpr auto unary_index = make_member_index(unary_members);
inline constexpr auto load_index = make_member_index(load_members);
inline constexpr auto store_index = make_member_index(store_members);

[[nodiscard]] constexpr std::uint8_t member_in(const std::array<std::uint8_t, wasm::opcode_count>& index,
                                               opcode op) noexcept {
    return index[static_cast<std::size_t>(op)];
}

/// An operation with a constant on its right.
struct with_constant {
    opcode op;
    std::uint64_t bits;
};

/// What gives the same as `op` with the constant `bits` and has handlers for immediates, if there is anything: a difference
/// is the sum with the negative (of NaN there is no negative that adds the same payload), x <= 7 is x < 8.
[[nodiscard]] constexpr with_constant with_immediate(opcode op, std::uint64_t bits) noexcept {
    const auto low = static_cast<std::uint32_t>(bits);
    const with_constant same{op, bits};
    switch (op) {
    case opcode::i32_sub: return {opcode::i32_add, 0U - low};
    case opcode::i64_sub: return {opcode::i64_add, 0U - bits};
    case opcode::f32_sub:
        return (low & 0x7fff'ffffU) > 0x7f80'0000U ? same : with_constant{opcode::f32_add, low ^ 0x8000'0000U};
    case opcode::f64_sub:
        return (bits & 0x7fff'ffff'ffff'ffffU) > 0x7ff0'0000'0000'0000U
                   ? same
                   : with_constant{opcode::f64_add, bits ^ 0x8000'0000'0000'0000U};
    case opcode::i32_rotr: return {opcode::i32_rotl, (0U - low) % 32U};
    case opcode::i64_rotr: return {opcode::i64_rotl, (0U - bits) % 64U};
    case opcode::i32_le_s: return low == 0x7fff'ffffU ? same : with_constant{opcode::i32_lt_s, low + 1U};
    case opcode::i32_gt_s: return low == 0x7fff'ffffU ? same : with_constant{opcode::i32_ge_s, low + 1U};
    case opcode::i32_le_u: return low == 0xffff'ffffU ? same : with_constant{opcode::i32_lt_u, low + 1U};
    case opcode::i32_gt_u: return low == 0xffff'ffffU ? same : with_constant{opcode::i32_ge_u, low + 1U};
    case opcode::i64_le_s: return bits == 0x7fff'ffff'ffff'ffffU ? same : with_constant{opcode::i64_lt_s, bits + 1U};
    case opcode::i64_gt_s: return bits == 0x7fff'ffff'ffff'ffffU ? same : with_constant{opcode::i64_ge_s, bits + 1U};
    case opcode::i64_le_u: return bits == 0xffff'ffff'ffff'ffffU ? same : with_constant{opcode::i64_lt_u, bits + 1U};
    case opcode::i64_gt_u: return bits == 0xffff'ffff'ffff'ffffU ? same : with_constant{opcode::i64_ge_u, bits + 1U};
    default: return same;
    }
}

/// Immediates of i64 operations are 32 bits wide and sign-extended.
[[nodiscard]] constexpr bool is_sign_extended(std::uint64_t bits) noexcept {
    return static_cast<std::int64_t>(bits) == static_cast<std::int32_t>(static_cast<std::uint32_t>(bits));
}

/// The load or store that does the same to slots: i64 accesses that zero-extend or wrap are those of i32.
[[nodiscard]] constexpr opcode canonical_access(opcode op) noexcept {
    switch (op) {
    case opcode::i64_load8_u: return opcode::i32_load8_u;
    case opcode::i64_load16_u: return opcode::i32_load16_u;
    case opcode::i64_load32_u: return opcode::i32_load;
    case opcode::i64_store8: return opcode::i32_store8;
    case opcode::i64_store16: return opcode::i32_store16;
    case opcode::i64_store32: return opcode::i32_store;
    default: return op;
    }
}

/// What puts the accumulator that has a value of the type into a slot.
[[nodiscard]] constexpr single store_accumulator(wasm::value_type::kind type) noexcept {
    if (wasm::bank_of(type) == wasm::bank::integer) {
        return single::store_integer;
    }
    return type == wasm::value_type::kind::f32 ? single::store_f32 : single::store_f64;
}

/// What returns one value of the type, from a slot or from its accumulator.
[[nodiscard]] constexpr single return_of(wasm::value_type::kind type, bool accumulated) noexcept {
    if (wasm::bank_of(type) == wasm::bank::integer) {
        return accumulated ? single::return_integer_a : single::return_integer;
    }
    if (type == wasm::value_type::kind::f32) {
        return accumulated ? single::return_f32_a : single::return_f32;
    }
    return accumulated ? single::return_f64_a : single::return_f64;
}

/// A comparison that a branch is made of: where its operands are, and whether the branch is for true or false.
struct condition {
    opcode op = opcode::i32_ne;
    binary_form form = binary_form::si;
    code_word fields = 0;
    std::optional<code_word> wide; ///< an f64 immediate
    bool when = true;

    [[nodiscard]] condition inverted() const noexcept {
        condition other = *this;
        if (const opcode inverse = row_of(op).inverse; inverse != wasm::no_opcode) {
            other.op = inverse;
        } else {
            other.when = !when;
        }
        return other;
    }

    /// There is a branch of its form that takes its target from the loop head register.
    [[nodiscard]] bool may_use_loop_head() const noexcept {
        return when && exists({family::branch, member_in(comparison_index, op), static_cast<std::size_t>(form), 1});
    }

    [[nodiscard]] vm_opcode branch(bool to_loop_head) const noexcept {
        return when ? make_opcode(family::branch, member_in(comparison_index, op), static_cast<std::size_t>(form),
                                  to_loop_head ? 1 : 0)
                    : make_opcode(family::branch_unordered, member_in(ordering_index, op),
                                  static_cast<std::size_t>(form), 0);
    }
};

} // namespace riser::inline v0_1::core::bytecode

#pragma once

#include <cstddef>
#include <cstdint>

/// Where an instruction's operands are: what the families of instructions are crossed with.
namespace riser::inline v0_1::core::bytecode {

/// Where the two operands of a binary instruction are: s a slot, a the accumulator (integer or float, as the operand's
/// type says), i an immediate. `sa` exists only where swapping does not express it.
enum class binary_form : std::uint8_t { ss, as, sa, si, ai };
inline constexpr std::size_t binary_forms = 5;

enum class unary_form : std::uint8_t { s, a };
inline constexpr std::size_t unary_forms = 2;

/// What a step compares with: a slot or an immediate.
enum class step_form : std::uint8_t { s, i };
inline constexpr std::size_t step_forms = 2;

/// The two values of a select: slots, or 32-bit immediates that share a word (the first in its low half).
enum class select_form : std::uint8_t { ss, si, is, ii };
inline constexpr std::size_t select_forms = 4;
/// 1: the condition is in the accumulator, not in a slot; 2: the result is of the vector bank.
inline constexpr std::size_t select_variants = 4;

/// 32-bit addresses of memory 0. `s` and `a` are a slot and the accumulator, to which an offset is added without wrapping;
/// `i` is constant. The others are wrapping sums that the program wrote as instructions of their own: of a and b (`ss`, `as`,
/// which have room for an offset), of a and the immediate (`si`, `ai`). With an x, a is first shifted left by the access's
/// width, as an index is.
enum class address_form : std::uint8_t { s, a, i, ss, as, si, ai, ssx, asx, six, aix };
inline constexpr std::size_t address_forms = 11;

/// The value that is stored: a slot, the integer accumulator, the vector accumulator, an immediate.
enum class value_form : std::uint8_t { s, a, f, i };
inline constexpr std::size_t value_forms = 4;

/// Some of the values of one of the enumerations above.
class form_set {
public:
    constexpr form_set() noexcept = default;
    template <class... Forms>
    [[nodiscard]] static consteval form_set of(Forms... forms) noexcept {
        form_set set;
        set.bits_ = static_cast<std::uint16_t>((0U | ... | (1U << static_cast<unsigned>(forms))));
        return set;
    }
    template <class Form>
    [[nodiscard]] constexpr bool has(Form form) const noexcept {
        return (bits_ >> static_cast<unsigned>(form) & 1U) != 0;
    }

private:
    std::uint16_t bits_ = 0;
};

[[nodiscard]] constexpr bool has_immediate_first(select_form form) noexcept { return form >= select_form::is; }
[[nodiscard]] constexpr bool has_immediate_second(select_form form) noexcept {
    return form == select_form::si || form == select_form::ii;
}

[[nodiscard]] constexpr bool is_scaled(address_form form) noexcept { return form >= address_form::ssx; }
/// Adds slot b, and has room for a 16-bit offset.
[[nodiscard]] constexpr bool has_second_slot(address_form form) noexcept {
    return form == address_form::ss || form == address_form::as || form == address_form::ssx ||
           form == address_form::asx;
}
/// Adds the immediate, wrapping; has no offset.
[[nodiscard]] constexpr bool has_wrapping_addend(address_form form) noexcept {
    return form == address_form::si || form == address_form::ai || form == address_form::six ||
           form == address_form::aix;
}
/// The accumulator has the address or a part of it.
[[nodiscard]] constexpr bool is_accumulated(address_form form) noexcept {
    return form == address_form::a || form == address_form::as || form == address_form::ai ||
           form == address_form::asx || form == address_form::aix;
}

} // namespace riser::inline v0_1::core::bytecode

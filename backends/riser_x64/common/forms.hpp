#pragma once

#include "riser_x64/common/registers.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace riser::inline v0_1::x64 {

/// A form of an instruction: an operation with the kinds of its operands (forms.def).
enum class form : std::uint16_t {
#define RISER_X64_FORM(identifier, function, signature, ...) identifier,
#include "riser_x64/common/forms.def"
#undef RISER_X64_FORM
};

/// By form.
inline constexpr std::string_view form_signatures[] = {
#define RISER_X64_FORM(identifier, function, signature, ...) signature,
#include "riser_x64/common/forms.def"
#undef RISER_X64_FORM
};

inline constexpr std::size_t form_count = std::size(form_signatures);

/// The registers and the condition that an instruction names, at most; memory has two.
inline constexpr std::size_t most_registers = 3;

/// What the signature of a form says.
struct form_shape {
    bool has_width = false;
    bool has_memory = false;
    char immediate = 0;                         // its letter
    std::uint8_t registers = 0;                 // and the condition
    std::uint8_t memory_at = 0;                 // which of them is the base; the index follows
    std::array<char, most_registers> letters{}; // of the registers; 'm' for base and index
};

[[nodiscard]] constexpr form_shape shape_of(form f) noexcept {
    form_shape shape;
    for (const char letter : form_signatures[static_cast<std::size_t>(f)]) {
        if (letter == 'w') {
            shape.has_width = true;
        } else if (letter == 'm') {
            shape.has_memory = true;
            shape.memory_at = shape.registers;
            shape.letters[shape.registers++] = letter;
            shape.letters[shape.registers++] = letter;
        } else if (letter == 'r' || letter == 'b' || letter == 'x' || letter == 'c') {
            shape.letters[shape.registers++] = letter;
        } else {
            shape.immediate = letter;
        }
    }
    return shape;
}

/// Whether a form goes where its immediate says.
[[nodiscard]] constexpr bool is_jump(form f) noexcept {
    const form_shape shape = shape_of(f);
    return (shape.immediate == 'e' || shape.immediate == 'E') && shape.letters[0] != 'r' && shape.letters[0] != 'x';
}

/// How memory is addressed, as far as it changes what bytes there are. Each of the three comes in three lengths of
/// displacement: none, 8 bits, 32 bits.
enum class addressing : std::uint8_t {
    base,     // any register but rsp and r12
    sib_base, // rsp and r12, which take one byte more
    indexed,
};
inline constexpr unsigned addressing_count = 3;

enum class displacement_size : std::uint8_t { none, byte, dword };
inline constexpr unsigned displacement_size_count = 3;

/// What tells the templates of one form apart, but for its register numbers: they stand in this order.
struct variant {
    width operation = width::w32;
    addressing memory = addressing::base;
    displacement_size displacement = displacement_size::none;
    bool long_immediate = false; // 32 bits, of an immediate that might have 8
};

/// What an instruction is made of besides its form.
struct instruction_operands {
    variant which;
    std::array<unsigned, most_registers> registers{}; // numbers, in the order of the signature's letters
    unsigned scale = 0;
    std::int32_t displacement = 0;
    std::int64_t immediate = 0;
};

struct variant_counts {
    unsigned widths;
    unsigned addresses;
    unsigned immediates;

    [[nodiscard]] constexpr unsigned all() const noexcept { return widths * addresses * immediates; }
    [[nodiscard]] constexpr unsigned index(variant v) const noexcept {
        const unsigned address_index = addresses == 1 ? 0
                                                      : static_cast<unsigned>(v.memory) * displacement_size_count +
                                                            static_cast<unsigned>(v.displacement);
        const unsigned width_index = widths == 1 ? 0 : static_cast<unsigned>(v.operation);
        return (width_index * immediates + (v.long_immediate ? 1 : 0)) * addresses + address_index;
    }
};

[[nodiscard]] constexpr variant_counts variants_of(form f) noexcept {
    const form_shape shape = shape_of(f);
    return {shape.has_width ? 2U : 1U, shape.has_memory ? addressing_count * displacement_size_count : 1U,
            shape.immediate == 'i' ? 2U : 1U};
}

/// Where the templates of each form begin among those of all; behind the last, how many there are. Each variant has two.
inline constexpr auto template_offsets = [] {
    std::array<std::uint16_t, form_count + 1> offsets{};
    for (std::size_t i = 0; i < form_count; ++i) {
        offsets[i + 1] = static_cast<std::uint16_t>(offsets[i] + 2 * variants_of(static_cast<form>(i)).all());
    }
    return offsets;
}();

} // namespace riser::inline v0_1::x64

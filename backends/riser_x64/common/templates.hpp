#pragma once

#include "riser_x64/common/forms.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace riser::inline v0_1::x64 {

/// An instruction whose registers, displacement and immediate are holes. Whoever writes it flips the bits of register numbers
/// in the first eight bytes, where they all are, then stores those, the displacement and the immediate, each over what the one
/// before wrote too much.
struct instruction_template {
    std::uint64_t head = 0; // the first eight bytes
    /// By register: how far the low three bits of its number (with them the scale, of an index) and the fourth are shifted
    /// to their places. A shift of `no_place` drops the only number that may stand there.
    std::array<std::uint8_t, most_registers> low{};
    std::array<std::uint8_t, most_registers> high{};
    std::uint8_t displacement_at = 0; // behind the instruction, where it has none
    std::uint8_t immediate_at : 4 = 0;
    std::uint8_t length : 4 = 0;
};

/// Base registers 4 and 12 have no place for their low bits: shifted by this, 4 leaves the word.
inline constexpr std::uint8_t no_place = 62;

/// The templates of all forms, and nops. Made once, at run time (assemble.hpp); then any thread may read them.
struct template_set {
    /// Two for each variant: where no register needs a REX prefix, and where one does.
    std::array<instruction_template, template_offsets.back()> templates;

    static constexpr std::size_t longest_nop = 9;
    /// The instruction of so many bytes that does nothing.
    std::array<std::array<unsigned char, 16>, longest_nop + 1> nops;

    template <form F>
    [[nodiscard]] const instruction_template& find(variant v, bool with_rex) const noexcept {
        constexpr variant_counts counts = variants_of(F);
        constexpr std::size_t first = template_offsets[static_cast<std::size_t>(F)];
        return templates[first + 2 * counts.index(v) + (with_rex ? 1U : 0U)];
    }
};

} // namespace riser::inline v0_1::x64

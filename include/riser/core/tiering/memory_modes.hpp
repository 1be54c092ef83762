#pragma once

#include "riser/core/memory/linear_memory.hpp"

#include <cstdint>

namespace riser::inline v0_1::core::runtime {

/// Memory modes that a piece of code can run in: a bit for each.
using memory_modes = std::uint8_t;
inline constexpr memory_modes all_memory_modes = (1U << memory::memory_mode_count) - 1;
[[nodiscard]] constexpr memory_modes only(memory::memory_mode mode) noexcept {
    return static_cast<memory_modes>(1U << static_cast<unsigned>(mode));
}

} // namespace riser::inline v0_1::core::runtime

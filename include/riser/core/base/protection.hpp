#pragma once

#include <cstdint>

namespace riser::inline v0_1::core {

/// How memory 0 is kept from being exceeded, of what the engine's memory policy can do. Memories that are shared, addressed by i64, or
/// of 1-byte pages, and all but memory 0, are always checked.
enum class protection : std::uint8_t {
    adaptive, ///< as the policy chooses, memory by memory
    guards,   ///< guard pages; where there is no address space for them, making the memory fails
    checks,   ///< bounds checks
};

} // namespace riser::inline v0_1::core

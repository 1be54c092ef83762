#pragma once

#include "riser/core/base/protection.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace riser::inline v0_1 {

/// What the guests in a store may take together. Beyond, instantiation fails with resource_error, and grow instructions
/// return -1.
struct store_limits {
    std::uint64_t memory_bytes = UINT64_MAX;                ///< of all memories
    std::uint64_t bytes_per_memory = UINT64_MAX;            ///< of each; what it has beyond whole pages does not count
    std::uint64_t table_elements = std::uint64_t{1} << 24U; ///< of all tables
    std::uint64_t elements_per_table = UINT64_MAX;          ///< of each
    std::uint32_t instances = UINT32_MAX;
    std::size_t stack_bytes = 0; ///< of the wasm stack; 0: as the engine's options say

    /// Calls of the host into wasm, each within a host function that the one before has called; at least 1. Each takes
    /// about 600 bytes of the thread's own stack, beside the host function's, so a small stack needs a lower limit. Beyond,
    /// a call ends with the trap stack_exhausted.
    std::uint32_t nested_calls = 1000;

    /// Of its memories, whatever they may take; empty: as the engine's options say.
    std::optional<core::protection> protection;
};

} // namespace riser::inline v0_1

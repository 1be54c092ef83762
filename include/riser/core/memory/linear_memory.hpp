#pragma once

#include "riser/core/code/code.hpp"

#include <cstddef>
#include <cstdint>

namespace riser::inline v0_1::core::memory {

/// How accesses to a memory are kept inside it.
enum class memory_mode : std::uint8_t {
    bounds_checking, ///< every access compares with the current size
    signaling,       ///< accesses beyond the size hit inaccessible pages; the fault becomes a trap
};
inline constexpr std::size_t memory_mode_count = 2;

/// Who owns the bytes of a memory.
enum class memory_source : std::uint8_t {
    none,        ///< nothing is held: the memory is empty
    block,       ///< a block of its own from the engine's allocator; zero beyond the memory's end
    reallocated, ///< a block that the allocator made longer: anything may lie beyond the memory's end
    arena,       ///< a run of granules in a chunk that memories share; zero beyond the memory's end
    reservation, ///< address space of its own, committed as the memory grows
    custom,      ///< a policy that is not one of the engine's own keeps it
};

/// A linear memory (Core specification 4.2.8), as the policies make and grow it. Knows no instance.
/// Not thread-safe unless shared (shared memories never move).
struct linear_memory {
    std::byte* base = nullptr;
    std::uint64_t bytes = 0;     ///< the policy's to change; others ask size()
    std::uint64_t max_bytes = 0; ///< growth beyond fails: the type's maximum or the address type's, whichever is less
    std::uint64_t reserved = 0;  ///< bytes of address space or of an arena that the policy holds for this memory
    memory_mode mode = memory_mode::bounds_checking;
    std::uint8_t page_size_log2 = 16;
    bool is_64 = false;
    bool is_shared = false;
    memory_source source = memory_source::none;
    void* owner = nullptr; ///< the policy's: the chunk (memory_source::arena), or what a custom policy likes

    /// Current size in bytes. Other threads may grow a shared memory meanwhile: what was in bounds stays so. A builtin, as for
    /// function_entry::code.
    [[nodiscard]] std::uint64_t size() const noexcept { return __atomic_load_n(&bytes, __ATOMIC_ACQUIRE); }
    [[nodiscard]] std::uint64_t pages() const noexcept { return size() >> page_size_log2; }
};

using runtime::guarded_offset_limit;

} // namespace riser::inline v0_1::core::memory

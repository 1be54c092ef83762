#pragma once

#include <cstddef>
#include <cstdint>

namespace riser::inline v0_1::core::memory {

/// Which pages of a piece of memory stay resident when nobody has it, since whoever had it touched them. Giving a page back and
/// taking it again costs some microseconds; clearing it costs 30 ns.
struct page_habit {
    static constexpr std::size_t most_kept = 2;

    std::uint32_t kept[most_kept] = {}; ///< numbers of pages, in order
    std::uint8_t kept_count = 0;
    std::uint8_t look_log2 = 0; ///< 1 << look_log2 uses lie between two looks at which pages are touched
    std::uint16_t uses = 0;     ///< since the last look; 0: look
};

/// Pages of the system, where a policy knows how to ask for them. See os_linux.hpp.
struct page_operations {
    std::byte* (*map)(std::uint64_t bytes) noexcept; ///< zero; null where there are none
    void (*unmap)(std::byte* base, std::uint64_t bytes) noexcept;
    /// Makes whole pages zero, most by giving them back. \returns false where the system refuses; some may be zero then.
    bool (*clear)(std::byte* base, std::uint64_t bytes, page_habit& habit) noexcept;
};

} // namespace riser::inline v0_1::core::memory

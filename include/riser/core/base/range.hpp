#pragma once

#include <cstdint>

namespace riser::inline v0_1::core::runtime {

/// Do `count` units from `begin` lie within the first `size`? Nothing wraps.
[[nodiscard]] constexpr bool is_in_range(std::uint64_t begin, std::uint64_t count, std::uint64_t size) noexcept {
    return count <= size && begin <= size - count;
}

/// May `added` units join the `used` ones under a limit?
[[nodiscard]] constexpr bool fits_limit(std::uint64_t used, std::uint64_t added, std::uint64_t limit) noexcept {
    return is_in_range(used, added, limit);
}

} // namespace riser::inline v0_1::core::runtime

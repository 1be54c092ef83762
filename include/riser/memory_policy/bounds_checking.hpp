#pragma once

#include "riser/core/memory/checked_memory.hpp"
#include "riser/core/memory/policy.hpp"

namespace riser::inline v0_1::memory_policy {

/// Every access is compared with the memory's size. A memory takes what is used and little more, and none of the
/// system's mappings unless it is large, so that instances are as many as RAM allows. Memory comes from the engine's
/// allocator. Works everywhere; needs nothing of the operating system.
///
/// Unshared memories may move when they grow; their growth reserves up to an eighth more, so that growing page by page
/// is linear. Shared memories take their maximum at once and never move.
struct bounds_checking {
    static constexpr bool may_signal = false;
    static constexpr bool may_check = true;

    static bool make(address_space& space, const memory_request& request, linear_memory& memory) noexcept {
        return core::memory::make_checked(space, request, memory);
    }
    static bool grow(address_space& space, linear_memory& memory, std::uint64_t bytes) noexcept {
        return core::memory::grow_checked(space, memory, bytes);
    }
    static void destroy(address_space& space, linear_memory& memory) noexcept {
        core::memory::destroy_checked(space, memory);
    }
};
static_assert(policy<bounds_checking>);

} // namespace riser::inline v0_1::memory_policy

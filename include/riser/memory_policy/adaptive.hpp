#pragma once

#include "riser/memory_policy/bounds_checking.hpp"

// Where guard pages can be turned into traps.
#if defined(__linux__) && defined(__x86_64__) && !defined(__ILP32__)
#    include "riser/memory_policy/signaling.hpp"

namespace riser::inline v0_1::memory_policy {

/// Signaling while there is plenty of address space, bounds-checking from then on, decided for each memory when it is
/// made. Plenty: all reservations stay within half of the address space that RLIMIT_AS leaves to the process, half of
/// the mappings that vm.max_map_count leaves, and the budget that the embedder gave the engine. Guests cannot tell the
/// difference. On systems without signaling memories it is bounds_checking.
struct adaptive : signaling {
    [[gnu::cold]] static bool make(address_space& space, const memory_request& request,
                                   linear_memory& memory) noexcept {
        if (!core::memory::can_signal(request) || request.protection == core::protection::guards) {
            return signaling::make(space, request, memory);
        }
        if (core::memory::make_signaling(space, request, memory, &core::memory::is_within_budget)) {
            return true;
        }
        if (!core::memory::make_unshared(space, request, memory)) {
            return false;
        }
        space.counters().fallbacks.fetch_add(1, std::memory_order_relaxed);
        return true;
    }
};

} // namespace riser::inline v0_1::memory_policy

#else

namespace riser::inline v0_1::memory_policy {

struct adaptive : bounds_checking {};

} // namespace riser::inline v0_1::memory_policy

#endif

namespace riser::inline v0_1::memory_policy {
static_assert(policy<adaptive>);
} // namespace riser::inline v0_1::memory_policy

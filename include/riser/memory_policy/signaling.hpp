#pragma once

#include "riser/core/memory/policy.hpp"
#include "riser/core/memory/signaling_memory.hpp"

namespace riser::inline v0_1::memory_policy {

/// Memory 0 lies in 4 GiB of reserved address space with a guard behind, so that accesses need no check: those beyond
/// the memory's size fault, and the fault becomes a trap. Such memories never move. The first one of an engine installs
/// a handler for SIGSEGV and SIGBUS, which leaves alone what is not a fault of a guest; see
/// core/memory/fault_handler.hpp. Linux on x86-64 only.
///
/// What cannot signal is bounds-checked: memories that are shared, addressed by i64 or of 1-byte pages, and all but
/// memory 0. Where no address space is left, making a memory fails; see adaptive.
struct signaling {
    static constexpr bool may_signal = true;
    static constexpr bool may_check = true;

    static bool make(address_space& space, const memory_request& request, linear_memory& memory) noexcept {
        if (core::memory::can_signal(request)) {
            return core::memory::make_signaling(space, request, memory, [](address_space&) noexcept { return true; });
        }
        return request.is_shared ? core::memory::make_shared(space, request, memory)
                                 : core::memory::make_unshared(space, request, memory);
    }
    static bool grow(address_space& space, linear_memory& memory, std::uint64_t bytes) noexcept {
        return core::memory::grow_reserved_or_checked(space, memory, bytes);
    }
    static void destroy(address_space& space, linear_memory& memory) noexcept {
        core::memory::destroy_reserved_or_checked(space, memory);
    }
};
static_assert(policy<signaling>);

} // namespace riser::inline v0_1::memory_policy

#pragma once

// Where there is a backend.
#if defined(__linux__) && defined(__x86_64__) && !defined(__ILP32__)

#    include "riser/core/interpreter/native_frames.hpp"
#    include "riser/core/memory/guest_scope.hpp"
#    include "riser/core/tiering/native_code.hpp"

#    include <cstdint>

#    include "riser/core/interpreter/begin_handlers.hpp"

/// Accesses of native code beyond a signaling memory: at a site that the backend has told.
namespace riser::inline v0_1::core::interpreter {

/// guarded_code::has_native. Runs in the signal handler; the call that faulted holds its module.
[[nodiscard]] inline bool has_native_site(const runtime::code_map& map, std::uintptr_t pc) noexcept {
    const runtime::native_location at = runtime::locate_native_code(map, reinterpret_cast<const void*>(pc));
    return at.range != nullptr && at.range->site_at(at.offset) != nullptr;
}

/// What handlers and native code of an engine may fault at, but for its map of code.
inline constexpr memory::guarded_code guarded_beside_native{
    &fault_landing,   fault_sites, fault_sites_end, &trap_of_kind_from_native<trap_kind::memory_out_of_bounds>,
    &has_native_site, nullptr};

} // namespace riser::inline v0_1::core::interpreter

#    include "riser/core/interpreter/end_handlers.hpp"

#endif

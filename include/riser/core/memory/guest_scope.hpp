#pragma once

#include <atomic>

namespace riser::inline v0::core::memory {

/// "In guest": where this thread continues if an access to a signaling memory faults now; null while it runs anything
/// else. Two members say so at each border:
///
///     const void* outer = enter_guest(stub);  ...handlers run...  restore_guest(outer);   // an activation
///     const void* guest = leave_guest();      ...the host runs... restore_guest(guest);   // a call of the host
///
/// The model keeps the fault handler from allocating the variable, which it must not.
#if defined(__ELF__)
[[gnu::tls_model("initial-exec")]]
#endif
inline constinit thread_local std::atomic<const void*> guest_trap_stub = nullptr;

inline void restore_guest(const void* trap_stub) noexcept {
    // Accesses to guest memory must not be moved across the border.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    guest_trap_stub.store(trap_stub, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

/// \returns what to hand to restore_guest afterwards
[[nodiscard]] inline const void* enter_guest(const void* trap_stub) noexcept {
    const void* const outer = guest_trap_stub.load(std::memory_order_relaxed);
    restore_guest(trap_stub);
    return outer;
}

/// \returns what to hand to restore_guest afterwards
[[nodiscard]] inline const void* leave_guest() noexcept { return enter_guest(nullptr); }

} // namespace riser::inline v0::core::memory

#pragma once

#include <atomic>

namespace riser::inline v0::core::memory {

struct guest_code;

/// "In guest": the code of which an access to a signaling memory may fault now, on this thread; null while it runs anything
/// else. Two functions say so at each border:
///
///     const guest_code* outer = enter_guest(&code);  ...handlers run...  restore_guest(outer);   // an activation
///     const guest_code* guest = leave_guest();       ...the host runs... restore_guest(guest);   // a call of the host
///
/// The model keeps the fault handler from allocating the variable, which it must not.
#if defined(__ELF__)
[[gnu::tls_model("initial-exec")]]
#endif
inline constinit thread_local std::atomic<const guest_code*> running_guest = nullptr;

inline void restore_guest(const guest_code* code) noexcept {
    // Accesses to guest memory must not be moved across the border.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    running_guest.store(code, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

/// \returns what to hand to restore_guest afterwards
[[nodiscard]] inline const guest_code* enter_guest(const guest_code* code) noexcept {
    const guest_code* const outer = running_guest.load(std::memory_order_relaxed);
    restore_guest(code);
    return outer;
}

/// \returns what to hand to restore_guest afterwards
[[nodiscard]] inline const guest_code* leave_guest() noexcept { return enter_guest(nullptr); }

} // namespace riser::inline v0::core::memory

#pragma once

#include "riser/core/memory/guest_scope.hpp"
#include "riser/core/memory/os_linux_signals.hpp"
#include "riser/core/memory/reservations.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>

namespace riser::inline v0::core::memory {

/// A fault is ours where it hit a reservation while this thread was in the guest. Looks at the table first: a thread
/// that never was in a guest has no business there.
inline const void* resume_after_fault(std::uintptr_t address) noexcept {
    return reservations.contains(address) ? guest_trap_stub.load(std::memory_order_relaxed) : nullptr;
}

/// The fault handler of the process, which lives as long as an engine that needs it. A library that contains riser must
/// not be unloaded while somebody may still call a handler of ours that they replaced.
class fault_handler {
public:
    /// Counted: each call that returned true wants one of release. Thread-safe.
    [[nodiscard, gnu::cold]] static bool acquire() noexcept {
        const std::lock_guard lock(mutex_);
        if (!segv::install()) {
            return false;
        }
        if (!bus::install()) {
            drop_unused();
            return false;
        }
        ++users_;
        return true;
    }

    static void release() noexcept {
        const std::lock_guard lock(mutex_);
        --users_;
        drop_unused();
    }

private:
    using segv = os::signal_layers<SIGSEGV, &resume_after_fault>;
    using bus = os::signal_layers<SIGBUS, &resume_after_fault>;

    static void drop_unused() noexcept {
        if (users_ == 0) {
            bus::remove();
            segv::remove();
        }
    }

    static inline constinit std::mutex mutex_;
    static inline std::size_t users_ = 0;
};

} // namespace riser::inline v0::core::memory

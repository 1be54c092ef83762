#pragma once

#include "riser/core/memory/guest_scope.hpp"
#include "riser/core/memory/os_linux_signals.hpp"
#include "riser/core/memory/reservations.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>

namespace riser::inline v0_1::core::memory {

/// A fault is ours where it hit a reservation while this thread was in the guest, and at an instruction that is known to be
/// an access of the guest: anywhere else registers hold something else, and what is wrong is the host's affair. Looks at the
/// table of reservations first: a thread that never was in a guest has no business there.
inline fault_resumption resume_after_fault(std::uintptr_t address, std::uintptr_t pc) noexcept {
    const guarded_code* const guest =
        reservations.contains(address) ? running_guest.load(std::memory_order_relaxed) : nullptr;
    return guest != nullptr ? guest->resumption_at(pc) : fault_resumption{};
}

/// The fault handler of the process, which lives as long as an engine that needs it. A library that has installed it stays loaded:
/// whoever replaced the handler, or asked which it is, may call it or bring it back at any time.
class fault_handler {
public:
    /// Counted: each call that returned true wants one of release. Thread-safe.
    [[nodiscard, gnu::cold]] static bool acquire() noexcept {
        // Not while the mutex is held: a library that is being loaded may make an engine.
        os::keep_loaded(reinterpret_cast<const void*>(&os::receives_faults));
        os::keep_loaded(segv::first_handler());
        os::keep_loaded(bus::first_handler());
        check_thread.store(&os::receives_faults, std::memory_order_release);
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

} // namespace riser::inline v0_1::core::memory

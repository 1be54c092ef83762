#pragma once

#include "riser/core/memory/library.hpp"

#include <atomic>
#include <cstdint>

namespace riser::inline v0_1::core::runtime {

/// What wakes host functions that wait in the system, where no flag is seen. Of the process.
struct interrupt_waker {
    std::atomic<std::uint32_t> waiting;    ///< threads
    std::atomic<void (*)() noexcept> wake; ///< all of them, which look at their flags then. Async-signal-safe; set once
    std::atomic<int> event;                ///< what `wake` writes to; -1: none yet
};
inline constinit interrupt_waker waker{0, nullptr, -1};

/// Tells interrupts whom to call. The library that is first stays loaded, since all others call its function.
inline void publish_wake(void (*wake)() noexcept) noexcept {
    if (waker.wake.load(std::memory_order_acquire) == nullptr) {
        memory::os::keep_loaded(reinterpret_cast<const void*>(wake));
        void (*none)() noexcept = nullptr;
        waker.wake.compare_exchange_strong(none, wake, std::memory_order_acq_rel);
    }
}

/// Behind each flag that is raised. One that comes before a thread counts itself is seen by that thread, which looks afterwards.
inline void wake_waiting() noexcept {
    if (waker.waiting.load(std::memory_order_seq_cst) == 0) {
        return;
    }
    if (void (*const wake)() noexcept = waker.wake.load(std::memory_order_acquire)) {
        wake();
    }
}

} // namespace riser::inline v0_1::core::runtime

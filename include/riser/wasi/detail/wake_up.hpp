#pragma once

#include "riser/core/api/interrupt_waker.hpp"
#include "riser/wasi/detail/unique_fd.hpp"

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <utility>

#include <poll.h>
#include <unistd.h>
#if defined(__linux__)
#    include <sys/epoll.h>
#    include <sys/eventfd.h>
#endif

// How an interrupt reaches a thread that waits in the system: it writes to one descriptor of the process, which each thread watches
// through one of its own. That is edge-triggered: a write wakes all who wait, and nobody has to take it back.

namespace riser::inline v0_1::wasi::detail {

#if defined(__linux__)

/// What interrupts write to; -1 where the process may open no more. Never closed: a signal handler may be about to write.
[[nodiscard]] inline int interrupt_event() noexcept {
    std::atomic<int>& made = core::runtime::waker.event;
    int found = made.load(std::memory_order_acquire);
    if (found < 0) {
        unique_fd mine(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        if (made.compare_exchange_strong(found, mine.get(), std::memory_order_acq_rel)) {
            found = mine.release();
        }
    }
    return found;
}

inline void write_interrupt_event() noexcept {
    const int before = errno; // of whom a signal handler has interrupted
    const std::uint64_t one = 1;
    static_cast<void>(::write(interrupt_event(), &one, sizeof one) == sizeof one); // all are awake where it is full
    errno = before;
}

/// Forgets the interrupts that there were.
inline void clear_interrupt_watch(int watch) noexcept {
    ::epoll_event edge{};
    static_cast<void>(::epoll_wait(watch, &edge, 1, 0));
}

/// A thread's own descriptor. Guests may also wait in destructors of the thread's variables, behind its own.
struct thread_watch {
    static constexpr int none = -1;
    static constexpr int ended = -2;
    static inline constinit thread_local int number = none;

    ~thread_watch() {
        if (number >= 0) {
            ::close(number);
        }
        number = ended;
    }
};

/// Becomes readable with each interrupt, for this thread; negative where the process may open no more, or the thread ends.
[[nodiscard]] inline int interrupt_watch() noexcept {
    if (thread_watch::number == thread_watch::none && interrupt_event() >= 0) {
        static thread_local const thread_watch closes_it;
        static_cast<void>(closes_it);
        unique_fd made(::epoll_create1(EPOLL_CLOEXEC));
        ::epoll_event edge{};
        edge.events = EPOLLIN | EPOLLET;
        if (made && ::epoll_ctl(made.get(), EPOLL_CTL_ADD, interrupt_event(), &edge) == 0) {
            clear_interrupt_watch(made.get());
            thread_watch::number = made.release();
        }
    }
    return thread_watch::number;
}

#else

inline void write_interrupt_event() noexcept {}
[[nodiscard]] inline int interrupt_watch() noexcept { return -1; }
inline void clear_interrupt_watch(int) noexcept {}

#endif

/// Counts this thread among those that wait, as long as it lives. Whoever looks for an interrupt afterwards, and then polls `watch`,
/// misses none.
class awaiting_interrupts {
public:
    awaiting_interrupts() noexcept : watch_(interrupt_watch()) {
        if (watch_ >= 0) {
            core::runtime::publish_wake(&write_interrupt_event);
            core::runtime::waker.waiting.fetch_add(1, std::memory_order_seq_cst);
        }
    }
    awaiting_interrupts(const awaiting_interrupts&) = delete;
    awaiting_interrupts& operator=(const awaiting_interrupts&) = delete;
    ~awaiting_interrupts() {
        if (watch_ >= 0) {
            core::runtime::waker.waiting.fetch_sub(1, std::memory_order_seq_cst);
        }
    }

    /// What to poll beside others; nothing where there is none.
    [[nodiscard]] pollfd watch() const noexcept { return {watch_, POLLIN, 0}; }
    /// Behind a poll that said `watched` of it.
    void note(const pollfd& watched) const noexcept {
        if (watched.revents != 0) {
            clear_interrupt_watch(watch_);
        }
    }

private:
    int watch_;
};

} // namespace riser::inline v0_1::wasi::detail

#pragma once

#include "riser/caller.hpp"
#include "riser/config.hpp"
#include "riser/wasi/detail/descriptor.hpp"
#include "riser/wasi/detail/time.hpp"
#include "riser/wasi/detail/wake_up.hpp"
#include "riser/wasi/errc.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <poll.h>
#include <sys/types.h>
#include <time.h>

// How a guest waits: until an interrupt comes, and no longer than its deadline.

namespace riser::inline v0_1::wasi::detail {

/// In nanoseconds: how long an interrupt may go unseen where it wakes nobody, as in a process that may open no more files.
inline constexpr std::uint64_t longest_wait = 10'000'000;
/// In nanoseconds: what is not worth a descriptor by which interrupts wake.
inline constexpr std::uint64_t short_wait = 500'000;

/// Waits until one of `watched` is ready, `nanoseconds` have passed, a signal or an interrupt came, or longest_wait is over; the caller
/// looks, and waits again. `watched` has one element more, for the interrupts. \returns intr where an interrupt is to end the call.
[[nodiscard]] inline errc wait_a_while(const caller& who, std::span<pollfd> watched,
                                       std::uint64_t nanoseconds) noexcept {
    const std::uint64_t longest = std::min({nanoseconds, longest_wait, who.nanoseconds_left()});
    std::optional<awaiting_interrupts> awaiting;
    pollfd& interrupts = watched.back();
    interrupts = {-1, 0, 0};
    if (longest > short_wait) {
        interrupts = awaiting.emplace().watch();
    }
    if (who.is_interrupted()) {
        return errc::intr;
    }
    for (pollfd& each : watched) {
        each.revents = 0;
    }
    const timespec timeout = to_timespec(longest);
    const int ready = ::ppoll(watched.data(), core::cast<nfds_t>(watched.size()), &timeout, nullptr);
    if (awaiting) {
        awaiting->note(interrupts);
    }
    return ready >= 0 || errno == EINTR ? errc::success : last_error();
}

/// Reads, writes or accepts on a descriptor of the host by `system_call`, whose result becomes `size`.
///
/// Waiting or not is done here. What is the guest's own never blocks in the call. What was lent may, since its mode is not
/// the guest's to change; so it is only called when it is ready.
template <class Call>
[[nodiscard]] errc transfer_waiting(const caller& who, const descriptor& file, short readiness, Call system_call,
                                    std::size_t& size) {
    pollfd watched[] = {{file.host, readiness, 0}, {}};
    bool is_ready = file.kind == descriptor_kind::file || (file.owned && file.is_nonblocking);
    for (;;) {
        if (is_ready) {
            const ssize_t outcome = system_call();
            if (outcome >= 0) {
                size = static_cast<std::size_t>(outcome);
                return errc::success;
            }
            if (errno != EINTR && (errno != EAGAIN || file.is_nonblocking)) {
                return last_error();
            }
        }
        const errc failure = wait_a_while(who, watched, file.is_nonblocking ? 0 : UINT64_MAX);
        if (failure != errc::success) {
            return failure;
        }
        is_ready = watched[0].revents != 0;
        if (!is_ready && file.is_nonblocking) {
            return errc::again;
        }
    }
}

} // namespace riser::inline v0_1::wasi::detail

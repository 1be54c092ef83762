#pragma once

#include "riser/caller.hpp"
#include "riser/config.hpp"
#include "riser/wasi/detail/descriptor.hpp"
#include "riser/wasi/detail/time.hpp"
#include "riser/wasi/errc.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>

#include <poll.h>
#include <sys/types.h>
#include <time.h>

// How a guest waits: a little at a time, so that an interrupt of its store is seen, and no longer than its deadline.

namespace riser::inline v0_1::wasi::detail {

/// How long an interrupt may go unseen, in nanoseconds.
inline constexpr std::uint64_t longest_wait = 10'000'000;

/// Waits until one of `watched` is ready, `nanoseconds` have passed, a signal came, or longest_wait is over; the caller
/// looks, and waits again. \returns intr where an interrupt is to end the call.
[[nodiscard]] inline errc wait_a_while(const caller& who, std::span<pollfd> watched,
                                       std::uint64_t nanoseconds) noexcept {
    if (who.is_interrupted()) {
        return errc::intr;
    }
    for (pollfd& each : watched) {
        each.revents = 0;
    }
    const timespec timeout = to_timespec(std::min({nanoseconds, longest_wait, who.nanoseconds_left()}));
    const int ready = ::ppoll(watched.data(), core::cast<nfds_t>(watched.size()), &timeout, nullptr);
    return ready >= 0 || errno == EINTR ? errc::success : last_error();
}

/// Reads, writes or accepts on a descriptor of the host by `system_call`, whose result becomes `size`.
///
/// Waiting or not is done here. What is the guest's own never blocks in the call. What was lent may, since its mode is not
/// the guest's to change; so it is only called when it is ready.
template <class Call>
[[nodiscard]] errc transfer_waiting(const caller& who, const descriptor& file, short readiness, Call system_call,
                                    std::size_t& size) {
    pollfd watched{file.host, readiness, 0};
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
        const errc failure = wait_a_while(who, {&watched, 1}, file.is_nonblocking ? 0 : UINT64_MAX);
        if (failure != errc::success) {
            return failure;
        }
        is_ready = watched.revents != 0;
        if (!is_ready && file.is_nonblocking) {
            return errc::again;
        }
    }
}

} // namespace riser::inline v0_1::wasi::detail

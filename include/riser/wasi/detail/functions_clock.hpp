#pragma once

#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/context.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/detail/time.hpp"
#include "riser/wasi/errc.hpp"

#include <cstdint>
#include <memory>

#include <time.h>

namespace riser::inline v0_1::wasi::detail {

/// The CPU-time clocks are those of this process and thread.
[[nodiscard]] inline bool find_clock(std::uint32_t id, clockid_t& found) noexcept {
    switch (static_cast<clock_id>(id)) {
    case clock_id::realtime: found = CLOCK_REALTIME; return true;
    case clock_id::monotonic: found = CLOCK_MONOTONIC; return true;
    case clock_id::process_cputime: found = CLOCK_PROCESS_CPUTIME_ID; return true;
    case clock_id::thread_cputime: found = CLOCK_THREAD_CPUTIME_ID; return true;
    }
    return false;
}

/// Calls the embedder's function where there is one: what was found in the guest's memory before, and the context, may be gone after it.
[[nodiscard]] inline errc read_clock(const clock_source& source, std::uint32_t id, std::uint64_t& now) {
    clockid_t clock;
    timespec time;
    if (!find_clock(id, clock)) {
        return errc::inval;
    }
    if (source.now) {
        now = source.now(static_cast<clock_id>(id));
        return errc::success;
    }
    if (::clock_gettime(clock, &time) != 0) {
        return last_error();
    }
    now = to_nanoseconds(time);
    return errc::success;
}

inline errc clock_res_get(context& self, const guest_memory& memory, std::uint32_t id, std::uint32_t resolution_at) {
    guest_record place;
    clockid_t clock;
    timespec time;
    if (!memory.find(resolution_at, 8, place)) {
        return errc::fault;
    }
    if (!find_clock(id, clock)) {
        return errc::inval;
    }
    if (self.clock().now) {
        place.set(0, self.clock().resolution);
        return errc::success;
    }
    if (::clock_getres(clock, &time) != 0) {
        return last_error();
    }
    place.set(0, to_nanoseconds(time));
    return errc::success;
}

inline errc clock_time_get(context& self, const guest_memory& memory, std::uint32_t id, std::uint64_t /*precision*/,
                           std::uint32_t time_at) {
    guest_record place;
    std::uint64_t now = 0;
    if (!memory.find(time_at, 8, place)) {
        return errc::fault;
    }
    const std::shared_ptr<const clock_source> source = self.state().clock;
    if (const errc failure = read_clock(*source, id, now); failure != errc::success) {
        return failure;
    }
    if (!memory.find(time_at, 8, place)) {
        return errc::fault;
    }
    place.set(0, now);
    return errc::success;
}

} // namespace riser::inline v0_1::wasi::detail

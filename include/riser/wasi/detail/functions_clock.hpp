#pragma once

#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/context.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/detail/time.hpp"
#include "riser/wasi/errc.hpp"

#include <cstdint>

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

[[nodiscard]] inline errc read_clock(const context& self, std::uint32_t id, std::uint64_t& now) {
    clockid_t clock;
    timespec time;
    if (!find_clock(id, clock)) {
        return errc::inval;
    }
    if (self.clock().now) {
        now = self.clock().now(static_cast<clock_id>(id));
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
    const errc failure = read_clock(self, id, now);
    if (failure == errc::success) {
        place.set(0, now);
    }
    return failure;
}

} // namespace riser::inline v0_1::wasi::detail

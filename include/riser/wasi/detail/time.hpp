#pragma once

#include <cstdint>

#include <time.h>

namespace riser::inline v0_1::wasi::detail {

inline constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;

/// The nearest that there is for times before 1970 and after 2554.
[[nodiscard]] inline std::uint64_t to_nanoseconds(const timespec& time) noexcept {
    if (time.tv_sec < 0) {
        return 0;
    }
    if (static_cast<std::uint64_t>(time.tv_sec) >= UINT64_MAX / nanoseconds_per_second) {
        return UINT64_MAX;
    }
    return static_cast<std::uint64_t>(time.tv_sec) * nanoseconds_per_second + static_cast<std::uint64_t>(time.tv_nsec);
}

[[nodiscard]] inline timespec to_timespec(std::uint64_t nanoseconds) noexcept {
    timespec time{};
    time.tv_sec = static_cast<time_t>(nanoseconds / nanoseconds_per_second);
    time.tv_nsec = static_cast<long>(nanoseconds % nanoseconds_per_second);
    return time;
}

} // namespace riser::inline v0_1::wasi::detail

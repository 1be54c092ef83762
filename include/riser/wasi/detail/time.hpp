#pragma once

#include <cstdint>

#include <time.h>

namespace riser::inline v0::wasi::detail {

inline constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;

[[nodiscard]] inline std::uint64_t to_nanoseconds(const timespec& time) noexcept {
    return static_cast<std::uint64_t>(time.tv_sec) * nanoseconds_per_second + static_cast<std::uint64_t>(time.tv_nsec);
}

[[nodiscard]] inline timespec to_timespec(std::uint64_t nanoseconds) noexcept {
    timespec time{};
    time.tv_sec = static_cast<time_t>(nanoseconds / nanoseconds_per_second);
    time.tv_nsec = static_cast<long>(nanoseconds % nanoseconds_per_second);
    return time;
}

} // namespace riser::inline v0::wasi::detail

#pragma once

#include <cstdint>
#include <type_traits>

namespace riser::inline v0_1::core {

/// A std::chrono::duration, recognised by what it consists of: <chrono> takes as long to compile as all that includes this.
template <class T>
concept duration = requires(const T& time) {
    { time.count() };
    { T::period::num / T::period::den };
};

/// What is negative is none; what is too long is UINT64_MAX.
template <duration T>
[[nodiscard]] constexpr std::uint64_t nanoseconds_of(const T& time) noexcept {
    constexpr std::intmax_t second = 1'000'000'000;
    const double estimate = static_cast<double>(time.count()) * second * T::period::num / T::period::den;
    if (estimate >= static_cast<double>(INT64_MAX)) {
        return UINT64_MAX;
    }
    if (!(estimate > 0)) {
        return 0;
    }
    if constexpr (std::is_integral_v<decltype(time.count())> && second % T::period::den == 0) {
        return static_cast<std::uint64_t>(time.count()) * (second / T::period::den * T::period::num);
    } else {
        return static_cast<std::uint64_t>(estimate);
    }
}

} // namespace riser::inline v0_1::core

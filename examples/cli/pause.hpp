#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace cli {

/// Waits, unless told to stop. \returns false where it was.
[[nodiscard]] inline bool pause(const std::stop_token& stop, std::chrono::nanoseconds time) {
    // Clocks cannot add what comes close to their range.
    constexpr std::chrono::hours longest{24 * 365 * 100};
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, time < longest ? time : longest, [] { return false; });
    return !stop.stop_requested();
}

} // namespace cli

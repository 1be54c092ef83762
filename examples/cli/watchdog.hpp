#pragma once

#include "riser/store.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace cli {

/// Ends what runs in a store when its time is over: interrupts it, and where it does not end, because it waits in a system
/// call, does what it is told to, which is not to return.
class watchdog {
public:
    /// Without a time it does nothing.
    watchdog(const riser::store& store, std::optional<std::chrono::nanoseconds> time, std::function<void()> give_up);
    watchdog(const watchdog&) = delete;
    watchdog& operator=(const watchdog&) = delete;
    ~watchdog();

private:
    void watch(std::chrono::nanoseconds time);

    riser::interrupt_handle handle_;
    std::function<void()> give_up_;
    std::mutex mutex_;
    std::condition_variable ended_;
    bool has_ended_ = false;
    std::thread thread_;
};

} // namespace cli

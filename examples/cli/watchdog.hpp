#pragma once

#include "riser/store.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <thread>

namespace cli {

/// Ends what runs in a store when its time is over: interrupts it, and where it does not end, because it waits in a system
/// call, does what it is told to, which is not to return. Watches until it is destroyed.
class watchdog {
public:
    /// Without a time it does nothing.
    watchdog(const riser::store& store, std::optional<std::chrono::nanoseconds> time, std::function<void()> give_up);

private:
    std::jthread thread_;
};

} // namespace cli

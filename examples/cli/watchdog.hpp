#pragma once

#include "riser/store.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <thread>

namespace cli {

/// Ends what runs in a store when its time is over, by its deadline; and where it does not end, because it waits in a system call that
/// only this process's end ends, does what it is told to, which is not to return. Watches until it is destroyed.
class watchdog {
public:
    /// Without a time it does nothing.
    watchdog(riser::store& store, std::optional<std::chrono::nanoseconds> time, std::function<void()> give_up);

private:
    std::jthread thread_;
};

} // namespace cli

#include "watchdog.hpp"

#include <algorithm>
#include <utility>

cli::watchdog::watchdog(const riser::store& store, std::optional<std::chrono::nanoseconds> time,
                        std::function<void()> give_up)
    : handle_(store.interrupt_handle()), give_up_(std::move(give_up)) {
    if (!time) {
        return;
    }
    if (*time == std::chrono::nanoseconds::zero()) {
        handle_.interrupt(); // nothing is to run at all
    }
    thread_ = std::thread([this, time = *time] { watch(time); });
}

cli::watchdog::~watchdog() {
    if (!thread_.joinable()) {
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        has_ended_ = true;
    }
    ended_.notify_one();
    thread_.join();
}

void cli::watchdog::watch(std::chrono::nanoseconds time) {
    // How long a guest that does get the interrupt may take to end, and its backtrace to be written.
    constexpr std::chrono::milliseconds grace{500};
    constexpr std::chrono::hours longest{24 * 365 * 100}; // clocks cannot add what comes close to their range
    const auto until = std::chrono::steady_clock::now() + std::min<std::chrono::nanoseconds>(time, longest);
    const auto has_ended = [this] { return has_ended_; };
    std::unique_lock lock(mutex_);
    if (ended_.wait_until(lock, until, has_ended)) {
        return;
    }
    handle_.interrupt();
    if (!ended_.wait_for(lock, grace, has_ended)) {
        give_up_();
    }
}

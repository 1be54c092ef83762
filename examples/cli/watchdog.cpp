#include "watchdog.hpp"

#include "pause.hpp"

#include <utility>

cli::watchdog::watchdog(riser::store& store, std::optional<std::chrono::nanoseconds> time,
                        std::function<void()> give_up) {
    // How long a guest that does look at the clock may take to end, and its backtrace to be written.
    static constexpr std::chrono::milliseconds grace{500};
    if (!time) {
        return;
    }
    store.set_timeout(*time);
    thread_ = std::jthread([time = *time, give_up = std::move(give_up)](const std::stop_token& stop) {
        if (pause(stop, time) && pause(stop, grace)) {
            give_up();
        }
    });
}

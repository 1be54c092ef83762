#include "watchdog.hpp"

#include "pause.hpp"

#include <utility>

cli::watchdog::watchdog(const riser::store& store, std::optional<std::chrono::nanoseconds> time,
                        std::function<void()> give_up) {
    // How long a guest that does get the interrupt may take to end, and its backtrace to be written.
    static constexpr std::chrono::milliseconds grace{500};
    if (!time) {
        return;
    }
    const riser::interrupt_handle handle = store.interrupt_handle();
    if (*time == std::chrono::nanoseconds::zero()) {
        handle.interrupt(); // nothing is to run at all
    }
    thread_ = std::jthread([handle, time = *time, give_up = std::move(give_up)](const std::stop_token& stop) {
        if (!pause(stop, time)) {
            return;
        }
        handle.interrupt();
        if (pause(stop, grace)) {
            give_up();
        }
    });
}

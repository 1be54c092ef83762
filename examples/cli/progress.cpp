#include "progress.hpp"

#include "pause.hpp"
#include "report.hpp"

#include <chrono>
#include <cstdio>

cli::progress::progress(const std::string& what) {
    if (!is_terminal()) {
        return;
    }
    static constexpr std::chrono::milliseconds patience{400};
    thread_ = std::jthread([this, what](const std::stop_token& stop) {
        if (pause(stop, patience)) {
            is_shown_ = true;
            std::fprintf(stderr, "riser: %s ...", what.c_str());
            std::fflush(stderr);
        }
    });
}

cli::progress::~progress() {
    if (!thread_.joinable()) {
        return;
    }
    thread_.request_stop();
    thread_.join();
    if (is_shown_) {
        std::fputs("\r\x1b[K", stderr); // the line is gone
        std::fflush(stderr);
    }
}

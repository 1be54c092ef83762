#include "progress.hpp"

#include "report.hpp"

#include <chrono>
#include <cstdio>

cli::progress::progress(const std::string& what) {
    if (is_terminal()) {
        thread_ = std::thread([this, what] { show(what); });
    }
}

cli::progress::~progress() {
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

void cli::progress::show(const std::string& what) {
    constexpr std::chrono::milliseconds patience{400};
    std::unique_lock lock(mutex_);
    if (ended_.wait_for(lock, patience, [this] { return has_ended_; })) {
        return;
    }
    std::fprintf(stderr, "riser: %s ...", what.c_str());
    std::fflush(stderr);
    ended_.wait(lock, [this] { return has_ended_; });
    std::fputs("\r\x1b[K", stderr); // the line is gone
    std::fflush(stderr);
}

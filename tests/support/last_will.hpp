#pragma once

#include <functional>
#include <utility>

namespace test {

/// Does something when it goes: what a callable of the host may hold.
struct last_will {
    explicit last_will(std::function<void()> will_) : will(std::move(will_)) {}
    last_will(const last_will&) = delete;
    last_will& operator=(const last_will&) = delete;
    ~last_will() { will(); }
    std::function<void()> will;
};

} // namespace test

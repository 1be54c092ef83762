#pragma once

#include <utility>

#include <unistd.h>

namespace riser::inline v0_1::wasi::detail {

/// A descriptor of the host that is closed by its owner.
class unique_fd {
public:
    unique_fd() noexcept = default;
    explicit unique_fd(int number) noexcept : number_(number) {}
    unique_fd(unique_fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    unique_fd& operator=(unique_fd&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~unique_fd() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }

    [[nodiscard]] int get() const noexcept { return number_; } ///< -1: none
    [[nodiscard]] explicit operator bool() const noexcept { return number_ >= 0; }
    void reset() noexcept { *this = unique_fd(); }
    /// Gives up ownership.
    [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

private:
    int number_ = -1;
};

} // namespace riser::inline v0_1::wasi::detail

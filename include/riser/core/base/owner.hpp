#pragma once

#include <utility>

namespace riser::inline v0_1::core {

/// A pointer that deletes: a std::unique_ptr of five functions instead of forty for each type.
template <class T>
class owner {
public:
    owner() noexcept = default;
    explicit owner(T* object) noexcept : object_(object) {} ///< what `new` made
    owner(owner&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    owner& operator=(owner other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~owner() { delete object_; }

    [[nodiscard]] T* get() const noexcept { return object_; }
    T* release() noexcept { return std::exchange(object_, nullptr); } ///< the caller deletes it
    [[nodiscard]] T* operator->() const noexcept { return object_; }

private:
    T* object_ = nullptr;
};

} // namespace riser::inline v0_1::core

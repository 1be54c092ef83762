#pragma once

#include "riser/wasi/errc.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace riser::inline v0_1::wasi::detail {

/// A vector for what a guest decides: where there is no memory it says so, with and without exceptions. Items are
/// default-initialised before they are assigned.
template <class T>
class growing_array {
public:
    growing_array() noexcept = default;
    growing_array(growing_array&& other) noexcept
        : items_(std::move(other.items_)), size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    growing_array& operator=(growing_array other) noexcept {
        items_.swap(other.items_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
        return *this;
    }

    /// Makes room for `size` items in all. \returns nomem where there is no memory; then nothing has changed.
    [[nodiscard]] errc reserve(std::size_t size) noexcept {
        if (size <= capacity_) {
            return errc::success;
        }
        const std::size_t capacity = std::max({size, 2 * capacity_, least});
        std::unique_ptr<T[]> larger(new (std::nothrow) T[capacity]);
        if (!larger) {
            return errc::nomem;
        }
        std::move(begin(), end(), larger.get());
        items_ = std::move(larger);
        capacity_ = capacity;
        return errc::success;
    }
    /// \returns nomem as reserve().
    [[nodiscard]] errc append(T item) noexcept {
        const errc failure = reserve(size_ + 1);
        if (failure == errc::success) {
            items_[size_++] = std::move(item);
        }
        return failure;
    }
    /// Appends copies of all, or none of them. \returns nomem as reserve().
    [[nodiscard]] errc append(std::span<const T> items) noexcept {
        const errc failure = reserve(size_ + items.size());
        if (failure == errc::success) {
            std::copy(items.begin(), items.end(), end());
            size_ += items.size();
        }
        return failure;
    }
    /// Keeps the first `size` items, of at least as many.
    void shrink(std::size_t size) noexcept { size_ = size; }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] T& operator[](std::size_t at) noexcept { return items_[at]; }
    [[nodiscard]] const T& operator[](std::size_t at) const noexcept { return items_[at]; }
    [[nodiscard]] T* data() noexcept { return items_.get(); }
    [[nodiscard]] const T* data() const noexcept { return items_.get(); }
    [[nodiscard]] T* begin() noexcept { return data(); }
    [[nodiscard]] T* end() noexcept { return data() + size_; }
    [[nodiscard]] const T* begin() const noexcept { return data(); }
    [[nodiscard]] const T* end() const noexcept { return data() + size_; }

private:
    static constexpr std::size_t least = std::max<std::size_t>(256 / sizeof(T), 8);

    std::unique_ptr<T[]> items_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace riser::inline v0_1::wasi::detail

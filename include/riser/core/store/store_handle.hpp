#pragma once

#include "riser/config.hpp"
#include "riser/error.hpp"
#include "riser/fwd.hpp"

#include <utility>

namespace riser::inline v0_1::core::runtime {

/// For handles: keeps the object, and with it the store, alive. Not thread-safe.
RISER_INLINE void retain_handle(store_object* object) noexcept;
RISER_INLINE void release_handle(store_object* object) noexcept;

/// What the handles of the public API hold: a counted reference to an object of a store.
class store_handle {
public:
    store_handle() noexcept = default; ///< of nothing
    explicit store_handle(store_object* object) noexcept : object_(object) { retain_handle(object); }
    store_handle(const store_handle& other) noexcept : object_(other.object_) {
        if (object_ != nullptr) {
            retain_handle(object_);
        }
    }
    store_handle(store_handle&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    store_handle& operator=(store_handle other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~store_handle() {
        if (object_ != nullptr) {
            release_handle(object_);
        }
    }

    [[nodiscard]] store_object* get() const noexcept { return object_; }
    friend bool operator==(const store_handle& a, const store_handle& b) noexcept { return a.object_ == b.object_; }

private:
    store_object* object_ = nullptr;
};

/// What the handle of a `kind` refers to; a usage_error where it was moved from, see throw_or_end.
[[nodiscard]] inline store_object& object_of(const store_handle& handle, const char* kind) {
    if (handle.get() == nullptr) [[unlikely]] {
        throw_or_end(moved_from(kind));
    }
    return *handle.get();
}

} // namespace riser::inline v0_1::core::runtime

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/handles.hpp"
#endif

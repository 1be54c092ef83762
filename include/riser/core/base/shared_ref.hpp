#pragma once

#include <utility>

namespace riser::inline v0_1::core::runtime {

/// Ends an object when its last reference is gone. Objects carry theirs, so that only who makes one compiles what it takes to
/// destroy it.
template <class T>
using destroyer = void (*)(const T*) noexcept;

/// A counted pointer to an object that several threads may share. Whoever declares `T` declares beside it
/// `void retain(const T*) noexcept` and `void release(const T*) noexcept`, so that holders need not see the whole type.
template <class T>
class shared_ref {
public:
    shared_ref() noexcept = default;
    shared_ref(const shared_ref& other) noexcept : object_(other.object_) {
        if (object_ != nullptr) {
            retain(object_);
        }
    }
    shared_ref(shared_ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    shared_ref& operator=(shared_ref other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
#if defined(__GNUC__) && !defined(__clang__)
#    pragma GCC diagnostic push
#    pragma GCC diagnostic ignored "-Wmaybe-uninitialized" // GCC 12 says so of what std::optional does not contain
#endif
    ~shared_ref() {
        if (object_ != nullptr) {
            release(object_);
        }
    }
#if defined(__GNUC__) && !defined(__clang__)
#    pragma GCC diagnostic pop
#endif

    /// Takes over a reference that the caller owns: a new object is born with one.
    [[nodiscard]] static shared_ref adopt(T* object) noexcept { return shared_ref(object); }
    /// Adds a reference.
    [[nodiscard]] static shared_ref share(T* object) noexcept {
        if (object != nullptr) {
            retain(object);
        }
        return shared_ref(object);
    }

    [[nodiscard]] T* get() const noexcept { return object_; }
    [[nodiscard]] T* operator->() const noexcept { return object_; }
    [[nodiscard]] T& operator*() const noexcept { return *object_; }
    [[nodiscard]] explicit operator bool() const noexcept { return object_ != nullptr; }
    friend bool operator==(const shared_ref& a, const shared_ref& b) noexcept { return a.object_ == b.object_; }

private:
    explicit shared_ref(T* object) noexcept : object_(object) {}
    T* object_ = nullptr;
};

} // namespace riser::inline v0_1::core::runtime

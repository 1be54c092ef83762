#pragma once

#include "riser/core/base/allocator.hpp"

#include <cstddef>
#include <cstring>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace riser::inline v0_1::core::runtime {

/// The bytes of a module, and what is to be done when nobody needs them any more: they may be a copy, a vector of the
/// embedder, or a mapping.
class module_bytes {
public:
    using releaser = void (*)(void* owner, std::span<const std::byte> bytes) noexcept;

    module_bytes() noexcept = default;
    /// `release` gets `owner` and `bytes`, once, on any thread; `bytes` stay as they are until then.
    module_bytes(std::span<const std::byte> bytes, releaser release, void* owner) noexcept
        : bytes_(bytes), release_(release), owner_(owner) {}
    module_bytes(module_bytes&& other) noexcept
        : bytes_(std::exchange(other.bytes_, {})), release_(std::exchange(other.release_, nullptr)),
          owner_(other.owner_) {}
    module_bytes& operator=(module_bytes other) noexcept {
        std::swap(bytes_, other.bytes_);
        std::swap(release_, other.release_);
        std::swap(owner_, other.owner_);
        return *this;
    }
    ~module_bytes() {
        if (release_ != nullptr) {
            release_(owner_, bytes_);
        }
    }

    /// A copy in memory of `source`, which must outlive it. \returns false where there is none.
    [[nodiscard, gnu::cold]] static bool try_copy(const allocator& source, std::span<const std::byte> bytes,
                                                  module_bytes& copy) noexcept {
        if (bytes.empty()) {
            copy = {};
            return true;
        }
        void* const block = source.allocate(source.user, bytes.size(), 1);
        if (block == nullptr) {
            return false;
        }
        std::memcpy(block, bytes.data(), bytes.size());
        const releaser free_copy = [](void* owner, std::span<const std::byte> copied) noexcept {
            const auto& from = *static_cast<const allocator*>(owner);
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): its own block, which it only lends as constant
            from.deallocate(from.user, const_cast<std::byte*>(copied.data()), copied.size(), 1);
        };
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the releaser makes it constant again
        copy = {{static_cast<const std::byte*>(block), bytes.size()}, free_copy, const_cast<allocator*>(&source)};
        return true;
    }

    /// Takes over a vector, of whatever kind. \returns false where there is no memory for it.
    template <class Vector>
    [[nodiscard, gnu::cold]] static bool try_adopt(Vector&& bytes, module_bytes& to) noexcept {
        static_assert(!std::is_reference_v<Vector>);
        auto* const owned = new (std::nothrow) Vector(std::move(bytes));
        if (owned != nullptr) {
            to = {{owned->data(), owned->size()},
                  [](void* owner, std::span<const std::byte>) noexcept { delete static_cast<Vector*>(owner); },
                  owned};
        }
        return owned != nullptr;
    }

    operator std::span<const std::byte>() const noexcept { return bytes_; }
    [[nodiscard]] const std::byte* data() const noexcept { return bytes_.data(); }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

private:
    std::span<const std::byte> bytes_;
    releaser release_ = nullptr;
    void* owner_ = nullptr;
};

} // namespace riser::inline v0_1::core::runtime

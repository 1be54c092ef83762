#pragma once

#include "riser/config.hpp"
#include "riser/core/store/store_handle.hpp"
#include "riser/error.hpp"
#include "riser/fwd.hpp"
#include "riser/guest_span.hpp"
#include "riser/value.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

namespace riser::inline v0_1 {

/// A linear memory (Core specification 4.2.8). A handle, of its store's thread. What is done with one that was
/// moved from is a usage_error.
class memory {
public:
    /// \returns resource_error where there is no room, usage_error for an invalid type.
    [[nodiscard]] static RISER_INLINE result<riser::memory> try_create(store& where, const memory_type& type);

    /// With the current size as its minimum.
    [[nodiscard]] RISER_INLINE memory_type type() const;
    [[nodiscard]] RISER_INLINE std::uint64_t size() const; ///< in bytes
    [[nodiscard]] RISER_INLINE std::uint64_t pages() const;
    /// Are accesses kept inside by guard pages rather than comparisons?
    [[nodiscard]] RISER_INLINE bool is_guarded() const;

    /// Everything. Valid until the next call into wasm or growth.
    [[nodiscard]] RISER_INLINE std::span<std::byte> data() const;
    /// `size` bytes from `address`. \returns trap (memory_out_of_bounds). Valid as long as data().
    [[nodiscard]] RISER_INLINE result<std::span<std::byte>> try_range(std::uint64_t address, std::uint64_t size) const;

    /// Grows by `pages` zero-filled pages. \returns the size before, in pages; resource_error beyond the maximum.
    RISER_INLINE result<std::uint64_t> try_grow(std::uint64_t pages) const;

    /// A number (little-endian) or trivially copyable value at `address`. \returns trap (memory_out_of_bounds).
    template <class T>
    [[nodiscard]] result<T> try_read(std::uint64_t address) const {
        static_assert(std::is_trivially_copyable_v<T>);
        const result<std::span<std::byte>> range = try_range(address, sizeof(T));
        if (!range) {
            return range.error();
        }
        return core::runtime::load_guest<T>(range->data());
    }
    template <class T>
    result<void> try_write(std::uint64_t address, const T& value) const {
        static_assert(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>);
        const result<std::span<std::byte>> range = try_range(address, sizeof(T));
        if (!range) {
            return range.error();
        }
        core::runtime::store_guest(range->data(), value);
        return {};
    }

#if defined(__cpp_exceptions)
    template <std::same_as<riser::store> Store> // a template: riser/store.hpp has what it needs
    [[nodiscard]] static riser::memory create(Store& where, const memory_type& type) {
        return try_create(where, type).value();
    }
    [[nodiscard]] std::span<std::byte> range(std::uint64_t address, std::uint64_t size) const {
        return try_range(address, size).value();
    }
    std::uint64_t grow(std::uint64_t pages) const { return try_grow(pages).value(); }
    template <class T>
    [[nodiscard]] T read(std::uint64_t address) const {
        return try_read<T>(address).value();
    }
    template <class T>
    void write(std::uint64_t address, const T& value) const {
        try_write(address, value).value();
    }
#endif

    explicit memory(core::runtime::store_handle object) noexcept : object_(std::move(object)) {}
    [[nodiscard]] core::runtime::store_object& object() const { return core::runtime::object_of(object_, "memory"); }
    [[nodiscard]] const core::runtime::store_handle& handle() const noexcept { return object_; }
    [[nodiscard]] bool is_moved_from() const noexcept { return object_.get() == nullptr; }
    friend bool operator==(const memory&, const memory&) noexcept = default;

private:
    core::runtime::store_handle object_;
};

} // namespace riser::inline v0_1

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/memory.hpp"
#endif

#pragma once

#include "riser/config.hpp"
#include "riser/core/store/store_handle.hpp"
#include "riser/error.hpp"
#include "riser/fwd.hpp"
#include "riser/guest_span.hpp"
#include "riser/guest_value.hpp"
#include "riser/value.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace riser::inline v0_1 {

namespace core::runtime {

/// Exactly these: pointers and arrays convert to std::string_view too.
template <class T>
concept text_to_write = std::same_as<T, std::string_view> || std::same_as<T, std::string>;

} // namespace core::runtime

/// A linear memory (Core specification 4.2.8). A handle, of its store's thread. What is done with one that was moved from is a
/// usage_error.
///
/// Spans and views lie in the memory itself: they are valid until the next call into wasm or growth, after which it may be
/// elsewhere. Other threads may write to a shared memory while they are read. No temporary handle makes one, since it may be what
/// keeps the memory alive.
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

    /// Grows by `pages` zero-filled pages. \returns the size before, in pages; resource_error beyond the maximum.
    RISER_INLINE result<std::uint64_t> try_grow(std::uint64_t pages) const;

    // What lies outside is trap (memory_out_of_bounds), for all that follows.

    /// Everything.
    [[nodiscard]] RISER_INLINE std::span<std::byte> data() const&;
    std::span<std::byte> data() const&& = delete; // keep the handle: a temporary one may be what keeps the memory
    /// `size` bytes from `address`.
    [[nodiscard]] RISER_INLINE result<std::span<std::byte>> try_range(std::uint64_t address, std::uint64_t size) const&;
    result<std::span<std::byte>> try_range(std::uint64_t, std::uint64_t) const&& = delete; // keep the handle
    /// `count` elements from `address`.
    template <guest_representable T>
    [[nodiscard]] result<guest_span<T>> try_span(std::uint64_t address, std::uint64_t count) const& {
        // A size that wraps becomes one that no memory has.
        const result<std::span<std::byte>> range =
            try_range(address, count > UINT64_MAX / sizeof(T) ? UINT64_MAX : count * sizeof(T));
        if (!range) {
            return range.error();
        }
        return guest_span<T>(range->data(), core::cast<std::size_t>(count));
    }
    template <guest_representable T>
    result<guest_span<T>> try_span(std::uint64_t, std::uint64_t) const&& = delete; // keep the handle
    /// `size` characters from `address`.
    [[nodiscard]] RISER_INLINE result<std::string_view> try_view(std::uint64_t address, std::uint64_t size) const&;
    result<std::string_view> try_view(std::uint64_t, std::uint64_t) const&& = delete; // keep the handle
    /// The characters from `address` to the first zero, which is not among them and follows after `max` characters at most.
    [[nodiscard]] RISER_INLINE result<std::string_view> try_c_string(std::uint64_t address, std::uint64_t max) const&;
    result<std::string_view> try_c_string(std::uint64_t, std::uint64_t) const&& = delete; // keep the handle

    /// A number (little-endian), structure or array at `address`, which need not be aligned.
    template <guest_representable T>
    [[nodiscard]] result<T> try_read(std::uint64_t address) const {
        const result<std::span<std::byte>> range = try_range(address, sizeof(T));
        if (!range) {
            return range.error();
        }
        return core::runtime::load_guest<T>(range->data());
    }
    template <guest_representable T>
    result<void> try_write(std::uint64_t address, const T& value) const {
        const result<std::span<std::byte>> range = try_range(address, sizeof(T));
        if (!range) {
            return range.error();
        }
        core::runtime::store_guest(range->data(), value);
        return {};
    }
    /// The characters of a text (a literal says which: "text"sv), without a zero behind them.
    template <core::runtime::text_to_write Text>
    result<void> try_write(std::uint64_t address, const Text& text) const {
        return write_bytes(address, std::as_bytes(std::span(text)));
    }

#if defined(__cpp_exceptions)
    template <std::same_as<riser::store> Store> // a template: riser/store.hpp has what it needs
    [[nodiscard]] static riser::memory create(Store& where, const memory_type& type) {
        return try_create(where, type).value();
    }
    std::uint64_t grow(std::uint64_t pages) const { return try_grow(pages).value(); }
    [[nodiscard]] std::span<std::byte> range(std::uint64_t address, std::uint64_t size) const& {
        return try_range(address, size).value();
    }
    std::span<std::byte> range(std::uint64_t, std::uint64_t) const&& = delete; // keep the handle
    template <guest_representable T>
    [[nodiscard]] guest_span<T> span(std::uint64_t address, std::uint64_t count) const& {
        return try_span<T>(address, count).value();
    }
    template <guest_representable T>
    guest_span<T> span(std::uint64_t, std::uint64_t) const&& = delete; // keep the handle
    [[nodiscard]] std::string_view view(std::uint64_t address, std::uint64_t size) const& {
        return try_view(address, size).value();
    }
    std::string_view view(std::uint64_t, std::uint64_t) const&& = delete; // keep the handle
    [[nodiscard]] std::string_view c_string(std::uint64_t address, std::uint64_t max) const& {
        return try_c_string(address, max).value();
    }
    std::string_view c_string(std::uint64_t, std::uint64_t) const&& = delete; // keep the handle
    template <guest_representable T>
    [[nodiscard]] T read(std::uint64_t address) const {
        return try_read<T>(address).value();
    }
    template <guest_representable T>
    void write(std::uint64_t address, const T& value) const {
        try_write(address, value).value();
    }
    template <core::runtime::text_to_write Text>
    void write(std::uint64_t address, const Text& text) const {
        try_write(address, text).value();
    }
#endif

    explicit memory(core::runtime::store_handle object) noexcept : object_(std::move(object)) {}
    [[nodiscard]] core::runtime::store_object& object() const { return core::runtime::object_of(object_, "memory"); }
    [[nodiscard]] const core::runtime::store_handle& handle() const noexcept { return object_; }
    [[nodiscard]] bool is_moved_from() const noexcept { return object_.get() == nullptr; }
    friend bool operator==(const memory&, const memory&) noexcept = default;

private:
    RISER_INLINE result<void> write_bytes(std::uint64_t address, std::span<const std::byte> bytes) const;

    core::runtime::store_handle object_;
};

} // namespace riser::inline v0_1

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/memory.hpp"
#endif

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace riser::inline v0_1 {

namespace core::runtime {

/// Numbers in linear memory are little-endian (Core specification 4.4.7); other trivially copyable types are taken as
/// they lie there.
template <class T>
[[nodiscard]] T from_guest_order(T value) noexcept {
    if constexpr (std::endian::native == std::endian::big && (std::is_arithmetic_v<T> || std::is_enum_v<T>)) {
        std::byte bytes[sizeof(T)];
        std::memcpy(bytes, &value, sizeof(T));
        for (std::size_t i = 0; i < sizeof(T) / 2; ++i) {
            const std::byte other = bytes[i];
            bytes[i] = bytes[sizeof(T) - 1 - i];
            bytes[sizeof(T) - 1 - i] = other;
        }
        std::memcpy(&value, bytes, sizeof(T));
    }
    return value;
}

template <class T>
[[nodiscard]] T load_guest(const std::byte* from) noexcept {
    T value;
    std::memcpy(&value, from, sizeof(T));
    return from_guest_order(value);
}

template <class T>
void store_guest(std::byte* to, T value) noexcept {
    value = from_guest_order(value);
    std::memcpy(to, &value, sizeof(T));
}

} // namespace core::runtime

/// A range of elements in a guest's memory, as a parameter of host functions: it takes two i32 parameters, address and
/// number of elements, which are checked before the host function runs (out of bounds is a trap). Elements need not be
/// aligned. Valid until the next call into wasm or growth of the memory.
template <class T>
class guest_span {
    static_assert(std::is_trivially_copyable_v<T>, "elements are copied as bytes");
    using byte = std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>;

public:
    using element_type = T;
    using value_type = std::remove_const_t<T>;

    guest_span(byte* data, std::size_t size) noexcept : data_(data), size_(size) {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; } ///< in elements
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

    // Undefined where index >= size().
    [[nodiscard]] value_type operator[](std::size_t index) const noexcept {
        return core::runtime::load_guest<value_type>(data_ + index * sizeof(T));
    }
    void set(std::size_t index, value_type value) const noexcept
        requires(!std::is_const_v<T>)
    {
        core::runtime::store_guest(data_ + index * sizeof(T), value);
    }

    [[nodiscard]] std::span<byte> bytes() const noexcept { return {data_, size_ * sizeof(T)}; }
    /// Characters, read in place.
    [[nodiscard]] std::string_view view() const noexcept
        requires(sizeof(T) == 1)
    {
        return {reinterpret_cast<const char*>(data_), size_};
    }

private:
    byte* data_;
    std::size_t size_;
};

} // namespace riser::inline v0_1

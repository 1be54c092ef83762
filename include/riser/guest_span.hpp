#pragma once

#include "riser/error.hpp"
#include "riser/guest_value.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace riser::inline v0_1 {

/// A range of elements in a guest's memory: what memory::span makes, and a parameter of host functions. There it takes two
/// parameters of wasm, address and number of elements, which are checked before the host function runs (out of bounds is a
/// trap). They are i32, or i64 where `Address` is std::uint64_t, for guests with a 64-bit memory. Elements need not be
/// aligned. Valid until the next call into wasm or growth of the memory.
template <guest_representable T, class Address = std::uint32_t>
class guest_span {
    static_assert(std::is_same_v<Address, std::uint32_t> || std::is_same_v<Address, std::uint64_t>);
    using byte = std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>;

public:
    using element_type = T;
    using value_type = std::remove_const_t<T>;

    guest_span(byte* data, std::size_t size) noexcept : data_(data), size_(size) {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; } ///< in elements
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

    // An index from size() on, which a guest may have chosen, throws the trap memory_out_of_bounds; where exceptions are off, the
    // process ends with its words.
    [[nodiscard]] value_type operator[](std::size_t index) const {
        return core::runtime::load_guest<value_type>(at(index));
    }
    void set(std::size_t index, const value_type& value) const
        requires(!std::is_const_v<T>)
    {
        core::runtime::store_guest(at(index), value);
    }

    [[nodiscard]] std::span<byte> bytes() const noexcept { return {data_, size_ * sizeof(T)}; }
    /// Characters, read in place.
    [[nodiscard]] std::string_view view() const noexcept
        requires(sizeof(T) == 1)
    {
        return {reinterpret_cast<const char*>(data_), size_};
    }

private:
    [[nodiscard]] byte* at(std::size_t index) const {
        if (index >= size_) [[unlikely]] {
            core::runtime::no_element(index, size_);
        }
        return data_ + index * sizeof(T);
    }

    byte* data_;
    std::size_t size_;
};

} // namespace riser::inline v0_1

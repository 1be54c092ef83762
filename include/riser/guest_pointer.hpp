#pragma once

#include "riser/error.hpp"
#include "riser/fwd.hpp"
#include "riser/guest_value.hpp"
#include "riser/memory.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace riser::inline v0_1 {

namespace core::runtime {

template <class T>
struct host_parameter;

} // namespace core::runtime

/// One element in a guest's memory, as a parameter of host functions: its address is a parameter of wasm, i32, or i64 where
/// `Address` is std::uint64_t. Null, or an element that is not wholly inside, is a trap before the host function runs. It need not
/// be aligned. Unlike a guest_span it stays valid when the guest runs or its memory grows, and after the call: it keeps the memory
/// as a handle does. Of its store's thread. What is done with one that was moved from is a usage_error.
template <guest_representable T, class Address = std::uint32_t>
class guest_pointer {
    static_assert(std::is_same_v<Address, std::uint32_t> || std::is_same_v<Address, std::uint64_t>);

public:
    using element_type = T;
    using value_type = std::remove_const_t<T>;

    [[nodiscard]] Address address() const noexcept { return address_; }
    [[nodiscard]] value_type get() const { return core::runtime::load_guest<value_type>(place()); }
    void set(const value_type& value) const
        requires(!std::is_const_v<T>)
    {
        core::runtime::store_guest(place(), value);
    }
    [[nodiscard]] bool is_moved_from() const noexcept { return memory_.is_moved_from(); }

private:
    friend struct core::runtime::host_parameter<guest_pointer>;
    guest_pointer(riser::memory where, Address address) noexcept : memory_(std::move(where)), address_(address) {}

    [[nodiscard]] std::byte* place() const {
        if (is_moved_from()) [[unlikely]] {
            core::runtime::throw_or_end(core::runtime::moved_from("guest_pointer"));
        }
        return memory_.data().data() + address_;
    }

    riser::memory memory_; // which never shrinks
    Address address_;
};

} // namespace riser::inline v0_1

#pragma once

#include "riser/fwd.hpp"
#include "riser/guest_value.hpp"
#include "riser/memory.hpp"

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
/// as a handle does. Of its store's thread.
template <guest_representable T, class Address = std::uint32_t>
class guest_pointer {
    static_assert(std::is_same_v<Address, std::uint32_t> || std::is_same_v<Address, std::uint64_t>);

public:
    using element_type = T;
    using value_type = std::remove_const_t<T>;

    [[nodiscard]] Address address() const noexcept { return address_; }
    [[nodiscard]] value_type get() const noexcept {
        return core::runtime::load_guest<value_type>(memory_.data().data() + address_);
    }
    void set(const value_type& value) const noexcept
        requires(!std::is_const_v<T>)
    {
        core::runtime::store_guest(memory_.data().data() + address_, value);
    }

private:
    friend struct core::runtime::host_parameter<guest_pointer>;
    guest_pointer(riser::memory where, Address address) noexcept : memory_(std::move(where)), address_(address) {}

    riser::memory memory_; // which never shrinks
    Address address_;
};

} // namespace riser::inline v0_1

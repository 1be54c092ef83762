#pragma once

#include "riser/caller.hpp"
#include "riser/config.hpp"
#include "riser/core/api/native_types.hpp"
#include "riser/core/api/refused_types.hpp"
#include "riser/core/base/range.hpp"
#include "riser/core/execute/context.hpp"
#include "riser/error.hpp"
#include "riser/guest_pointer.hpp"
#include "riser/guest_span.hpp"
#include "riser/guest_value.hpp"
#include "riser/host_type.hpp"

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// What the parameters of host functions may be.

namespace riser::inline v0_1::core::runtime {

/// Ends the running call with `failure`: takes note of it in the store and the context. \returns false.
RISER_INLINE bool fail_host(execution_context& context, const error& failure);

/// What an argument refers to in the caller's memory.
struct guest_range {
    std::uint64_t address;
    std::uint64_t bytes;
    std::uint32_t alignment = 1; ///< of the host's address
    bool may_be_null = true;
};

/// `count` elements; a size that wraps becomes one that no memory has.
[[nodiscard]] constexpr guest_range elements_at(std::uint64_t address, std::uint64_t count, std::size_t size,
                                                std::size_t alignment = 1) noexcept {
    return {address, count > UINT64_MAX / size ? UINT64_MAX : count * size, static_cast<std::uint32_t>(alignment)};
}

/// May a host function see this?
[[nodiscard]] inline bool accepts(const execution_context& context, const guest_range& range) noexcept {
    const std::span<std::byte> all = host_memory(context);
    return is_in_range(range.address, range.bytes, all.size()) && (range.may_be_null || range.address != 0) &&
           (reinterpret_cast<std::uintptr_t>(all.data()) + range.address) % range.alignment == 0;
}
/// Ends the running call because of a range that is not accepted. \param position of the argument, from 1 \returns false.
RISER_INLINE bool refuse_argument(execution_context& context, const guest_range& range, std::size_t position);

/// The memory that the caller's addresses mean, which exists.
[[nodiscard]] RISER_INLINE riser::memory memory_of_caller(const execution_context& context) noexcept;

/// How a parameter of a host function is made from slots: `slots`, `list` of its types, the `range` it refers to, if any, and
/// `get`, which returns a riser::result if it `may_fail`. Left undefined for types that cannot be parameters.
template <class T>
struct host_parameter;

template <class T>
    requires(native<T> && !has_host_type<T>)
struct host_parameter<T> {
    static constexpr std::uint32_t slots = native_type<T>::slots;
    static constexpr bool may_fail = false;
    using list = native_list<T>;
    [[nodiscard]] static T get(caller& who, const std::uint64_t* at) noexcept {
        return native_type<T>::read(at, who.context().store);
    }
};

template <class T, class Address>
struct host_parameter<guest_span<T, Address>> {
    static constexpr std::uint32_t slots = 2;
    static constexpr bool may_fail = false;
    using list = native_list<Address, Address>;
    [[nodiscard]] static guest_range range(const std::uint64_t* at) noexcept {
        return elements_at(at[0], at[1], sizeof(T));
    }
    [[nodiscard]] static guest_span<T, Address> get(caller& who, const std::uint64_t* at) noexcept {
        return {host_memory(who.context()).data() + at[0], static_cast<std::size_t>(at[1])};
    }
};

template <>
struct host_parameter<std::string_view> : host_parameter<guest_span<const char>> {
    [[nodiscard]] static std::string_view get(caller& who, const std::uint64_t* at) noexcept {
        return host_parameter<guest_span<const char>>::get(who, at).view();
    }
};

template <class T>
struct host_parameter<std::span<T>> : host_parameter<guest_span<T>> {
    static_assert(sizeof(T) == 1 || std::endian::native == std::endian::little,
                  "numbers of guests have another byte order than this machine's: take riser::guest_span<T>");
    static_assert(std::is_const_v<T> || std::has_unique_object_representations_v<T> || std::is_floating_point_v<T>,
                  "an assignment may leave bytes of the host between members: take riser::guest_span<T>");
    static_assert(alignof(T) <= 16, "memories are aligned to 16 bytes: take riser::guest_span<T>");

    [[nodiscard]] static guest_range range(const std::uint64_t* at) noexcept {
        return elements_at(at[0], at[1], sizeof(T), alignof(T));
    }
    [[nodiscard]] static std::span<T> get(caller& who, const std::uint64_t* at) noexcept {
        return {reinterpret_cast<T*>(host_memory(who.context()).data() + at[0]), static_cast<std::size_t>(at[1])};
    }
};

template <class T, class Address>
struct host_parameter<guest_pointer<T, Address>> {
    static constexpr std::uint32_t slots = 1;
    static constexpr bool may_fail = false;
    using list = native_list<Address>;
    [[nodiscard]] static guest_range range(const std::uint64_t* at) noexcept {
        return {.address = at[0], .bytes = sizeof(T), .may_be_null = false};
    }
    [[nodiscard]] static guest_pointer<T, Address> get(caller& who, const std::uint64_t* at) noexcept {
        return {memory_of_caller(who.context()), static_cast<Address>(at[0])};
    }
};

template <has_host_type T>
struct host_parameter<T> : host_parameter<typename host_type<T>::representation> {
    using representation = host_parameter<typename host_type<T>::representation>;
    static_assert(!representation::may_fail, "riser::host_type<T>::representation may not fail itself");

    [[nodiscard]] static decltype(auto) get(caller& who, const std::uint64_t* at) {
        if constexpr (requires { host_type<T>::from(who, representation::get(who, at)); }) {
            return host_type<T>::from(who, representation::get(who, at));
        } else {
            return host_type<T>::from(representation::get(who, at));
        }
    }
    static constexpr bool may_fail =
        is_result<decltype(get(std::declval<caller&>(), std::declval<const std::uint64_t*>()))>;
};

/// What host_parameter says of a parameter of a callable, where it has one; else what to take instead.
template <std::size_t Position, class T>
struct parameter_of_host_function {
    using plain = std::remove_cvref_t<T>;
    static constexpr bool is_known = requires { host_parameter<plain>::slots; };
    using mistaken = mistaken_type<plain, is_known>;
    static constexpr bool is_caller = std::is_same_v<plain, caller>;

    static_assert(is_known || !mistaken::is_text,
                  "a raw pointer means nothing to wasm: take std::string_view (address and length)");
    static_assert(
        is_known || mistaken::is_text || !std::is_pointer_v<plain>,
        "a raw pointer means nothing to wasm: take riser::guest_pointer<T> for one element, riser::guest_span<T> for "
        "several, riser::ref<riser::external> for what is the host's");
    static_assert(!is_caller, "riser::caller& is the first parameter, or there is none");
    static_assert(is_known || !is_text_container<plain>,
                  "wasm has no texts: take std::string_view (address and length), and copy what is to be kept");
    static_assert(is_known || is_text_container<plain> || !is_container<plain>,
                  "wasm has no containers: take std::span<const T> or riser::guest_span<T> (address and length)");
    static_assert(
        is_known || is_caller || mistaken::is_explained,
        "wasm cannot represent this parameter type: take riser::guest_pointer<T>, or specialise riser::host_type<T>");
    static_assert(!is_known || !std::is_reference_v<T> || std::is_const_v<std::remove_reference_t<T>>,
                  "parameters are values: take one, or riser::guest_pointer<T> for what the guest is to see changed");

    /// So that one wrong parameter is one error.
    struct unknown {
        static constexpr std::uint32_t slots = 0;
        static constexpr bool may_fail = false;
        using list = native_list<>;
        [[nodiscard]] static T get(caller& who, const std::uint64_t* at);
    };
    using type = std::conditional_t<is_known, host_parameter<plain>, unknown>;
};

} // namespace riser::inline v0_1::core::runtime

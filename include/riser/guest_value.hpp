#pragma once

#include "riser/core/base/members.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace riser::inline v0_1 {

/// Specialise as true for a type of yours that holds nothing but what may lie in a guest's memory, where riser cannot look into
/// it: it has constructors, private members, a base class, bit-fields, an anonymous union or structure, a flexible array, more
/// than 16 members, or is a union. Its bytes are then copied as they lie in the host, those between its members included.
template <class T>
inline constexpr bool enable_guest_representable = false;

namespace core::runtime {

/// Why a type may not lie in a guest's memory.
enum class guest_obstacle : std::uint8_t {
    none,
    unlisted_member,
    host_address,
    container,
    boolean,
    long_double,
    not_copyable,
    unknown
};

template <class T>
concept is_container = requires(const T& value) {
    value.data();
    value.size();
};
template <class T>
concept is_host_address = std::is_pointer_v<T> || std::is_member_pointer_v<T> || std::is_null_pointer_v<T> ||
                          std::is_reference_v<T> || std::is_function_v<T>;

/// Is a T its members, as far as riser can see?
template <class T>
concept is_transparent = !enable_guest_representable<T> && has_known_members<T>;

template <class T>
[[nodiscard]] consteval guest_obstacle obstacle_of() noexcept;

template <class... Members>
[[nodiscard]] consteval guest_obstacle obstacle_among(type_list<Members...>) noexcept {
    guest_obstacle found = guest_obstacle::none;
    static_cast<void>(((found = obstacle_of<Members>(), found == guest_obstacle::none) && ...));
    return found;
}

template <class T>
struct obstacle_of_class {
    [[nodiscard]] static consteval guest_obstacle find() noexcept {
        if constexpr (!std::is_trivially_copyable_v<T>) {
            return is_container<T> ? guest_obstacle::container : guest_obstacle::not_copyable;
        } else if constexpr (enable_guest_representable<T> || std::is_empty_v<T>) {
            return guest_obstacle::none;
        } else if constexpr (has_known_members<T>) {
            return obstacle_among(types_of_members<T>());
        } else {
            return is_container<T> ? guest_obstacle::container : guest_obstacle::unknown;
        }
    }
};
template <class T, std::size_t N>
struct obstacle_of_class<std::array<T, N>> {
    [[nodiscard]] static consteval guest_obstacle find() noexcept { return obstacle_of<T>(); }
};

template <class T>
[[nodiscard]] consteval guest_obstacle obstacle_of() noexcept {
    using plain = std::remove_cv_t<T>;
    if constexpr (is_host_address<plain>) {
        return guest_obstacle::host_address;
    } else if constexpr (std::is_unbounded_array_v<plain>) {
        return guest_obstacle::unlisted_member;
    } else if constexpr (std::is_bounded_array_v<plain>) {
        return obstacle_of<std::remove_extent_t<plain>>();
    } else if constexpr (std::is_class_v<plain> || std::is_union_v<plain>) {
        return obstacle_of_class<plain>::find();
    } else if constexpr (std::is_enum_v<plain>) {
        return obstacle_of<std::underlying_type_t<plain>>();
    } else if constexpr (std::is_same_v<plain, bool>) {
        return guest_obstacle::boolean;
    } else if constexpr (std::is_same_v<plain, long double>) {
        return guest_obstacle::long_double;
    } else {
        return std::is_trivially_copyable_v<plain> ? guest_obstacle::none : guest_obstacle::not_copyable;
    }
}

/// A condition with words: compilers show them where a constraint does not hold.
[[nodiscard]] consteval bool explained(bool holds, const char* /*otherwise*/) noexcept { return holds; }

} // namespace core::runtime

/// What may lie in a guest's memory, and so be read from and written to it: numbers, enumerations, riser::v128, std::array of
/// such, structures of such members (which may be arrays), and types for which enable_guest_representable says so. Whatever
/// holds an address of the host is none. Numbers, those in structures too, are little-endian (Core specification 4.2.8) on
/// every machine, and bytes between members are zero.
template <class T>
concept guest_representable =
    // First, since a compiler that cannot name such a member has an error of its own, and quotes the condition that it was in.
    core::runtime::explained(core::runtime::obstacle_of<T>() != core::runtime::guest_obstacle::unlisted_member,
                             "this has a bit-field, an anonymous union or structure, or a flexible array, which riser "
                             "cannot look into: specialise "
                             "riser::enable_guest_representable<T> as true") &&
    core::runtime::explained(
        !std::is_array_v<T>,
        "an array decays to an address of the host: pass text as std::string_view, an array as std::array") &&
    core::runtime::explained(
        core::runtime::obstacle_of<T>() != core::runtime::guest_obstacle::host_address,
        "this is or holds an address of the host: a guest's own is a number, std::uint32_t in most guests") &&
    core::runtime::explained(core::runtime::obstacle_of<T>() != core::runtime::guest_obstacle::container,
                             "this is or holds a view or container, which refers to the host's memory: pass text as "
                             "std::string_view, elements "
                             "by memory.span<T>(address, count)") &&
    core::runtime::explained(
        core::runtime::obstacle_of<T>() != core::runtime::guest_obstacle::boolean,
        "this is or holds a bool, and a guest's byte may be neither of its values: use std::uint8_t") &&
    core::runtime::explained(core::runtime::obstacle_of<T>() != core::runtime::guest_obstacle::long_double,
                             "this is or holds a long double, which guests lay out in another way: use double") &&
    core::runtime::explained(core::runtime::obstacle_of<T>() != core::runtime::guest_obstacle::not_copyable,
                             "this is or holds what is not trivially copyable") &&
    core::runtime::explained(
        core::runtime::obstacle_of<T>() != core::runtime::guest_obstacle::unknown,
        "this is or holds a type that riser cannot look into: if no address of the host is in it, specialise "
        "riser::enable_guest_representable<T> as true");

namespace core::runtime {

template <class T>
inline constexpr bool is_std_array = false;
template <class T, std::size_t N>
inline constexpr bool is_std_array<std::array<T, N>> = true;

/// Turns the bytes of a T, in place, from the host's order to the guest's, or back. What is no number lies there as it does here.
template <class T>
void turn_order([[maybe_unused]] std::byte* bytes) noexcept {
    if constexpr (std::endian::native == std::endian::big && (std::is_arithmetic_v<T> || std::is_enum_v<T>)) {
        for (std::size_t i = 0; i < sizeof(T) / 2; ++i) {
            const std::byte other = bytes[i];
            bytes[i] = bytes[sizeof(T) - 1 - i];
            bytes[sizeof(T) - 1 - i] = other;
        }
    }
}

/// Can the bytes of a T be copied at once? There are none between members, and all are in the guest's order.
template <class T>
inline constexpr bool is_same_bytes =
    std::endian::native == std::endian::little && std::has_unique_object_representations_v<T>;

/// Calls `visit` with the parts of a value that can be copied at once.
template <class T, class Visit>
void visit_parts(T& value, const Visit& visit) {
    using plain = std::remove_const_t<T>;
    if constexpr (is_same_bytes<plain>) {
        visit(value);
    } else if constexpr (std::is_array_v<plain> || is_std_array<plain>) {
        for (auto& element : value) {
            visit_parts(element, visit);
        }
    } else if constexpr (is_transparent<plain>) {
        visit_members(value, [&visit](auto&... members) { (visit_parts(members, visit), ...); });
    } else if constexpr (!std::is_empty_v<plain>) {
        visit(value);
    }
}

template <guest_representable T>
[[nodiscard]] T load_guest(const std::byte* from) noexcept {
    std::array<std::byte, sizeof(T)> image;
    std::memcpy(image.data(), from, sizeof(T));
    auto value = std::bit_cast<T>(image);
    if constexpr (std::endian::native == std::endian::big) {
        visit_parts(value, []<class Part>(Part& part) { turn_order<Part>(reinterpret_cast<std::byte*>(&part)); });
    }
    return value;
}

template <guest_representable T>
void store_guest(std::byte* to, const T& value) noexcept {
    std::byte image[sizeof(T)] = {}; // what lies between members may be left over from anything
    visit_parts(value, [&]<class Part>(const Part& part) {
        std::byte* const place =
            image + (reinterpret_cast<const std::byte*>(&part) - reinterpret_cast<const std::byte*>(&value));
        std::memcpy(place, &part, sizeof(Part));
        turn_order<Part>(place);
    });
    std::memcpy(to, image, sizeof(T));
}

} // namespace core::runtime
} // namespace riser::inline v0_1

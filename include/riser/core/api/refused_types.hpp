#pragma once

#include "riser/core/api/native_types.hpp"
#include "riser/guest_value.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

// What a wrong parameter type is taken for, so that the compiler's error can say what to use instead.

namespace riser::inline v0_1::core::runtime {

template <class T>
concept is_text_container = std::same_as<T, std::string> || requires(T& text) { text.c_str(); };

/// What T is, of the types that are often taken for one of wasm's. Refuses, unless T is known, those of which host functions and
/// typed functions say the same.
template <class T, bool IsKnown>
struct mistaken_type {
    using pointed_to = std::remove_cv_t<std::remove_pointer_t<T>>;
    static constexpr bool is_text = std::is_pointer_v<T> && std::is_same_v<pointed_to, char>;
    static constexpr bool is_bool = std::is_same_v<T, bool>;
    static constexpr bool is_small = std::is_integral_v<T> && sizeof(T) < 4 && !is_bool;
    static constexpr bool is_long_double = std::is_same_v<T, long double>;
    static constexpr bool is_explained =
        std::is_pointer_v<T> || is_bool || is_small || is_long_double || is_text_container<T> || is_container<T>;

    static_assert(IsKnown || !is_bool, "wasm has no bool: take std::uint32_t");
    static_assert(IsKnown || !is_small, "wasm's integers have 32 or 64 bits: take std::int32_t or std::uint32_t");
    static_assert(IsKnown || !is_long_double, "wasm has no long double: take double");
};

/// Refuses what is no parameter of a typed function. The position counts from 1.
template <std::size_t Position, class T>
struct parameter_of_typed_function {
    using plain = std::remove_cvref_t<T>;
    static constexpr bool is_known = native<plain>;
    using mistaken = mistaken_type<plain, is_known>;
    static_assert(is_known || !std::is_pointer_v<plain>,
                  "a raw pointer means nothing to wasm: take std::uint32_t, an address in the guest's memory, or "
                  "riser::ref<riser::external> for what is the host's");
    static_assert(is_known || !(is_text_container<plain> || is_container<plain>),
                  "wasm has no texts and no containers: write it into the guest's memory, and take its address and its "
                  "length");
    static_assert(is_known || mistaken::is_explained,
                  "wasm cannot represent this parameter type: take its members one by one, or specialise "
                  "riser::host_type<T>");
    static_assert(!is_known || !std::is_reference_v<T>, "parameters are values: take one");
    /// So that one wrong parameter is one error.
    using type = std::conditional_t<is_known, plain, std::uint32_t>;
};

} // namespace riser::inline v0_1::core::runtime

#pragma once

#include "riser/host_type.hpp"
#include "riser/value.hpp"

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

// Which C++ types stand for which wasm types in the signatures of host functions and typed functions.

namespace riser::inline v0_1::core::runtime {

/// Says how a C++ type travels through frame slots: `type()`, `slots`, `read`, `write`, and `fits`, whether a value may
/// enter a store. Left undefined for types that wasm cannot represent.
template <class T>
struct native_type;

struct always_fits {
    template <class T>
    [[nodiscard]] static constexpr bool fits(const T&, const store_data*) noexcept {
        return true;
    }
};

template <native_integer T>
struct native_type<T> : always_fits {
    static constexpr std::uint32_t slots = 1;
    [[nodiscard]] static constexpr value_type type() noexcept { return sizeof(T) == 4 ? types::i32 : types::i64; }
    [[nodiscard]] static T read(const std::uint64_t* at, store_data*) noexcept { return static_cast<T>(*at); }
    static void write(std::uint64_t* at, T number) noexcept { *at = static_cast<std::make_unsigned_t<T>>(number); }
};

template <class T>
    requires(std::is_enum_v<T> && !has_host_type<T>)
struct native_type<T> : always_fits {
    static constexpr std::uint32_t slots = 1;
    using underlying = std::underlying_type_t<T>;
    using number = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
    [[nodiscard]] static constexpr value_type type() noexcept { return sizeof(T) == 8 ? types::i64 : types::i32; }
    [[nodiscard]] static T read(const std::uint64_t* at, store_data*) noexcept {
        return static_cast<T>(static_cast<underlying>(*at));
    }
    static void write(std::uint64_t* at, T value) noexcept {
        *at = static_cast<number>(static_cast<underlying>(value));
    }
};

template <>
struct native_type<float> : always_fits {
    static constexpr std::uint32_t slots = 1;
    [[nodiscard]] static constexpr value_type type() noexcept { return types::f32; }
    [[nodiscard]] static float read(const std::uint64_t* at, store_data*) noexcept {
        return std::bit_cast<float>(static_cast<std::uint32_t>(*at));
    }
    static void write(std::uint64_t* at, float number) noexcept { *at = std::bit_cast<std::uint32_t>(number); }
};

template <>
struct native_type<double> : always_fits {
    static constexpr std::uint32_t slots = 1;
    [[nodiscard]] static constexpr value_type type() noexcept { return types::f64; }
    [[nodiscard]] static double read(const std::uint64_t* at, store_data*) noexcept {
        return std::bit_cast<double>(*at);
    }
    static void write(std::uint64_t* at, double number) noexcept { *at = std::bit_cast<std::uint64_t>(number); }
};

template <>
struct native_type<v128> : always_fits {
    static constexpr std::uint32_t slots = 2;
    [[nodiscard]] static constexpr value_type type() noexcept { return types::v128; }
    [[nodiscard]] static v128 read(const std::uint64_t* at, store_data*) noexcept {
        return vector_of_words(at[0], at[1]);
    }
    static void write(std::uint64_t* at, const v128& vector) noexcept {
        at[0] = word_of_vector(vector, 0);
        at[1] = word_of_vector(vector, 1);
    }
};

/// A reference that leaves the host, where it is counted.
[[nodiscard]] RISER_INLINE std::uint64_t word_into(store_data& store, const counted_reference& reference) noexcept;

template <class T>
struct native_type<ref<T>> {
    static constexpr std::uint32_t slots = 1;
    [[nodiscard]] static constexpr value_type type() noexcept {
        return std::is_same_v<T, external> ? types::externref : types::funcref;
    }
    [[nodiscard]] static ref<T> read(const std::uint64_t* at, store_data* store) noexcept {
        return ref<T>(counted_reference(*at, store));
    }
    static void write(std::uint64_t* at, const ref<T>& reference) noexcept {
        *at = reference.is_null() ? 0 : word_into(*reference.reference().store(), reference.reference());
    }
    [[nodiscard]] static bool fits(const ref<T>& reference, const store_data* store) noexcept {
        return reference.is_null() || reference.reference().store() == store;
    }
};

template <class T>
concept native = requires { native_type<T>::slots; };

/// Not where the representation is a reference: nothing would keep what `to` returns until wasm has it.
template <has_host_type T>
    requires native<typename host_type<T>::representation> &&
             std::is_base_of_v<always_fits, native_type<typename host_type<T>::representation>>
struct native_type<T> : always_fits {
    using representation = typename host_type<T>::representation;
    static constexpr std::uint32_t slots = native_type<representation>::slots;
    [[nodiscard]] static constexpr value_type type() noexcept { return native_type<representation>::type(); }
    [[nodiscard]] static T read(const std::uint64_t* at, store_data* store) {
        static_assert(
            requires(representation given) {
                { host_type<T>::from(given) } -> std::convertible_to<T>;
            }, "out of wasm come only types whose riser::host_type<T>::from takes no caller and cannot fail");
        return host_type<T>::from(native_type<representation>::read(at, store));
    }
    static void write(std::uint64_t* at, const T& value) {
        native_type<representation>::write(at, host_type<T>::to(value));
    }
};

/// Types of C++, and what wasm calls them.
template <class... Ts>
struct native_list {
    static constexpr value_type types[sizeof...(Ts) + 1] = {native_type<Ts>::type()...};
    [[nodiscard]] static core::wasm::type_list view() noexcept { return {types, types + sizeof...(Ts)}; }
};
template <class... Ts, class... Us>
native_list<Ts..., Us...> operator+(native_list<Ts...>, native_list<Us...>); // for decltype

/// The results of a function: nothing, one value, or a tuple of them.
template <class R>
struct native_results {
    static constexpr bool is_small = std::is_integral_v<R> && sizeof(R) < 4;
    static_assert(native<R> || !std::is_pointer_v<R>,
                  "a raw pointer means nothing to wasm: return an offset, or a ref<external>");
    static_assert(native<R> || !is_small, "wasm's integers have 32 or 64 bits: return std::int32_t or std::uint32_t");
    static_assert(
        native<R> || std::is_pointer_v<R> || is_small,
        "wasm cannot represent this result type: specialise riser::host_type<T>, or write it into the guest's memory");
    static constexpr std::uint32_t slots = native_type<R>::slots;
    using list = native_list<R>;
    [[nodiscard]] static R read(const std::uint64_t* at, store_data* store) { return native_type<R>::read(at, store); }
    static void write(std::uint64_t* at, const R& value) { native_type<R>::write(at, value); }
    [[nodiscard]] static bool fits(const R& value, const store_data* store) {
        return native_type<R>::fits(value, store);
    }
};

template <>
struct native_results<void> {
    static constexpr std::uint32_t slots = 0;
    using list = native_list<>;
    static void read(const std::uint64_t*, store_data*) noexcept {}
};

template <class... Ts>
struct native_results<std::tuple<Ts...>> {
    static_assert((native<Ts> && ...), "wasm cannot represent one of these result types");
    using tuple = std::tuple<Ts...>;
    static constexpr std::uint32_t slots = (0 + ... + native_type<Ts>::slots);
    using list = native_list<Ts...>;
    [[nodiscard]] static tuple read(const std::uint64_t* at, store_data* store) {
        return tuple{take<Ts>(at, store)...};
    }
    static void write(std::uint64_t* at, const tuple& values) {
        std::apply(
            [&at](const Ts&... value) { ((native_type<Ts>::write(at, value), at += native_type<Ts>::slots), ...); },
            values);
    }
    [[nodiscard]] static bool fits(const tuple& values, const store_data* store) {
        return std::apply([store](const Ts&... value) { return (native_type<Ts>::fits(value, store) && ...); }, values);
    }

private:
    // Braces evaluate from left to right, so that the slots are read in order.
    template <class T>
    [[nodiscard]] static T take(const std::uint64_t*& at, store_data* store) {
        const std::uint64_t* const here = at;
        at += native_type<T>::slots;
        return native_type<T>::read(here, store);
    }
};

} // namespace riser::inline v0_1::core::runtime

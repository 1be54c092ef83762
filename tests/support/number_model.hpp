#pragma once

/// What wasm's numeric operators give (Core specification 4.3), written for tests: nothing here is the engine's.

#include "support/module_builder.hpp"

#include "riser/trap.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

namespace test {

/// What an operator gives for some operands, as bits.
struct outcome {
    std::uint64_t bits = 0;
    std::optional<riser::trap_kind> trap;
    bool any_nan = false; ///< which NaN is not determined
};

/// Of bits; operators with one operand take no notice of the second.
using number_model = outcome (*)(std::uint64_t, std::uint64_t);

struct number_row {
    std::string_view name;
    number_model model;
};

namespace detail {

template <class T>
using bits_of = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

template <class T>
[[nodiscard]] T number(std::uint64_t bits) {
    return std::bit_cast<T>(static_cast<bits_of<T>>(bits));
}
/// Exact bits.
template <class T>
[[nodiscard]] outcome exactly(T value) {
    return {std::bit_cast<bits_of<T>>(value), {}, false};
}
/// Any NaN for a NaN.
template <class T>
[[nodiscard]] outcome rounded(T value) {
    return {std::bit_cast<bits_of<T>>(value), {}, std::isnan(value)};
}
[[nodiscard]] inline outcome truth(bool value) { return {value ? 1U : 0U, {}, false}; }
[[nodiscard]] inline outcome trapping(riser::trap_kind kind) { return {0, kind, false}; }

/// S is signed.
template <class S>
struct integers {
    using u = std::make_unsigned_t<S>;
    static constexpr unsigned bits = sizeof(S) * 8;

    template <class Function>
    static outcome divide(std::uint64_t x, std::uint64_t y, Function function) {
        return static_cast<u>(y) == 0 ? trapping(riser::trap_kind::integer_divide_by_zero)
                                      : exactly(static_cast<u>(function(static_cast<u>(x), static_cast<u>(y))));
    }
    static outcome divide_signed(std::uint64_t x, std::uint64_t y) {
        if (number<S>(x) == std::numeric_limits<S>::min() && number<S>(y) == -1) {
            return trapping(riser::trap_kind::integer_overflow);
        }
        return divide(x, y, [](u a, u b) { return static_cast<S>(a) / static_cast<S>(b); });
    }
    static outcome remainder_signed(std::uint64_t x, std::uint64_t y) {
        return number<S>(y) == -1 ? exactly(u{0})
                                  : divide(x, y, [](u a, u b) { return static_cast<S>(a) % static_cast<S>(b); });
    }
    /// Sign-extends the lowest bytes.
    template <class Narrow>
    static outcome extend(std::uint64_t x, std::uint64_t) {
        return exactly(static_cast<S>(static_cast<Narrow>(x)));
    }

    static constexpr std::array rows = {
        number_row{"add", [](std::uint64_t x, std::uint64_t y) { return exactly(static_cast<u>(x + y)); }},
        number_row{"sub", [](std::uint64_t x, std::uint64_t y) { return exactly(static_cast<u>(x - y)); }},
        number_row{"mul", [](std::uint64_t x, std::uint64_t y) { return exactly(static_cast<u>(x * y)); }},
        number_row{"and", [](std::uint64_t x, std::uint64_t y) { return exactly(static_cast<u>(x & y)); }},
        number_row{"or", [](std::uint64_t x, std::uint64_t y) { return exactly(static_cast<u>(x | y)); }},
        number_row{"xor", [](std::uint64_t x, std::uint64_t y) { return exactly(static_cast<u>(x ^ y)); }},
        number_row{"shl", [](std::uint64_t x, std::uint64_t y) { return exactly(static_cast<u>(x << y % bits)); }},
        number_row{"shr_s",
                   [](std::uint64_t x, std::uint64_t y) { return exactly(static_cast<S>(number<S>(x) >> y % bits)); }},
        number_row{"shr_u",
                   [](std::uint64_t x, std::uint64_t y) { return exactly(static_cast<u>(number<u>(x) >> y % bits)); }},
        number_row{"rotl",
                   [](std::uint64_t x, std::uint64_t y) {
                       return exactly(std::rotl(number<u>(x), static_cast<int>(y % bits)));
                   }},
        number_row{"rotr",
                   [](std::uint64_t x, std::uint64_t y) {
                       return exactly(std::rotr(number<u>(x), static_cast<int>(y % bits)));
                   }},
        number_row{"div_s", &divide_signed},
        number_row{"div_u",
                   [](std::uint64_t x, std::uint64_t y) { return divide(x, y, [](u a, u b) { return a / b; }); }},
        number_row{"rem_s", &remainder_signed},
        number_row{"rem_u",
                   [](std::uint64_t x, std::uint64_t y) { return divide(x, y, [](u a, u b) { return a % b; }); }},
        number_row{"eqz", [](std::uint64_t x, std::uint64_t) { return truth(number<u>(x) == 0); }},
        number_row{"eq", [](std::uint64_t x, std::uint64_t y) { return truth(number<u>(x) == number<u>(y)); }},
        number_row{"ne", [](std::uint64_t x, std::uint64_t y) { return truth(number<u>(x) != number<u>(y)); }},
        number_row{"lt_s", [](std::uint64_t x, std::uint64_t y) { return truth(number<S>(x) < number<S>(y)); }},
        number_row{"lt_u", [](std::uint64_t x, std::uint64_t y) { return truth(number<u>(x) < number<u>(y)); }},
        number_row{"gt_s", [](std::uint64_t x, std::uint64_t y) { return truth(number<S>(x) > number<S>(y)); }},
        number_row{"gt_u", [](std::uint64_t x, std::uint64_t y) { return truth(number<u>(x) > number<u>(y)); }},
        number_row{"le_s", [](std::uint64_t x, std::uint64_t y) { return truth(number<S>(x) <= number<S>(y)); }},
        number_row{"le_u", [](std::uint64_t x, std::uint64_t y) { return truth(number<u>(x) <= number<u>(y)); }},
        number_row{"ge_s", [](std::uint64_t x, std::uint64_t y) { return truth(number<S>(x) >= number<S>(y)); }},
        number_row{"ge_u", [](std::uint64_t x, std::uint64_t y) { return truth(number<u>(x) >= number<u>(y)); }},
        number_row{"clz", [](std::uint64_t x,
                             std::uint64_t) { return exactly(static_cast<u>(std::countl_zero(number<u>(x)))); }},
        number_row{"ctz", [](std::uint64_t x,
                             std::uint64_t) { return exactly(static_cast<u>(std::countr_zero(number<u>(x)))); }},
        number_row{"popcnt",
                   [](std::uint64_t x, std::uint64_t) { return exactly(static_cast<u>(std::popcount(number<u>(x)))); }},
        number_row{"extend8_s", &extend<std::int8_t>},
        number_row{"extend16_s", &extend<std::int16_t>},
        number_row{"extend32_s", &extend<std::int32_t>},
    };
};

template <class T>
struct reals {
    static constexpr bits_of<T> sign = bits_of<T>{1} << (sizeof(T) * 8 - 1);

    /// \param is_less whether the lesser counts
    static outcome extreme(std::uint64_t x, std::uint64_t y, bool is_less) {
        const T a = number<T>(x);
        const T b = number<T>(y);
        if (std::isnan(a) || std::isnan(b)) {
            return rounded(std::numeric_limits<T>::quiet_NaN());
        }
        if (a == b) { // zeros have an order here
            return exactly(std::signbit(a) == is_less ? a : b);
        }
        return exactly((a < b) == is_less ? a : b);
    }

    static constexpr std::array rows = {
        number_row{"add", [](std::uint64_t x, std::uint64_t y) { return rounded(number<T>(x) + number<T>(y)); }},
        number_row{"sub", [](std::uint64_t x, std::uint64_t y) { return rounded(number<T>(x) - number<T>(y)); }},
        number_row{"mul", [](std::uint64_t x, std::uint64_t y) { return rounded(number<T>(x) * number<T>(y)); }},
        number_row{"div", [](std::uint64_t x, std::uint64_t y) { return rounded(number<T>(x) / number<T>(y)); }},
        number_row{"min", [](std::uint64_t x, std::uint64_t y) { return extreme(x, y, true); }},
        number_row{"max", [](std::uint64_t x, std::uint64_t y) { return extreme(x, y, false); }},
        number_row{"copysign",
                   [](std::uint64_t x, std::uint64_t y) {
                       return exactly(static_cast<bits_of<T>>((x & (sign - 1U)) | (y & sign)));
                   }},
        number_row{"eq", [](std::uint64_t x, std::uint64_t y) { return truth(number<T>(x) == number<T>(y)); }},
        number_row{"ne", [](std::uint64_t x, std::uint64_t y) { return truth(number<T>(x) != number<T>(y)); }},
        number_row{"lt", [](std::uint64_t x, std::uint64_t y) { return truth(number<T>(x) < number<T>(y)); }},
        number_row{"gt", [](std::uint64_t x, std::uint64_t y) { return truth(number<T>(x) > number<T>(y)); }},
        number_row{"le", [](std::uint64_t x, std::uint64_t y) { return truth(number<T>(x) <= number<T>(y)); }},
        number_row{"ge", [](std::uint64_t x, std::uint64_t y) { return truth(number<T>(x) >= number<T>(y)); }},
        number_row{"abs",
                   [](std::uint64_t x, std::uint64_t) { return exactly(static_cast<bits_of<T>>(x & (sign - 1U))); }},
        number_row{"neg", [](std::uint64_t x, std::uint64_t) { return exactly(static_cast<bits_of<T>>(x ^ sign)); }},
        number_row{"ceil", [](std::uint64_t x, std::uint64_t) { return rounded(std::ceil(number<T>(x))); }},
        number_row{"floor", [](std::uint64_t x, std::uint64_t) { return rounded(std::floor(number<T>(x))); }},
        number_row{"trunc", [](std::uint64_t x, std::uint64_t) { return rounded(std::trunc(number<T>(x))); }},
        number_row{"nearest", [](std::uint64_t x, std::uint64_t) { return rounded(std::rint(number<T>(x))); }},
        number_row{"sqrt", [](std::uint64_t x, std::uint64_t) { return rounded(std::sqrt(number<T>(x))); }},
    };
};

template <class To, class From>
outcome truncate(std::uint64_t bits, bool saturates) {
    const From x = number<From>(bits);
    if (std::isnan(x)) {
        return saturates ? exactly(To{0}) : trapping(riser::trap_kind::invalid_conversion);
    }
    // Powers of two are exact, whatever From is.
    const From whole = std::trunc(x);
    const From beyond = std::ldexp(From{1}, std::numeric_limits<To>::digits);
    const From least = std::is_signed_v<To> ? -beyond : From{0};
    if (whole < least || whole >= beyond) {
        return saturates ? exactly(whole < least ? std::numeric_limits<To>::min() : std::numeric_limits<To>::max())
                         : trapping(riser::trap_kind::integer_overflow);
    }
    return exactly(static_cast<To>(whole));
}
template <class To, class From>
outcome trapping_truncate(std::uint64_t x, std::uint64_t) {
    return truncate<To, From>(x, false);
}
template <class To, class From>
outcome saturating_truncate(std::uint64_t x, std::uint64_t) {
    return truncate<To, From>(x, true);
}
template <class To, class From>
outcome convert(std::uint64_t x, std::uint64_t) {
    const auto converted = static_cast<To>(number<From>(x));
    if constexpr (std::is_floating_point_v<From>) {
        return rounded(converted);
    } else {
        return exactly(converted);
    }
}
template <class To, class From>
outcome reinterpret(std::uint64_t x, std::uint64_t) {
    return exactly(std::bit_cast<To>(number<From>(x)));
}

using s32 = std::int32_t;
using u32 = std::uint32_t;
using s64 = std::int64_t;
using u64 = std::uint64_t;

inline constexpr std::array conversions = {
    number_row{"i32.wrap_i64", &convert<u32, u64>},
    number_row{"i64.extend_i32_s", &convert<s64, s32>},
    number_row{"i64.extend_i32_u", &convert<u64, u32>},
    number_row{"i32.trunc_f32_s", &trapping_truncate<s32, float>},
    number_row{"i32.trunc_f32_u", &trapping_truncate<u32, float>},
    number_row{"i32.trunc_f64_s", &trapping_truncate<s32, double>},
    number_row{"i32.trunc_f64_u", &trapping_truncate<u32, double>},
    number_row{"i64.trunc_f32_s", &trapping_truncate<s64, float>},
    number_row{"i64.trunc_f32_u", &trapping_truncate<u64, float>},
    number_row{"i64.trunc_f64_s", &trapping_truncate<s64, double>},
    number_row{"i64.trunc_f64_u", &trapping_truncate<u64, double>},
    number_row{"i32.trunc_sat_f32_s", &saturating_truncate<s32, float>},
    number_row{"i32.trunc_sat_f32_u", &saturating_truncate<u32, float>},
    number_row{"i32.trunc_sat_f64_s", &saturating_truncate<s32, double>},
    number_row{"i32.trunc_sat_f64_u", &saturating_truncate<u32, double>},
    number_row{"i64.trunc_sat_f32_s", &saturating_truncate<s64, float>},
    number_row{"i64.trunc_sat_f32_u", &saturating_truncate<u64, float>},
    number_row{"i64.trunc_sat_f64_s", &saturating_truncate<s64, double>},
    number_row{"i64.trunc_sat_f64_u", &saturating_truncate<u64, double>},
    number_row{"f32.convert_i32_s", &convert<float, s32>},
    number_row{"f32.convert_i32_u", &convert<float, u32>},
    number_row{"f32.convert_i64_s", &convert<float, s64>},
    number_row{"f32.convert_i64_u", &convert<float, u64>},
    number_row{"f64.convert_i32_s", &convert<double, s32>},
    number_row{"f64.convert_i32_u", &convert<double, u32>},
    number_row{"f64.convert_i64_s", &convert<double, s64>},
    number_row{"f64.convert_i64_u", &convert<double, u64>},
    number_row{"f32.demote_f64", &convert<float, double>},
    number_row{"f64.promote_f32", &convert<double, float>},
    number_row{"i32.reinterpret_f32", &reinterpret<u32, float>},
    number_row{"i64.reinterpret_f64", &reinterpret<u64, double>},
    number_row{"f32.reinterpret_i32", &reinterpret<float, u32>},
    number_row{"f64.reinterpret_i64", &reinterpret<double, u64>},
};

template <class Rows>
[[nodiscard]] number_model find(const Rows& rows, std::string_view name) {
    for (const number_row& row : rows) {
        if (row.name == name) {
            return row.model;
        }
    }
    return nullptr;
}

} // namespace detail

/// \param name as the text format has it, "i32.add"; \returns null where there is no such operator
[[nodiscard]] inline number_model model_of(std::string_view name) {
    if (const number_model conversion = detail::find(detail::conversions, name)) {
        return conversion;
    }
    const std::string_view type = name.substr(0, 4);
    name.remove_prefix(type.size());
    return type == "i32."   ? detail::find(detail::integers<std::int32_t>::rows, name)
           : type == "i64." ? detail::find(detail::integers<std::int64_t>::rows, name)
           : type == "f32." ? detail::find(detail::reals<float>::rows, name)
           : type == "f64." ? detail::find(detail::reals<double>::rows, name)
                            : nullptr;
}

// Types are codes of the binary format here.

[[nodiscard]] inline bool is_real(std::uint8_t type) { return type == f32 || type == f64; }
[[nodiscard]] inline bool is_narrow(std::uint8_t type) { return type == i32 || type == f32; }
[[nodiscard]] inline std::uint64_t bits_of_type(std::uint8_t type, std::uint64_t bits) {
    return is_narrow(type) ? bits & UINT32_MAX : bits;
}

[[nodiscard]] inline bool is_nan(std::uint8_t type, std::uint64_t bits) {
    return type == f32   ? (bits & 0x7fffffffU) > 0x7f800000U
           : type == f64 ? (bits & 0x7fffffffffffffffU) > 0x7ff0000000000000U
                         : false;
}
[[nodiscard]] inline bool is_negative(std::uint8_t type, std::uint64_t bits) {
    return (bits >> (is_narrow(type) ? 31U : 63U) & 1U) != 0;
}

/// Numbers of the type for which operators have special cases, and some others.
[[nodiscard]] inline std::vector<std::uint64_t> edge_values(std::uint8_t type) {
    switch (type) {
    case i32: return {0, 1, 0xffffffff, 0x80000000, 0x7fffffff, 0x80000001, 0x7ffffffe, 31, 32, 33, 63, 0x7fff};
    case i64:
        return {0,
                1,
                ~std::uint64_t{0},
                0x8000000000000000,
                0x7fffffffffffffff,
                0x8000000000000001,
                0x7ffffffffffffffe,
                31,
                33,
                63,
                64,
                0x7fffffff,
                0x80000000,
                0xffffffff,
                0xffffffff80000000,
                0xffffffff7fffffff};
    case f32:
        return {0,          0x80000000, 0x3f800000, 0xbf800000, 0x3fc00000, 0x7f800000,
                0xff800000, 1,          0x7f7fffff, 0x4f000000, 0x7fc00000, 0xffc00000};
    default:
        return {0,
                0x8000000000000000,
                0x3ff0000000000000,
                0xbff0000000000000,
                0x3ff8000000000000,
                0x7ff0000000000000,
                0xfff0000000000000,
                1,
                0x7fefffffffffffff,
                0x43e0000000000000,
                0x41dfffffffc00000,
                0x7ff8000000000000,
                0xfff8000000000000};
    }
}

} // namespace test

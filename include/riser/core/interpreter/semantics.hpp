#pragma once

#include "riser/core/code/trap_kind.hpp"
#include "riser/core/interpreter/state.hpp"

#include <limits>
#include <type_traits>

#include "riser/core/interpreter/begin_handlers.hpp"

/// What wasm's numeric operators compute (Core specification 4.3), as functions of C++ numbers.
namespace riser::inline v0_1::core::interpreter {

template <class T>
using signed_of = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
template <class T>
using bits_of = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

template <opcode Op, opcode... Candidates>
inline constexpr bool is_one_of = ((Op == Candidates) || ...);

/// fmin and fmax of 4.3.3: NaN if either is, and -0 < +0.
template <class T>
[[nodiscard]] RISER_HELPER T minimum(T x, T y) noexcept {
    if (x != x || y != y) {
        return x + y;
    }
    if (x == y) {
        return __builtin_bit_cast(
            T, static_cast<bits_of<T>>(__builtin_bit_cast(bits_of<T>, x) | __builtin_bit_cast(bits_of<T>, y)));
    }
    return x < y ? x : y;
}
template <class T>
[[nodiscard]] RISER_HELPER T maximum(T x, T y) noexcept {
    if (x != x || y != y) {
        return x + y;
    }
    if (x == y) {
        return __builtin_bit_cast(
            T, static_cast<bits_of<T>>(__builtin_bit_cast(bits_of<T>, x) & __builtin_bit_cast(bits_of<T>, y)));
    }
    return x > y ? x : y;
}

template <class T>
inline constexpr bits_of<T> sign_bit = bits_of<T>{1} << (sizeof(T) * 8 - 1);

/// Binary operators that cannot trap.
template <opcode Op, class T>
[[nodiscard]] RISER_HELPER T binary(T x, T y) noexcept {
    using enum opcode;
    constexpr T mask = in_vector_bank<T> ? T{} : T{sizeof(T) * 8 - 1};
    if constexpr (is_one_of<Op, i32_add, i64_add, f32_add, f64_add>) {
        return x + y;
    } else if constexpr (is_one_of<Op, i32_sub, i64_sub, f32_sub, f64_sub>) {
        return x - y;
    } else if constexpr (is_one_of<Op, i32_mul, i64_mul, f32_mul, f64_mul>) {
        return x * y;
    } else if constexpr (is_one_of<Op, f32_div, f64_div>) {
        return x / y;
    } else if constexpr (is_one_of<Op, i32_and, i64_and>) {
        return x & y;
    } else if constexpr (is_one_of<Op, i32_or, i64_or>) {
        return x | y;
    } else if constexpr (is_one_of<Op, i32_xor, i64_xor>) {
        return x ^ y;
    } else if constexpr (is_one_of<Op, i32_shl, i64_shl>) {
        return x << (y & mask);
    } else if constexpr (is_one_of<Op, i32_shr_s, i64_shr_s>) {
        return static_cast<T>(static_cast<signed_of<T>>(x) >> (y & mask));
    } else if constexpr (is_one_of<Op, i32_shr_u, i64_shr_u>) {
        return x >> (y & mask);
    } else if constexpr (is_one_of<Op, i32_rotl, i64_rotl>) {
        return x << (y & mask) | x >> (-y & mask);
    } else if constexpr (is_one_of<Op, i32_rotr, i64_rotr>) {
        return x >> (y & mask) | x << (-y & mask);
    } else if constexpr (is_one_of<Op, f32_min, f64_min>) {
        return minimum(x, y);
    } else if constexpr (is_one_of<Op, f32_max, f64_max>) {
        return maximum(x, y);
    } else {
        static_assert(is_one_of<Op, f32_copysign, f64_copysign>);
        using bits = bits_of<T>;
        return __builtin_bit_cast(T, static_cast<bits>((__builtin_bit_cast(bits, x) & ~sign_bit<T>) |
                                                       (__builtin_bit_cast(bits, y) & sign_bit<T>)));
    }
}

template <opcode Op>
inline constexpr bool is_division =
    is_one_of<Op, opcode::i32_div_s, opcode::i32_div_u, opcode::i32_rem_s, opcode::i32_rem_u, opcode::i64_div_s,
              opcode::i64_div_u, opcode::i64_rem_s, opcode::i64_rem_u>;

/// Division and remainder: the trap, or none and the result.
template <opcode Op, class T>
[[nodiscard]] RISER_HELPER trap_kind divide(T x, T y, T& result) noexcept {
    using enum opcode;
    using S = signed_of<T>;
    if (y == 0) {
        return trap_kind::integer_divide_by_zero;
    }
    if constexpr (is_one_of<Op, i32_div_u, i64_div_u>) {
        result = x / y;
    } else if constexpr (is_one_of<Op, i32_rem_u, i64_rem_u>) {
        result = x % y;
    } else if constexpr (is_one_of<Op, i32_div_s, i64_div_s>) {
        if (x == sign_bit<T> && y == static_cast<T>(-1)) {
            return trap_kind::integer_overflow;
        }
        result = static_cast<T>(static_cast<S>(x) / static_cast<S>(y));
    } else {
        static_assert(is_one_of<Op, i32_rem_s, i64_rem_s>);
        result = y == static_cast<T>(-1) ? T{0} : static_cast<T>(static_cast<S>(x) % static_cast<S>(y));
    }
    return trap_kind::none;
}

template <opcode Op, class T>
[[nodiscard]] RISER_HELPER bool compare(T x, T y) noexcept {
    using enum opcode;
    using S = std::conditional_t<in_vector_bank<T>, T, signed_of<T>>;
    const auto sx = static_cast<S>(x);
    const auto sy = static_cast<S>(y);
    if constexpr (is_one_of<Op, i32_eq, i64_eq, f32_eq, f64_eq>) {
        return x == y;
    } else if constexpr (is_one_of<Op, i32_ne, i64_ne, f32_ne, f64_ne>) {
        return x != y;
    } else if constexpr (is_one_of<Op, i32_lt_s, i64_lt_s>) {
        return sx < sy;
    } else if constexpr (is_one_of<Op, i32_gt_s, i64_gt_s>) {
        return sx > sy;
    } else if constexpr (is_one_of<Op, i32_le_s, i64_le_s>) {
        return sx <= sy;
    } else if constexpr (is_one_of<Op, i32_ge_s, i64_ge_s>) {
        return sx >= sy;
    } else if constexpr (is_one_of<Op, i32_lt_u, i64_lt_u, f32_lt, f64_lt>) {
        return x < y;
    } else if constexpr (is_one_of<Op, i32_gt_u, i64_gt_u, f32_gt, f64_gt>) {
        return x > y;
    } else if constexpr (is_one_of<Op, i32_le_u, i64_le_u, f32_le, f64_le>) {
        return x <= y;
    } else {
        static_assert(is_one_of<Op, i32_ge_u, i64_ge_u, f32_ge, f64_ge>);
        return x >= y;
    }
}

/// The range of floats that truncate into To: strictly between low and high, both exact.
template <class To, class From>
struct truncation_range {
    static constexpr bool is_signed = std::is_signed_v<To>;
    static constexpr int bits = static_cast<int>(sizeof(To) * 8);
    static constexpr From high =
        is_signed ? From(std::uint64_t{1} << (bits - 1)) : From(2) * From(std::uint64_t{1} << (bits - 1));
    /// Below the least value by less than one where From has the precision, else the value itself is the last exact.
    static constexpr bool low_is_inclusive = is_signed && bits > std::numeric_limits<From>::digits;
    static constexpr From low = !is_signed ? From(-1) : low_is_inclusive ? -high : -high - From(1);
    [[nodiscard]] RISER_HELPER static bool contains(From x) noexcept {
        return x < high && (low_is_inclusive ? x >= low : x > low);
    }
};

template <class To, class From>
[[nodiscard]] RISER_HELPER trap_kind truncate(From x, std::make_unsigned_t<To>& result) noexcept {
    if (!truncation_range<To, From>::contains(x)) {
        return x != x ? trap_kind::invalid_conversion : trap_kind::integer_overflow;
    }
    result = static_cast<std::make_unsigned_t<To>>(static_cast<To>(x));
    return trap_kind::none;
}
template <class To, class From>
[[nodiscard]] RISER_HELPER std::make_unsigned_t<To> truncate_saturating(From x) noexcept {
    std::make_unsigned_t<To> result = 0;
    if (truncate<To>(x, result) != trap_kind::none) {
        if (x != x) {
            return 0;
        }
        return static_cast<std::make_unsigned_t<To>>(x < 0 ? std::numeric_limits<To>::min()
                                                           : std::numeric_limits<To>::max());
    }
    return result;
}

/// Rounds in sums, for processors that have no instruction for it: libm's functions would be calls. In the default rounding
/// mode, to which wasm's numbers are bound anyway.
template <opcode Op, class T>
[[nodiscard]] RISER_HELPER T round_in_sums(T x) noexcept {
    using enum opcode;
    constexpr bool is_narrow = sizeof(T) == 4;
    const auto with_sign_of_x = [x](T magnitude) __attribute__((always_inline, no_instrument_function)) {
        return binary<is_narrow ? f32_copysign : f64_copysign>(magnitude, x);
    };
    // From here on floats are integers.
    constexpr T first_integer = is_narrow ? T(0x1p23) : T(0x1p52);
    const T magnitude =
        __builtin_bit_cast(T, static_cast<bits_of<T>>(__builtin_bit_cast(bits_of<T>, x) & ~sign_bit<T>));
    if (!(magnitude < first_integer)) {
        return x != x ? x + x : x;
    }
    const T nearest = (magnitude + first_integer) - first_integer; // ties to even
    if constexpr (is_one_of<Op, f32_nearest, f64_nearest>) {
        return with_sign_of_x(nearest);
    } else if constexpr (is_one_of<Op, f32_trunc, f64_trunc>) {
        return with_sign_of_x(nearest > magnitude ? nearest - 1 : nearest);
    } else if constexpr (is_one_of<Op, f32_floor, f64_floor>) {
        const T result = with_sign_of_x(nearest);
        return result > x ? result - 1 : result;
    } else {
        static_assert(is_one_of<Op, f32_ceil, f64_ceil>);
        const T result = with_sign_of_x(nearest);
        return result < x ? with_sign_of_x(result + 1) : result;
    }
}

template <opcode Op, class T>
[[nodiscard]] RISER_HELPER T round_float(T x) noexcept {
    using enum opcode;
    constexpr bool ceils = is_one_of<Op, f32_ceil, f64_ceil>;
    constexpr bool floors = is_one_of<Op, f32_floor, f64_floor>;
    constexpr bool truncates = is_one_of<Op, f32_trunc, f64_trunc>;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.1")) [[likely]] {
        // The direction as the instruction encodes it, and 8: no exception where the result is inexact.
        constexpr int direction = 8 + (floors ? 1 : ceils ? 2 : truncates ? 3 : 0);
        if constexpr (sizeof(T) == 4) {
            asm("roundss %1, %0, %0" : "+x"(x) : "i"(direction));
        } else {
            asm("roundsd %1, %0, %0" : "+x"(x) : "i"(direction));
        }
        return x;
    }
    return round_in_sums<Op>(x);
#else
    // One instruction on most of the others.
    if (x != x) {
        return x + x;
    }
    if constexpr (sizeof(T) == 4) {
        return ceils       ? __builtin_ceilf(x)
               : floors    ? __builtin_floorf(x)
               : truncates ? __builtin_truncf(x)
                           : __builtin_nearbyintf(x);
    } else {
        return ceils       ? __builtin_ceil(x)
               : floors    ? __builtin_floor(x)
               : truncates ? __builtin_trunc(x)
                           : __builtin_nearbyint(x);
    }
#endif
}

/// Sums of ever wider fields, for processors that have no instruction for it.
[[nodiscard]] RISER_HELPER std::uint64_t count_ones_in_sums(std::uint64_t x) noexcept {
    x -= x >> 1U & 0x5555'5555'5555'5555U;
    x = (x & 0x3333'3333'3333'3333U) + (x >> 2U & 0x3333'3333'3333'3333U);
    x = (x + (x >> 4U)) & 0x0f0f'0f0f'0f0f'0f0fU;
    return x * 0x0101'0101'0101'0101U >> 56U;
}

[[nodiscard]] RISER_HELPER std::uint64_t count_ones(std::uint64_t x) noexcept {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("popcnt")) [[likely]] {
        asm("popcntq %0, %0" : "+r"(x) : : "cc");
        return x;
    }
    return count_ones_in_sums(x);
#else
    return static_cast<std::uint64_t>(__builtin_popcountll(x));
#endif
}

/// Unary operators and conversions: the trap, or none and the result.
template <opcode Op>
[[nodiscard]] RISER_HELPER trap_kind unary(parameter_type<Op> x, result_type<Op>& result) noexcept {
    using enum opcode;
    using P = parameter_type<Op>;
    using R = result_type<Op>;
    if constexpr (Op == i32_clz) {
        result = x == 0 ? 32 : static_cast<R>(__builtin_clz(x));
    } else if constexpr (Op == i64_clz) {
        result = x == 0 ? 64 : static_cast<R>(__builtin_clzll(x));
    } else if constexpr (Op == i32_ctz) {
        result = x == 0 ? 32 : static_cast<R>(__builtin_ctz(x));
    } else if constexpr (Op == i64_ctz) {
        result = x == 0 ? 64 : static_cast<R>(__builtin_ctzll(x));
    } else if constexpr (is_one_of<Op, i32_popcnt, i64_popcnt>) {
        result = static_cast<R>(count_ones(x));
    } else if constexpr (is_one_of<Op, i32_extend8_s, i64_extend8_s>) {
        result = static_cast<R>(static_cast<signed_of<R>>(static_cast<std::int8_t>(x)));
    } else if constexpr (is_one_of<Op, i32_extend16_s, i64_extend16_s>) {
        result = static_cast<R>(static_cast<signed_of<R>>(static_cast<std::int16_t>(x)));
    } else if constexpr (is_one_of<Op, i64_extend32_s, i64_extend_i32_s>) {
        result = static_cast<R>(static_cast<std::int64_t>(static_cast<std::int32_t>(x)));
    } else if constexpr (Op == i32_wrap_i64) {
        result = static_cast<R>(x);
    } else if constexpr (is_one_of<Op, f32_abs, f64_abs>) {
        result = __builtin_bit_cast(R, static_cast<bits_of<R>>(__builtin_bit_cast(bits_of<R>, x) & ~sign_bit<R>));
    } else if constexpr (is_one_of<Op, f32_neg, f64_neg>) {
        result = __builtin_bit_cast(R, static_cast<bits_of<R>>(__builtin_bit_cast(bits_of<R>, x) ^ sign_bit<R>));
    } else if constexpr (is_one_of<Op, f32_ceil, f64_ceil, f32_floor, f64_floor, f32_trunc, f64_trunc, f32_nearest,
                                   f64_nearest>) {
        result = round_float<Op>(x);
    } else if constexpr (Op == f32_sqrt) {
        result = __builtin_sqrtf(x);
    } else if constexpr (Op == f64_sqrt) {
        result = __builtin_sqrt(x);
    } else if constexpr (is_one_of<Op, i32_trunc_f32_s, i32_trunc_f64_s, i64_trunc_f32_s, i64_trunc_f64_s>) {
        return truncate<signed_of<R>>(x, result);
    } else if constexpr (is_one_of<Op, i32_trunc_f32_u, i32_trunc_f64_u, i64_trunc_f32_u, i64_trunc_f64_u>) {
        return truncate<R>(x, result);
    } else if constexpr (is_one_of<Op, i32_trunc_sat_f32_s, i32_trunc_sat_f64_s, i64_trunc_sat_f32_s,
                                   i64_trunc_sat_f64_s>) {
        result = truncate_saturating<signed_of<R>>(x);
    } else if constexpr (is_one_of<Op, i32_trunc_sat_f32_u, i32_trunc_sat_f64_u, i64_trunc_sat_f32_u,
                                   i64_trunc_sat_f64_u>) {
        result = truncate_saturating<R>(x);
    } else if constexpr (is_one_of<Op, f32_convert_i32_s, f32_convert_i64_s, f64_convert_i32_s, f64_convert_i64_s>) {
        result = static_cast<R>(static_cast<signed_of<P>>(x));
    } else if constexpr (is_one_of<Op, f32_convert_i32_u, f32_convert_i64_u, f64_convert_i32_u, f64_convert_i64_u,
                                   f32_demote_f64, f64_promote_f32>) {
        result = static_cast<R>(x);
    } else {
        static_assert(
            is_one_of<Op, i32_reinterpret_f32, i64_reinterpret_f64, f32_reinterpret_i32, f64_reinterpret_i64>);
        result = __builtin_bit_cast(R, x);
    }
    return trap_kind::none;
}

} // namespace riser::inline v0_1::core::interpreter

#include "riser/core/interpreter/end_handlers.hpp"

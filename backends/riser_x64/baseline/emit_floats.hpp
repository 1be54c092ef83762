#pragma once

#include "riser_x64/baseline/emit_integers.hpp"

#include <cstdint>
#include <limits>
#include <utility>

namespace riser::inline v0_1::x64 {

/// Operators on floats (4.3.3) and conversions from and to them (4.3.4). Of the NaNs that the standard allows the result is the one
/// that the processor makes.
class float_emitter : public integer_emitter {
protected:
    using integer_emitter::integer_emitter;

    /// \returns false where the opcode is of another family.
    [[gnu::always_inline]] bool emit_float(opcode op) {
        using enum opcode;
        switch (op) {
        case f32_add: return arithmetic<form::add_xx, form::add_xm, form::add_xE>(kind::f32, commutes);
        case f64_add: return arithmetic<form::add_xx, form::add_xm, form::add_xE>(kind::f64, commutes);
        case f32_sub: return arithmetic<form::sub_xx, form::sub_xm, form::sub_xE>(kind::f32);
        case f64_sub: return arithmetic<form::sub_xx, form::sub_xm, form::sub_xE>(kind::f64);
        case f32_mul: return arithmetic<form::mul_xx, form::mul_xm, form::mul_xE>(kind::f32, commutes);
        case f64_mul: return arithmetic<form::mul_xx, form::mul_xm, form::mul_xE>(kind::f64, commutes);
        case f32_div: return arithmetic<form::div_xx, form::div_xm, form::div_xE>(kind::f32);
        case f64_div: return arithmetic<form::div_xx, form::div_xm, form::div_xE>(kind::f64);
        case f32_min: return extremum<form::min_xx, form::orps_xx>(kind::f32);
        case f64_min: return extremum<form::min_xx, form::orps_xx>(kind::f64);
        case f32_max: return extremum<form::max_xx, form::andps_xx>(kind::f32);
        case f64_max: return extremum<form::max_xx, form::andps_xx>(kind::f64);
        case f32_copysign: return copy_sign(kind::f32);
        case f64_copysign: return copy_sign(kind::f64);
        case f32_abs: return absolute(kind::f32);
        case f64_abs: return absolute(kind::f64);
        case f32_neg: return negate(kind::f32);
        case f64_neg: return negate(kind::f64);
        case f32_sqrt: return square_root(kind::f32);
        case f64_sqrt: return square_root(kind::f64);
        case f32_nearest: return round(kind::f32, rounding::nearest);
        case f64_nearest: return round(kind::f64, rounding::nearest);
        case f32_floor: return round(kind::f32, rounding::down);
        case f64_floor: return round(kind::f64, rounding::down);
        case f32_ceil: return round(kind::f32, rounding::up);
        case f64_ceil: return round(kind::f64, rounding::up);
        case f32_trunc: return round(kind::f32, rounding::to_zero);
        case f64_trunc: return round(kind::f64, rounding::to_zero);
        case f32_eq: return equal(kind::f32, condition::equal);
        case f64_eq: return equal(kind::f64, condition::equal);
        case f32_ne: return equal(kind::f32, condition::not_equal);
        case f64_ne: return equal(kind::f64, condition::not_equal);
        case f32_lt: return less(kind::f32, condition::above);
        case f64_lt: return less(kind::f64, condition::above);
        case f32_le: return less(kind::f32, condition::above_equal);
        case f64_le: return less(kind::f64, condition::above_equal);
        case f32_gt: return greater(kind::f32, condition::above);
        case f64_gt: return greater(kind::f64, condition::above);
        case f32_ge: return greater(kind::f32, condition::above_equal);
        case f64_ge: return greater(kind::f64, condition::above_equal);
        case f64_promote_f32: return unary_float(kind::f64, [&](xmm r) { w.promote_f32(r, r); });
        case f32_demote_f64: return unary_float(kind::f32, [&](xmm r) { w.demote_f64(r, r); });
        case i32_reinterpret_f32: return reinterpret(kind::i32);
        case i64_reinterpret_f64: return reinterpret(kind::i64);
        case f32_reinterpret_i32: return reinterpret(kind::f32);
        case f64_reinterpret_i64: return reinterpret(kind::f64);
        // An i32 without its sign is the i64 that its register has.
        case f32_convert_i32_s: return convert(width::w32, kind::f32);
        case f64_convert_i32_s: return convert(width::w32, kind::f64);
        case f32_convert_i32_u: return convert(width::w64, kind::f32);
        case f64_convert_i32_u: return convert(width::w64, kind::f64);
        case f32_convert_i64_s: return convert(width::w64, kind::f32);
        case f64_convert_i64_s: return convert(width::w64, kind::f64);
        case f32_convert_i64_u: return convert_u64(kind::f32);
        case f64_convert_i64_u: return convert_u64(kind::f64);
        case i32_trunc_f32_s: return truncate_float<std::int32_t>(kind::f32, outside::traps);
        case i32_trunc_f64_s: return truncate_float<std::int32_t>(kind::f64, outside::traps);
        case i32_trunc_f32_u: return truncate_float<std::uint32_t>(kind::f32, outside::traps);
        case i32_trunc_f64_u: return truncate_float<std::uint32_t>(kind::f64, outside::traps);
        case i64_trunc_f32_s: return truncate_float<std::int64_t>(kind::f32, outside::traps);
        case i64_trunc_f64_s: return truncate_float<std::int64_t>(kind::f64, outside::traps);
        case i64_trunc_f32_u: return truncate_float<std::uint64_t>(kind::f32, outside::traps);
        case i64_trunc_f64_u: return truncate_float<std::uint64_t>(kind::f64, outside::traps);
        case i32_trunc_sat_f32_s: return truncate_float<std::int32_t>(kind::f32, outside::saturates);
        case i32_trunc_sat_f64_s: return truncate_float<std::int32_t>(kind::f64, outside::saturates);
        case i32_trunc_sat_f32_u: return truncate_float<std::uint32_t>(kind::f32, outside::saturates);
        case i32_trunc_sat_f64_u: return truncate_float<std::uint32_t>(kind::f64, outside::saturates);
        case i64_trunc_sat_f32_s: return truncate_float<std::int64_t>(kind::f32, outside::saturates);
        case i64_trunc_sat_f64_s: return truncate_float<std::int64_t>(kind::f64, outside::saturates);
        case i64_trunc_sat_f32_u: return truncate_float<std::uint64_t>(kind::f32, outside::saturates);
        case i64_trunc_sat_f64_u: return truncate_float<std::uint64_t>(kind::f64, outside::saturates);
        default: return false;
        }
    }

    /// A select of what a comparison of floats has left for it. \returns false where none has
    bool select_float(kind type, const value& x, const value& y, const value& chosen) {
        if (chosen.where == value::place::comparison && in_vector_bank(chosen.type)) {
            const destination to = target_for(type, &x, &y);
            const xmm right = in_xmm(y);
            load_into(to.r, x);
            if (chosen.when == condition::above) {
                w.max(width_of(type), as_xmm(to.r), right);
            } else {
                w.min(width_of(type), as_xmm(to.r), right);
            }
            push_target(type, to);
            return true;
        }
        if (chosen.where != value::place::held || !is_vector(chosen.r)) {
            return false;
        }
        const xmm mask = as_xmm(chosen.r);
        if (y.is_constant() && y.bits == 0) {
            if (!x.is_constant() || x.bits != all_bits_of(type)) {
                w.and_(mask, in_xmm(x));
            }
        } else if (x.is_constant() && x.bits == 0) {
            w.andn(mask, in_xmm(y));
        } else {
            const xmm left = as_xmm(in_temporary(x));
            w.and_(left, mask);
            w.andn(mask, in_xmm(y));
            w.or_(mask, left);
        }
        push_register(type, chosen.r);
        done();
        return true;
    }

private:
    /// As roundss and roundsd take it.
    enum class rounding : std::uint8_t { nearest, down, up, to_zero };
    /// What a truncation does with floats outside of the integer's range.
    enum class outside : std::uint8_t { traps, saturates };
    static constexpr bool commutes = true;

    template <form XX, form XM, form XE>
    bool arithmetic(kind type, bool may_exchange = false) {
        value y = pop();
        value x = pop();
        if (may_exchange && ((y.where == value::place::held && x.where != value::place::held) ||
                             (x.is_constant() && !y.is_constant()))) {
            std::swap(x, y);
        }
        const width bits = width_of(type);
        const destination to = target_for(type, &x, &y);
        if (y.where == value::place::slot) {
            load_into(to.r, x);
            w.template write<XM>(bits, as_xmm(to.r), memory_of(y));
        } else if (y.is_constant()) {
            load_into(to.r, x);
            with_constant<XX, XE>(as_xmm(to.r), y);
        } else {
            const xmm right = in_xmm(y);
            load_into(to.r, x);
            w.template write<XX>(bits, as_xmm(to.r), right);
        }
        push_target(type, to);
        return true;
    }

    /// The processor's minimum and maximum are wasm's only of numbers that differ. `OfZeros` chooses between -0 and 0, and leaves
    /// other equal numbers as they are.
    template <form OfOrdered, form OfZeros>
    bool extremum(kind type) {
        const value y = pop();
        const value x = pop();
        const width bits = width_of(type);
        const destination to = target_for(type, &x, &y);
        const xmm right = in_xmm(y);
        const xmm r = as_xmm(to.r);
        load_into(to.r, x);
        short_label differ;
        short_label with_nan;
        short_label end;
        w.ucomis(bits, r, right);
        w.jcc(condition::not_equal, differ);
        w.jcc(condition::parity, with_nan);
        w.template write<OfZeros>(r, right);
        w.jmp(end);
        w.bind(with_nan);
        w.add(bits, r, right);
        w.jmp(end);
        w.bind(differ);
        w.template write<OfOrdered>(bits, r, right);
        w.bind(end);
        push_target(type, to);
        return true;
    }

    /// y, with all bits but the sign exchanged for those of x.
    bool copy_sign(kind type) {
        const value y = pop();
        const value x = pop();
        const destination to = target_for(type, &y, &x);
        const xmm magnitude = in_xmm(x);
        const xmm r = as_xmm(to.r);
        load_into(to.r, y);
        sign_into_scratch(type);
        w.xor_(r, magnitude);
        w.and_(r, vector_scratch);
        w.xor_(r, magnitude);
        push_target(type, to);
        return true;
    }

    bool absolute(kind type) {
        return unary_float(type, [&](xmm r) {
            w.pcmpeqd(vector_scratch, vector_scratch);
            w.psrl(width_of(type), vector_scratch, 1);
            w.and_(r, vector_scratch);
        });
    }
    bool negate(kind type) {
        return unary_float(type, [&](xmm r) {
            sign_into_scratch(type);
            w.xor_(r, vector_scratch);
        });
    }
    bool square_root(kind type) {
        return unary_float(type, [&](xmm r) { w.sqrt(width_of(type), r, r); });
    }
    bool round(kind type, rounding direction) {
        constexpr int without_inexact = 8;
        return unary_float(
            type, [&](xmm r) { w.round(width_of(type), r, r, static_cast<int>(direction) | without_inexact); });
    }

    /// \param emit overwrites the operand's register with the result, so that no instruction waits for what was there before
    template <class Emit>
    bool unary_float(kind result, Emit&& emit) {
        const value x = pop();
        const destination to = target_over(result, x);
        load_into(to.r, x);
        emit(as_xmm(to.r));
        push_target(result, to);
        return true;
    }
    void sign_into_scratch(kind type) {
        w.pcmpeqd(vector_scratch, vector_scratch);
        w.psll(width_of(type), vector_scratch, type == kind::f32 ? 31 : 63);
    }

    /// An instruction whose last operand is a constant.
    template <form XX, form XE>
    void with_constant(xmm to, const value& y) {
        if (label* const there = float_behind_code(y.bits); there != nullptr) [[likely]] {
            return w.template write_with<XE>(width_of(y.type), to, *there);
        }
        w.template write<XX>(width_of(y.type), to, in_xmm(y));
    }

    // Comparisons: `above` and `above_equal` are those that do not hold of NaN.

    bool less(kind type, condition exchanged) {
        const value y = pop();
        const value x = pop();
        return compare(type, y, x, exchanged);
    }
    bool greater(kind type, condition when) {
        const value y = pop();
        const value x = pop();
        return compare(type, x, y, when);
    }
    bool compare(kind type, const value& x, const value& y, condition when) {
        if (chooses_next(type)) {
            if (when == condition::above && leave_extremum(x, y)) {
                return true;
            }
            return leave_mask(type, y, x, when == condition::above ? mask_of::less : mask_of::less_equal);
        }
        compare_floats(type, x, y);
        push_condition(when);
        return true;
    }
    bool equal(kind type, condition when) {
        const value y = pop();
        const value x = pop();
        if (chooses_next(type)) {
            return leave_mask(type, x, y, when == condition::equal ? mask_of::equal : mask_of::not_equal);
        }
        compare_floats(type, x, y);
        // With NaN the flags say `equal`, too: until those of an address, which is not 0, replace them.
        short_label ordered;
        w.jcc(condition::no_parity, ordered);
        w.test(width::w64, frame_register, frame_register);
        w.bind(ordered);
        push_condition(when);
        return true;
    }
    void compare_floats(kind type, const value& x, const value& y) {
        const xmm left = in_xmm(x);
        if (y.where == value::place::slot) {
            w.ucomis(width_of(type), left, memory_of(y));
        } else if (y.is_constant()) {
            with_constant<form::ucomis_xx, form::ucomis_xE>(left, y);
        } else {
            w.ucomis(width_of(type), left, in_xmm(y));
        }
    }

    // Comparisons in front of a select of two floats of their type: it needs no jump, which might be mispredicted.

    /// As cmpss and cmpsd take it.
    enum class mask_of : std::uint8_t { equal = 0, less = 1, less_equal = 2, not_equal = 4 };

    /// Whether what the comparison is of was on top of two operands that a select chooses from next.
    [[nodiscard]] bool chooses_next(kind type) noexcept {
        return parser().next_byte() == select_byte && size() >= 2 && operand(size() - 1).type == type &&
               operand(size() - 2).type == type;
    }
    /// All bits of a vector register are set where the comparison holds, else none.
    bool leave_mask(kind type, const value& x, const value& y, mask_of when) {
        const xmm right = in_xmm(y);
        const reg r = in_temporary(x);
        w.cmps(width_of(type), as_xmm(r), right, static_cast<int>(when));
        push_register(type, r);
        done();
        return true;
    }
    /// Where x > y chooses between x and y, too.
    bool leave_extremum(const value& x, const value& y) {
        const value& first = operand(size() - 2);
        const value& second = operand(size() - 1);
        const bool is_greatest = is_same(first, x) && is_same(second, y);
        if (!is_greatest && !(is_same(first, y) && is_same(second, x))) {
            return false;
        }
        push({.where = value::place::comparison,
              .type = x.type,
              .when = is_greatest ? condition::above : condition::below});
        done();
        return true;
    }
    [[nodiscard]] static constexpr std::uint64_t all_bits_of(kind type) noexcept {
        return type == kind::f32 ? UINT32_MAX : UINT64_MAX;
    }
    [[nodiscard]] static bool is_same(const value& x, const value& y) noexcept {
        return x.where == y.where &&
               ((x.is_constant() && x.bits == y.bits) || (x.where == value::place::local && x.index == y.index));
    }

    // Conversions

    bool reinterpret(kind to) {
        value x = pop();
        if (x.is_constant()) {
            push_constant(to, x.bits);
            done();
            return true;
        }
        const reg from = register_if_any(x);
        const destination made = target_for(to, nullptr, nullptr);
        if (from == no_reg) { // in memory, where floats and integers look the same
            x.type = to;
            load_into(made.r, x);
        } else if (is_vector(from)) {
            w.mov(width_of(to), as_gpr(made.r), as_xmm(from));
        } else {
            w.mov(width_of(to), as_xmm(made.r), as_gpr(from));
        }
        push_target(to, made);
        return true;
    }

    /// to = from, as a signed integer of `size`.
    void convert_signed(width size, kind type, xmm to, gpr from) {
        if (type == kind::f32) {
            w.convert_to_f32(size, to, from);
        } else {
            w.convert_to_f64(size, to, from);
        }
    }
    bool convert(width size, kind to) {
        const gpr from = in_gpr(pop());
        const destination made = target_for(to, nullptr, nullptr);
        w.clear(as_xmm(made.r)); // or the conversion would wait for what was there
        convert_signed(size, to, as_xmm(made.r), from);
        push_target(to, made);
        return true;
    }
    /// Of the upper half of the range, converts half the number, made odd by a lost bit so that it is rounded as the whole is.
    bool convert_u64(kind to) {
        const gpr from = as_gpr(in_temporary(pop()));
        const destination made = target_for(to, nullptr, nullptr);
        const xmm r = as_xmm(made.r);
        short_label large;
        short_label end;
        w.clear(r);
        w.test(width::w64, from, from);
        w.jcc(condition::sign, large);
        convert_signed(width::w64, to, r, from);
        w.jmp(end);
        w.bind(large);
        w.mov(width::w64, scratch, from);
        w.shr(width::w64, scratch, 1);
        w.and_(width::w32, from, 1);
        w.or_(width::w64, scratch, from);
        convert_signed(width::w64, to, r, scratch);
        w.add(width_of(to), r, r);
        w.bind(end);
        push_target(to, made);
        return true;
    }

    /// to = from as an i64; INT64_MIN where it is none.
    void truncate_to_i64(kind type, gpr to, xmm from) {
        if (type == kind::f32) {
            w.truncate_f32(width::w64, to, from);
        } else {
            w.truncate_f64(width::w64, to, from);
        }
    }
    template <class Integer>
    bool truncate_float(kind from, outside what) {
        constexpr bool is_signed = std::numeric_limits<Integer>::is_signed;
        constexpr kind to = sizeof(Integer) == 4 ? kind::i32 : kind::i64;
        const xmm x = in_xmm(pop());
        const destination made = target_for(to, nullptr, nullptr);
        const gpr r = as_gpr(made.r);
        short_label in_range;
        truncate_to_i64(from, r, x);
        if constexpr (to == kind::i32) {
            if constexpr (is_signed) {
                w.movsx32(scratch, r);
            } else {
                w.mov(width::w32, scratch, r);
            }
            w.cmp(width::w64, r, scratch);
            w.jcc(condition::equal, in_range);
        } else if constexpr (is_signed) {
            w.cmp(width::w64, r, 1); // overflows for INT64_MIN
            w.jcc(condition::no_overflow, in_range);
        } else {
            w.test(width::w64, r, r);
            w.jcc(condition::no_sign, in_range);
            // From 2^63 on `r` is the highest bit, and what is above gives the others; it is negative for all that is outside.
            least_i64_into_scratch(from);
            w.add(width_of(from), vector_scratch, x);
            truncate_to_i64(from, scratch, vector_scratch);
            w.or_(width::w64, r, scratch);
            w.test(width::w64, scratch, scratch);
            w.jcc(condition::no_sign, in_range);
        }
        if (what == outside::saturates) {
            saturate<Integer>(from, r, x);
        } else if constexpr (to == kind::i64 && is_signed) {
            least_i64_into_scratch(from);
            w.ucomis(width_of(from), x, vector_scratch);
            trap_if(condition::parity, trap_kind::invalid_conversion);
            trap_if(condition::not_equal, trap_kind::integer_overflow);
        } else {
            w.ucomis(width_of(from), x, x);
            trap_if(condition::parity, trap_kind::invalid_conversion);
            trap_always(trap_kind::integer_overflow);
        }
        w.bind(in_range);
        if constexpr (to == kind::i32 && is_signed) {
            w.mov(width::w32, r, r);
        }
        push_target(to, made);
        return true;
    }
    void least_i64_into_scratch(kind type) {
        constexpr std::uint64_t of_f32 = 0xdf00'0000;
        constexpr std::uint64_t of_f64 = 0xc3e0'0000'0000'0000;
        load_constant(id(vector_scratch), {.type = type, .bits = type == kind::f32 ? of_f32 : of_f64});
    }
    /// r = 0 of NaN, else the end of the range that is nearest to x.
    template <class Integer>
    void saturate(kind from, gpr r, xmm x) {
        using limits = std::numeric_limits<Integer>;
        constexpr width bits = sizeof(Integer) == 4 ? width::w32 : width::w64;
        short_label end;
        w.clear(vector_scratch);
        w.ucomis(width_of(from), x, vector_scratch);
        w.mov_constant(bits, r, 0); // leaves the flags alone
        w.jcc(condition::parity, end);
        w.mov_constant(bits, r, static_cast<std::int64_t>(limits::max()));
        w.jcc(condition::above, end);
        w.mov_constant(bits, r, static_cast<std::int64_t>(limits::min()));
        w.bind(end);
    }
};

} // namespace riser::inline v0_1::x64

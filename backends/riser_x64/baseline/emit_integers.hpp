#pragma once

#include "riser_x64/baseline/emitter.hpp"

#include <bit>
#include <cstdint>
#include <limits>
#include <utility>

namespace riser::inline v0_1::x64 {

/// Operators on integers (4.3.2).
class integer_emitter : public emitter {
protected:
    using emitter::emitter;

    /// \returns false where the opcode is of another family.
    [[gnu::always_inline]] bool emit_integer(opcode op) {
        using enum opcode;
        switch (op) {
        case i32_add: return add(kind::i32);
        case i64_add: return add(kind::i64);
        case i32_sub: return subtract(kind::i32);
        case i64_sub: return subtract(kind::i64);
        case i32_mul: return multiply(kind::i32);
        case i64_mul: return multiply(kind::i64);
        case i32_and: return logic<form::and_rr, form::and_ri, form::and_rm>(kind::i32);
        case i64_and: return logic<form::and_rr, form::and_ri, form::and_rm>(kind::i64);
        case i32_or: return logic<form::or_rr, form::or_ri, form::or_rm>(kind::i32);
        case i64_or: return logic<form::or_rr, form::or_ri, form::or_rm>(kind::i64);
        case i32_xor: return logic<form::xor_rr, form::xor_ri, form::xor_rm>(kind::i32);
        case i64_xor: return logic<form::xor_rr, form::xor_ri, form::xor_rm>(kind::i64);
        case i32_shl: return shift(kind::i32, shift_kind::shl);
        case i64_shl: return shift(kind::i64, shift_kind::shl);
        case i32_shr_s: return shift(kind::i32, shift_kind::sar);
        case i64_shr_s: return shift(kind::i64, shift_kind::sar);
        case i32_shr_u: return shift(kind::i32, shift_kind::shr);
        case i64_shr_u: return shift(kind::i64, shift_kind::shr);
        case i32_rotl: return shift(kind::i32, shift_kind::rol);
        case i64_rotl: return shift(kind::i64, shift_kind::rol);
        case i32_rotr: return shift(kind::i32, shift_kind::ror);
        case i64_rotr: return shift(kind::i64, shift_kind::ror);
        case i32_div_s: return divide(kind::i32, true, false);
        case i64_div_s: return divide(kind::i64, true, false);
        case i32_div_u: return divide(kind::i32, false, false);
        case i64_div_u: return divide(kind::i64, false, false);
        case i32_rem_s: return divide(kind::i32, true, true);
        case i64_rem_s: return divide(kind::i64, true, true);
        case i32_rem_u: return divide(kind::i32, false, true);
        case i64_rem_u: return divide(kind::i64, false, true);
        case i32_eqz: return equal_zero(kind::i32);
        case i64_eqz: return equal_zero(kind::i64);
        case i32_eq: return compare(kind::i32, condition::equal);
        case i64_eq: return compare(kind::i64, condition::equal);
        case i32_ne: return compare(kind::i32, condition::not_equal);
        case i64_ne: return compare(kind::i64, condition::not_equal);
        case i32_lt_s: return compare(kind::i32, condition::less);
        case i64_lt_s: return compare(kind::i64, condition::less);
        case i32_lt_u: return compare(kind::i32, condition::below);
        case i64_lt_u: return compare(kind::i64, condition::below);
        case i32_gt_s: return compare(kind::i32, condition::greater);
        case i64_gt_s: return compare(kind::i64, condition::greater);
        case i32_gt_u: return compare(kind::i32, condition::above);
        case i64_gt_u: return compare(kind::i64, condition::above);
        case i32_le_s: return compare(kind::i32, condition::less_equal);
        case i64_le_s: return compare(kind::i64, condition::less_equal);
        case i32_le_u: return compare(kind::i32, condition::below_equal);
        case i64_le_u: return compare(kind::i64, condition::below_equal);
        case i32_ge_s: return compare(kind::i32, condition::greater_equal);
        case i64_ge_s: return compare(kind::i64, condition::greater_equal);
        case i32_ge_u: return compare(kind::i32, condition::above_equal);
        case i64_ge_u: return compare(kind::i64, condition::above_equal);
        case i32_clz: return count_bits(kind::i32, counted::leading);
        case i64_clz: return count_bits(kind::i64, counted::leading);
        case i32_ctz: return count_bits(kind::i32, counted::trailing);
        case i64_ctz: return count_bits(kind::i64, counted::trailing);
        case i32_popcnt: return count_bits(kind::i32, counted::set);
        case i64_popcnt: return count_bits(kind::i64, counted::set);
        case i32_wrap_i64: return unary(kind::i32, [&](gpr to, gpr from) { w.mov(width::w32, to, from); });
        case i64_extend_i32_u: return unary(kind::i64, [&](gpr to, gpr from) { w.mov(width::w32, to, from); });
        case i64_extend_i32_s: return unary(kind::i64, [&](gpr to, gpr from) { w.movsx32(to, from); });
        case i32_extend8_s: return unary(kind::i32, [&](gpr to, gpr from) { w.movsx8(width::w32, to, from); });
        case i32_extend16_s: return unary(kind::i32, [&](gpr to, gpr from) { w.movsx16(width::w32, to, from); });
        case i64_extend8_s: return unary(kind::i64, [&](gpr to, gpr from) { w.movsx8(width::w64, to, from); });
        case i64_extend16_s: return unary(kind::i64, [&](gpr to, gpr from) { w.movsx16(width::w64, to, from); });
        case i64_extend32_s: return unary(kind::i64, [&](gpr to, gpr from) { w.movsx32(to, from); });
        default: return false;
        }
    }

    /// The i32 that a condition of the flags is: left in the flags where the next operator takes it from there.
    void push_condition(condition when) {
        if (takes_flags_next()) {
            push_comparison(when);
            return done();
        }
        const destination to = target_for(kind::i32, nullptr, nullptr);
        w.set(when, as_gpr(to.r));
        w.movzx8(as_gpr(to.r), as_gpr(to.r));
        push_target(kind::i32, to);
    }

    /// Compares x with y, both of `type`.
    void compare_values(kind type, const value& x, const value& y) {
        const width bits = width_of(type);
        const gpr left = in_gpr(x);
        if (fits_immediate(y)) {
            const auto immediate = static_cast<std::int32_t>(y.bits);
            return immediate == 0 ? w.test(bits, left, left) : w.cmp(bits, left, immediate);
        }
        if (y.where == value::place::slot) {
            return w.cmp(bits, left, memory_of(y));
        }
        w.cmp(bits, left, in_gpr(y));
    }

    /// Whether it is a constant that instructions take.
    [[nodiscard]] static bool fits_immediate(const value& v) noexcept {
        return v.is_constant() &&
               (v.type == kind::i32 ||
                static_cast<std::int64_t>(v.bits) == static_cast<std::int32_t>(static_cast<std::int64_t>(v.bits)));
    }

    template <class Emit>
    bool unary(kind to, Emit&& emit) {
        const value x = pop();
        const reg source = in_register(x);
        const destination made = target_over(to, x);
        emit(as_gpr(made.r), as_gpr(source));
        push_target(to, made);
        return true;
    }

private:
    enum class shift_kind : std::uint8_t { shl, shr, sar, rol, ror };
    enum class counted : std::uint8_t { leading, trailing, set };

    template <form RR, form RI, form RM>
    bool logic(kind type) {
        value x;
        value y;
        pop_commuting(x, y);
        const destination to = target_for(type, &x, &y);
        combine<RR, RI, RM>(type, to, x, y);
        push_target(type, to);
        return true;
    }

    /// to = x op y
    template <form RR, form RI, form RM>
    void combine(kind type, const destination& to, const value& x, const value& y) {
        const width bits = width_of(type);
        const bool is_memory = y.where == value::place::slot;
        const bool is_immediate = fits_immediate(y);
        const reg right = is_memory || is_immediate ? no_reg : in_register(y);
        load_into(to.r, x);
        if (is_immediate) {
            w.template write<RI>(bits, as_gpr(to.r), static_cast<std::int32_t>(y.bits));
        } else if (is_memory) {
            w.template write<RM>(bits, as_gpr(to.r), memory_of(y));
        } else {
            w.template write<RR>(bits, as_gpr(to.r), as_gpr(right));
        }
        if constexpr (RR != form::imul_rr) {
            note_flags(to.r, bits);
        }
    }

    bool add(kind type) {
        value x;
        value y;
        pop_commuting(x, y);
        const width bits = width_of(type);
        const destination to = target_for(type, &x, &y);
        const reg left = x.where == value::place::local ? in_register(x) : no_reg;
        if (left != no_reg && left != to.r && fits_immediate(y)) {
            w.lea(bits, as_gpr(to.r), at(as_gpr(left), static_cast<std::int32_t>(y.bits)));
        } else if (left != no_reg && left != to.r && register_if_any(y) != no_reg) {
            w.lea(bits, as_gpr(to.r), at(as_gpr(left), as_gpr(register_if_any(y))));
        } else {
            combine<form::add_rr, form::add_ri, form::add_rm>(type, to, x, y);
        }
        push_target(type, to);
        return true;
    }
    bool subtract(kind type) {
        const value y = pop();
        const value x = pop();
        const destination to = target_for(type, &x, &y);
        combine<form::sub_rr, form::sub_ri, form::sub_rm>(type, to, x, y);
        push_target(type, to);
        return true;
    }
    bool multiply(kind type) {
        value x;
        value y;
        pop_commuting(x, y);
        const width bits = width_of(type);
        const destination to = target_for(type, &x, &y);
        if (!fits_immediate(y)) {
            combine<form::imul_rr, form::add_ri, form::imul_rm>(type, to, x, y);
        } else if (const std::uint64_t factor = type == kind::i32 ? static_cast<std::uint32_t>(y.bits) : y.bits;
                   std::has_single_bit(factor)) {
            load_into(to.r, x);
            if (factor != 1) {
                w.shl(bits, as_gpr(to.r), static_cast<unsigned>(std::countr_zero(factor)));
            }
        } else if (factor == 3 || factor == 5 || factor == 9) {
            const gpr left = in_gpr(x);
            w.lea(bits, as_gpr(to.r), at(left, left, 0, static_cast<std::uint8_t>(std::bit_width(factor) - 1)));
        } else {
            w.imul(bits, as_gpr(to.r), in_gpr(x), static_cast<std::int32_t>(y.bits));
        }
        push_target(type, to);
        return true;
    }

    bool shift(kind type, shift_kind what) {
        const value y = pop();
        const value x = pop();
        const width bits = width_of(type);
        if (y.is_constant()) {
            const destination to = target_for(type, &x, nullptr);
            shift_into(to.r, type, what, x, static_cast<unsigned>(y.bits) & (bits == width::w64 ? 63U : 31U));
            push_target(type, to);
            return true;
        }
        if (w.features().bmi2 && what != shift_kind::rol && what != shift_kind::ror) {
            const gpr count = in_gpr(y);
            const gpr left = in_gpr(x);
            const destination to = target_over(type, x);
            switch (what) {
            case shift_kind::shl: w.shlx(bits, as_gpr(to.r), left, count); break;
            case shift_kind::shr: w.shrx(bits, as_gpr(to.r), left, count); break;
            default: w.sarx(bits, as_gpr(to.r), left, count); break;
            }
            push_target(type, to);
            return true;
        }
        const reg to = in_temporary(x, bit(id(gpr::rcx)));
        if (register_if_any(y) != id(gpr::rcx)) {
            take_this(gpr::rcx);
            load_into(id(gpr::rcx), y);
        }
        switch (what) {
        case shift_kind::shl: w.shl_cl(bits, as_gpr(to)); break;
        case shift_kind::shr: w.shr_cl(bits, as_gpr(to)); break;
        case shift_kind::sar: w.sar_cl(bits, as_gpr(to)); break;
        case shift_kind::rol: w.rol_cl(bits, as_gpr(to)); break;
        case shift_kind::ror: w.ror_cl(bits, as_gpr(to)); break;
        }
        push_register(type, to);
        done();
        return true;
    }
    /// to = x shifted by a constant
    void shift_into(reg to, kind type, shift_kind what, const value& x, unsigned count) {
        const width bits = width_of(type);
        const bool is_rotation = what == shift_kind::rol || what == shift_kind::ror;
        if (is_rotation && count != 0 && w.features().bmi2 && !x.is_constant() && register_if_any(x) != to) {
            const unsigned right = what == shift_kind::ror ? count : (bits == width::w64 ? 64U : 32U) - count;
            if (x.where == value::place::slot) {
                return w.rorx(bits, as_gpr(to), memory_of(x), right);
            }
            return w.rorx(bits, as_gpr(to), in_gpr(x), right);
        }
        load_into(to, x);
        shift_by(bits, what, as_gpr(to), count);
    }
    void shift_by(width bits, shift_kind what, gpr r, unsigned count) {
        if (count == 0) {
            return;
        }
        switch (what) {
        case shift_kind::shl: return w.shl(bits, r, count);
        case shift_kind::shr: return w.shr(bits, r, count);
        case shift_kind::sar: return w.sar(bits, r, count);
        case shift_kind::rol: return w.rol(bits, r, count);
        case shift_kind::ror: return w.ror(bits, r, count);
        }
    }

    bool divide(kind type, bool is_signed, bool wants_remainder) {
        const value y = pop();
        const value x = pop();
        const width bits = width_of(type);
        if (!is_signed && y.is_constant() && std::has_single_bit(y.bits)) {
            const destination to = target_for(type, &x, nullptr);
            load_into(to.r, x);
            if (!wants_remainder) {
                shift_by(bits, shift_kind::shr, as_gpr(to.r), static_cast<unsigned>(std::countr_zero(y.bits)));
            } else if (y.bits <= std::uint64_t{1} << 31U) {
                w.and_(bits, as_gpr(to.r), static_cast<std::int32_t>(y.bits - 1));
            } else {
                w.mov_constant(bits, scratch, static_cast<std::int64_t>(y.bits - 1));
                w.and_(bits, as_gpr(to.r), scratch);
            }
            push_target(type, to);
            return true;
        }
        // rdx, the context, waits in the scratch register.
        reg divisor = in_register(y, bit(id(gpr::rax)));
        if (divisor == id(gpr::rax)) {
            divisor = in_temporary(y, bit(id(gpr::rax)));
        }
        const gpr by = as_gpr(divisor);
        if (x.where != value::place::held || x.r != id(gpr::rax)) {
            take_this(gpr::rax);
            load_into(id(gpr::rax), x);
        }
        const bool may_be_zero = !y.is_constant() || y.bits == 0;
        const bool may_be_minus_one =
            is_signed && (!y.is_constant() || y.bits == (type == kind::i32 ? UINT32_MAX : UINT64_MAX));
        if (may_be_zero) {
            w.test(bits, by, by);
            trap_if(condition::equal, trap_kind::integer_divide_by_zero);
        }
        short_label divided;
        if (may_be_minus_one && !wants_remainder) {
            short_label possible;
            w.cmp(bits, by, -1);
            w.jcc(condition::not_equal, possible);
            w.mov_constant(bits, scratch, type == kind::i32 ? INT32_MIN : INT64_MIN);
            w.cmp(bits, gpr::rax, scratch);
            trap_if(condition::equal, trap_kind::integer_overflow);
            w.bind(possible);
        }
        w.mov(width::w64, scratch, context_register);
        if (!is_signed) {
            w.clear(gpr::rdx);
            w.div(bits, by);
        } else if (may_be_minus_one && wants_remainder) {
            w.clear(gpr::rdx);
            w.cmp(bits, by, -1);
            w.jcc(condition::equal, divided);
            w.sign_extend_rax_into_rdx(bits);
            w.idiv(bits, by);
            w.bind(divided);
        } else {
            w.sign_extend_rax_into_rdx(bits);
            w.idiv(bits, by);
        }
        if (wants_remainder) {
            w.mov(bits, gpr::rax, gpr::rdx);
        }
        w.mov(width::w64, context_register, scratch);
        push_register(type, id(gpr::rax));
        done();
        return true;
    }

    bool equal_zero(kind type) {
        const value x = pop();
        if (x.where == value::place::comparison) {
            push_condition(opposite(x.when));
            return true;
        }
        test_zero(width_of(type), in_gpr(x));
        push_condition(condition::equal);
        return true;
    }
    bool compare(kind type, condition when) {
        value y = pop();
        value x = pop();
        if (x.is_constant()) {
            std::swap(x, y);
            when = exchanged(when);
        }
        compare_values(type, x, y);
        push_condition(when);
        return true;
    }

    bool count_bits(kind type, counted what) {
        const value x = pop();
        const width size = width_of(type);
        const gpr from = in_gpr(x);
        const destination to = target_for(type, nullptr, &x);
        switch (what) {
        case counted::leading: w.count_leading_zeros(size, as_gpr(to.r), from); break;
        case counted::trailing: w.count_trailing_zeros(size, as_gpr(to.r), from); break;
        case counted::set: w.count_ones(size, as_gpr(to.r), from, scratch); break;
        }
        push_target(type, to);
        return true;
    }
};

} // namespace riser::inline v0_1::x64

#pragma once

#include "riser/core/bytecode/translator.hpp"

/// The translator's members for numbers, locals and memory: where operands are decides the form of an instruction.
namespace riser::inline v0::core::bytecode {

/// Emits `x op y` for the two values on top, in the best form that exists, and pushes the result.
[[gnu::cold]] inline void translator::emit_binary(family group, opcode op) {
    track();
    operand y = stack_.pop();
    operand x = stack_.pop();
    const bool is_comparison = group == family::comparison;
    const auto has = [&](opcode candidate, binary_form form) {
        const std::uint8_t member = member_in(is_comparison ? comparison_index : arithmetic_index, candidate);
        return exists({group, member, static_cast<std::size_t>(form), 0});
    };
    const auto exchange = [&] {
        std::swap(x, y);
        op = is_comparison ? row_of(op).exchanged : op;
    };
    if (y.where == operand::place::temporary && stack_.is_accumulated(y) && x.where != operand::place::constant) {
        code().silence_last(operand_stack::slot_of(x));
    }
    if ((is_comparison || row_of(op).is(operator_row::commutative)) &&
        (x.where == operand::place::constant ||
         (!stack_.is_accumulated(x) && stack_.is_accumulated(y) && !has(op, binary_form::sa)))) {
        exchange();
    }
    bool immediate = false;
    if (y.where == operand::place::constant) {
        const with_constant other = with_immediate(op, y.bits);
        immediate = has(other.op, binary_form::si) && (y.type != kind::i64 || is_sign_extended(other.bits));
        if (immediate) {
            op = other.op;
            y.bits = other.bits;
        }
    }
    put_in_slot(x);
    if (!immediate) {
        put_in_slot(y);
        if (is_comparison && !has(op, binary_form::ss)) {
            exchange();
        }
    }
    const binary_form form = [&] {
        const bool accumulated = stack_.is_accumulated(x);
        if (immediate) {
            return accumulated && has(op, binary_form::ai) ? binary_form::ai : binary_form::si;
        }
        if (accumulated && has(op, binary_form::as)) {
            return binary_form::as;
        }
        return stack_.is_accumulated(y) && has(op, binary_form::sa) ? binary_form::sa : binary_form::ss;
    }();
    const std::uint8_t member = member_in(is_comparison ? comparison_index : arithmetic_index, op);
    const vm_opcode number = make_opcode(group, member, static_cast<std::size_t>(form), 0);
    const std::uint32_t a = operand_stack::slot_of(x);
    if (!immediate) {
        code().emit(number, {pack_fields(a, stack_.next_home(), operand_stack::slot_of(y))});
    } else if (const code_word fields = pack_immediate(a, stack_.next_home(), static_cast<std::uint32_t>(y.bits));
               y.type == kind::f64) {
        code().emit(number, {fields, y.bits});
    } else {
        code().emit(number, {fields});
    }
    stack_.push_result(wasm::info(op).results()[0]);
}

inline void translator::compare_with_zero(opcode op) {
    stack_.push_constant(kind::i64, 0);
    emit_binary(family::comparison, op);
}

[[gnu::cold]] inline void translator::numeric(opcode op) {
    if (member_in(arithmetic_index, op) != no_member) {
        return emit_binary(family::arithmetic, op);
    }
    if (member_in(comparison_index, op) != no_member) {
        return emit_binary(family::comparison, op);
    }
    switch (op) {
    case opcode::i32_eqz: return negate_or_compare(opcode::i32_eq, kind::i32);
    case opcode::i64_eqz: return compare_with_zero(opcode::i64_eq);
    case opcode::i64_extend_i32_u: return retype(kind::i64); // slots are zero-extended already
    case opcode::i64_add128: return operation(single::i64_add128, 4, {kind::i64, kind::i64}, 0);
    case opcode::i64_sub128: return operation(single::i64_sub128, 4, {kind::i64, kind::i64}, 0);
    case opcode::i64_mul_wide_s: return operation(single::i64_mul_wide_s, 2, {kind::i64, kind::i64}, 0);
    case opcode::i64_mul_wide_u: return operation(single::i64_mul_wide_u, 2, {kind::i64, kind::i64}, 0);
    default: break;
    }
    const std::uint8_t member = member_in(unary_index, op);
    if (member == no_member) {
        return refuse(name(op));
    }
    track();
    const operand value = pop_in_slot();
    const bool accumulated =
        stack_.is_accumulated(value) && exists({family::unary, member, static_cast<std::size_t>(unary_form::a), 0});
    const unary_form form = accumulated ? unary_form::a : unary_form::s;
    code().emit(make_opcode(family::unary, member, static_cast<std::size_t>(form), 0),
                {pack_fields(operand_stack::slot_of(value), stack_.next_home())});
    stack_.push_result(wasm::info(op).results()[0]);
}

/// The value on top has another type from here on, and the same slot.
inline void translator::retype(kind type) {
    operand value = stack_.pop();
    value.type = type;
    stack_.push_again(value);
}

/// eqz of a comparison that was emitted just now is its inverse.
[[gnu::cold]] inline void translator::negate_or_compare(opcode op, kind type) {
    const auto last = code().last();
    if (last && code().kind_at(*last).group == family::comparison && stack_.is_accumulated(stack_.top()) &&
        stack_.top().where == operand::place::temporary && code().fields_at(*last).destination() == stack_.top().home) {
        const instruction_kind& comparison = code().kind_at(*last);
        if (const opcode inverse = row_of(comparison.meaning()).inverse; inverse != wasm::no_opcode) {
            code().set_word(*last,
                            make_opcode(family::comparison, member_in(comparison_index, inverse), comparison.form, 0));
            return;
        }
    }
    stack_.push_constant(type, 0);
    emit_binary(family::comparison, op);
}

/// Pops an i32 and turns it into something to branch on: the comparison that made it, if that was emitted just now, else
/// whether it is not zero.
inline condition translator::take_condition() {
    track();
    operand value = stack_.pop();
    bool when = true;
    const auto last = code().last();
    const auto is_result_of = [&](std::uint32_t at) {
        return code().kind_at(at).group == family::comparison && value.where == operand::place::temporary &&
               code().fields_at(at).destination() == value.home;
    };
    if (last && is_result_of(*last)) {
        // An eqz behind an ordering of floats, which has no inverse of its own.
        const instruction_kind& eqz = code().kind_at(*last);
        const auto previous = code().previous();
        if (eqz.meaning() == opcode::i32_eq && eqz.as_binary() == binary_form::ai &&
            code().fields_at(*last).immediate() == 0 && previous && is_result_of(*previous) &&
            *previous + 1U + instruction_infos[code().opcode_at(*previous)].shape.count == *last &&
            takes_vectors(code().kind_at(*previous).meaning())) {
            code().remove_last();
            when = false;
        }
        const std::uint32_t at = *code().last();
        const instruction_kind comparison = code().kind_at(at);
        condition result{comparison.meaning(), comparison.as_binary(), code().word(at + 1), {}, true};
        if (instruction_infos[code().opcode_at(at)].shape.count == 2) {
            result.wide = code().word(at + 2);
        }
        code().remove_last();
        return when ? result : result.inverted();
    }
    if (value.where == operand::place::constant) {
        stack_.materialize(value);
    }
    if (stack_.is_accumulated(value)) {
        return {opcode::i32_ne, binary_form::ai, pack_fields(0, 0), {}, true};
    }
    return {opcode::i32_ne, binary_form::si, pack_fields(operand_stack::slot_of(value), 0), {}, true};
}

/// Makes one instruction of a branch to the loop head and the increment of a local that was emitted just before it.
[[gnu::cold]] inline bool translator::emit_step(const condition& condition) {
    const std::uint8_t member = member_in(step_index, condition.op);
    const auto last = code().last();
    const bool compares_accumulator = condition.form == binary_form::as || condition.form == binary_form::ai;
    if (member == no_member || !last || !compares_accumulator) {
        return false;
    }
    const instruction_kind& add = code().kind_at(*last);
    const fields_view fields = code().fields_at(*last);
    if (add.group != family::arithmetic || add.meaning() != opcode::i32_add || add.as_binary() != binary_form::si ||
        fields.first() != fields.destination() || fields.first() >= first_temporary_) {
        return false;
    }
    const fields_view compared{condition.fields};
    const bool immediate = condition.form == binary_form::ai;
    if (!immediate && compared.second() == fields.first()) {
        return false; // compares with itself
    }
    code().remove_last();
    code().emit(
        make_opcode(family::step, member, static_cast<std::size_t>(immediate ? step_form::i : step_form::s), 0),
        {pack_immediate(fields.first(), 0, fields.immediate()), immediate ? compared.immediate() : compared.second()});
    code().accs.forget(fields.first());
    code().accs.integer.set(fields.first());
    return true;
}

[[gnu::cold]] inline void translator::return_one() {
    operand value = stack_.top();
    if (stack_.is_accumulated(value)) {
        emit(return_of(value.type, true), {});
        return;
    }
    if (value.where == operand::place::constant) {
        stack_.emit_constant(value.home, value.bits);
    }
    const std::uint32_t slot = value.where == operand::place::constant ? value.home : operand_stack::slot_of(value);
    emit(return_of(value.type, false), {pack_fields(slot, 0)});
}

/// Moves the results on top to the frame's first slots. Few are moved one by one: a range is read in units of 16 bytes, which
/// wait until the slots just written are in the cache.
[[gnu::cold]] inline void translator::return_several(std::uint32_t count) {
    if (count > operand_stack::few) {
        stack_.materialize_top(count);
        emit(single::copy_range, {pack_immediate(stack_.top(count - 1).home, 0, count)});
        return;
    }
    // Ascending and downwards: nothing is overwritten before it has moved but locals that have the slots of earlier results.
    for (std::uint32_t i = 0; i < count; ++i) {
        const operand& value = stack_.top(count - 1 - i);
        if (value.where == operand::place::local && value.local() < i) {
            stack_.materialize_top(count);
            break;
        }
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        stack_.move_to(stack_.top(count - 1 - i), i);
    }
}

/// Pops a value into a local, if possible by having its producer write there.
[[gnu::cold]] inline void translator::set_local(std::uint32_t slot) {
    track();
    zeroed_.write(slot);
    const operand value = stack_.pop();
    if (value.waits_in(slot)) {
        return;
    }
    const bool others_wait = stack_.materialize_local(slot);
    if (!others_wait && value.where == operand::place::temporary) {
        const auto last = code().last();
        // Mirrors of the local's old value end before the producer writes it.
        const accumulators before = code().accs;
        code().accs.forget(slot);
        if (last && code().retarget_last(value.home, slot)) {
            return;
        }
        code().accs = before;
    }
    const bool was_accumulated = stack_.is_accumulated(value);
    stack_.move_to(value, slot);
    code().accs.forget(slot);
    if (was_accumulated && value.where == operand::place::local) {
        code().accs.of(value.type).add(slot);
    } else if (was_accumulated) {
        code().accs.of(value.type).set(slot);
    }
}

/// An operation of the runtime: operands in their homes, results in their place.
[[gnu::cold]] inline void translator::operation(single s, std::uint32_t operands, std::initializer_list<kind> results,
                                                std::uint32_t x, std::uint32_t y) {
    track();
    stack_.materialize_top(operands);
    stack_.resize_down(stack_.size() - operands);
    const std::uint32_t base = stack_.next_home();
    emit(s, {pack_fields(base, 0), code_word{x} | code_word{y} << 32U});
    code().forget();
    for (const kind result : results) {
        stack_.push_stored(result);
    }
    if (results.size() == 1) {
        code().accs.integer.set(stack_.top().home);
    }
}

[[gnu::cold]] inline void translator::bulk(single with_slot, single with_immediate, std::uint32_t x, std::uint32_t y) {
    track();
    operand count = stack_.pop();
    operand second = stack_.pop();
    operand first = stack_.pop();
    const bool immediate = count.where == operand::place::constant && count.bits <= 0xffffffffU;
    const std::uint32_t a = put_in_slot(first);
    const std::uint32_t b = put_in_slot(second);
    const code_word fields = immediate ? pack_immediate(a, b, static_cast<std::uint32_t>(count.bits))
                                       : pack_fields(a, b, put_in_slot(count));
    emit(immediate ? with_immediate : with_slot, {fields, code_word{x} | code_word{y} << 32U});
}

/// Memory 0 with 32-bit addresses, and an offset within the guard: what the families load and store are for.
inline bool translator::is_near(const wasm::memory_argument& argument) const noexcept {
    const wasm::memory_type& memory = module_->memories[argument.memory];
    return argument.memory == 0 && !memory.is_64 && memory.page_size_log2 == 16 &&
           argument.offset < runtime::guarded_offset_limit;
}

/// \param overwritten a slot that is written before the address is used: a store's, whose value is a constant
[[gnu::cold]] inline translator::near_address translator::take_address(opcode op, operand address, std::uint64_t offset,
                                                                       std::uint32_t overwritten) {
    if (address.where == operand::place::constant) {
        if (address.bits + offset <= 0xffffffffU && row_of(op).forms.has(address_form::i)) {
            return {address_form::i, 0, 0, address.bits + offset};
        }
        stack_.materialize(address);
    }
    if (const auto sum = take_sum(op, address, offset, overwritten)) {
        return *sum;
    }
    if (const auto wrapped = take_wrap(address)) {
        return {code().accs.integer.has(*wrapped) ? address_form::a : address_form::s, *wrapped, 0, offset};
    }
    return {stack_.is_accumulated(address) ? address_form::a : address_form::s, put_in_slot(address), 0, offset};
}

/// Is the value, on the stack alone, what the instruction emitted just now made by `op`?
inline bool translator::is_made_by_last(const operand& value, family group, opcode op) const noexcept {
    const auto last = code().last();
    return last && value.where == operand::place::temporary && code().kind_at(*last).group == group &&
           code().kind_at(*last).meaning() == op && code().fields_at(*last).destination() == value.home;
}

/// Takes back an i32.add that was emitted just now for the address, and the shift of an index in front of it.
[[gnu::cold]] inline std::optional<translator::near_address>
translator::take_sum(opcode op, const operand& address, std::uint64_t offset, std::uint32_t overwritten) {
    const auto last = code().last();
    if (!is_made_by_last(address, family::arithmetic, opcode::i32_add)) {
        return std::nullopt;
    }
    const binary_form form = code().kind_at(*last).as_binary();
    const fields_view sum = code().fields_at(*last);
    const bool has_immediate = form == binary_form::si || form == binary_form::ai;
    const bool accumulated = form == binary_form::as || form == binary_form::ai;
    near_address result{accumulated ? address_form::as : address_form::ss, sum.first(), sum.second(), offset};
    if (has_immediate) {
        result = {accumulated ? address_form::ai : address_form::si, sum.first(), 0, sum.immediate()};
    }
    const bool is_overwritten =
        !has_immediate && (sum.second() == overwritten || (!accumulated && sum.first() == overwritten));
    if (is_overwritten || offset > (has_immediate ? 0U : 0xffffU) || !row_of(op).forms.has(result.form)) {
        return std::nullopt;
    }
    code().remove_last();
    const auto shift = code().last();
    if (accumulated && shift && is_index_shift(*shift, wasm::info(op).width_log2)) {
        const bool index_accumulated = code().kind_at(*shift).as_binary() == binary_form::ai;
        const address_form scaled = has_immediate ? (index_accumulated ? address_form::aix : address_form::six)
                                                  : (index_accumulated ? address_form::asx : address_form::ssx);
        const bool is_index_overwritten = !index_accumulated && code().fields_at(*shift).first() == overwritten;
        if (!is_index_overwritten && row_of(op).forms.has(scaled)) {
            result.a = code().fields_at(*shift).first();
            result.form = scaled;
            code().remove_last();
        }
    }
    return result;
}

/// Takes back an i32.wrap_i64 that was emitted just now for the address: of slots, accesses use the low half anyway.
/// \returns the slot of what it wrapped
[[gnu::cold]] inline std::optional<std::uint32_t> translator::take_wrap(const operand& address) {
    if (!is_made_by_last(address, family::unary, opcode::i32_wrap_i64)) {
        return std::nullopt;
    }
    const std::uint32_t wrapped = code().fields_at(*code().last()).first();
    code().remove_last();
    return wrapped;
}

/// A shift by the access's width whose result only the sum behind it used: it went to a temporary, not to a local.
inline bool translator::is_index_shift(std::uint32_t at, std::uint32_t width_log2) const noexcept {
    const instruction_kind& shift = code().kind_at(at);
    return shift.group == family::arithmetic && shift.meaning() == opcode::i32_shl &&
           (shift.as_binary() == binary_form::si || shift.as_binary() == binary_form::ai) &&
           code().fields_at(at).immediate() == width_log2 && code().fields_at(at).destination() >= first_temporary_;
}

[[gnu::cold]] inline void translator::load(opcode op, const wasm::memory_argument& argument) {
    track();
    const kind result = wasm::info(op).results()[0];
    op = canonical_access(op);
    const std::uint8_t member = member_in(load_index, op);
    if (member == no_member) {
        return refuse(name(op));
    }
    if (!is_near(argument)) {
        const operand address = pop_in_slot();
        emit(single::far_load, {pack_immediate(operand_stack::slot_of(address), stack_.next_home(), member),
                                argument.offset, argument.memory});
        return stack_.push_result(result);
    }
    const near_address address = take_address(op, stack_.pop(), argument.offset);
    code().emit(make_opcode(family::load, member, static_cast<std::size_t>(address.form), 0),
                {address.fields(stack_.next_home())});
    stack_.push_result(result);
}

[[gnu::cold]] inline void translator::store(opcode op, const wasm::memory_argument& argument) {
    track();
    op = canonical_access(op);
    if (member_in(store_index, op) == no_member) {
        return refuse(name(op));
    }
    if (!is_near(argument)) {
        const operand value = pop_in_slot();
        const operand address = pop_in_slot();
        emit(single::far_store, {pack_immediate(operand_stack::slot_of(address), operand_stack::slot_of(value),
                                                member_in(store_index, op)),
                                 argument.offset, argument.memory});
        return;
    }
    operand value = stack_.pop();
    // From slots and as immediates, floats are stored as the integers of their width.
    const opcode from_accumulator = op;
    op = op == opcode::f32_store ? opcode::i32_store : op == opcode::f64_store ? opcode::i64_store : op;
    const std::uint32_t overwritten = value.where == operand::place::constant ? value.home : no_slot;
    const near_address address = take_address(op, stack_.pop(), argument.offset, overwritten);
    const auto has = [&](opcode candidate, value_form form) {
        return exists({family::store, member_in(store_index, candidate), static_cast<std::size_t>(address.form),
                       static_cast<std::size_t>(form)});
    };
    const bool accumulated = stack_.is_accumulated(value);
    const bool in_vector_bank = wasm::bank_of(value.type) == wasm::bank::vector;
    if (in_vector_bank && accumulated && has(from_accumulator, value_form::f)) {
        emit_store(from_accumulator, address, value_form::f, 0);
    } else if (!in_vector_bank && accumulated && has(op, value_form::a)) {
        emit_store(op, address, value_form::a, 0);
    } else if (value.where == operand::place::constant && has(op, value_form::i)) {
        emit_store(op, address, value_form::i, value.bits);
    } else {
        emit_store(op, address, value_form::s, put_in_slot(value));
    }
}

/// `value` is the slot or the immediate, as the form says.
[[gnu::cold]] inline void translator::emit_store(opcode op, const near_address& address, value_form form,
                                                 std::uint64_t value) {
    const vm_opcode number = make_opcode(family::store, member_in(store_index, op),
                                         static_cast<std::size_t>(address.form), static_cast<std::size_t>(form));
    if (form == value_form::i) {
        code().emit(number, {address.fields(0), value});
    } else {
        code().emit(number, {address.fields(static_cast<std::uint32_t>(value))});
    }
}

} // namespace riser::inline v0::core::bytecode

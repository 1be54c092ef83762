#pragma once

#include "riser/core/bytecode/members.hpp"
#include "riser/core/bytecode/operand_stack.hpp"
#include "riser/core/bytecode/refusing_sink.hpp"
#include "riser/core/bytecode/zeroed_locals.hpp"
#include "riser/core/code/code.hpp"
#include "riser/core/wasm/module/module_facts.hpp"

#include <cstdint>
#include <initializer_list>
#include <utility>

namespace riser::inline v0_1::core::bytecode {

/// The translator's part for numbers, references, locals and globals: where operands are decides the form of an instruction.
/// `local.get` and constants become operands of what uses them, `local.set` the destination of what comes before it.
class value_translator : public refusing_sink {
public:
    using kind = wasm::value_type::kind;

    /// Where not null, is told what the functions do that module_facts are about.
    wasm::fact_finder* facts = nullptr;

    // Parametric and variables

    void drop(wasm::value_type) { stack_.pop(); }
    void select(wasm::value_type type);

    void local_get(const wasm::local_place& local) {
        zeroed_.read(local);
        stack_.limit_waiting();
        stack_.push_local(local.type.what(), local.slot);
    }
    void local_set(const wasm::local_place& local) { set_local(local.slot); }
    void local_tee(const wasm::local_place& local) {
        set_local(local.slot);
        stack_.push_local(local.type.what(), local.slot);
    }

    void global_get(std::uint32_t index);
    void global_set(std::uint32_t index);

    // Numbers and references

    void constant(wasm::value_type type, std::uint64_t bits) {
        stack_.limit_waiting();
        stack_.push_constant(type.what(), bits);
    }
    void numeric(opcode op);

    void ref_null(wasm::heap_type) { stack_.push_constant(kind::ref, 0); }
    void ref_func(std::uint32_t function) {
        code().emit(single::ref_func, pack_immediate(0, stack_.next_home(), function), function);
        stack_.push_result(kind::ref);
    }
    void ref_is_null() { compare_with_zero(opcode::i64_eq); }
    [[gnu::cold]] void ref_as_non_null() {
        const operand reference = pop_in_slot();
        code().emit(single::trap_if_null, pack_fields(operand_stack::slot_of(reference), 0));
        stack_.push_again(reference);
    }

protected:
    explicit value_translator(const allocator& source) noexcept : stack_(source) {}

    [[nodiscard]] code_builder& code() noexcept { return stack_.code; }
    [[nodiscard]] const code_builder& code() const noexcept { return stack_.code; }
    [[nodiscard]] const wasm::module_info& module() const noexcept { return parser().module(); }

    void begin_values(const wasm::function_header& header) noexcept {
        first_temporary_ = header.locals->slots();
        stack_.begin(first_temporary_);
        zeroed_.begin(static_cast<std::uint32_t>(header.type->params.size()));
    }

    /// The first slot behind the locals.
    [[nodiscard]] std::uint32_t first_temporary() const noexcept { return first_temporary_; }

    /// In a slot: a local's, or its home.
    operand pop_in_slot() {
        operand value = stack_.pop();
        put_in_slot(value);
        return value;
    }
    /// The slot of a value that was popped.
    std::uint32_t put_in_slot(operand& value) {
        if (value.where() == operand::place::constant) {
            stack_.materialize(value);
        }
        return operand_stack::slot_of(value);
    }

    /// Is the value, on the stack alone, what the instruction at `at` made?
    [[nodiscard]] bool is_result_of(std::uint32_t at, const operand& value) const noexcept {
        return value.where() == operand::place::temporary && code().fields_at(at).destination() == value.home();
    }
    /// The last instruction is `op`, in whatever form, and the value its result.
    [[nodiscard]] bool is_made_by_last(const operand& value, family group, std::uint8_t member) const noexcept {
        const auto last = code().last();
        return last && is_member(code().opcode_at(*last), group, member) && is_result_of(*last, value);
    }
    [[nodiscard]] bool is_comparison_of_last(const operand& value) const noexcept {
        const auto last = code().last();
        return last && is_member(code().opcode_at(*last), family::comparison) && is_result_of(*last, value);
    }

    void operation(single s, std::uint32_t operands, std::initializer_list<kind> results, std::uint32_t x,
                   std::uint32_t y = 0);

    operand_stack stack_;
    zeroed_locals zeroed_;

private:
    [[nodiscard]] static bool fits_select(const operand& value) noexcept {
        return value.where() == operand::place::constant && value.bits <= 0xffffffffU;
    }

    [[nodiscard]] std::uint32_t global_slot(std::uint32_t index) const noexcept {
        return (index - module().imported_globals) * runtime::slots_per_global;
    }

    void set_local(std::uint32_t slot);
    void emit_binary(family group, opcode op);
    void emit_unary(std::uint8_t member, kind result);
    void compare_with_zero(opcode op);
    void negate_or_compare(opcode op, kind type);
    void retype(kind type);

    std::uint32_t first_temporary_ = 0;
};

inline void value_translator::select(wasm::value_type type) {
    if (type == wasm::v128) {
        return refuse("select of v128");
    }
    operand condition = stack_.pop();
    operand y = stack_.pop();
    operand x = stack_.pop();
    const bool x_immediate = fits_select(x);
    const bool y_immediate = fits_select(y);
    const std::uint32_t a = x_immediate ? 0 : put_in_slot(x);
    const std::uint32_t b = y_immediate ? 0 : put_in_slot(y);
    if (condition.where() == operand::place::constant) {
        stack_.materialize(condition);
    }
    const bool accumulated = stack_.is_accumulated(condition);
    const std::uint32_t c = accumulated ? 0 : put_in_slot(condition);
    const auto form = x_immediate ? (y_immediate ? select_form::ii : select_form::is)
                                  : (y_immediate ? select_form::si : select_form::ss);
    const bool in_vector_bank = wasm::bank_of(type.what()) == wasm::bank::vector;
    const vm_opcode number = make_opcode(family::select, 0, static_cast<std::size_t>(form),
                                         (accumulated ? 1U : 0U) | (in_vector_bank ? 2U : 0U));
    const code_word fields = pack_fields(a, stack_.next_home(), b, c);
    if (form == select_form::ss) {
        code().emit(number, fields);
    } else {
        code().emit(number, fields, (x_immediate ? x.bits : 0) | (y_immediate ? y.bits : 0) << 32U);
    }
    stack_.push_result(type.what());
}

[[gnu::cold]] inline void value_translator::global_get(std::uint32_t index) {
    const kind type = module().globals[index].type.type.what();
    if (type == kind::v128) {
        return refuse("global.get of v128");
    }
    const std::uint32_t home = stack_.next_home();
    const bool in_vector_bank = wasm::bank_of(type) == wasm::bank::vector;
    if (index < module().imported_globals) {
        code().emit(in_vector_bank ? single::imported_global_get_vector : single::imported_global_get,
                    pack_immediate(0, home, index));
    } else {
        code().emit(in_vector_bank ? single::global_get_vector : single::global_get,
                    pack_immediate(0, home, global_slot(index)));
    }
    stack_.push_result(type);
}

[[gnu::cold]] inline void value_translator::global_set(std::uint32_t index) {
    if (facts != nullptr) {
        facts->global_set(index);
    }
    if (module().globals[index].type.type == wasm::v128) {
        return refuse("global.set of v128");
    }
    if (index < module().imported_globals) {
        const operand value = pop_in_slot();
        code().emit(single::imported_global_set, pack_immediate(operand_stack::slot_of(value), 0, index));
        return;
    }
    const operand value = pop_in_slot();
    if (wasm::bank_of(value.type()) == wasm::bank::integer && stack_.is_accumulated(value)) {
        code().emit(single::global_set_a, pack_immediate(0, 0, global_slot(index)));
    } else {
        code().emit(single::global_set, pack_immediate(operand_stack::slot_of(value), 0, global_slot(index)));
    }
}

/// Pops a value into a local, if possible by having its producer write there.
inline void value_translator::set_local(std::uint32_t slot) {
    zeroed_.write(slot);
    const operand value = stack_.pop();
    if (value.waits_in(slot)) {
        return;
    }
    const bool others_wait = stack_.materialize_local(slot);
    if (!others_wait && value.where() == operand::place::temporary && code().retarget_last(value.home(), slot)) {
        return;
    }
    const bool was_accumulated = stack_.is_accumulated(value);
    stack_.move_to(value, slot);
    code().accs.forget(slot);
    if (was_accumulated && value.where() == operand::place::local) {
        code().accs.of(value.type()).add(slot);
    } else if (was_accumulated) {
        code().accs.of(value.type()).set(slot);
    }
}

/// Emits `x op y` for the two values on top, in the best form that exists, and pushes the result.
inline void value_translator::emit_binary(family group, opcode op) {
    operand y = stack_.pop();
    operand x = stack_.pop();
    const bool is_comparison = group == family::comparison;
    const auto has = [](opcode candidate, binary_form form) { return row_of(candidate).forms.has(form); };
    const auto exchange = [&] {
        std::swap(x, y);
        op = is_comparison ? row_of(op).exchanged : op;
    };
    if (y.where() == operand::place::temporary && stack_.is_accumulated(y) && x.where() != operand::place::constant) {
        code().silence_last(operand_stack::slot_of(x));
    }
    if ((is_comparison || row_of(op).is(operator_row::commutative)) &&
        (x.where() == operand::place::constant ||
         (!stack_.is_accumulated(x) && stack_.is_accumulated(y) && !has(op, binary_form::sa)))) {
        exchange();
    }
    bool immediate = false;
    if (y.where() == operand::place::constant) {
        const with_constant other = with_immediate(op, y.bits);
        immediate = has(other.op, binary_form::si) && (y.type() != kind::i64 || is_sign_extended(other.bits));
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
        code().emit(number, pack_fields(a, stack_.next_home(), operand_stack::slot_of(y)));
    } else if (const code_word fields = pack_immediate(a, stack_.next_home(), static_cast<std::uint32_t>(y.bits));
               y.type() == kind::f64) {
        code().emit(number, fields, y.bits);
    } else {
        code().emit(number, fields);
    }
    stack_.push_result(wasm::info(op).results()[0]);
}

inline void value_translator::compare_with_zero(opcode op) {
    stack_.push_constant(kind::i64, 0);
    emit_binary(family::comparison, op);
}

inline void value_translator::numeric(opcode op) {
    if (member_in(arithmetic_index, op) != no_member) {
        return emit_binary(family::arithmetic, op);
    }
    if (member_in(comparison_index, op) != no_member) {
        return emit_binary(family::comparison, op);
    }
    if (const std::uint8_t member = member_in(unary_index, op); member != no_member) {
        return emit_unary(member, wasm::info(op).results()[0]);
    }
    switch (op) {
    case opcode::i32_eqz: return negate_or_compare(opcode::i32_eq, kind::i32);
    case opcode::i64_eqz: return compare_with_zero(opcode::i64_eq);
    case opcode::i64_extend_i32_u: return retype(kind::i64); // slots are zero-extended already
    case opcode::i64_add128: return operation(single::i64_add128, 4, {kind::i64, kind::i64}, 0);
    case opcode::i64_sub128: return operation(single::i64_sub128, 4, {kind::i64, kind::i64}, 0);
    case opcode::i64_mul_wide_s: return operation(single::i64_mul_wide_s, 2, {kind::i64, kind::i64}, 0);
    case opcode::i64_mul_wide_u: return operation(single::i64_mul_wide_u, 2, {kind::i64, kind::i64}, 0);
    default: return refuse(name(op));
    }
}

inline void value_translator::emit_unary(std::uint8_t member, kind result) {
    const operand value = pop_in_slot();
    const bool accumulated =
        stack_.is_accumulated(value) && exists({family::unary, member, static_cast<std::size_t>(unary_form::a), 0});
    const unary_form form = accumulated ? unary_form::a : unary_form::s;
    code().emit(make_opcode(family::unary, member, static_cast<std::size_t>(form), 0),
                pack_fields(operand_stack::slot_of(value), stack_.next_home()));
    stack_.push_result(result);
}

/// The value on top has another type from here on, and the same slot.
inline void value_translator::retype(kind type) {
    const operand value = stack_.pop();
    stack_.push_again({type, value.where(), value.home(), value.bits});
}

/// eqz of a comparison that was emitted just now is its inverse.
inline void value_translator::negate_or_compare(opcode op, kind type) {
    if (const operand& value = stack_.top(); is_comparison_of_last(value) && stack_.is_accumulated(value)) {
        const std::uint32_t at = *code().last();
        const instruction_kind& comparison = code().kind_at(at);
        if (const opcode inverse = row_of(comparison.meaning()).inverse; inverse != wasm::no_opcode) {
            code().set_word(at,
                            make_opcode(family::comparison, member_in(comparison_index, inverse), comparison.form, 0));
            return;
        }
    }
    stack_.push_constant(type, 0);
    emit_binary(family::comparison, op);
}

/// An operation of the runtime: operands in their homes, results in their place.
[[gnu::cold]] inline void value_translator::operation(single s, std::uint32_t operands,
                                                      std::initializer_list<kind> results, std::uint32_t x,
                                                      std::uint32_t y) {
    stack_.materialize_top(operands);
    stack_.resize_down(stack_.size() - operands);
    const std::uint32_t base = stack_.next_home();
    code().emit(s, pack_fields(base, 0), code_word{x} | code_word{y} << 32U);
    code().forget();
    for (const kind result : results) {
        stack_.push_stored(result);
    }
    if (results.size() == 1) {
        code().accs.integer.set(stack_.top().home());
    }
}

} // namespace riser::inline v0_1::core::bytecode

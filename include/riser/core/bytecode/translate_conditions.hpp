#pragma once

#include "riser/core/bytecode/translate_memory.hpp"

#include <cstdint>

namespace riser::inline v0_1::core::bytecode {

/// The translator's part for conditions: comparisons, and the end of counting loops, become part of branches.
class condition_translator : public memory_translator {
protected:
    using memory_translator::memory_translator;

    condition take_condition();
    /// \returns the word that gets the target
    std::uint32_t emit_branch(const condition& condition) {
        const std::uint32_t at = condition.wide
                                     ? code().emit(condition.branch(false), condition.fields, *condition.wide, 0)
                                     : code().emit(condition.branch(false), condition.fields, 0);
        return at + (condition.wide ? 3U : 2U);
    }
    bool emit_step(const condition& condition);

private:
    bool take_negation(const operand& value);
};

/// Pops an i32 and turns it into something to branch on: the comparison that made it, if that was emitted just now, else
/// whether it is not zero.
inline condition condition_translator::take_condition() {
    operand value = stack_.pop();
    if (is_comparison_of_last(value)) {
        const bool is_negated = take_negation(value);
        const std::uint32_t at = *code().last();
        const instruction_kind& comparison = code().kind_at(at);
        condition result{comparison.meaning(), comparison.as_binary(), code().word(at + 1), {}, true};
        if (instruction_infos[code().opcode_at(at)].shape.count == 2) {
            result.wide = code().word(at + 2);
        }
        code().remove_last();
        return is_negated ? result.inverted() : result;
    }
    if (value.where() == operand::place::constant) {
        stack_.materialize(value);
    }
    if (stack_.is_accumulated(value)) {
        return {opcode::i32_ne, binary_form::ai, pack_fields(0, 0), {}, true};
    }
    return {opcode::i32_ne, binary_form::si, pack_fields(operand_stack::slot_of(value), 0), {}, true};
}

/// Takes back an eqz of an ordering of floats, which has no inverse of its own, where the last two instructions are those.
inline bool condition_translator::take_negation(const operand& value) {
    const std::uint32_t at = *code().last();
    const auto previous = code().previous();
    const bool is_eqz =
        is_member(code().opcode_at(at), family::comparison, member_in(comparison_index, opcode::i32_eq)) &&
        code().kind_at(at).as_binary() == binary_form::ai && code().fields_at(at).immediate() == 0;
    if (!is_eqz || !previous || !is_member(code().opcode_at(*previous), family::comparison) ||
        !is_result_of(*previous, value) || !takes_vectors(code().kind_at(*previous).meaning()) ||
        *previous + 1U + instruction_infos[code().opcode_at(*previous)].shape.count != at) {
        return false;
    }
    code().remove_last();
    return true;
}

/// Makes one instruction of a branch to the loop head and the increment of a local that was emitted just before it.
[[gnu::cold]] inline bool condition_translator::emit_step(const condition& condition) {
    const std::uint8_t member = member_in(step_index, condition.op);
    const auto last = code().last();
    const bool compares_accumulator = condition.form == binary_form::as || condition.form == binary_form::ai;
    if (member == no_member || !last || !compares_accumulator) {
        return false;
    }
    const fields_view fields = code().fields_at(*last);
    if (!is_member(code().opcode_at(*last), family::arithmetic, member_in(arithmetic_index, opcode::i32_add)) ||
        code().kind_at(*last).as_binary() != binary_form::si || fields.first() != fields.destination() ||
        fields.first() >= first_temporary()) {
        return false;
    }
    const fields_view compared{condition.fields};
    const bool immediate = condition.form == binary_form::ai;
    if (!immediate && compared.second() == fields.first()) {
        return false; // compares with itself
    }
    code().remove_last();
    code().emit(make_opcode(family::step, member, static_cast<std::size_t>(immediate ? step_form::i : step_form::s), 0),
                pack_immediate(fields.first(), 0, fields.immediate()),
                immediate ? compared.immediate() : compared.second());
    code().accs.forget(fields.first());
    code().accs.integer.set(fields.first());
    return true;
}

} // namespace riser::inline v0_1::core::bytecode

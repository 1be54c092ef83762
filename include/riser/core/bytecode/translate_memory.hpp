#pragma once

#include "riser/core/bytecode/translate_values.hpp"

#include <cstdint>
#include <optional>

namespace riser::inline v0_1::core::bytecode {

/// The translator's part for memories and tables: sums and shifts that were just emitted become part of addresses.
class memory_translator : public value_translator {
public:
    void load(opcode op, const wasm::memory_argument& argument);
    void store(opcode op, const wasm::memory_argument& argument);
    void memory_size(std::uint32_t memory) { operation(single::memory_size, 0, {address_kind(memory)}, memory); }
    void memory_grow(std::uint32_t memory) {
        if (facts != nullptr) {
            facts->memory_grow(memory);
        }
        operation(single::memory_grow, 1, {address_kind(memory)}, memory);
    }
    void memory_fill(std::uint32_t memory) { bulk(single::memory_fill, single::memory_fill_i, memory, 0); }
    void memory_copy(std::uint32_t to, std::uint32_t from) {
        bulk(single::memory_copy, single::memory_copy_i, to, from);
    }
    void memory_init(std::uint32_t data, std::uint32_t memory) { operation(single::memory_init, 3, {}, data, memory); }
    void data_drop(std::uint32_t data) { operation(single::data_drop, 0, {}, data); }

    // Tables

    void table_get(std::uint32_t table) { operation(single::table_get, 1, {kind::ref}, table); }
    void table_set(std::uint32_t table) { write_table(single::table_set, 2, {}, table); }
    void table_size(std::uint32_t table) { operation(single::table_size, 0, {table_address_kind(table)}, table); }
    void table_grow(std::uint32_t table) { write_table(single::table_grow, 2, {table_address_kind(table)}, table); }
    void table_fill(std::uint32_t table) { write_table(single::table_fill, 3, {}, table); }
    void table_copy(std::uint32_t to, std::uint32_t from) { write_table(single::table_copy, 3, {}, to, from); }
    void table_init(std::uint32_t element, std::uint32_t table) {
        note_write(table);
        operation(single::table_init, 3, {}, element, table);
    }
    void elem_drop(std::uint32_t element) { operation(single::elem_drop, 0, {}, element); }

protected:
    using value_translator::value_translator;

    void begin_memory() noexcept {
        has_near_memory_ =
            !module().memories.empty() && !module().memories[0].is_64 && module().memories[0].page_size_log2 == 16;
    }

private:
    static constexpr std::uint32_t no_slot = 0xffffffff;

    /// Where a near access finds its address.
    struct near_address {
        address_form form = address_form::s;
        std::uint32_t a = 0;
        std::uint32_t b = 0;
        std::uint64_t offset = 0;

        [[nodiscard]] code_word fields(std::uint32_t d) const noexcept {
            return has_second_slot(form) ? pack_fields(a, d, b, static_cast<std::uint32_t>(offset))
                                         : pack_immediate(a, d, static_cast<std::uint32_t>(offset));
        }
    };

    /// An address, an operand and a count, from anywhere; the count may be an immediate.
    void bulk(single with_slot, single with_immediate, std::uint32_t x, std::uint32_t y) {
        operand count = stack_.pop();
        operand second = stack_.pop();
        operand first = stack_.pop();
        const bool immediate = count.where() == operand::place::constant && count.bits <= 0xffffffffU;
        const std::uint32_t a = put_in_slot(first);
        const std::uint32_t b = put_in_slot(second);
        const code_word fields = immediate ? pack_immediate(a, b, static_cast<std::uint32_t>(count.bits))
                                           : pack_fields(a, b, put_in_slot(count));
        code().emit(immediate ? with_immediate : with_slot, fields, code_word{x} | code_word{y} << 32U);
    }

    void note_write(std::uint32_t table) {
        if (facts != nullptr) {
            facts->table_set(table);
        }
    }
    void write_table(single s, std::uint32_t operands, std::initializer_list<kind> results, std::uint32_t table,
                     std::uint32_t y = 0) {
        note_write(table);
        operation(s, operands, results, table, y);
    }

    [[nodiscard]] bool is_near(const wasm::memory_argument& argument) const noexcept;
    near_address take_address(opcode op, operand address, std::uint64_t offset, std::uint32_t overwritten = no_slot);
    std::optional<near_address> take_sum(opcode op, const operand& address, std::uint64_t offset,
                                         std::uint32_t overwritten);
    std::optional<std::uint32_t> take_wrap(const operand& address);
    [[nodiscard]] bool is_index_shift(std::uint32_t at, std::uint32_t width_log2) const noexcept;
    void emit_store(opcode op, const near_address& address, value_form form, std::uint64_t value);

    [[nodiscard]] kind address_kind(std::uint32_t memory) const noexcept {
        return module().memories[memory].is_64 ? kind::i64 : kind::i32;
    }
    [[nodiscard]] kind table_address_kind(std::uint32_t table) const noexcept {
        return module().tables[table].type.is_64 ? kind::i64 : kind::i32;
    }

    bool has_near_memory_ = false; ///< memory 0 is one that the families load and store are for
};

/// Memory 0 with 32-bit addresses, and an offset within the guard: what the families load and store are for.
inline bool memory_translator::is_near(const wasm::memory_argument& argument) const noexcept {
    return argument.memory == 0 && has_near_memory_ && argument.offset < runtime::guarded_offset_limit;
}

/// \param overwritten a slot that is written before the address is used: a store's, whose value is a constant
inline memory_translator::near_address memory_translator::take_address(opcode op, operand address, std::uint64_t offset,
                                                                       std::uint32_t overwritten) {
    if (address.where() == operand::place::constant) {
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

/// Takes back an i32.add that was emitted just now for the address, and the shift of an index in front of it.
inline std::optional<memory_translator::near_address>
memory_translator::take_sum(opcode op, const operand& address, std::uint64_t offset, std::uint32_t overwritten) {
    if (!is_made_by_last(address, family::arithmetic, member_in(arithmetic_index, opcode::i32_add))) {
        return std::nullopt;
    }
    const auto last = code().last();
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
inline std::optional<std::uint32_t> memory_translator::take_wrap(const operand& address) {
    if (!is_made_by_last(address, family::unary, member_in(unary_index, opcode::i32_wrap_i64))) {
        return std::nullopt;
    }
    const std::uint32_t wrapped = code().fields_at(*code().last()).first();
    code().remove_last();
    return wrapped;
}

/// A shift by the access's width whose result only the sum behind it used: it went to a temporary, not to a local.
inline bool memory_translator::is_index_shift(std::uint32_t at, std::uint32_t width_log2) const noexcept {
    const instruction_kind& shift = code().kind_at(at);
    return is_member(code().opcode_at(at), family::arithmetic, member_in(arithmetic_index, opcode::i32_shl)) &&
           (shift.as_binary() == binary_form::si || shift.as_binary() == binary_form::ai) &&
           code().fields_at(at).immediate() == width_log2 && code().fields_at(at).destination() >= first_temporary();
}

inline void memory_translator::load(opcode op, const wasm::memory_argument& argument) {
    const kind result = wasm::info(op).results()[0];
    op = canonical_access(op);
    const std::uint8_t member = member_in(load_index, op);
    if (member == no_member) {
        return refuse(name(op));
    }
    if (!is_near(argument)) {
        const operand address = pop_in_slot();
        code().emit(single::far_load, pack_immediate(operand_stack::slot_of(address), stack_.next_home(), member),
                    argument.offset, argument.memory);
        return stack_.push_result(result);
    }
    const near_address address = take_address(op, stack_.pop(), argument.offset);
    code().emit(make_opcode(family::load, member, static_cast<std::size_t>(address.form), 0),
                address.fields(stack_.next_home()));
    stack_.push_result(result);
}

inline void memory_translator::store(opcode op, const wasm::memory_argument& argument) {
    op = canonical_access(op);
    if (member_in(store_index, op) == no_member) {
        return refuse(name(op));
    }
    if (!is_near(argument)) {
        const operand value = pop_in_slot();
        const operand address = pop_in_slot();
        code().emit(
            single::far_store,
            pack_immediate(operand_stack::slot_of(address), operand_stack::slot_of(value), member_in(store_index, op)),
            argument.offset, argument.memory);
        return;
    }
    operand value = stack_.pop();
    // From slots and as immediates, floats are stored as the integers of their width.
    const opcode from_accumulator = op;
    op = op == opcode::f32_store ? opcode::i32_store : op == opcode::f64_store ? opcode::i64_store : op;
    const std::uint32_t overwritten = value.where() == operand::place::constant ? value.home() : no_slot;
    const near_address address = take_address(op, stack_.pop(), argument.offset, overwritten);
    const auto has = [&](opcode candidate, value_form form) {
        return exists({family::store, member_in(store_index, candidate), static_cast<std::size_t>(address.form),
                       static_cast<std::size_t>(form)});
    };
    const bool accumulated = stack_.is_accumulated(value);
    const bool in_vector_bank = wasm::bank_of(value.type()) == wasm::bank::vector;
    if (in_vector_bank && accumulated && has(from_accumulator, value_form::f)) {
        emit_store(from_accumulator, address, value_form::f, 0);
    } else if (!in_vector_bank && accumulated && has(op, value_form::a)) {
        emit_store(op, address, value_form::a, 0);
    } else if (value.where() == operand::place::constant && has(op, value_form::i)) {
        emit_store(op, address, value_form::i, value.bits);
    } else {
        emit_store(op, address, value_form::s, put_in_slot(value));
    }
}

/// `value` is the slot or the immediate, as the form says.
inline void memory_translator::emit_store(opcode op, const near_address& address, value_form form,
                                          std::uint64_t value) {
    const vm_opcode number = make_opcode(family::store, member_in(store_index, op),
                                         static_cast<std::size_t>(address.form), static_cast<std::size_t>(form));
    if (form == value_form::i) {
        code().emit(number, address.fields(0), value);
    } else {
        code().emit(number, address.fields(static_cast<std::uint32_t>(value)));
    }
}

} // namespace riser::inline v0_1::core::bytecode

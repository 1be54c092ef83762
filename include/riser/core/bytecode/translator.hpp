#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/bytecode/members.hpp"
#include "riser/core/bytecode/operand_stack.hpp"
#include "riser/core/bytecode/refusing_sink.hpp"
#include "riser/core/bytecode/zeroed_locals.hpp"
#include "riser/core/code/code.hpp"
#include "riser/core/wasm/function/function_parser.hpp"
#include "riser/limits.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace riser::inline v0::core::bytecode {

/// From wasm to the shared form in one pass: a sink of the function parser. Locals and operands get their canonical slots;
/// `local.get` and constants become operands of what uses them, `local.set` the destination of what comes before it,
/// comparisons part of branches, sums part of addresses.
class translator : public refusing_sink {
public:
    using kind = wasm::value_type::kind;

    /// \param source of everything that a function's translation needs; outlives the translator and what it makes
    explicit translator(const allocator& source) noexcept : stack_(source), blocks_(source), loops_(source) {}

    /// Where not null, gets the position of every instruction (see offsets.hpp).
    vector<code_builder::position>* positions = nullptr;

    /// The preamble and the instructions of the function parsed last, until the next one.
    [[nodiscard]] const vector<code_word>& words() const noexcept { return stack_.code.words; }

    /// What translation has cost beside a constant amount for each operator; see operand_stack::steps.
    [[nodiscard]] std::uint64_t steps() const noexcept { return stack_.steps() + parser().steps(); }

    [[gnu::cold]] void begin_function(wasm::parser_view& parser, const wasm::function_header& header) {
        refusing_sink::begin_function(parser, header);
        header_ = header;
        module_ = &parser.module();
        code().begin(limits::bytecode_words_per_body +
                     limits::bytecode_words_per_byte *
                         module_->bodies[header.function - module_->imported_functions].bytes.size);
        code().set_word(0, header.function);
        code().positions = positions;
        blocks_.clear();
        loops_.clear();
        const std::uint32_t slots = header.locals->slots();
        if (slots != header.locals->size()) {
            return refuse("v128");
        }
        stack_.begin(slots);
        first_temporary_ = slots;
        const auto parameters = static_cast<std::uint32_t>(header.type->params.size());
        if (!check_slots(slots)) {
            return;
        }
        if (slots > parameters) {
            emit(single::zero_range, {0}); // see end_function
        }
        zeroed_.begin(parameters);
        push_block(block_kind::function, {{}, header.type->results});
    }

    [[gnu::cold]] void end_function(const wasm::function_summary& summary) {
        if (summary.falls_through) {
            return_();
        }
        if (!check_slots(summary.frame_slots)) {
            return;
        }
        code().set_word(1, runtime::make_preamble(summary.frame_slots, summary.entry_weight));
        if (header_.locals->slots() > header_.type->params.size()) {
            code().set_word(runtime::preamble_words + 1, pack_immediate(0, zeroed_.begin(), zeroed_.count()));
        }
        if (const auto failure = code().failure()) {
            parser().refuse(*failure, *failure == wasm::diagnostic_kind::limit ? "function needs too much bytecode"
                                                                               : "out of memory");
        }
    }

    // Control

    void unreachable() { emit(single::unreachable, {}); }
    void nop() {}

    /// What waits below a block gets into its slot before: a loop inside may do that where control does not always pass.
    void block(const wasm::block_signature& signature) {
        track();
        stack_.materialize_all();
        push_block(block_kind::block, signature);
    }

    void loop(const wasm::block_signature& signature) {
        track();
        // A tier that takes over at the loop's head finds every value in its slot, constants too.
        stack_.materialize_all();
        code().forget();
        not_innermost();
        if (!loops_.try_push_back(static_cast<std::uint32_t>(blocks_.size()))) [[unlikely]] {
            parser().refuse(wasm::diagnostic_kind::out_of_memory, "out of memory");
            return;
        }
        push_block(block_kind::loop, signature);
        blocks_.back().start = emit(single::loop, {0});
        code().forget();
    }

    void if_(const wasm::block_signature& signature) {
        const condition condition = take_condition();
        stack_.materialize_all();
        push_block(block_kind::if_, signature);
        blocks_.back().otherwise = emit_branch(condition.inverted());
    }

    void else_(bool then_falls_through) {
        track();
        block_state& block = blocks_.back();
        if (then_falls_through) {
            stack_.materialize_top(block.results());
            code().add_to_chain(block.fixups, emit_br());
            block.written_at_end &= zeroed_.written;
        }
        zeroed_.written = block.written_before;
        bind(block.otherwise);
        block.what = block_kind::else_;
        restore_stack(block, block.signature.params);
    }

    void end(const wasm::block_end& end) {
        track();
        const block_state block = blocks_.back();
        blocks_.pop_back();
        if (block.what == block_kind::loop) {
            loops_.pop_back();
            const std::uint32_t head = block.start + 2;
            code().set_word(block.start + 1, pack_immediate(head & 0xffffU, head >> 16U, end.loop_weight));
            if (!end.falls_through) {
                restore_stack(block, block.signature.results);
            }
            return;
        }
        const bool is_if = block.what == block_kind::if_;
        zeroed_.written = block.written_at_end & (end.falls_through ? zeroed_.written : zeroed_locals::everything) &
                          (is_if ? block.written_before : zeroed_locals::everything);
        if (block.fixups == 0 && !is_if) {
            if (!end.falls_through) {
                restore_stack(block, block.signature.results);
            }
            return;
        }
        if (end.falls_through) {
            stack_.materialize_top(block.results());
        }
        restore_stack(block, block.signature.results);
        code().set_chain(block.fixups, code().here());
        if (is_if) {
            code().set_target(block.otherwise, code().here());
        }
        code().forget();
    }

    void br(std::uint32_t depth) {
        track();
        const block_state& target = block_at(depth);
        if (target.what == block_kind::function) {
            return return_();
        }
        note_branch(depth);
        move_to_label(target);
        jump_to(depth);
    }

    void br_if(std::uint32_t depth) { branch_when(take_condition(), depth); }

    [[gnu::cold]] void br_table(std::span<const std::uint32_t> depths) {
        track();
        const operand index = pop_in_slot();
        // Values are in their homes for all targets; each target that wants them elsewhere gets a stub.
        stack_.materialize_top(label_arity(block_at(depths.back())));
        const auto count = static_cast<std::uint32_t>(depths.size() - 1);
        emit(single::br_table, {pack_immediate(operand_stack::slot_of(index), 0, count)});
        const std::uint32_t table = code().here();
        code().append(0, depths.size());
        for (std::uint32_t i = 0; i < depths.size(); ++i) {
            set_table_target(table, i, depths[i]);
        }
        code().forget_instructions();
    }

    [[gnu::cold]] void return_() {
        track();
        const auto& results = header_.type->results;
        if (results.empty()) {
            emit(single::return_none, {});
        } else if (results.size() == 1) {
            return_one();
        } else {
            return_several(static_cast<std::uint32_t>(results.size()));
            emit(single::return_none, {});
        }
    }

    [[gnu::cold]] void br_on_null(std::uint32_t depth) {
        track();
        const operand reference = pop_in_slot();
        branch_when({opcode::i64_eq, binary_form::si, pack_fields(operand_stack::slot_of(reference), 0), {}, true},
                    depth);
        stack_.push_again(reference);
    }
    [[gnu::cold]] void br_on_non_null(std::uint32_t depth) {
        track();
        const operand reference = pop_in_slot();
        stack_.push_again(reference);
        branch_when({opcode::i64_ne, binary_form::si, pack_fields(operand_stack::slot_of(reference), 0), {}, true},
                    depth);
        stack_.pop();
    }

    // Calls

    [[gnu::cold]] void call(std::uint32_t function) {
        track();
        const wasm::function_type& type = module_->type_of_function(function);
        if (refuses_vectors(type)) {
            return;
        }
        const std::uint32_t base = begin_call(type);
        if (function < module_->imported_functions) {
            emit(single::call_import, {pack_immediate(base, 0, function)});
        } else {
            emit(single::call, {pack_fields(base, 0), function - module_->imported_functions});
        }
        end_call(type);
    }
    [[gnu::cold]] void call_indirect(std::uint32_t type_index, std::uint32_t table) {
        track();
        const wasm::function_type& type = module_->types[type_index].function;
        if (refuses_vectors(type)) {
            return;
        }
        const std::uint32_t index = operand_stack::slot_of(pop_in_slot());
        const std::uint32_t base = begin_call(type);
        emit(single::call_indirect, {pack_immediate(base, index, table), type_index});
        end_call(type);
    }
    [[gnu::cold]] void call_ref(std::uint32_t type_index) {
        track();
        const wasm::function_type& type = module_->types[type_index].function;
        if (refuses_vectors(type)) {
            return;
        }
        const std::uint32_t callee = operand_stack::slot_of(pop_in_slot());
        const std::uint32_t base = begin_call(type);
        emit(single::call_ref, {pack_fields(base, callee)});
        end_call(type);
    }
    [[gnu::cold]] void return_call(std::uint32_t function) {
        track();
        const wasm::function_type& type = module_->type_of_function(function);
        if (refuses_vectors(type)) {
            return;
        }
        const std::uint32_t base = begin_call(type);
        if (function < module_->imported_functions) {
            emit(single::return_call_import, {pack_immediate(base, 0, parameter_slots(type)), function});
        } else {
            emit(single::return_call,
                 {pack_immediate(base, 0, parameter_slots(type)), function - module_->imported_functions});
        }
    }
    [[gnu::cold]] void return_call_indirect(std::uint32_t type_index, std::uint32_t table) {
        track();
        const wasm::function_type& type = module_->types[type_index].function;
        if (refuses_vectors(type)) {
            return;
        }
        const std::uint32_t index = operand_stack::slot_of(pop_in_slot());
        const std::uint32_t base = begin_call(type);
        emit(single::return_call_indirect, {pack_immediate(base, index, table), type_index, parameter_slots(type)});
    }
    [[gnu::cold]] void return_call_ref(std::uint32_t type_index) {
        track();
        const wasm::function_type& type = module_->types[type_index].function;
        if (refuses_vectors(type)) {
            return;
        }
        const std::uint32_t callee = operand_stack::slot_of(pop_in_slot());
        const std::uint32_t base = begin_call(type);
        emit(single::return_call_ref, {pack_immediate(base, callee, parameter_slots(type))});
    }

    // Parametric and variables

    void drop(wasm::value_type) { stack_.pop(); }

    [[gnu::cold]] void select(wasm::value_type type) {
        track();
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
        if (condition.where == operand::place::constant) {
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
            code().emit(number, {fields});
        } else {
            code().emit(number, {fields, (x_immediate ? x.bits : 0) | (y_immediate ? y.bits : 0) << 32U});
        }
        stack_.push_result(type.what());
    }

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

    [[gnu::cold]] void global_get(std::uint32_t index) {
        track();
        const kind type = module_->globals[index].type.type.what();
        if (type == kind::v128) {
            return refuse("global.get of v128");
        }
        const std::uint32_t home = stack_.next_home();
        const bool in_vector_bank = wasm::bank_of(type) == wasm::bank::vector;
        if (index < module_->imported_globals) {
            emit(in_vector_bank ? single::imported_global_get_vector : single::imported_global_get,
                 {pack_immediate(0, home, index)});
        } else {
            emit(in_vector_bank ? single::global_get_vector : single::global_get,
                 {pack_immediate(0, home, global_slot(index))});
        }
        stack_.push_result(type);
    }

    [[gnu::cold]] void global_set(std::uint32_t index) {
        track();
        if (module_->globals[index].type.type == wasm::v128) {
            return refuse("global.set of v128");
        }
        if (index < module_->imported_globals) {
            const operand value = pop_in_slot();
            emit(single::imported_global_set, {pack_immediate(operand_stack::slot_of(value), 0, index)});
            return;
        }
        const operand value = pop_in_slot();
        if (wasm::bank_of(value.type) == wasm::bank::integer && stack_.is_accumulated(value)) {
            emit(single::global_set_a, {pack_immediate(0, 0, global_slot(index))});
        } else {
            emit(single::global_set, {pack_immediate(operand_stack::slot_of(value), 0, global_slot(index))});
        }
    }

    // Numbers

    void constant(wasm::value_type type, std::uint64_t bits) {
        stack_.limit_waiting();
        stack_.push_constant(type.what(), bits);
    }

    void numeric(opcode op);

    // Memory

    void load(opcode op, const wasm::memory_argument& argument);
    void store(opcode op, const wasm::memory_argument& argument);
    void memory_size(std::uint32_t memory) { operation(single::memory_size, 0, {address_kind(memory)}, memory); }
    void memory_grow(std::uint32_t memory) { operation(single::memory_grow, 1, {address_kind(memory)}, memory); }
    void memory_fill(std::uint32_t memory) { bulk(single::memory_fill, single::memory_fill_i, memory, 0); }
    void memory_copy(std::uint32_t to, std::uint32_t from) {
        bulk(single::memory_copy, single::memory_copy_i, to, from);
    }
    void memory_init(std::uint32_t data, std::uint32_t memory) { operation(single::memory_init, 3, {}, data, memory); }
    void data_drop(std::uint32_t data) { operation(single::data_drop, 0, {}, data); }

    // Tables and references

    void table_get(std::uint32_t table) { operation(single::table_get, 1, {kind::ref}, table); }
    void table_set(std::uint32_t table) { operation(single::table_set, 2, {}, table); }
    void table_size(std::uint32_t table) { operation(single::table_size, 0, {table_address_kind(table)}, table); }
    void table_grow(std::uint32_t table) { operation(single::table_grow, 2, {table_address_kind(table)}, table); }
    void table_fill(std::uint32_t table) { operation(single::table_fill, 3, {}, table); }
    void table_copy(std::uint32_t to, std::uint32_t from) { operation(single::table_copy, 3, {}, to, from); }
    void table_init(std::uint32_t element, std::uint32_t table) {
        operation(single::table_init, 3, {}, element, table);
    }
    void elem_drop(std::uint32_t element) { operation(single::elem_drop, 0, {}, element); }
    void ref_null(wasm::heap_type) { stack_.push_constant(kind::ref, 0); }
    void ref_func(std::uint32_t function) {
        emit(single::ref_func, {pack_immediate(0, stack_.next_home(), function), function});
        stack_.push_result(kind::ref);
    }
    void ref_is_null() { compare_with_zero(opcode::i64_eq); }
    [[gnu::cold]] void ref_as_non_null() {
        track();
        const operand reference = pop_in_slot();
        emit(single::trap_if_null, {pack_fields(operand_stack::slot_of(reference), 0)});
        stack_.push_again(reference);
    }

private:
    enum class block_kind : std::uint8_t { function, block, loop, if_, else_ };

    struct block_state {
        block_kind what = block_kind::block;
        wasm::block_signature signature;
        std::size_t height = 0;                     ///< values below the parameters
        std::uint32_t fixups = 0;                   ///< chain of the words to become the address behind the end
        std::uint32_t start = 0;                    ///< of a loop: its instruction
        std::uint32_t stub_table = 0;               ///< the br_table that made a stub for it last; 0, where no table is
        std::uint32_t stub = 0;                     ///< where that is
        std::uint32_t otherwise = 0;                ///< of an if: the word to become the address of the else arm
        zeroed_locals::slot_set written_before = 0; ///< see zeroed_locals: where the block begins
        zeroed_locals::slot_set written_at_end = zeroed_locals::everything; ///< on all ways there so far
        bool is_innermost = true; ///< of a loop: neither calls nor loops so far, the head register is its own

        [[nodiscard]] std::size_t results() const noexcept { return signature.results.size(); }
    };

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

    [[nodiscard]] code_builder& code() noexcept { return stack_.code; }
    [[nodiscard]] const code_builder& code() const noexcept { return stack_.code; }
    void track() noexcept { code().wasm_offset = parser().offset(); }
    std::uint32_t emit(single s, std::initializer_list<code_word> operands) {
        track();
        return code().emit(s, operands);
    }

    /// Slots are 16 bits in instructions.
    bool check_slots(std::uint32_t slots) {
        if (slots <= limits::frame_slots) {
            return true;
        }
        parser().refuse(wasm::diagnostic_kind::limit,
                        {"function needs ", slots, " frame slots: at most ", limits::frame_slots});
        return false;
    }

    // Blocks

    void push_block(block_kind what, const wasm::block_signature& signature) {
        if (!blocks_.try_resize(blocks_.size() + 1)) [[unlikely]] {
            return parser().refuse(wasm::diagnostic_kind::out_of_memory, "out of memory");
        }
        block_state& block = blocks_.back();
        block.what = what;
        block.signature = signature;
        block.height = stack_.size() - signature.params.size();
        block.written_before = zeroed_.written;
    }
    [[nodiscard]] block_state& block_at(std::uint32_t depth) noexcept { return blocks_[blocks_.size() - 1 - depth]; }
    [[nodiscard]] static std::size_t label_arity(const block_state& block) noexcept {
        return block.what == block_kind::loop ? block.signature.params.size() : block.signature.results.size();
    }
    /// What is on the stack behind a label: values in their homes above what the block found.
    void restore_stack(const block_state& block, std::span<const wasm::value_type> types) {
        stack_.resize_down(block.height);
        stack_.push_all_stored(types);
    }
    void bind(std::uint32_t word) noexcept {
        code().set_target(word, code().here());
        code().forget();
    }
    /// A call or a loop inside: the loop around, if it still had the head register, has it no longer when it comes round.
    void not_innermost() noexcept {
        if (!loops_.empty()) {
            blocks_[loops_.back()].is_innermost = false;
        }
    }

    // Branches

    void note_branch(std::uint32_t depth) noexcept { block_at(depth).written_at_end &= zeroed_.written; }
    /// \returns the word that gets the target
    std::uint32_t emit_br() { return emit(single::br, {0}) + 1; }
    std::uint32_t emit_branch(const condition& condition) {
        const std::uint32_t at = condition.wide
                                     ? code().emit(condition.branch(false), {condition.fields, *condition.wide, 0})
                                     : code().emit(condition.branch(false), {condition.fields, 0});
        return at + (condition.wide ? 3U : 2U);
    }
    void jump_to(std::uint32_t depth) {
        block_state& target = block_at(depth);
        if (target.what != block_kind::loop) {
            code().add_to_chain(target.fixups, emit_br());
        } else if (target.is_innermost) {
            emit(single::br_loop, {});
        } else {
            code().set_target(emit_br(), target.start);
        }
    }

    /// Whether the label's values are where the label wants them once they are in their homes.
    [[nodiscard]] bool is_home(const block_state& target) const noexcept {
        const std::size_t arity = label_arity(target);
        return arity == 0 || stack_.size() - arity == target.height;
    }
    void move_to_label(const block_state& target) {
        const std::size_t arity = label_arity(target);
        if (is_home(target)) {
            return stack_.materialize_top(arity);
        }
        std::uint32_t slot = label_slot(target);
        if (arity > operand_stack::few) {
            stack_.materialize_all();
            const std::uint32_t from = stack_.top(arity - 1).home;
            emit(single::copy_range, {pack_immediate(from, slot, stack_.next_home() - from)});
            return;
        }
        // Ascending and downwards: no value is overwritten before it has moved.
        for (std::size_t i = arity; i-- > 0;) {
            stack_.move_to(stack_.top(i), slot);
            slot += stack_.top(i).slots();
        }
    }
    [[nodiscard]] std::uint32_t label_slot(const block_state& target) const noexcept {
        return first_temporary_ + target.signature.height;
    }

    void branch_when(const condition& condition, std::uint32_t depth) {
        note_branch(depth);
        block_state& target = block_at(depth);
        const bool is_return = target.what == block_kind::function;
        if (is_return || !is_home(target)) {
            const std::size_t arity = label_arity(target);
            if (arity > (is_return ? 1 : operand_stack::few)) {
                stack_.materialize_top(arity); // on both ways, so that it is done once
            }
            const std::uint32_t around = emit_branch(condition.inverted());
            if (is_return) {
                return_();
            } else {
                move_to_label(target);
                jump_to(depth);
            }
            code().set_target(around, code().here());
            code().forget_instructions();
            return;
        }
        stack_.materialize_top(label_arity(target));
        if (target.what == block_kind::loop && target.is_innermost && condition.may_use_loop_head()) {
            if (condition.wide) {
                code().emit(condition.branch(true), {condition.fields, *condition.wide});
            } else if (!emit_step(condition)) {
                code().emit(condition.branch(true), {condition.fields});
            }
            return;
        }
        const std::uint32_t word = emit_branch(condition);
        if (target.what == block_kind::loop) {
            code().set_target(word, target.start);
        } else {
            code().add_to_chain(target.fixups, word);
        }
    }

    [[gnu::cold]] void set_table_target(std::uint32_t table, std::uint32_t i, std::uint32_t depth) {
        note_branch(depth);
        block_state& target = block_at(depth);
        if (!needs_stub(depth)) {
            if (target.what == block_kind::loop) {
                code().set_target(table + i, target.start);
            } else {
                code().add_to_chain(target.fixups, table + i);
            }
        } else if (target.stub_table == table) {
            code().set_target(table + i, target.stub);
        } else {
            target.stub_table = table;
            target.stub = code().here();
            code().set_target(table + i, target.stub);
            code().forget_instructions();
            br(depth);
        }
    }
    [[nodiscard, gnu::cold]] bool needs_stub(std::uint32_t depth) noexcept {
        const block_state& target = block_at(depth);
        return target.what == block_kind::function || !is_home(target);
    }

    condition take_condition();
    bool emit_step(const condition& condition);
    void return_one();
    void return_several(std::uint32_t count);

    // Calls

    [[nodiscard]] static std::uint32_t parameter_slots(const wasm::function_type& type) noexcept {
        return static_cast<std::uint32_t>(type.params.size());
    }
    [[gnu::cold]] bool refuses_vectors(const wasm::function_type& type) {
        for (const auto* types : {&type.params, &type.results}) {
            for (const wasm::value_type t : *types) {
                if (t == wasm::v128) {
                    refuse("call with v128");
                    return true;
                }
            }
        }
        return false;
    }
    /// Arguments go to their homes, which are the callee's first slots. \returns the first.
    std::uint32_t begin_call(const wasm::function_type& type) {
        stack_.materialize_top(type.params.size());
        stack_.resize_down(stack_.size() - type.params.size());
        return stack_.next_home();
    }
    /// A single result is in the accumulator, too.
    [[gnu::cold]] void end_call(const wasm::function_type& type) {
        not_innermost();
        code().forget();
        if (type.results.size() != 1) {
            stack_.push_all_stored(type.results);
        } else {
            stack_.push_stored(type.results[0].what());
            code().accs.of(type.results[0].what()).set(stack_.top().home);
        }
    }

    // Operands

    /// In a slot: a local's, or its home.
    operand pop_in_slot() {
        operand value = stack_.pop();
        put_in_slot(value);
        return value;
    }
    /// The slot of a value that was popped.
    std::uint32_t put_in_slot(operand& value) {
        if (value.where == operand::place::constant) {
            stack_.materialize(value);
        }
        return operand_stack::slot_of(value);
    }
    [[nodiscard]] static bool fits_select(const operand& value) noexcept {
        return value.where == operand::place::constant && value.bits <= 0xffffffffU;
    }

    void set_local(std::uint32_t slot);
    void emit_binary(family group, opcode op);
    void compare_with_zero(opcode op);
    void negate_or_compare(opcode op, kind type);
    void retype(kind type);
    [[nodiscard]] bool is_near(const wasm::memory_argument& argument) const noexcept;
    near_address take_address(opcode op, operand address, std::uint64_t offset, std::uint32_t overwritten = no_slot);
    std::optional<near_address> take_sum(opcode op, const operand& address, std::uint64_t offset,
                                         std::uint32_t overwritten);
    [[nodiscard]] bool is_made_by_last(const operand& value, family group, opcode op) const noexcept;
    std::optional<std::uint32_t> take_wrap(const operand& address);
    [[nodiscard]] bool is_index_shift(std::uint32_t at, std::uint32_t width_log2) const noexcept;
    void emit_store(opcode op, const near_address& address, value_form form, std::uint64_t value);
    [[gnu::cold]] void operation(single s, std::uint32_t operands, std::initializer_list<kind> results, std::uint32_t x,
                                 std::uint32_t y = 0);

    /// An address, an operand and a count, from anywhere; the count may be an immediate.
    [[gnu::cold]] void bulk(single with_slot, single with_immediate, std::uint32_t x, std::uint32_t y);

    [[nodiscard]] kind address_kind(std::uint32_t memory) const noexcept {
        return module_->memories[memory].is_64 ? kind::i64 : kind::i32;
    }
    [[nodiscard]] kind table_address_kind(std::uint32_t table) const noexcept {
        return module_->tables[table].type.is_64 ? kind::i64 : kind::i32;
    }
    [[nodiscard]] std::uint32_t global_slot(std::uint32_t index) const noexcept {
        return (index - module_->imported_globals) * runtime::slots_per_global;
    }

    operand_stack stack_;
    wasm::function_header header_;
    const wasm::module_info* module_ = nullptr;
    std::uint32_t first_temporary_ = 0;
    zeroed_locals zeroed_;
    vector<block_state> blocks_;
    vector<std::uint32_t> loops_; ///< those of blocks_ that are loops
};

} // namespace riser::inline v0::core::bytecode

#include "riser/core/bytecode/translate_values.hpp"

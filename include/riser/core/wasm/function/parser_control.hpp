#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/function/validation_state.hpp"
#include "riser/core/wasm/read_types.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace riser::inline v0_1::core::wasm {

/// Blocks, branches, calls, exceptions, locals and globals (3.4.1 to 3.4.3), and the legacy exceptions of the exception
/// handling proposal's legacy document. Each function here and in the classes below decodes the immediates of an
/// operator, validates it, and gives the immediates back for the sink; none knows the sink.
class control_operators : public validation_state {
protected:
    control_operators(const module_info& module, std::span<const std::byte> module_bytes, diagnostics& diagnostics,
                      const allocator& source) noexcept
        : validation_state(module, module_bytes, diagnostics, source), depths_(source), clauses_(source),
          caught_(source) {}

    // Blocks

    struct typed_block {
        block_signature type;
        bool owns_result = false;
    };

    [[nodiscard, gnu::noinline]] typed_block read_block_type() {
        const std::uint8_t code = reader_.peek();
        if (code == 0x40) {
            reader_.skip(1);
            return {};
        }
        if (const auto plain = plain_value_type(code)) {
            reader_.skip(1);
            return {{{}, plain_result(*plain)}, false};
        }
        if (code >= 0x40 && code < 0x80) { // a negative number of one byte: the code of a reference type
            const value_type result = read_value_type(reader_, *module_);
            stop_on_error();
            return {{{}, store_inline_result(result)}, true};
        }
        const std::uint32_t offset = reader_.offset();
        const std::int64_t index = reader_.read_s33_leb();
        if (index < 0) {
            reader_.malformed_at(offset, "malformed block type");
        }
        const std::uint32_t type =
            reader_.ok() ? canonical_type(reader_, *module_, static_cast<std::uint64_t>(index), offset) : 0;
        const function_type& function = function_type_at(type);
        return {{function.params, function.results}, false};
    }

    /// Of block, loop, try and try_table. An `if` pops its condition first.
    block_signature begin_block(opcode what, const typed_block& block) {
        pop(block.type.params);
        push_frame(what, block.type, block.owns_result);
        const block_signature type = current().type;
        push(block.type.params);
        if (what == opcode::loop) {
            // The loop's own operator has been counted already.
            current().outer_weight = weight_ - 1;
            weight_ = 1;
        }
        return type;
    }

    [[gnu::cold, gnu::noinline]] block_signature begin_if() {
        const typed_block block = read_block_type();
        pop(i32);
        return begin_block(opcode::if_, block);
    }

    /// Where an arm of a block ends and the next begins.
    struct finished_arm {
        bool reported = false;
        bool falls_through = false;
    };

    /// `else` of an if_, and `catch`, `catch_all` of a legacy try: `next` is what the block becomes.
    [[gnu::cold, gnu::noinline]] finished_arm next_arm(opcode next, type_list operands) {
        control_frame& frame = current();
        const finished_arm arm{frame.reported, reachable_};
        end_arm();
        frame.exits |= arm.falls_through;
        frame.what = next;
        frame.polymorphic = false;
        top_ = floor_;
        reachable_ = frame.reported && reader_.ok();
        push(operands);
        return {reachable_, arm.falls_through};
    }

    [[gnu::cold, gnu::noinline]] finished_arm begin_else() {
        if (current().what != opcode::if_) {
            malformed("END opcode expected");
            return {};
        }
        return next_arm(opcode::else_, current().type.params);
    }

    /// Ends the innermost block: reachability, weights and the operand stack become what they are behind it.
    /// \returns whether its beginning was reported
    [[nodiscard, gnu::noinline]] bool end_block(block_end& end) {
        end_arm();
        const control_frame& frame = current();
        end.falls_through = reachable_;
        end.reachable_after = reachable_ || frame.exits;
        if (frame.what == opcode::if_) {
            if (!matches(frame.type.params, frame.type.results)) {
                mismatch("if without else requires", frame.type.results, "but has", frame.type.params);
            }
            end.reachable_after = frame.reported;
        } else if (frame.what == opcode::loop) {
            end.loop_weight = weight_;
            weight_ = frame.outer_weight;
        }
        reachable_ = end.reachable_after && reader_.ok();
        const bool reported = frame.reported && reader_.ok();
        pop_frame();
        return reported;
    }

    // Branches

    [[nodiscard]] std::uint32_t read_label() {
        const std::uint32_t depth = reader_.read_u32_leb();
        if (depth >= frames_.size()) [[unlikely]] {
            invalid("unknown label", depth);
            return 0;
        }
        return depth;
    }

    /// What a branch carries; says that there is one.
    type_list branch_to(std::uint32_t depth) {
        control_frame& frame = frames_[frames_.size() - 1 - depth];
        frame.exits |= reachable_ && frame.what != opcode::loop;
        return frame.label();
    }

    [[gnu::noinline]] std::uint32_t branch() {
        const std::uint32_t depth = read_label();
        pop(branch_to(depth));
        return depth;
    }

    [[gnu::noinline]] std::uint32_t branch_if() {
        const std::uint32_t depth = read_label();
        pop(i32);
        retype(branch_to(depth));
        return depth;
    }

    /// The depths, the default last.
    [[gnu::cold, gnu::noinline]] std::span<const std::uint32_t> branch_table() {
        const std::uint32_t count = reader_.read_count("branch targets", limits::function_size);
        depths_.clear();
        for (std::uint32_t i = 0; i <= count; ++i) {
            if (!depths_.try_push_back(read_label())) [[unlikely]] {
                out_of_memory();
            }
            if (!reader_.ok()) [[unlikely]] {
                stop_on_error();
                return {};
            }
        }
        pop(i32);
        const type_list expected = branch_to(depths_.back());
        check_top(expected);
        for (std::uint32_t i = 0; i < count; ++i) {
            const type_list types = branch_to(depths_[i]);
            if (types.size() != expected.size()) [[unlikely]] {
                mismatch("branch target requires", types, "but another has", expected);
                return {};
            }
            if (types.data() != expected.data() && !is_same_list(types, expected)) {
                check_top(types);
            }
        }
        return depths_;
    }

    [[gnu::cold, gnu::noinline]] void return_values() { pop(frames_.front().type.results); }

    [[gnu::cold, gnu::noinline]] std::uint32_t branch_on_null() {
        const std::uint32_t depth = read_label();
        const value_type type = pop_reference();
        retype(branch_to(depth));
        push(type.non_null());
        return depth;
    }

    [[gnu::cold, gnu::noinline]] std::uint32_t branch_on_non_null() {
        const std::uint32_t depth = read_label();
        const type_list types = branch_to(depth);
        if (types.empty() || !types.back().is_reference()) {
            no_reference("label has", types);
            return depth;
        }
        pop(types.back().nullable());
        retype(types.without_last());
        return depth;
    }

    // Calls

    struct callee {
        std::uint32_t index = 0; ///< of the function, or of its canonical type
        std::uint32_t table = 0;
        const function_type* type = nullptr;
    };

    [[nodiscard, gnu::noinline]] const function_type& function_type_at(std::uint32_t type) {
        static const function_type none;
        stop_on_error();
        if (!reader_.ok()) {
            return none;
        }
        if (module_->types[type].what != defined_type::form::function) {
            invalid("non-function type", type);
            return none;
        }
        return module_->types[type].function;
    }

    [[gnu::noinline]] std::uint32_t call() { return enter(read_direct_callee()).index; }
    [[gnu::cold, gnu::noinline]] callee call_indirect() { return enter(read_indirect_callee()); }
    [[gnu::cold, gnu::noinline]] std::uint32_t call_reference() { return enter(read_reference_callee()).index; }
    [[gnu::cold, gnu::noinline]] std::uint32_t tail_call() { return enter_by_tail_call(read_direct_callee()).index; }
    [[gnu::cold, gnu::noinline]] callee tail_call_indirect() { return enter_by_tail_call(read_indirect_callee()); }
    [[gnu::cold, gnu::noinline]] std::uint32_t tail_call_reference() {
        return enter_by_tail_call(read_reference_callee()).index;
    }

    // Exceptions

    [[nodiscard, gnu::cold, gnu::noinline]] std::uint32_t read_tag() {
        const std::uint32_t tag = reader_.read_u32_leb();
        if (tag >= module_->tags.size()) [[unlikely]] {
            invalid("unknown tag", tag);
            return 0;
        }
        return tag;
    }
    [[nodiscard]] type_list values_of_tag(std::uint32_t tag) const noexcept {
        if (tag >= module_->tags.size()) {
            return {};
        }
        return module_->types[module_->tags[tag]].function.params;
    }

    [[gnu::cold, gnu::noinline]] std::uint32_t throw_tag() {
        const std::uint32_t tag = read_tag();
        pop(values_of_tag(tag));
        return tag;
    }

    /// The clauses of a try_table, whose labels count from the block around it.
    [[gnu::cold, gnu::noinline]] std::span<const catch_clause> read_catch_clauses() {
        clauses_.clear();
        for (std::uint32_t count = reader_.read_count("catch clauses", limits::catch_clauses); count != 0; --count) {
            const std::uint8_t form = reader_.read_u8();
            if (form > 3) [[unlikely]] {
                malformed("malformed catch clause");
                break;
            }
            catch_clause clause;
            clause.what = static_cast<catch_clause::form>(form);
            clause.tag = form < 2 ? read_tag() : 0;
            clause.depth = read_label();
            if (!reader_.ok()) {
                break;
            }
            check_catch_clause(clause);
            if (!clauses_.try_push_back(clause)) [[unlikely]] {
                out_of_memory();
            }
        }
        stop_on_error();
        return clauses_;
    }

    /// `catch` and `catch_all` of a legacy try, with what they put on the operand stack.
    [[gnu::cold, gnu::noinline]] finished_arm begin_catch(opcode op, type_list values) {
        if (current().what != opcode::try_ && current().what != opcode::catch_) {
            malformed("END opcode expected");
            return {};
        }
        return next_arm(op, values);
    }

    /// `delegate`, which ends a try. Its depth counts from the block around the try. \returns as end_block
    [[nodiscard, gnu::cold, gnu::noinline]] bool end_with_delegate(std::uint32_t& depth, block_end& end) {
        depth = reader_.read_u32_leb();
        if (current().what != opcode::try_) {
            malformed("END opcode expected");
            return false;
        }
        const bool reported = end_block(end);
        if (depth >= frames_.size()) {
            invalid("unknown label", depth);
            return false;
        }
        return reported;
    }

    [[gnu::cold, gnu::noinline]] std::uint32_t rethrow() {
        const std::uint32_t depth = read_label();
        const opcode what = frames_[frames_.size() - 1 - depth].what;
        if (what != opcode::catch_ && what != opcode::catch_all) {
            invalid("invalid rethrow label", depth);
        }
        return depth;
    }

    // Parametric

    [[gnu::cold, gnu::noinline]] value_type select_operands() {
        pop(i32);
        const value_type second = pop_any();
        const value_type first = pop_any();
        const value_type type = first.is_bottom() ? second : first;
        if (type.is_reference() || second.is_reference()) {
            invalid("type mismatch: instruction requires numeric or vector type but stack has a reference");
        } else if (!second.is_bottom() && second != type) {
            stack_mismatch(type, second);
        }
        push(type);
        return type;
    }

    [[gnu::cold, gnu::noinline]] value_type select_typed() {
        const std::uint32_t count = reader_.read_count("types", limits::results);
        value_type type = i32;
        for (std::uint32_t i = 0; i < count; ++i) {
            type = read_value_type(reader_, *module_);
        }
        if (count != 1) {
            invalid("invalid result arity", count);
        }
        stop_on_error();
        if (!reader_.ok()) {
            return type;
        }
        pop3(type, type, i32);
        push(type);
        return type;
    }

    // Locals and globals

    [[gnu::always_inline]] local_place get_local() {
        const local_place local = read_local();
        require_initialized(local);
        push(local.type);
        return local;
    }
    [[gnu::always_inline]] local_place set_local() {
        const local_place local = read_local();
        pop(local.type);
        set_initialized(local);
        return local;
    }
    [[gnu::always_inline]] local_place tee_local() {
        const local_place local = read_local();
        pop(local.type);
        push(local.type);
        set_initialized(local);
        return local;
    }

    [[nodiscard]] const global_type* read_global(std::uint32_t& global) {
        global = reader_.read_u32_leb();
        if (global >= module_->globals.size()) [[unlikely]] {
            invalid("unknown global", global);
            return nullptr;
        }
        return &module_->globals[global].type;
    }
    [[gnu::noinline]] std::uint32_t get_global() {
        std::uint32_t global = 0;
        if (const global_type* type = read_global(global)) {
            push(type->type);
        }
        return global;
    }
    [[gnu::noinline]] std::uint32_t get_constant_global(std::uint32_t visible_globals) {
        std::uint32_t global = 0;
        const global_type* type = read_global(global);
        if (type != nullptr && global >= visible_globals) {
            invalid("unknown global", global);
        } else if (type != nullptr && type->is_mutable) {
            invalid("constant expression required: mutable global", global);
        } else if (type != nullptr) {
            push(type->type);
        }
        return global;
    }
    [[gnu::noinline]] std::uint32_t set_global() {
        std::uint32_t global = 0;
        if (const global_type* type = read_global(global)) {
            if (!type->is_mutable) {
                invalid("immutable global", global);
            }
            pop(type->type);
        }
        return global;
    }

private:
    [[nodiscard]] callee read_direct_callee() {
        static const function_type none;
        const std::uint32_t index = reader_.read_u32_leb();
        if (index >= module_->functions.size()) [[unlikely]] {
            invalid("unknown function", index);
            return {0, 0, &none};
        }
        return {index, 0, &module_->type_of_function(index)};
    }
    [[nodiscard, gnu::cold, gnu::noinline]] callee read_indirect_callee() {
        const std::uint32_t type = read_type_index(reader_, *module_);
        const std::uint32_t table = reader_.read_u32_leb();
        const function_type& function = function_type_at(type);
        if (table >= module_->tables.size()) [[unlikely]] {
            invalid("unknown table", table);
            return {type, 0, &function};
        }
        const table_type& entry = module_->tables[table].type;
        if (!is_subtype(*module_, entry.element, funcref)) {
            mismatch("instruction requires table of", funcref, "but table has", entry.element);
        }
        pop(entry.is_64 ? i64 : i32);
        return {type, table, &function};
    }
    [[nodiscard, gnu::cold, gnu::noinline]] callee read_reference_callee() {
        const std::uint32_t type = read_type_index(reader_, *module_);
        const function_type& function = function_type_at(type);
        if (reader_.ok()) {
            pop(value_type::reference(heap_type::concrete(type), true));
        }
        return {type, 0, &function};
    }

    callee enter(const callee& target) {
        pop(target.type->params);
        push(target.type->results);
        return target;
    }
    [[gnu::cold, gnu::noinline]] callee enter_by_tail_call(const callee& target) {
        const type_list results = frames_.front().type.results;
        if (!matches(target.type->results, results)) {
            mismatch("current function requires result type", results, "but callee returns", target.type->results);
        }
        pop(target.type->params);
        return target;
    }

    /// One number or vector type, for as long as anybody wants it.
    [[nodiscard]] static type_list plain_result(value_type type) noexcept {
        static constexpr std::array<value_type, 6> types = {bottom, i32, i64, f32, f64, v128};
        const value_type* const place = &types[static_cast<std::size_t>(type.what())];
        return {place, place + 1};
    }

    /// What the clause catches must match what its label takes (3.4.1, catch clauses).
    [[gnu::cold, gnu::noinline]] void check_catch_clause(const catch_clause& clause) {
        const bool has_tag = clause.what == catch_clause::form::tag || clause.what == catch_clause::form::tag_ref;
        const bool has_reference =
            clause.what == catch_clause::form::tag_ref || clause.what == catch_clause::form::all_ref;
        const type_list values = has_tag ? values_of_tag(clause.tag) : type_list();
        const value_type reference = value_type::reference(heap_type::exn, false);
        const type_list label = branch_to(clause.depth);
        const bool fits = has_reference ? !label.empty() && is_subtype(*module_, reference, label.back()) &&
                                              matches(values, label.without_last())
                                        : matches(values, label);
        if (fits) {
            return;
        }
        caught_.clear();
        if (!caught_.try_append(values.begin(), values.end()) || (has_reference && !caught_.try_push_back(reference))) {
            return out_of_memory();
        }
        mismatch("label requires", label, "but catch handler has", caught_);
    }

    vector<std::uint32_t> depths_;
    vector<catch_clause> clauses_;
    vector<value_type> caught_; ///< of a clause that is refused
};

} // namespace riser::inline v0_1::core::wasm

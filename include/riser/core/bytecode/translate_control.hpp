#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/bytecode/translate_conditions.hpp"

#include <cstdint>
#include <span>

namespace riser::inline v0_1::core::bytecode {

/// The translator's part for blocks, branches and returns: what waits on the operand stack gets to its place where control
/// flow joins.
class control_translator : public condition_translator {
public:
    // Control

    void unreachable() { code().emit(single::unreachable); }
    void nop() {}

    /// What waits below a block gets into its slot before: a loop inside may do that where control does not always pass.
    void block(const wasm::block_signature& signature) {
        stack_.materialize_all();
        static_cast<void>(push_block(block_kind::block, signature));
    }

    void loop(const wasm::block_signature& signature) {
        // A tier that takes over at the loop's head finds every value in its slot, constants too.
        stack_.materialize_all();
        not_innermost();
        if (!push_block(block_kind::loop, signature)) {
            return;
        }
        block_state& block = blocks_.back();
        block.outer_loop = innermost_loop_;
        innermost_loop_ = static_cast<std::uint32_t>(blocks_.size() - 1);
        block.start = code().emit(single::loop, 0);
        code().forget();
    }

    void if_(const wasm::block_signature& signature) {
        const condition condition = take_condition();
        stack_.materialize_all();
        if (push_block(block_kind::if_, signature)) {
            blocks_.back().otherwise = emit_branch(condition.inverted());
        }
    }

    void else_(bool then_falls_through) {
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
        const block_state& block = blocks_.back();
        if (block.what == block_kind::loop) {
            end_loop(block, end);
        } else {
            end_block(block, end);
        }
        blocks_.pop_back();
    }

    void br(std::uint32_t depth) {
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
        const operand index = pop_in_slot();
        // Values are in their homes for all targets; each target that wants them elsewhere gets a stub.
        stack_.materialize_top(label_arity(block_at(depths.back())));
        const auto count = static_cast<std::uint32_t>(depths.size() - 1);
        code().emit(single::br_table, pack_immediate(operand_stack::slot_of(index), 0, count));
        const std::uint32_t table = code().here();
        code().append(0, depths.size());
        for (std::uint32_t i = 0; i < depths.size(); ++i) {
            set_table_target(table, i, depths[i]);
        }
        code().forget_instructions();
    }

    void return_() {
        if (results_.empty()) {
            code().emit(single::return_none);
        } else if (results_.size() == 1) {
            return_one();
        } else {
            return_several(static_cast<std::uint32_t>(results_.size()));
            code().emit(single::return_none);
        }
    }

    [[gnu::cold]] void br_on_null(std::uint32_t depth) {
        const operand reference = pop_in_slot();
        branch_when({opcode::i64_eq, binary_form::si, pack_fields(operand_stack::slot_of(reference), 0), {}, true},
                    depth);
        stack_.push_again(reference);
    }
    [[gnu::cold]] void br_on_non_null(std::uint32_t depth) {
        const operand reference = pop_in_slot();
        stack_.push_again(reference);
        branch_when({opcode::i64_ne, binary_form::si, pack_fields(operand_stack::slot_of(reference), 0), {}, true},
                    depth);
        stack_.pop();
    }

protected:
    explicit control_translator(const allocator& source) noexcept : condition_translator(source), blocks_(source) {}

    void begin_control(const wasm::function_header& header) {
        results_ = header.type->results;
        innermost_loop_ = no_loop;
        blocks_.clear();
        static_cast<void>(push_block(block_kind::function, {{}, results_}));
    }

    /// A call or a loop inside: the loop around, if it still had the head register, has it no longer when it comes round.
    void not_innermost() noexcept {
        if (innermost_loop_ != no_loop) {
            blocks_[innermost_loop_].is_innermost = false;
        }
    }

private:
    enum class block_kind : std::uint8_t { function, block, loop, if_, else_ };

    static constexpr std::uint32_t no_loop = 0xffffffff;

    struct block_state {
        block_kind what = block_kind::block;
        bool is_innermost = true; ///< of a loop: neither calls nor loops so far, the head register is its own
        wasm::block_signature signature;
        std::size_t height = 0;                     ///< values below the parameters
        std::uint32_t fixups = 0;                   ///< chain of the words to become the address behind the end
        std::uint32_t start = 0;                    ///< of a loop: its instruction
        std::uint32_t outer_loop = no_loop;         ///< of a loop: the one around it, in blocks_
        std::uint32_t stub_table = 0;               ///< the br_table that made a stub for it last; 0, where no table is
        std::uint32_t stub = 0;                     ///< where that is
        std::uint32_t otherwise = 0;                ///< of an if: the word to become the address of the else arm
        zeroed_locals::slot_set written_before = 0; ///< see zeroed_locals: where the block begins
        zeroed_locals::slot_set written_at_end = zeroed_locals::everything; ///< on all ways there so far

        [[nodiscard]] std::size_t results() const noexcept { return signature.results.size(); }
    };

    // Blocks

    /// \returns false where there was no memory for it.
    bool push_block(block_kind what, const wasm::block_signature& signature) {
        if (!blocks_.try_push_back({})) [[unlikely]] {
            parser().out_of_memory();
            return false;
        }
        block_state& block = blocks_.back();
        block.what = what;
        block.signature = signature;
        block.height = stack_.size() - signature.params.size();
        block.written_before = zeroed_.written;
        return true;
    }
    [[nodiscard]] block_state& block_at(std::uint32_t depth) noexcept { return blocks_[blocks_.size() - 1 - depth]; }
    [[nodiscard]] static std::size_t label_arity(const block_state& block) noexcept {
        return block.what == block_kind::loop ? block.signature.params.size() : block.signature.results.size();
    }
    /// What is on the stack behind a label: values in their homes above what the block found.
    void restore_stack(const block_state& block, wasm::type_list types) {
        stack_.resize_down(block.height);
        if (!types.empty()) {
            stack_.push_all_stored(types);
        }
    }
    void bind(std::uint32_t word) noexcept {
        code().set_target(word, code().here());
        code().forget();
    }
    void end_loop(const block_state& loop, const wasm::block_end& end) {
        innermost_loop_ = loop.outer_loop;
        const std::uint32_t head = loop.start + 2;
        code().set_word(loop.start + 1, pack_immediate(head & 0xffffU, head >> 16U, end.loop_weight));
        if (!end.falls_through) {
            restore_stack(loop, loop.signature.results);
        }
    }
    void end_block(const block_state& block, const wasm::block_end& end) {
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

    // Branches

    void note_branch(std::uint32_t depth) noexcept { block_at(depth).written_at_end &= zeroed_.written; }
    /// \returns the word that gets the target
    std::uint32_t emit_br() { return code().emit(single::br, 0) + 1; }
    void jump_to(std::uint32_t depth) {
        block_state& target = block_at(depth);
        if (target.what != block_kind::loop) {
            code().add_to_chain(target.fixups, emit_br());
        } else if (target.is_innermost) {
            code().emit(single::br_loop);
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
            const std::uint32_t from = stack_.top(arity - 1).home();
            code().emit(single::copy_range, pack_immediate(from, slot, stack_.next_home() - from));
            return;
        }
        // Ascending and downwards: no value is overwritten before it has moved.
        for (std::size_t i = arity; i-- > 0;) {
            stack_.move_to(stack_.top(i), slot);
            slot += stack_.top(i).slots();
        }
    }
    [[nodiscard]] std::uint32_t label_slot(const block_state& target) const noexcept {
        return first_temporary() + target.signature.height;
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
                code().emit(condition.branch(true), condition.fields, *condition.wide);
            } else if (!emit_step(condition)) {
                code().emit(condition.branch(true), condition.fields);
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

    void return_one();
    void return_several(std::uint32_t count);

    wasm::type_list results_; ///< of the function
    vector<block_state> blocks_;
    std::uint32_t innermost_loop_ = no_loop; ///< of blocks_
};

inline void control_translator::return_one() {
    operand value = stack_.top();
    if (stack_.is_accumulated(value)) {
        code().emit(return_of(value.type(), true));
        return;
    }
    if (value.where() == operand::place::constant) {
        stack_.emit_constant(value.home(), value.bits);
    }
    const std::uint32_t slot = value.where() == operand::place::constant ? value.home() : operand_stack::slot_of(value);
    code().emit(return_of(value.type(), false), pack_fields(slot, 0));
}

/// Moves the results on top to the frame's first slots. Few are moved one by one: a range is read in units of 16 bytes, which
/// wait until the slots just written are in the cache.
[[gnu::cold]] inline void control_translator::return_several(std::uint32_t count) {
    if (count > operand_stack::few) {
        stack_.materialize_top(count);
        code().emit(single::copy_range, pack_immediate(stack_.top(count - 1).home(), 0, count));
        return;
    }
    // Ascending and downwards: nothing is overwritten before it has moved but locals that have the slots of earlier results.
    for (std::uint32_t i = 0; i < count; ++i) {
        const operand& value = stack_.top(count - 1 - i);
        if (value.where() == operand::place::local && value.local() < i) {
            stack_.materialize_top(count);
            break;
        }
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        stack_.move_to(stack_.top(count - 1 - i), i);
    }
}

} // namespace riser::inline v0_1::core::bytecode

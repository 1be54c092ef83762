#pragma once

#include "riser/core/bytecode/zeroed_locals.hpp"
#include "riser/core/tiering/backend.hpp"
#include "riser/limits.hpp"
#include "riser_x64/baseline/emit_memory.hpp"
#include "riser_x64/baseline/loop_uses.hpp"

#include <cstdint>
#include <span>

namespace riser::inline v0_1::x64 {

using core::bytecode::zeroed_locals;
using core::runtime::loop_entry;

/// Blocks and branches (3.4.1), locals, and what goes on across them. The state at a label is that of the first who goes there, and
/// all others bring their registers into it; single results are in registers, several in their slots.
class control_emitter : public memory_emitter {
public:
    void nop() {}
    void unreachable() { trap_always(trap_kind::unreachable); }

    void block(const core::wasm::block_signature& signature) { begin_block(block_kind::block, signature); }

    void loop(const core::wasm::block_signature& signature) {
        const auto parameters = static_cast<std::uint32_t>(signature.params.size());
        begin_block(block_kind::loop, signature);
        if (blocks_.empty()) {
            return;
        }
        for (std::uint32_t i = size() - parameters; i < size(); ++i) {
            value_to_home(i);
        }
        settle_registers();
        control& head = blocks_.back();
        head.has_state = true;
        state_of(head) = state();
        w.bind(head.end);
        head.weight_at = charge();
        if (!polls_.try_push_back({{}, {}, parser().offset(), state()})) {
            return parser().out_of_memory();
        }
        w.jcc(condition::sign, polls_.back().from);
        w.bind(polls_.back().back);
        done();
    }

    void if_(const core::wasm::block_signature& signature) {
        const condition when = pop_condition();
        begin_block(block_kind::if_, signature);
        if (blocks_.empty()) {
            return;
        }
        control& made = blocks_.back();
        const reg parameter = prepare_results(signature.params);
        made.otherwise_result = parameter;
        otherwise_of(made) = state_for_label(made.height, parameter);
        w.jcc(opposite(when), made.otherwise);
        done();
    }

    void else_(bool then_falls_through) {
        control& arm = blocks_.back();
        if (then_falls_through) {
            go_to(arm, false);
        }
        arm.what = block_kind::else_;
        begin_otherwise(arm);
    }

    void end(const core::wasm::block_end& end) {
        control& done_block = blocks_.back();
        if (done_block.what == block_kind::loop) {
            w.code().patch32(done_block.weight_at, end.loop_weight);
            if (!end.falls_through) {
                truncate(done_block.height);
                push_results(done_block.signature.results, no_reg);
            }
        } else {
            end_forward(done_block, end);
        }
        blocks_.pop_back();
        done();
    }

    void br(std::uint32_t depth) {
        if (depth == blocks_.size()) {
            return write_return();
        }
        go_to(block_at(depth), false);
        done();
    }

    void br_if(std::uint32_t depth) { branch_if(depth, pop_condition()); }

    void br_on_null(std::uint32_t depth) {
        const reg r = in_temporary(pop());
        w.test(width::w64, as_gpr(r), as_gpr(r));
        branch_if_holding(depth, condition::equal, r);
        push_register(kind::ref, r);
        done();
    }
    void br_on_non_null(std::uint32_t depth) {
        const reg r = operand_in_register(size() - 1);
        w.test(width::w64, as_gpr(r), as_gpr(r));
        branch_if(depth, condition::not_equal);
        (void)pop();
        done();
    }

    void br_table(std::span<const std::uint32_t> depths);

    void return_() { write_return(); }

    void drop(core::wasm::value_type) {
        (void)pop();
        done();
    }

    void select(core::wasm::value_type type) {
        const kind what = type.what();
        if (what == kind::v128) {
            return refuse("v128");
        }
        const value chosen = pop();
        const value y = pop();
        const value x = pop();
        if (in_vector_bank(what) && select_float(what, x, y, chosen)) {
            return;
        }
        condition when = chosen.when;
        const reg other = in_register(y);
        if (chosen.where != value::place::comparison) {
            test_zero(width::w32, in_gpr(chosen));
            when = condition::not_equal;
        }
        const destination to = target_for(what, &x, &y);
        load_into(to.r, x);
        if (is_vector(to.r)) {
            short_label keep;
            w.jcc(when, keep);
            w.mov(as_xmm(to.r), as_xmm(other));
            w.bind(keep);
        } else {
            w.cmov(opposite(when), width_of(what), as_gpr(to.r), as_gpr(other));
        }
        push_target(what, to);
    }

    void local_get(const core::wasm::local_place& local) {
        zeroed_.read(local);
        get_local(local);
    }
    void local_set(const core::wasm::local_place& local) { assign(local, false); }
    void local_tee(const core::wasm::local_place& local) { assign(local, true); }

    void constant(core::wasm::value_type type, std::uint64_t bits) { push_constant(type.what(), bits); }
    void numeric(opcode op) {
        if (!emit_integer(op) && !emit_float(op) && !emit_wide(op)) {
            refuse(core::wasm::name(op));
        }
    }

protected:
    control_emitter(code_writer& writer, const core::allocator& source) noexcept
        : memory_emitter(writer, source), blocks_(source), states_(source), polls_(source), entries_(source),
          uses_(source) {}

    /// Before the function is parsed.
    void begin_task(std::span<const std::byte> module_bytes, std::uint32_t function) noexcept {
        module_bytes_ = module_bytes;
        function_ = function;
    }

    zeroed_locals zeroed_;

    void begin_control(const core::wasm::function_header& header) {
        blocks_.clear();
        polls_.clear();
        entries_.clear();
        has_looked_at_loops_ = false;
        const std::uint32_t bytes = module().bodies[header.function - module().imported_functions].bytes.size;
        most_bytes_ = limits::native_bytes_per_byte * std::size_t{bytes} + limits::native_bytes_per_body;
        has_refused_ = false;
        results_ = header.type->results;
        zeroed_.begin(static_cast<std::uint32_t>(header.type->params.size()));
        known_ = {};
    }

    /// Two bytes of wasm can ask for a thousand values to be moved: what takes too much code is refused.
    void check_length() {
        if (w.code().size() > most_bytes_ && !has_refused_) [[unlikely]] {
            has_refused_ = true;
            parser().refuse(core::wasm::diagnostic_kind::limit, "function needs too much native code");
        }
    }

    /// Behind the body: what is rare of loops.
    void write_polls() {
        for (poll& each : polls_) {
            w.bind(each.from);
            w.call(at(context_register, native_layout::poll));
            add_site(each.wasm_offset);
            w.jmp(each.back);
            if (!entries_.try_push_back({each.wasm_offset, static_cast<std::uint32_t>(w.code().size())})) {
                parser().out_of_memory();
            }
            enter_bias(w, bias());
            load_all(each.state);
            w.jmp(each.back);
        }
    }
    /// Where loops are entered by who interprets, in the body.
    [[nodiscard]] const core::vector<loop_entry>& entries() const noexcept { return entries_; }

    /// \param keep whether the operand stays on the stack
    void assign(const core::wasm::local_place& local, bool keep) {
        zeroed_.write(local.slot);
        known_.forget(local.index);
        words_.forget(local.index);
        set_local(local, keep);
    }

    /// Writes the return of the operands on top. Changes nothing here, as it may be one way of two. Leaves the flags alone.
    void write_return() {
        const auto count = static_cast<std::uint32_t>(results_.size());
        if (count > 1) {
            copy_down(count, size() - count); // all to their homes, above the slots of results
            for (std::uint32_t i = 0; i < count; ++i) {
                w.load(width::w64, scratch, slot_at(home_of(size() - count + i)));
                w.store(width::w64, slot_at(i), scratch);
            }
            const kind first = results_[0].what();
            load_slot(result_register(first), first, 0);
        } else if (count == 1) {
            const reg r = result_register(results_[0].what());
            load_into(r, operand(size() - 1));
            store_slot(0, r);
        }
        leave_bias(w, bias());
        w.ret();
        done();
    }
    [[nodiscard]] static reg result_register(kind type) noexcept {
        return in_vector_bank(type) ? id(xmm::xmm0) : id(gpr::rcx);
    }

    /// Writes the charge of a region whose weight is not known yet. \returns where in the code it is to be put
    [[nodiscard]] std::uint32_t charge() {
        constexpr std::int32_t unknown = 0x7fffffff; // in 32 bits
        w.sub(width::w64, budget_register, unknown);
        return static_cast<std::uint32_t>(w.code().size() - sizeof unknown);
    }

private:
    enum class block_kind : std::uint8_t { block, loop, if_, else_ };

    struct control {
        block_kind what = block_kind::block;
        bool has_state = false; ///< whoever goes to the label finds what to agree with
        reg result = no_reg;    ///< of that state
        reg otherwise_result = no_reg;
        core::wasm::block_signature signature;
        std::uint32_t height = 0; ///< of operands below the parameters
        label end;                ///< of a loop: its head
        label otherwise;          ///< of an if
        bool is_direct = false;   ///< br_table's: the current state is the label's
        label agreeing;           ///< br_table's: where registers are brought into the label's state
        std::uint32_t table = 0;  ///< the br_table that `agreeing` is of
        std::uint32_t weight_at = 0;
        zeroed_locals::slot_set written_before = 0;
        zeroed_locals::slot_set written_at_end = zeroed_locals::everything;
        known_bounds known_before;
        known_bounds known_at_end; ///< on all ways there so far
        bool is_reached = false;   ///< there has been one
    };

    /// A loop's head when the budget has ended, or when who interprets goes on here.
    struct poll {
        label from;
        label back;
        std::uint32_t wasm_offset;
        register_state state;
    };

    [[nodiscard]] control& block_at(std::uint32_t depth) noexcept { return blocks_[blocks_.size() - 1 - depth]; }
    [[nodiscard]] register_state& state_of(const control& of) noexcept {
        return states_[2 * static_cast<std::size_t>(&of - blocks_.data())];
    }
    [[nodiscard]] register_state& otherwise_of(const control& of) noexcept {
        return states_[2 * static_cast<std::size_t>(&of - blocks_.data()) + 1];
    }
    [[nodiscard]] static core::wasm::type_list carried(const control& target) noexcept {
        return target.what == block_kind::loop ? target.signature.params : target.signature.results;
    }
    /// Whether the value that branches carry is in a register.
    [[nodiscard]] static bool carries_register(const control& target) noexcept {
        return target.what != block_kind::loop && target.signature.results.size() == 1;
    }

    void begin_block(block_kind what, const core::wasm::block_signature& signature) {
        const std::uint32_t height = size() - static_cast<std::uint32_t>(signature.params.size());
        if (signature.params.has_vectors() || signature.results.has_vectors()) {
            refuse("v128");
        }
        normalize(height);
        if (!blocks_.try_resize(blocks_.size() + 1) ||
            (states_.size() < 2 * blocks_.size() && !states_.try_resize(2 * blocks_.size()))) {
            blocks_.clear();
            return parser().out_of_memory();
        }
        control& made = blocks_.back();
        made.what = what;
        made.signature = signature;
        made.height = height;
        made.written_before = zeroed_.written;
        made.known_before = known_;
    }

    /// The flags, and what they must be, where an i32 operand is not zero.
    [[nodiscard]] condition pop_condition() {
        const value v = pop();
        condition when = v.when;
        if (v.where != value::place::comparison) {
            test_zero(width::w32, in_gpr(v));
            when = condition::not_equal;
        }
        done();
        return when;
    }

    /// Puts the top operands where those of a label are: one into a register, several into their homes. \returns the register
    reg prepare_results(core::wasm::type_list types) {
        if (types.size() == 1) {
            return operand_in_register(size() - 1);
        }
        for (auto i = size() - static_cast<std::uint32_t>(types.size()); i < size(); ++i) {
            value_to_home(i);
        }
        return no_reg;
    }

    void push_results(core::wasm::type_list types, reg single) {
        if (types.size() == 1 && single != no_reg) {
            return push({value::place::held, types[0].what(), single});
        }
        for (std::size_t i = 0; i < types.size(); ++i) {
            push_slot(types[i].what());
        }
    }

    /// Falls, or jumps, to a label: nothing of the current state is needed any more.
    /// \param falls whether the label comes next
    void go_to(control& target, bool falls) {
        check_length();
        note_way_to(target);
        const auto count = static_cast<std::uint32_t>(carried(target).size());
        if (!target.has_state) {
            reg r = no_reg;
            if (carries_register(target)) {
                r = operand_in_register(size() - 1);
            } else {
                copy_down(count, target.height);
            }
            set_state(target, r);
        } else {
            agree(target);
        }
        if (!falls) {
            w.jmp(target.end);
        }
    }
    void set_state(control& target, reg result) {
        target.has_state = true;
        target.result = result;
        state_of(target) = state_for_label(target.height, result);
    }
    /// Writes what brings operands and registers into the state of a label.
    void agree(const control& target) {
        if (carries_register(target)) {
            return conform(state_of(target), target.height, &operand(size() - 1));
        }
        copy_down(static_cast<std::uint32_t>(carried(target).size()), target.height);
        conform(state_of(target), target.height, nullptr);
    }
    /// How many instructions that takes, about.
    [[nodiscard]] std::uint32_t count_agreeing(const control& target) noexcept {
        if (carries_register(target)) {
            return count_conforming(state_of(target), target.height, &operand(size() - 1));
        }
        return 2 * static_cast<std::uint32_t>(carried(target).size()) +
               count_conforming(state_of(target), target.height, nullptr);
    }

    void branch_if(std::uint32_t depth, condition when) { branch_if_holding(depth, when, no_reg); }
    /// \param held a temporary that is needed afterwards
    void branch_if_holding(std::uint32_t depth, condition when, reg held) {
        check_length();
        if (depth == blocks_.size()) {
            label skip;
            w.jcc(opposite(when), skip);
            write_return();
            w.bind(skip);
            return hold(held);
        }
        control& target = block_at(depth);
        note_way_to(target);
        const bool is_single = carries_register(target);
        if (!target.has_state && (is_single || carried(target).empty())) {
            hold(held);
            const reg r = is_single ? operand_in_register(size() - 1) : no_reg;
            set_state(target, r);
            w.jcc(when, target.end);
        } else if (!target.has_state) {
            label skip;
            w.jcc(opposite(when), skip);
            copy_down(static_cast<std::uint32_t>(carried(target).size()), target.height);
            set_state(target, no_reg);
            w.jmp(target.end);
            w.bind(skip);
        } else if (const std::uint32_t count = count_agreeing(target); count == 0) {
            w.jcc(when, target.end);
        } else if (count <= most_short_instructions) {
            agree_where<short_label>(when, target);
        } else {
            agree_where<label>(when, target);
        }
        hold(held);
    }
    /// Goes to a label whose state has to be agreed with, on a way that others jump around.
    template <class Label>
    void agree_where(condition when, control& target) {
        Label skip;
        w.jcc(opposite(when), skip);
        agree(target);
        w.jmp(target.end);
        w.bind(skip);
    }
    void hold(reg held) noexcept {
        if (held != no_reg) {
            lock(held);
        }
    }

    /// The other arm of an if.
    void begin_otherwise(control& arm) {
        w.bind(arm.otherwise);
        restore(otherwise_of(arm), arm.height);
        push_results(arm.signature.params, arm.otherwise_result);
        zeroed_.written = arm.written_before;
        known_ = arm.known_before;
    }

    void end_forward(control& block, const core::wasm::block_end& end) {
        const bool has_otherwise = block.what == block_kind::if_;
        const bool joins = block.has_state || has_otherwise; // someone else comes here, too
        if (has_otherwise && !block.has_state) {
            block.has_state = true;
            block.result = block.otherwise_result;
            state_of(block) = otherwise_of(block);
            if (end.falls_through) {
                go_to(block, true);
            }
            w.bind(block.otherwise);
            zeroed_.written = block.written_before;
            known_ = block.known_before;
            note_way_to(block);
        } else {
            if (end.falls_through && joins) {
                go_to(block, !has_otherwise);
            }
            if (has_otherwise) {
                begin_otherwise(block);
                go_to(block, true);
            }
        }
        w.bind(block.end);
        if (joins) {
            restore(state_of(block), block.height);
            push_results(block.signature.results, block.result);
            zeroed_.written = block.written_at_end;
            known_ = block.known_at_end;
        } else if (!end.falls_through) {
            truncate(block.height);
            push_results(block.signature.results, no_reg);
        }
    }
    /// Of what is known of locals, a label knows what all know who go there.
    void note_way_to(control& target) noexcept {
        target.written_at_end &= zeroed_.written;
        if (target.is_reached) {
            target.known_at_end.intersect(known_);
        } else {
            target.known_at_end = known_;
            target.is_reached = true;
        }
    }

    /// Instructions that a short jump surely passes: none has more than nine bytes.
    static constexpr std::uint32_t most_short_instructions = 12;

    /// A loop that calls more often than once for so many uses of locals has little from registers: they all go to their slots for calls.
    /// Rarer calls are mostly on ways that are seldom gone.
    static constexpr std::uint32_t uses_per_call = 32;

    /// At a loop's head: what it uses most is in registers and nothing else, as far as they go.
    void settle_registers() {
        words_.clear();
        if (!has_looked_at_loops_) {
            has_looked_at_loops_ = true;
            const core::wasm::byte_range body = module().bodies[function_ - module().imported_functions].bytes;
            const std::uint32_t begin = parser().offset();
            uses_.look_at(module(), module_bytes_, {begin, body.offset + body.size - begin});
        }
        const loop_uses::range* const loop = uses_.find(parser().offset());
        if (loop == nullptr) {
            keep_locals({});
            known_ = {};
            return;
        }
        const bool calls_often = loop->calls * uses_per_call > loop->end - loop->begin;
        std::uint32_t gprs = calls_often ? 4 : 7;
        std::uint32_t xmms = calls_often ? 4 : 11;
        std::array<std::uint64_t, 2> kept{};
        const auto [uses, is_complete] = uses_.of_loop(*loop);
        for (const loop_uses::use& each : uses) {
            const core::wasm::local_place place = near_local(each.local);
            std::uint32_t& left = in_vector_bank(place.type.what()) ? xmms : gprs;
            if (left != 0 && place.type.what() != kind::bottom) {
                --left;
                kept[each.local / 64] |= std::uint64_t{1} << each.local % 64;
            }
        }
        keep_locals(kept);
        if (!is_complete) {
            known_ = {};
        }
        for (const loop_uses::use& each : uses) {
            if (each.is_set) {
                known_.forget(each.local);
            }
            if ((kept[each.local / 64] >> each.local % 64 & 1U) != 0) {
                if (!calls_often) {
                    bring_local(each.local);
                }
                if (each.is_set) {
                    set_local_dirty(each.local, !calls_often);
                }
            }
        }
    }

    core::vector<control> blocks_;
    core::vector<register_state> states_; ///< two for each block: of its label, of its other arm
    core::vector<poll> polls_;
    core::vector<loop_entry> entries_;
    core::wasm::type_list results_;
    std::uint32_t tables_ = 0; ///< br_tables so far
    loop_uses uses_;
    std::span<const std::byte> module_bytes_;
    std::uint32_t function_ = 0;
    bool has_looked_at_loops_ = false; ///< of the function
    std::size_t most_bytes_ = 0;
    bool has_refused_ = false; ///< for want of room; nothing else is to be written
};

inline void control_emitter::br_table(std::span<const std::uint32_t> depths) {
    const control* const first = depths.back() == blocks_.size() ? nullptr : &block_at(depths.back());
    const auto count = static_cast<std::uint32_t>(depths.size() - 1);
    const std::uint32_t carried_count =
        static_cast<std::uint32_t>(first == nullptr ? results_.size() : carried(*first).size());
    if (carried_count == 1) {
        operand_in_register(size() - 2); // before the index is where constants pass
    }
    load_into(id(scratch), pop());
    if (carried_count == 1) {
        lock(operand(size() - 1).r);
    }
    const gpr table = take_gpr();
    w.cmp(width::w32, scratch, static_cast<std::int32_t>(count));
    label otherwise;
    label words;
    w.jcc(condition::above_equal, otherwise);
    w.lea(table, words);
    w.lea(width::w64, table, at(table, scratch, sizeof(std::uint32_t), 2));
    w.load32_s(scratch, at(table, -static_cast<std::int32_t>(sizeof(std::uint32_t))));
    w.add(width::w64, scratch, table);
    w.jmp(scratch);
    done();
    w.bind(words);
    ++tables_;
    label returning;
    const auto place_for = [&](std::uint32_t depth) -> label& {
        if (depth == blocks_.size()) {
            return returning;
        }
        control& target = block_at(depth);
        note_way_to(target);
        const bool is_simple = carries_register(target) || carried(target).empty();
        if (!target.has_state && is_simple) {
            set_state(target, carries_register(target) ? operand(size() - 1).r : no_reg);
        }
        if (target.table != tables_) {
            target.table = tables_;
            target.agreeing = {};
            target.is_direct = target.has_state && count_agreeing(target) == 0;
        }
        return target.is_direct ? target.end : target.agreeing;
    };
    for (std::uint32_t i = 0; i < count; ++i) {
        w.jump_distance(place_for(depths[i]));
    }
    w.bind(otherwise);
    w.jmp(place_for(depths.back()));
    for (const std::uint32_t depth : depths) {
        check_length();
        if (depth == blocks_.size() || has_refused_) {
            continue;
        }
        control& target = block_at(depth);
        if (target.is_direct || target.agreeing.is_bound()) {
            continue;
        }
        w.bind(target.agreeing);
        if (target.has_state) {
            agree(target);
        } else {
            copy_down(carried_count, target.height);
            set_state(target, no_reg);
        }
        w.jmp(target.end);
    }
    if (returning.is_used()) {
        w.bind(returning);
        write_return();
    }
    done();
}

} // namespace riser::inline v0_1::x64

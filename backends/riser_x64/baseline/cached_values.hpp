#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/code/code.hpp"
#include "riser/core/wasm/function/local_runs.hpp"
#include "riser/core/wasm/function/sink.hpp"
#include "riser/core/wasm/types.hpp"
#include "riser_x64/baseline/known_words.hpp"
#include "riser_x64/baseline/values.hpp"
#include "riser_x64/common/code_writer.hpp"

#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <utility>

namespace riser::inline v0_1::x64 {

struct cached_values_check;

/// The operand stack and the locals, and which of them are in registers. Everything that is written to keep them is
/// written here.
class cached_values {
public:
    cached_values(code_writer& writer, const core::allocator& source) noexcept
        : w(writer), stack_(source), floats_(source) {}

protected:
    code_writer& w;
    known_words words_;

    /// \param passed see arguments_in_registers
    void begin_values(core::wasm::parser_view& parser, const core::wasm::local_runs& locals, unsigned passed) noexcept {
        parser_ = &parser;
        locals_ = &locals;
        local_slots_ = locals.slots();
        bias_ = local_slots_ < most_unbiased ? 0 : 128;
        stack_.clear();
        floats_.clear();
        now_ = {};
        words_.clear();
        flags_ = {};
        locked_ = 0;
        normal_ = 0;
        std::memset(touched_, 0, sizeof touched_);
        std::memset(near_registers_, no_reg, sizeof near_registers_);
        std::memset(pending_, 0, sizeof pending_);
        for_passed(passed, [&](std::uint32_t i, gpr argument) {
            const reg r = id(argument);
            own(r, i, locals.near(i).type.what());
            now_.dirty |= bit(r);
            near_registers_[i] = r;
        });
    }

    // Slots

    [[nodiscard]] address slot_at(std::uint32_t index) const noexcept {
        return at(frame_register, static_cast<std::int32_t>(index * sizeof(core::runtime::slot)) - bias_);
    }
    /// While a function with many locals runs, the frame register points into the frame's middle: more slots are within the
    /// reach of a displacement of one byte. How many bytes behind its begin.
    [[nodiscard]] std::int32_t bias() const noexcept { return bias_; }
    static void enter_bias(code_writer& to, std::int32_t bias) {
        if (bias != 0) {
            to.sub(width::w64, frame_register, -bias); // 128 has no byte of its own
        }
    }
    static void leave_bias(code_writer& to, std::int32_t bias) {
        if (bias != 0) {
            to.add(width::w64, frame_register, -bias);
        }
    }
    [[nodiscard]] std::uint32_t home_of(std::uint32_t operand) const noexcept { return local_slots_ + operand; }
    [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(stack_.size()); }

    // The operand stack

    void push(const value& v) {
        if (!stack_.try_push_back(v)) [[unlikely]] {
            parser_->out_of_memory(); // nothing is reported any more
        }
    }
    void push_constant(kind type, std::uint64_t bits) { push({.type = type, .bits = bits}); }
    /// In its home slot.
    void push_slot(kind type) { push({.where = value::place::slot, .type = type, .index = size()}); }
    /// In a register that was taken.
    void push_register(kind type, reg r) {
        words_.note_written(r);
        own(r, register_state::operand_bit | size(), type);
        push({value::place::held, type, r});
    }
    /// Of known_words: a constant, or what is in a register.
    void push_known(const value& known) {
        if (known.is_constant()) {
            push(known);
            return done();
        }
        const reg r = known.r;
        const std::uint32_t owner = now_.owners[r];
        if (((now_.used | locked_) & bit(r)) == 0) {
            own(r, register_state::operand_bit | size(), known.type);
            push({value::place::held, known.type, r});
        } else if ((now_.used & bit(r)) != 0 && is_near(owner) && size() < most_lazy_operands) {
            ++pending_[owner];
            push({.where = value::place::local, .type = known.type, .index = owner});
        } else {
            locked_ |= bit(r);
            const reg copy = take_for(known.type);
            move(copy, r, known.type);
            push_register(known.type, copy);
        }
        done();
    }
    void push_comparison(condition when) { push({.where = value::place::comparison, .type = kind::i32, .when = when}); }

    /// Takes the top operand. Its register is a temporary then, as those that are taken: nothing owns it, and it is free after done().
    [[nodiscard]] value pop() noexcept {
        const value top = stack_.back();
        stack_.pop_back();
        if (normal_ > size()) {
            normal_ = size();
        }
        if (top.where == value::place::held) {
            locked_ |= bit(top.r);
            now_.used &= ~bit(top.r);
        } else if (top.where == value::place::local) {
            --pending_[top.index];
            if (const reg r = near_registers_[top.index]; r != no_reg) {
                locked_ |= bit(r);
            }
        }
        return top;
    }

    /// Two operands in either order: what is best overwritten first, a constant last.
    void pop_commuting(value& x, value& y) noexcept {
        y = pop();
        x = pop();
        if (x.is_constant() || (y.where == value::place::held && x.where != value::place::held)) {
            std::swap(x, y);
        }
    }

    /// What was written last has left in the flags whether the register, which it has written, is zero.
    void note_flags(reg r, width bits) noexcept { flags_ = {w.code().size(), r, bits}; }
    /// Whether a register is zero, into the flags.
    void test_zero(width bits, gpr r) {
        if (flags_.behind != w.code().size() || flags_.of != id(r) || flags_.bits != bits) {
            w.test(bits, r, r);
        }
    }

    /// The operator is done with its registers.
    void done() noexcept { locked_ = 0; }

    // Registers

    [[nodiscard]] reg take(core::wasm::bank bank, reg_set avoided = 0) {
        const reg_set all = (bank == core::wasm::bank::vector ? all_xmms : all_gprs) & ~avoided & ~locked_;
        reg_set free = all & ~now_.used;
        if (free == 0) [[unlikely]] {
            free = bit(evict_one(all));
        }
        const auto r = static_cast<reg>(std::countr_zero(free));
        locked_ |= bit(r);
        words_.note_written(r);
        return r;
    }
    [[nodiscard]] gpr take_gpr(reg_set avoided = 0) { return as_gpr(take(core::wasm::bank::integer, avoided)); }
    [[nodiscard]] xmm take_xmm() { return as_xmm(take(core::wasm::bank::vector)); }
    [[nodiscard]] reg take_for(kind type) { return take(core::wasm::bank_of(type)); }

    /// Makes a certain register a temporary. What owned it is elsewhere then; a temporary there is lost.
    void take_this(gpr wanted) {
        const reg r = id(wanted);
        if ((now_.used & bit(r)) != 0) {
            move_away(r);
        }
        locked_ |= bit(r);
        words_.note_written(r);
    }
    /// Keeps what is in the register there for this operator.
    void lock(reg r) noexcept { locked_ |= bit(r); }

    /// A register that has the value, which may be that of a local: not to be changed.
    [[nodiscard]] reg in_register(const value& v, reg_set avoided = 0) {
        switch (v.where) {
        case value::place::held: return v.r;
        case value::place::local: return local_in_register(v.index, v.type, avoided);
        default: break;
        }
        const reg r = take(core::wasm::bank_of(v.type), avoided);
        load_into(r, v);
        return r;
    }
    [[nodiscard]] gpr in_gpr(const value& v, reg_set avoided = 0) { return as_gpr(in_register(v, avoided)); }
    [[nodiscard]] xmm in_xmm(const value& v) { return as_xmm(in_register(v)); }

    /// A temporary that has the value.
    [[nodiscard]] reg in_temporary(const value& v, reg_set avoided = 0) {
        if (v.where == value::place::held && (avoided & bit(v.r)) == 0) {
            words_.note_written(v.r);
            return v.r;
        }
        const reg r = take(core::wasm::bank_of(v.type), avoided);
        load_into(r, v);
        return r;
    }

    /// Writes the value into a register. Leaves the flags alone.
    void load_into(reg r, const value& v) {
        switch (v.where) {
        case value::place::constant: return load_constant(r, v);
        case value::place::held: return move(r, v.r, v.type);
        case value::place::slot: return load_slot(r, v.type, home_of(v.index));
        case value::place::local:
            if (const reg from = near_registers_[v.index]; from != no_reg) {
                return move(r, from, v.type);
            }
            return load_slot(r, v.type, slot_of_local(v.index));
        case value::place::comparison: w.set(v.when, as_gpr(r)); return w.movzx8(as_gpr(r), as_gpr(r));
        }
    }

    void move(reg to, reg from, kind type) {
        if (to == from) {
            return;
        }
        if (is_vector(to)) {
            w.mov(as_xmm(to), as_xmm(from));
        } else {
            w.mov(width_of(type), as_gpr(to), as_gpr(from));
        }
    }
    /// From a slot, wherever that is.
    void load_from(const address& from, reg r, kind type) {
        if (is_vector(r)) {
            w.load(width_of(type), as_xmm(r), from);
        } else {
            w.load(width_of(type), as_gpr(r), from);
        }
    }
    /// All 64 bits, of which those above an i32 are zero and those above an f32 are anything.
    void store_to(const address& to, reg r) {
        if (is_vector(r)) {
            w.store(width::w64, to, as_xmm(r));
        } else {
            w.store(width::w64, to, as_gpr(r));
        }
    }
    void load_slot(reg r, kind type, std::uint32_t slot) { load_from(slot_at(slot), r, type); }
    void store_slot(std::uint32_t slot, reg r) { store_to(slot_at(slot), r); }
    void load_constant(reg r, const value& v) {
        if (!is_vector(r)) {
            return w.mov_constant(width_of(v.type), as_gpr(r), static_cast<std::int64_t>(v.bits));
        }
        if (v.bits == 0) {
            return w.clear(as_xmm(r));
        }
        if (label* const there = float_behind_code(v.bits); there != nullptr) [[likely]] {
            return w.write_with<form::movs_xE>(width_of(v.type), as_xmm(r), *there);
        }
        w.mov_constant(width_of(v.type), scratch, static_cast<std::int64_t>(v.bits));
        w.mov(width_of(v.type), as_xmm(r), scratch);
    }
    /// A float that instructions find behind the code; null where there is no memory.
    [[nodiscard]] label* float_behind_code(std::uint64_t bits) noexcept {
        constexpr std::size_t most_looked_at = 8;
        const std::size_t count = floats_.size();
        for (std::size_t i = count; i != 0 && i + most_looked_at != count; --i) {
            if (floats_[i - 1].bits == bits) {
                return &floats_[i - 1].there;
            }
        }
        return floats_.try_push_back({bits, {}}) ? &floats_.back().there : nullptr;
    }
    /// Behind everything else. \returns how many bytes
    std::uint32_t write_floats() {
        for (float_constant& each : floats_) {
            w.bind(each.there);
            w.code().append(&each.bits, sizeof each.bits);
        }
        return static_cast<std::uint32_t>(floats_.size() * sizeof(std::uint64_t));
    }
    void store_constant(std::uint32_t slot, const value& v) {
        const auto bits = static_cast<std::int64_t>(v.bits);
        if (bits == static_cast<std::int32_t>(bits)) {
            return w.store(width::w64, slot_at(slot), static_cast<std::int32_t>(bits));
        }
        w.mov_constant(width::w64, scratch, bits);
        w.store(width::w64, slot_at(slot), scratch);
    }

    // Locals

    void get_local(const core::wasm::local_place& local) {
        const kind type = local.type.what();
        if (is_near(local.index) && size() < most_lazy_operands) {
            ++pending_[local.index];
            return push({.where = value::place::local, .type = type, .index = local.index});
        }
        const reg r = take_for(type);
        if (const reg from = register_of(local.index); from != no_reg) {
            move(r, from, type);
        } else {
            load_slot(r, type, local.slot);
        }
        push_register(type, r);
        done();
    }

    /// Takes the top operand. \param keep whether it stays on the stack
    void set_local(const core::wasm::local_place& local, bool keep) {
        const kind type = local.type.what();
        const value v = pop();
        if (v.where == value::place::local && v.index == local.index) {
            if (keep) {
                get_local(local);
            }
            return done();
        }
        if (is_near(local.index) && pending_[local.index] != 0) [[unlikely]] {
            release_pending(local.index);
        }
        reg r = register_of(local.index);
        if (v.where == value::place::held) {
            if (r != no_reg) {
                disown(r);
            }
            r = v.r; // renamed: nothing moves
        } else {
            if (r == no_reg) {
                r = take_for(type);
            }
            words_.note_written(r);
            load_into(r, v);
        }
        own(r, local.index, type);
        now_.dirty |= bit(r);
        set_register_of(local.index, r);
        locked_ |= bit(r);
        if (keep) {
            get_local(local);
        }
        done();
    }

    /// The local's register, for an operator whose result will be set to it next; no_reg where that would lose a value. The
    /// operator has popped its operands.
    [[nodiscard]] reg target_of(const core::wasm::local_place& local) const noexcept {
        return is_near(local.index) && pending_[local.index] == 0 ? near_registers_[local.index] : no_reg;
    }
    /// The result is in target_of(local) now.
    void push_in_place(const core::wasm::local_place& local, reg r) {
        words_.note_written(r);
        now_.dirty |= bit(r);
        ++pending_[local.index];
        push({.where = value::place::local, .type = local.type.what(), .index = local.index});
    }

    /// A local that local_set_next names; without a type where there is none of that index.
    [[nodiscard]] core::wasm::local_place near_local(std::uint32_t local) const noexcept {
        return is_near(local) ? locals_->near(local) : core::wasm::local_place{};
    }

    // What registers hold when a loop begins

    /// Only these locals, by a bit for each of the first 64 and of the next, stay in registers.
    void keep_locals(const std::array<std::uint64_t, 2>& kept) {
        for (reg_set left = now_.used; left != 0; left &= left - 1) {
            const auto r = static_cast<reg>(std::countr_zero(left));
            const std::uint32_t owner = now_.owners[r];
            if (owner >= most_near || (kept[owner / 64] >> owner % 64 & 1U) == 0) {
                evict(r);
            }
        }
    }
    /// The local is in a register, if there is a free one.
    void bring_local(std::uint32_t local) {
        const core::wasm::local_place place = near_local(local);
        const kind type = place.type.what();
        const reg_set free = (in_vector_bank(type) ? all_xmms : all_gprs) & ~now_.used;
        if (near_registers_[local] == no_reg && free != 0) {
            const auto r = static_cast<reg>(std::countr_zero(free));
            load_slot(r, type, place.slot);
            own(r, local, type);
            near_registers_[local] = r;
        }
    }
    /// Its slot has, or need not have, what the local's register has.
    void set_local_dirty(std::uint32_t local, bool is_dirty) {
        const reg r = near_registers_[local];
        if (r == no_reg) {
            return;
        }
        if (is_dirty) {
            now_.dirty |= bit(r);
        } else if ((now_.dirty & bit(r)) != 0) {
            store_local(local, r);
            now_.dirty &= ~bit(r);
        }
    }

    /// Pops down to `height`, whatever is there.
    void truncate(std::uint32_t height) {
        while (size() > height) {
            release(stack_.back());
            stack_.pop_back();
        }
        if (normal_ > height) {
            normal_ = height;
        }
    }

    // Calls, and values in certain places

    /// Before code that clobbers all registers and may look at slots: operands and locals are in their slots, the top `arguments`
    /// operands also where they were nowhere.
    void spill(std::uint32_t arguments) {
        words_.clear();
        const std::uint32_t first = size() - arguments;
        for (std::uint32_t i = first; i < size(); ++i) {
            value_to_home(i);
        }
        for (reg_set left = now_.used; left != 0; left &= left - 1) {
            evict(static_cast<reg>(std::countr_zero(left)));
        }
    }
    /// The same, but of the top `arguments` operands some of the first two, by a bit for each, are in argument_registers afterwards in place
    /// of their slots.
    void spill_passing(std::uint32_t arguments, unsigned passed) {
        const std::uint32_t first = size() - arguments;
        value values[core::runtime::native_register_arguments];
        if (passed != 0 && stack_.back().where == value::place::comparison) {
            operand_in_register(size() - 1);
        }
        for_passed(passed, [&](std::uint32_t i, gpr) {
            value& v = values[i] = stack_[first + i];
            release(v);
            put_in_slot(first + i);
            v.r = register_if_any(v); // where it still is behind the spill
        });
        spill(arguments);
        const reg one = id(argument_registers[0]);
        const reg other = id(argument_registers[1]);
        if (values[0].r == other && values[1].r == one) {
            move(id(scratch), one, values[1].type);
            values[1].r = id(scratch);
        }
        const bool is_first_last = values[1].r == one;
        for (std::uint32_t i : {is_first_last ? 1U : 0U, is_first_last ? 0U : 1U}) {
            if (values[i].r != no_reg) {
                move(id(argument_registers[i]), values[i].r, values[i].type);
            }
        }
        for_passed(passed, [&](std::uint32_t i, gpr argument) {
            if (values[i].r == no_reg) {
                load_into(id(argument), values[i]);
            }
        });
    }
    void value_to_home(std::uint32_t index) {
        value& v = stack_[index];
        copy_to(home_of(index), v);
        release(v);
        put_in_slot(index);
    }
    /// The operand goes.
    void release(const value& v) noexcept {
        if (v.where == value::place::held) {
            now_.used &= ~bit(v.r);
        } else if (v.where == value::place::local) {
            --pending_[v.index];
        }
    }

    /// Puts an operand into a register of its own; it stays on the stack. Leaves the flags alone.
    reg operand_in_register(std::uint32_t index) {
        value& v = stack_[index];
        if (v.where != value::place::held) {
            const reg_set locked = locked_;
            const reg r = take_for(v.type);
            load_into(r, v);
            if (v.where == value::place::local) {
                --pending_[v.index];
            }
            own(r, register_state::operand_bit | index, v.type);
            v = {value::place::held, v.type, r};
            locked_ = locked;
        }
        return v.r;
    }

    /// Copies the top operands to where those from `height` on have their homes, changing nothing here. Leaves the flags alone.
    void copy_down(std::uint32_t count, std::uint32_t height) {
        for (std::uint32_t i = 0; i < count; ++i) {
            copy_to(home_of(height + i), stack_[size() - count + i]);
        }
    }
    void copy_to(std::uint32_t slot, const value& v) {
        if (v.is_constant()) {
            return store_constant(slot, v);
        }
        reg r = register_if_any(v);
        if (r == no_reg) {
            if (v.where == value::place::slot && home_of(v.index) == slot) {
                return;
            }
            r = in_vector_bank(v.type) ? id(vector_scratch) : id(scratch);
            load_into(r, v);
        }
        store_slot(slot, r);
    }

    [[nodiscard]] value& operand(std::uint32_t index) noexcept { return stack_[index]; }

    /// Whether the value is in a register now.
    [[nodiscard]] reg register_if_any(const value& v) const noexcept {
        return v.where == value::place::held ? v.r : v.where == value::place::local ? near_registers_[v.index] : no_reg;
    }
    /// Where the popped value is in memory; only of those that are.
    [[nodiscard]] address memory_of(const value& v) const noexcept {
        return slot_at(v.where == value::place::local ? slot_of_local(v.index) : home_of(v.index));
    }

private:
    /// See float_behind_code.
    struct float_constant {
        std::uint64_t bits;
        label there;
    };

    friend struct cached_values_check;
    friend class joined_values;

    [[nodiscard]] std::uint32_t slot_of_owner(std::uint32_t owner) const noexcept {
        return (owner & register_state::operand_bit) != 0 ? home_of(owner & ~register_state::operand_bit)
                                                          : slot_of_local(owner);
    }

    static constexpr std::uint32_t most_near = 128;
    static constexpr std::uint32_t most_unbiased = 11; ///< slots of locals
    /// Operands above are not lazily those of locals, so that who sets a local has few to look through.
    static constexpr std::uint32_t most_lazy_operands = 64;

    void put_in_slot(std::uint32_t index) noexcept {
        stack_[index].where = value::place::slot;
        stack_[index].index = index;
    }

    [[nodiscard]] bool is_near(std::uint32_t local) const noexcept {
        return local < most_near && locals_->is_near(local);
    }
    [[nodiscard]] std::uint32_t slot_of_local(std::uint32_t local) const noexcept {
        return locals_->is_near(local) ? local : locals_->find(local).slot;
    }
    [[nodiscard]] reg register_of(std::uint32_t local) const noexcept {
        if (is_near(local)) {
            return near_registers_[local];
        }
        for (reg_set left = now_.used; left != 0; left &= left - 1) {
            const auto r = static_cast<reg>(std::countr_zero(left));
            if (now_.owners[r] == local) {
                return r;
            }
        }
        return no_reg;
    }
    void set_register_of(std::uint32_t local, reg r) noexcept {
        if (is_near(local)) {
            near_registers_[local] = r;
        }
    }

    /// To its slot, whose upper half nobody reads of an i32: operands become arguments and results, but no local does in its slot.
    void store_local(std::uint32_t local, reg r) {
        const address to = slot_at(slot_of_local(local));
        if (is_vector(r) || is_wide(now_, r)) {
            return store_to(to, r);
        }
        w.store(width::w32, to, as_gpr(r));
    }
    /// What a register has, to the slot of the local or operand that it belongs to.
    void store_owner(reg r) {
        const std::uint32_t owner = now_.owners[r];
        if ((owner & register_state::operand_bit) == 0) {
            store_local(owner, r);
        } else {
            store_slot(slot_of_owner(owner), r);
        }
    }

    [[nodiscard]] static bool is_wide(const register_state& state, reg r) noexcept {
        return (state.wide & bit(r)) != 0;
    }
    /// A type of the register's contents, as far as loads care.
    [[nodiscard]] static kind type_in(const register_state& state, reg r) noexcept {
        return is_vector(r) ? kind::f64 : is_wide(state, r) ? kind::i64 : kind::i32;
    }

    void own(reg r, std::uint32_t owner, kind type) noexcept {
        now_.owners[r] = owner;
        touch(r);
        now_.used |= bit(r);
        now_.dirty &= ~bit(r);
        now_.wide = width_of(type) == width::w64 ? now_.wide | bit(r) : now_.wide & ~bit(r);
    }
    void disown(reg r) noexcept {
        now_.used &= ~bit(r);
        now_.dirty &= ~bit(r);
    }

    void touch(reg r) noexcept { touched_[r] = static_cast<std::uint32_t>(w.code().size()); }

    [[nodiscard]] reg local_in_register(std::uint32_t local, kind type, reg_set avoided) {
        reg r = near_registers_[local];
        if (r == no_reg || (avoided & bit(r)) != 0) {
            const reg to = take(core::wasm::bank_of(type), avoided);
            if (r != no_reg) {
                move(to, r, type);
                return to;
            }
            r = to;
            load_slot(r, type, slot_of_local(local));
            own(r, local, type);
            near_registers_[local] = r;
        }
        locked_ |= bit(r);
        touch(r);
        return r;
    }

    /// Frees one of `candidates`, rather one whose value is in memory, too: the one that was used longest ago.
    [[nodiscard, gnu::noinline]] reg evict_one(reg_set candidates) {
        assert(candidates != 0); // no operator has so many operands
        reg_set clean = 0;
        for (reg_set left = candidates & now_.used & ~now_.dirty; left != 0; left &= left - 1) {
            const auto r = static_cast<reg>(std::countr_zero(left));
            clean |= (now_.owners[r] & register_state::operand_bit) == 0 ? bit(r) : 0;
        }
        const reg_set from = clean != 0 ? clean : candidates;
        reg r = static_cast<reg>(std::countr_zero(from));
        for (reg_set left = from & (from - 1); left != 0; left &= left - 1) {
            const auto other = static_cast<reg>(std::countr_zero(left));
            if (touched_[other] < touched_[r]) {
                r = other;
            }
        }
        evict(r);
        return r;
    }
    void evict(reg r) {
        const std::uint32_t owner = now_.owners[r];
        if ((owner & register_state::operand_bit) != 0) {
            store_owner(r);
            put_in_slot(owner & ~register_state::operand_bit);
        } else {
            if ((now_.dirty & bit(r)) != 0) {
                store_owner(r);
            }
            set_register_of(owner, no_reg);
        }
        disown(r);
    }
    /// To another register if there is a free one.
    void move_away(reg r) {
        const reg_set free = (is_vector(r) ? all_xmms : all_gprs) & ~now_.used & ~locked_;
        if (free == 0) {
            return evict(r);
        }
        const auto to = static_cast<reg>(std::countr_zero(free));
        words_.note_written(to);
        move(to, r, kind::i64);
        const std::uint32_t owner = now_.owners[r];
        now_.owners[to] = owner;
        touched_[to] = touched_[r];
        now_.used = (now_.used | bit(to)) & ~bit(r);
        now_.dirty = (now_.dirty & bit(r)) != 0 ? now_.dirty | bit(to) : now_.dirty & ~bit(to);
        now_.wide = is_wide(now_, r) ? now_.wide | bit(to) : now_.wide & ~bit(to);
        now_.dirty &= ~bit(r);
        if ((owner & register_state::operand_bit) != 0) {
            stack_[owner & ~register_state::operand_bit].r = to;
        } else {
            set_register_of(owner, to);
        }
    }

    /// The local is about to change: operands that are its old value get registers of their own.
    [[gnu::noinline]] void release_pending(std::uint32_t local) {
        for (std::uint32_t i = size() < most_lazy_operands ? size() : most_lazy_operands; pending_[local] != 0; --i) {
            const value& v = stack_[i - 1];
            if (v.where == value::place::local && v.index == local) {
                operand_in_register(i - 1);
            }
        }
    }

    core::wasm::parser_view* parser_ = nullptr;
    const core::wasm::local_runs* locals_ = nullptr;
    std::uint32_t local_slots_ = 0;
    std::int32_t bias_ = 0;
    core::vector<value> stack_;
    core::vector<float_constant> floats_;
    register_state now_;
    struct {
        std::size_t behind = 0; ///< the code's size
        reg of = no_reg;
        width bits = width::w32;
    } flags_;
    reg_set locked_ = 0;        ///< not to be evicted: the operator that is compiled uses them
    std::uint32_t normal_ = 0;  ///< operands below lie in registers of their own or in slots
    std::uint32_t touched_[32]; ///< how much code there was when the register, as it is, was last used
    reg near_registers_[most_near];
    std::uint8_t pending_[most_near]; ///< operands that are the local, lazily
};

} // namespace riser::inline v0_1::x64

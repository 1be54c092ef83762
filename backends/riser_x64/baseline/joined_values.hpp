#pragma once

#include "riser_x64/baseline/cached_values.hpp"

#include <array>
#include <bit>
#include <cstdint>

namespace riser::inline v0_1::x64 {

/// Where control goes different ways: what registers hold at labels, and the code that brings it about.
class joined_values : protected cached_values {
protected:
    using cached_values::cached_values;

    /// What is below a block lies in registers of its own or in slots, so that register_state says all about it.
    void normalize(std::uint32_t height) {
        for (; normal_ < height; ++normal_) {
            value& v = stack_[normal_];
            if (v.where == value::place::constant) {
                store_constant(home_of(normal_), v);
                put_in_slot(normal_);
            } else if (v.where == value::place::local) {
                operand_in_register(normal_);
            }
        }
    }

    [[nodiscard]] const register_state& state() const noexcept { return now_; }

    /// Forgets what is above `height`, and takes over the state.
    void restore(const register_state& state, std::uint32_t height) {
        truncate(height);
        for (reg_set left = now_.used; left != 0; left &= left - 1) {
            const auto r = static_cast<reg>(std::countr_zero(left));
            const std::uint32_t owner = now_.owners[r];
            if ((owner & register_state::operand_bit) == 0) {
                set_register_of(owner, no_reg);
            } else if (const std::uint32_t index = owner & ~register_state::operand_bit; index < size()) {
                put_in_slot(index);
            }
        }
        now_ = state;
        words_.clear(); // others come here, too
        flags_ = {};
        for (reg_set left = now_.used; left != 0; left &= left - 1) {
            const auto r = static_cast<reg>(std::countr_zero(left));
            const std::uint32_t owner = now_.owners[r];
            if ((owner & register_state::operand_bit) == 0) {
                set_register_of(owner, r);
            } else if (const std::uint32_t index = owner & ~register_state::operand_bit; index < size()) {
                stack_[index].where = value::place::held;
                stack_[index].r = r;
            }
        }
        done();
    }

    /// The state that a label gets from the first who goes there: without what lies above `height`, but with the result, which is in
    /// a register, as the operand there.
    [[nodiscard]] register_state state_for_label(std::uint32_t height, reg result) const noexcept {
        register_state made = now_;
        for (reg_set left = made.used; left != 0; left &= left - 1) {
            const auto r = static_cast<reg>(std::countr_zero(left));
            if (made.owners[r] >= (register_state::operand_bit | height)) {
                made.used &= ~bit(r);
            }
        }
        if (result != no_reg) {
            made.used |= bit(result);
            made.owners[result] = register_state::operand_bit | height;
            made.dirty &= ~bit(result);
        }
        return made;
    }

    /// How many instructions conform() would write, or a few more.
    [[nodiscard]] std::uint32_t count_conforming(const register_state& target, std::uint32_t height,
                                                 const value* result) const noexcept {
        transition plan;
        this->plan(plan, target, height, result);
        return static_cast<std::uint32_t>(std::popcount(plan.stores) + std::popcount(plan.moves) +
                                          std::popcount(plan.loads));
    }

    /// Writes what brings the registers from the current state to `target`, whose label is at `height`; nothing is changed
    /// here, so that the other way of a branch goes on as before. Leaves the flags alone.
    /// \param result the operand that becomes the one at `height`, if the state has one there
    void conform(const register_state& target, std::uint32_t height, const value* result) {
        transition plan;
        this->plan(plan, target, height, result);
        for (reg_set left = plan.stores; left != 0; left &= left - 1) {
            store_owner(static_cast<reg>(std::countr_zero(left)));
        }
        move_all(plan, target);
        for (reg_set left = plan.loads; left != 0; left &= left - 1) {
            const auto t = static_cast<reg>(std::countr_zero(left));
            if (target.owners[t] == (register_state::operand_bit | height)) {
                load_into(t, *result);
            } else {
                load_slot(t, type_in(target, t), slot_of_owner(target.owners[t]));
            }
        }
    }

    /// Writes loads of everything that a state has in registers, where all is in slots.
    void load_all(const register_state& target) {
        for (reg_set left = target.used; left != 0; left &= left - 1) {
            const auto t = static_cast<reg>(std::countr_zero(left));
            load_slot(t, type_in(target, t), slot_of_owner(target.owners[t]));
        }
    }

private:
    /// From one state to another.
    struct transition {
        reg_set stores = 0;            ///< of current registers
        reg_set moves = 0;             ///< to target registers, from `sources`
        reg_set loads = 0;             ///< to target registers
        std::array<reg, 32> sources{}; ///< where `moves`
    };
    void plan(transition& to, const register_state& target, std::uint32_t height, const value* result) const noexcept {
        reg_set kept = 0; // current registers whose value the target has in one, too
        for (reg_set left = target.used; left != 0; left &= left - 1) {
            const auto t = static_cast<reg>(std::countr_zero(left));
            const std::uint32_t owner = target.owners[t];
            reg from = no_reg;
            if (owner == (register_state::operand_bit | height)) {
                from = register_if_any(*result);
            } else if ((owner & register_state::operand_bit) != 0) {
                from = register_if_any(stack_[owner & ~register_state::operand_bit]);
                kept |= from != no_reg ? bit(from) : 0;
            } else {
                from = register_of(owner);
                kept |= from != no_reg && (target.dirty & bit(t)) != 0 ? bit(from) : 0;
            }
            to.sources[t] = from;
            to.loads |= from == no_reg ? bit(t) : 0;
            to.moves |= from != no_reg && from != t ? bit(t) : 0;
        }
        for (reg_set left = now_.used & ~kept; left != 0; left &= left - 1) {
            const auto r = static_cast<reg>(std::countr_zero(left));
            const std::uint32_t owner = now_.owners[r];
            const bool is_needed = (owner & register_state::operand_bit) == 0
                                       ? (now_.dirty & bit(r)) != 0
                                       : (owner & ~register_state::operand_bit) < height;
            to.stores |= is_needed ? bit(r) : 0;
        }
    }
    /// All at once.
    void move_all(transition& plan, const register_state& target) {
        while (plan.moves != 0) {
            reg_set read = 0;
            for (reg_set left = plan.moves; left != 0; left &= left - 1) {
                read |= bit(plan.sources[static_cast<std::size_t>(std::countr_zero(left))]);
            }
            reg_set ready = plan.moves & ~read;
            if (ready == 0) { // cycles only: one register of one of them waits aside
                const auto t = static_cast<reg>(std::countr_zero(plan.moves));
                const reg aside = is_vector(t) ? id(vector_scratch) : id(scratch);
                move(aside, t, kind::i64);
                for (reg_set left = plan.moves; left != 0; left &= left - 1) {
                    reg& source = plan.sources[static_cast<std::size_t>(std::countr_zero(left))];
                    source = source == t ? aside : source;
                }
                ready = bit(t);
            }
            for (; ready != 0; ready &= ready - 1) {
                const auto t = static_cast<reg>(std::countr_zero(ready));
                move(t, plan.sources[t], type_in(target, t));
                plan.moves &= ~bit(t);
            }
        }
    }
};

} // namespace riser::inline v0_1::x64

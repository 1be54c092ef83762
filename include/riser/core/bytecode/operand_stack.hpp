#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/bytecode/code_builder.hpp"

#include <cstddef>
#include <cstdint>

namespace riser::inline v0::core::bytecode {

/// A value on wasm's operand stack at translation time. `local.get` and constants emit nothing; they wait here.
struct operand {
    using kind = wasm::value_type::kind;
    enum class place : std::uint8_t {
        temporary, ///< in slot `home`
        local,     ///< in a local's slot, until that local is written
        constant,  ///< nowhere yet
    };
    kind type = kind::i32;
    place where = place::temporary;
    std::uint32_t home = 0;  ///< the slot of this stack position
    std::uint32_t local = 0; ///< slot of the local
    std::uint64_t bits = 0;  ///< constants
};

/// The operand stack and the code under construction: where values are, and how they get elsewhere.
///
/// What the translator calls everywhere is not inlined: its code would be twice as long, and compile half a second slower,
/// for a tenth of its time.
class operand_stack {
public:
    using kind = operand::kind;

    code_builder code;

    [[nodiscard]] std::size_t size() const noexcept { return operands_.size(); }
    [[nodiscard]] const operand& operator[](std::size_t index) const noexcept { return operands_[index]; }
    [[nodiscard]] const operand& top(std::size_t depth = 0) const noexcept {
        return operands_[operands_.size() - 1 - depth];
    }
    /// The slot that the next value pushed will have.
    [[nodiscard]] std::uint32_t next_home() const noexcept {
        return operands_.empty() ? first_home_ : operands_.back().home + (operands_.back().type == kind::v128 ? 2 : 1);
    }

    /// \param first_home slots of locals, and the first behind them
    void begin(std::uint32_t first_home) {
        resize_down(0); // then nothing waits in any local
        first_home_ = first_home;
        if (waiting_.size() < first_home) {
            waiting_.resize(first_home);
        }
    }

    [[gnu::noinline]] operand pop() noexcept {
        const operand last = operands_.back();
        no_longer_waits(last);
        operands_.pop_back();
        stored_ = lesser(stored_, operands_.size());
        return last;
    }
    void resize_down(std::size_t size) noexcept {
        while (operands_.size() > size) {
            pop();
        }
    }

    [[gnu::noinline]] void push_local(kind type, std::uint32_t slot) {
        code.accs.forget(next_home());
        push_again({type, operand::place::local, next_home(), slot, 0});
    }
    [[gnu::noinline]] void push_constant(kind type, std::uint64_t bits) {
        code.accs.forget(next_home());
        operands_.push_back({type, operand::place::constant, next_home(), 0, bits});
    }
    /// A value that its slot has.
    [[gnu::noinline]] void push_stored(kind type) {
        code.accs.forget(next_home());
        operands_.push_back({type, operand::place::temporary, next_home(), 0, 0});
    }
    /// A value taken off before, changed or not, whose home is this position.
    [[gnu::noinline]] void push_again(const operand& value) {
        if (value.where == operand::place::local) {
            ++waiting_[value.local];
        }
        operands_.push_back(value);
    }

    /// The result of the last instruction, in its home and in the accumulator of its type.
    [[gnu::noinline]] void push_result(kind type) {
        push_stored(type);
        code.accs.of(type).set(operands_.back().home);
    }

    /// The slot that has the value; constants have none.
    [[nodiscard]] static std::uint32_t slot_of(const operand& value) noexcept {
        return value.where == operand::place::local ? value.local : value.home;
    }
    [[nodiscard]] bool is_accumulated(const operand& value) const noexcept {
        return value.where != operand::place::constant && code.accs.of(value.type).has(slot_of(value));
    }

    /// Makes the slot `home` of a value that was popped have it, whatever that takes; no accumulator changes.
    void materialize(operand& value) {
        move_to(value, value.home);
        value.where = operand::place::temporary;
    }
    [[gnu::noinline]] void materialize_top(std::size_t count) {
        for (std::size_t i = greater(operands_.size() - count, stored_); i < operands_.size(); ++i) {
            materialize_at(i);
        }
    }
    void materialize_all() {
        materialize_top(operands_.size());
        stored_ = operands_.size();
    }
    /// Values that wait in a local would be lost when it is written. \returns whether any waited in it.
    bool materialize_local(std::uint32_t slot) {
        const bool any = waiting_[slot] != 0;
        for (std::size_t i = operands_.size(); waiting_[slot] != 0;) {
            const operand& value = operands_[--i];
            if (value.where == operand::place::local && value.local == slot) {
                materialize_at(i);
            }
        }
        return any;
    }

    /// Puts the value into `slot` without changing an accumulator's value.
    [[gnu::noinline]] void move_to(const operand& value, std::uint32_t slot) {
        if (value.where == operand::place::constant) {
            emit_constant(slot, value.bits);
        } else if (slot_of(value) == slot) {
            return;
        } else if (is_accumulated(value)) {
            code.emit(value.type == kind::f32   ? single::store_f32
                      : value.type == kind::f64 ? single::store_f64
                                                : single::store_integer,
                      {pack_lanes(0, slot)});
        } else {
            emit_copy(slot_of(value), slot);
        }
    }

    [[gnu::noinline]] void emit_constant(std::uint32_t slot, std::uint64_t bits) {
        if (bits <= 0xffffffffU) {
            code.emit(single::constant_32, {pack_immediate(0, slot, static_cast<std::uint32_t>(bits))});
        } else {
            code.emit(single::constant_64, {pack_lanes(0, slot), bits});
        }
    }

private:
    [[gnu::noinline]] void materialize_at(std::size_t index) {
        no_longer_waits(operands_[index]);
        materialize(operands_[index]);
    }
    void no_longer_waits(const operand& value) noexcept {
        if (value.where == operand::place::local) {
            --waiting_[value.local];
        }
    }

    [[gnu::noinline]] void emit_copy(std::uint32_t from, std::uint32_t to) {
        const auto last = code.last();
        if (last && code.opcode_at(*last) == make_opcode(single::copy)) {
            const lanes_view first = code.lanes_at(*last);
            code.words[*last] = make_opcode(single::copy_pair);
            code.words[*last + 1] = pack_lanes(first.a(), first.d(), from, to);
        } else {
            code.emit(single::copy, {pack_lanes(from, to)});
        }
    }

    vector<operand> operands_;
    std::uint32_t first_home_ = 0;
    vector<std::uint32_t> waiting_; ///< operands that wait in a local, by its slot
    std::size_t stored_ = 0;        ///< the operands below are in their homes
};

} // namespace riser::inline v0::core::bytecode

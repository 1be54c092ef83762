#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/bytecode/code_builder.hpp"
#include "riser/core/bytecode/members.hpp"
#include "riser/core/wasm/types.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace riser::inline v0_1::core::bytecode {

/// A value on wasm's operand stack at translation time. `local.get` and constants emit nothing; they wait here.
class operand {
public:
    using kind = wasm::value_type::kind;
    enum class place : std::uint8_t {
        temporary, ///< in slot `home`
        local,     ///< in a local's slot, until that local is written
        constant,  ///< nowhere yet
    };
    std::uint64_t bits = 0; ///< of a constant its value, of a local its slot

    constexpr operand() noexcept = default;
    constexpr operand(kind type, place where, std::uint32_t home, std::uint64_t bits_) noexcept
        : bits(bits_), head_(std::uint64_t{home} << 32U | static_cast<std::uint64_t>(where) << 8U |
                             static_cast<std::uint64_t>(type)) {}

    [[nodiscard]] constexpr kind type() const noexcept { return static_cast<kind>(head_ & 0xffU); }
    [[nodiscard]] constexpr place where() const noexcept { return static_cast<place>(head_ >> 8U & 0xffU); }
    /// The slot of this stack position.
    [[nodiscard]] constexpr std::uint32_t home() const noexcept { return static_cast<std::uint32_t>(head_ >> 32U); }
    [[nodiscard]] constexpr std::uint32_t local() const noexcept { return static_cast<std::uint32_t>(bits); }
    [[nodiscard]] constexpr std::uint32_t slots() const noexcept { return wasm::value_type(type()).slots(); }
    [[nodiscard]] constexpr bool waits_in(std::uint32_t slot) const noexcept {
        return where() == place::local && bits == slot;
    }

private:
    // One word, because what is written byte by byte and read as a whole just afterwards takes a processor three times as
    // long, and this is what most operators do.
    std::uint64_t head_ = 0;
};

/// The operand stack and the code under construction: where values are, and how they get elsewhere.
///
/// What the translator calls everywhere is not inlined: its code would be twice as long, and compile half a second slower,
/// for a tenth of its time.
class operand_stack {
public:
    using kind = operand::kind;

    /// Values that are moved one by one; more are moved as a range.
    static constexpr std::size_t few = 4;
    /// Operands that may be elsewhere than in their homes.
    static constexpr std::size_t most_waiting = 64;

    explicit operand_stack(const allocator& source) noexcept : code(source), operands_(source) {}

    code_builder code;

    /// As parser_view::steps(): operands that were looked at beside those that an operator names.
    [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }

    [[nodiscard]] std::size_t size() const noexcept { return operands_.size() + run_.size(); }
    /// Where there was no memory for a value, it is taken for 0.
    [[nodiscard]] const operand& top(std::size_t depth = 0) {
        if (depth >= operands_.size() - run_begin_) [[unlikely]] {
            spell_out();
        }
        return depth < operands_.size() ? operands_[operands_.size() - 1 - depth] : missing;
    }
    /// The slot that the next value pushed will have.
    [[nodiscard]] std::uint32_t next_home() const noexcept { return next_home_; }

    /// \param first_home the first slot behind those of locals
    void begin(std::uint32_t first_home) noexcept {
        operands_.clear();
        forget_run();
        stored_ = 0;
        next_home_ = first_home;
    }

    operand pop() noexcept {
        if (operands_.size() == run_begin_) [[unlikely]] {
            return pop_of_run();
        }
        const operand last = operands_.back();
        operands_.pop_back();
        next_home_ = last.home();
        stored_ = lesser(stored_, operands_.size());
        return last;
    }
    void resize_down(std::size_t size) noexcept {
        if (size < run_begin_ + run_.size()) {
            resize_operands(lesser(size, run_begin_));
            while (run_begin_ + run_.size() > size && size > run_begin_) {
                static_cast<void>(pop_of_run());
            }
            if (size <= run_begin_) {
                next_home_ = size < run_begin_ ? next_home_ : run_home_;
                forget_run();
            }
        } else {
            resize_operands(size - run_.size());
        }
    }

    // Accumulators that mirror the home of a value which is nowhere yet go on doing so: the slot keeps its old value until
    // this one gets there.

    /// Before a value that will wait: bounds how many do, since whoever writes a local looks through them all.
    void limit_waiting() {
        if (operands_.size() - stored_ >= most_waiting) [[unlikely]] {
            materialize_all();
        }
    }
    [[gnu::noinline]] void push_local(kind type, std::uint32_t slot) {
        push_again({type, operand::place::local, next_home_, slot});
    }
    [[gnu::noinline]] void push_constant(kind type, std::uint64_t bits) {
        push_again({type, operand::place::constant, next_home_, bits});
    }
    /// A value that its slot has.
    [[gnu::noinline]] void push_stored(kind type) {
        code.accs.forget(next_home_);
        push_again({type, operand::place::temporary, next_home_, 0});
    }
    /// Several. `types` stays where it is as long as the function is translated.
    [[gnu::noinline]] void push_all_stored(wasm::type_list types) {
        code.accs.forget_from(next_home_);
        spell_out();
        run_ = types;
        run_begin_ = operands_.size();
        run_home_ = next_home_;
        next_home_ += types.slots();
        if (types.size() <= few) {
            spell_out();
        }
    }
    /// A value taken off before, changed or not, whose home is this position.
    void push_again(const operand& value) {
        if (!operands_.try_push_back(value)) [[unlikely]] {
            return code.fail(wasm::diagnostic_kind::out_of_memory);
        }
        next_home_ += value.slots();
    }

    /// The result of the last instruction, in its home and in the accumulator of its type.
    [[gnu::noinline]] void push_result(kind type) {
        code.note_result(type, next_home_);
        push_again({type, operand::place::temporary, next_home_, 0});
    }

    /// The slot that has the value; constants have none.
    [[nodiscard]] static std::uint32_t slot_of(const operand& value) noexcept {
        return value.where() == operand::place::local ? value.local() : value.home();
    }
    [[nodiscard, gnu::always_inline]] bool is_accumulated(const operand& value) const noexcept {
        return value.where() != operand::place::constant && code.accs.of(value.type()).has(slot_of(value));
    }

    /// Makes the slot `home` of a value that was popped have it, whatever that takes; no accumulator changes.
    void materialize(operand& value) {
        if (value.where() != operand::place::temporary) {
            move_to(value, value.home());
            code.accs.forget(value.home());
            value = {value.type(), operand::place::temporary, value.home(), 0};
        }
    }
    /// Where they are many, all: then none is looked at twice, however often this is asked.
    [[gnu::noinline]] void materialize_top(std::size_t count) {
        if (count > few) {
            return materialize_all();
        }
        const std::size_t above = operands_.size() - run_begin_;
        const std::size_t here = count <= above ? count : greater(above, count - lesser(count, run_.size()));
        materialize_from(greater(operands_.size() - here, stored_));
    }
    void materialize_all() {
        materialize_from(stored_);
        stored_ = operands_.size();
    }
    /// Values that wait in a local would be lost when it is written. \returns whether any waited in it.
    bool materialize_local(std::uint32_t slot) {
        bool any = false;
        steps_ += operands_.size() - stored_;
        for (std::size_t i = operands_.size(); i-- > stored_;) {
            if (operands_[i].waits_in(slot)) {
                materialize(operands_[i]);
                any = true;
            }
        }
        return any;
    }

    /// Puts the value into `slot` without changing an accumulator's value.
    [[gnu::noinline]] void move_to(const operand& value, std::uint32_t slot) {
        if (value.where() == operand::place::constant) {
            emit_constant(slot, value.bits);
        } else if (slot_of(value) == slot) {
            return;
        } else if (is_accumulated(value)) {
            code.emit(store_accumulator(value.type()), pack_fields(0, slot));
        } else {
            emit_copy(slot_of(value), slot);
        }
    }

    [[gnu::noinline]] void emit_constant(std::uint32_t slot, std::uint64_t bits) {
        if (bits <= 0xffffffffU) {
            code.emit(single::constant_32, pack_immediate(0, slot, static_cast<std::uint32_t>(bits)));
        } else {
            code.emit(single::constant_64, pack_fields(0, slot), bits);
        }
    }

private:
    static constexpr operand missing{operand::kind::i32, operand::place::constant, 0, 0};

    [[gnu::noinline]] operand pop_of_run() noexcept {
        if (run_.empty()) {
            return missing;
        }
        const kind type = run_.back().what();
        run_ = run_.without_last();
        next_home_ = run_home_ + run_.slots();
        if (run_.empty()) {
            forget_run();
        }
        return {type, operand::place::temporary, next_home_, 0};
    }
    void forget_run() noexcept {
        run_ = {};
        run_begin_ = 0;
    }
    /// Makes operands of the run.
    [[gnu::noinline]] void spell_out() {
        const std::size_t count = run_.size();
        if (count == 0) {
            return forget_run();
        }
        const std::size_t above = operands_.size() - run_begin_;
        if (!operands_.try_resize(operands_.size() + count)) [[unlikely]] {
            return code.fail(wasm::diagnostic_kind::out_of_memory);
        }
        steps_ += count / 16 + above + 1;
        for (std::size_t i = above; i-- != 0;) {
            operands_[run_begin_ + count + i] = operands_[run_begin_ + i];
        }
        std::uint32_t home = run_home_;
        operand* at = &operands_[run_begin_];
        for (const wasm::value_type type : run_) {
            *at++ = {type.what(), operand::place::temporary, home, 0};
            home += type.slots();
        }
        stored_ += stored_ >= run_begin_ ? count : 0;
        forget_run();
    }
    void resize_operands(std::size_t size) noexcept {
        if (size < operands_.size()) {
            next_home_ = operands_[size].home();
            static_cast<void>(operands_.try_resize(size)); // nothing to allocate
            stored_ = lesser(stored_, size);
        }
    }

    void materialize_from(std::size_t index) {
        steps_ += operands_.size() - lesser(index, operands_.size());
        for (; index < operands_.size(); ++index) {
            materialize(operands_[index]);
        }
    }

    [[gnu::noinline]] void emit_copy(std::uint32_t from, std::uint32_t to) {
        const auto last = code.last();
        if (last && code.opcode_at(*last) == make_opcode(single::copy)) {
            const fields_view first = code.fields_at(*last);
            code.set_word(*last, make_opcode(single::copy_pair));
            code.set_word(*last + 1, pack_fields(first.first(), first.destination(), from, to));
        } else {
            code.emit(single::copy, pack_fields(from, to));
        }
    }

    vector<operand> operands_;
    // Values among these, each in its home: the results of a call or a block, which the next one often takes all as they are.
    wasm::type_list run_;
    std::size_t run_begin_ = 0;  ///< operands below it; 0 where there is no run
    std::uint32_t run_home_ = 0; ///< of the first
    std::uint32_t next_home_ = 0;
    std::size_t stored_ = 0;  ///< the operands below are in their homes
    std::uint64_t steps_ = 0; ///< see steps()
};

} // namespace riser::inline v0_1::core::bytecode

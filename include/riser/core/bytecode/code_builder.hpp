#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/bytecode/instruction.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <utility>

namespace riser::inline v0::core::bytecode {

/// The slots that have the value that an accumulator has, as far as is known: a local that was set from another has it too.
class mirror {
public:
    [[nodiscard]] bool has(std::uint32_t slot) const noexcept { return slot_ == slot || also_ == slot; }
    void set(std::uint32_t slot) noexcept { *this = mirror(slot, nothing); }
    void add(std::uint32_t slot) noexcept { *this = mirror(slot, slot_); }
    void clear() noexcept { *this = {}; }
    void forget(std::uint32_t slot) noexcept {
        if (slot_ == slot) {
            slot_ = also_;
            also_ = nothing;
        } else if (also_ == slot) {
            also_ = nothing;
        }
    }
    void rename(std::uint32_t from, std::uint32_t to) noexcept {
        if (has(from)) {
            set(to);
        }
    }

    constexpr mirror() noexcept = default;

private:
    static constexpr std::uint32_t nothing = 0xffffffff;
    constexpr mirror(std::uint32_t slot, std::uint32_t also) noexcept : slot_(slot), also_(also) {}

    std::uint32_t slot_ = nothing;
    std::uint32_t also_ = nothing;
};

/// Results always go to a slot and to the accumulator of their type.
struct accumulators {
    mirror integer;
    mirror real; ///< of results of type f32 and f64; `integer` has all others

    [[nodiscard]] mirror& of(wasm::value_type::kind kind) noexcept { return is_float(kind) ? real : integer; }
    [[nodiscard]] const mirror& of(wasm::value_type::kind kind) const noexcept {
        return is_float(kind) ? real : integer;
    }
    /// The slot is about to have another value.
    void forget(std::uint32_t slot) noexcept {
        integer.forget(slot);
        real.forget(slot);
    }
};

/// A function's words as they are written, and what is known at their end: the last two instructions, which may still be
/// taken back or changed, and the accumulators. Knows instructions, not wasm's operand stack.
class code_builder {
public:
    /// Offset of an instruction and of the wasm operator that it came from.
    using position = std::pair<std::uint32_t, std::uint32_t>;

    vector<code_word> words;
    accumulators accs;
    /// Where not null, gets the position of every instruction.
    vector<position>* positions = nullptr;
    std::uint32_t wasm_offset = 0; ///< of the operator being translated

    [[nodiscard]] std::uint32_t here() const noexcept { return static_cast<std::uint32_t>(words.size()); }

    [[gnu::noinline]] std::uint32_t emit(vm_opcode op, std::initializer_list<code_word> operands) {
        const std::uint32_t at = here();
        previous_ = last_;
        last_ = at;
        accs_before_previous_ = accs_before_last_;
        accs_before_last_ = accs;
        words.push_back(op);
        words.append(operands.begin(), operands.end());
        if (positions != nullptr) {
            positions->push_back({at, wasm_offset});
        }
        return at;
    }
    std::uint32_t emit(single s, std::initializer_list<code_word> operands) { return emit(make_opcode(s), operands); }

    /// Control may come from elsewhere: nothing before may be changed, nothing is known of the accumulators.
    void forget() noexcept {
        forget_instructions();
        accs = {};
    }

    /// Control comes from elsewhere too, with the same accumulators.
    void forget_instructions() noexcept {
        last_.reset();
        previous_.reset();
    }

    [[nodiscard]] std::optional<std::uint32_t> last() const noexcept { return last_; }
    [[nodiscard]] std::optional<std::uint32_t> previous() const noexcept { return previous_; }

    [[nodiscard]] vm_opcode opcode_at(std::uint32_t at) const noexcept { return static_cast<vm_opcode>(words[at]); }
    [[nodiscard]] const instruction_kind& kind_at(std::uint32_t at) const noexcept {
        return instruction_infos[opcode_at(at)].kind;
    }
    [[nodiscard]] lanes_view lanes_at(std::uint32_t at) const noexcept { return {words[at + 1]}; }

    /// Takes the last instruction back; the accumulators are as they were before it.
    [[gnu::noinline]] void remove_last() noexcept {
        words.resize(*last_);
        accs = accs_before_last_;
        last_ = previous_;
        accs_before_last_ = accs_before_previous_;
        previous_.reset();
        if (positions != nullptr) {
            positions->pop_back();
        }
    }

    /// Makes the last instruction leave the accumulator as it was before, where the result of the one before it is better
    /// off there: it takes longer, having come from memory or along a chain of accumulators, and `slot` has it.
    void silence_last(std::uint32_t slot) noexcept {
        if (!last_ || !previous_ || !has_result(kind_at(*previous_)) || lanes_at(*previous_).d() != slot) {
            return;
        }
        const instruction_kind& before = kind_at(*previous_);
        instruction_kind silent = kind_at(*last_);
        silent.variant = 1;
        const bool takes_longer = before.group == family::load ||
                                  (before.group == family::arithmetic && before.as_binary() != binary_form::ss &&
                                   before.as_binary() != binary_form::si);
        if (takes_longer && silent.group == family::arithmetic && exists(silent)) {
            words[*last_] = make_opcode(silent.group, silent.member, silent.form, silent.variant);
            accs = accs_before_last_;
            accs.forget(lanes_at(*last_).d());
        }
    }

    /// Makes the last instruction put its result into `slot`, if it is one whose result goes to `from` now.
    bool retarget_last(std::uint32_t from, std::uint32_t slot) noexcept {
        if (!last_ || !has_result(kind_at(*last_)) || lanes_at(*last_).d() != from) {
            return false;
        }
        words[*last_ + 1] = (words[*last_ + 1] & ~code_word{0xffff0000U}) | code_word{slot} << 16U;
        accs.integer.rename(from, slot);
        accs.real.rename(from, slot);
        return true;
    }

    void set_target(std::uint32_t word, std::uint32_t target) noexcept { words[word] = target; }

private:
    /// Lane d names the slot of its one result.
    [[nodiscard]] static bool has_result(const instruction_kind& kind) noexcept {
        switch (kind.group) {
        case family::arithmetic:
        case family::comparison:
        case family::unary:
        case family::select:
        case family::load: return true;
        case family::single: break;
        default: return false;
        }
        switch (kind.as_single()) {
        case single::copy:
        case single::constant_32:
        case single::constant_64:
        case single::store_integer:
        case single::store_f32:
        case single::store_f64:
        case single::global_get:
        case single::imported_global_get:
        case single::far_load: return true;
        default: return false;
        }
    }

    std::optional<std::uint32_t> last_;
    std::optional<std::uint32_t> previous_;
    accumulators accs_before_last_;
    accumulators accs_before_previous_;
};

} // namespace riser::inline v0::core::bytecode

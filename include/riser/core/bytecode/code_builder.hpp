#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/bytecode/instruction.hpp"
#include "riser/core/code/code.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/function/sink.hpp"
#include "riser/core/wasm/types.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace riser::inline v0_1::core::bytecode {

/// The slots that have the value that an accumulator has, as far as is known: a local that was set from another has it too.
class mirror {
public:
    [[nodiscard]] bool has(std::uint32_t slot) const noexcept { return slot_ == slot || also_ == slot; }
    void set(std::uint32_t slot) noexcept { *this = mirror(slot, nothing); }
    void add(std::uint32_t slot) noexcept { *this = mirror(slot, slot_); }
    void forget(std::uint32_t slot) noexcept {
        if (slot_ == slot) {
            slot_ = also_;
            also_ = nothing;
        } else if (also_ == slot) {
            also_ = nothing;
        }
    }
    /// All slots from `first` on.
    void forget_from(std::uint32_t first) noexcept {
        if (also_ >= first) {
            also_ = nothing;
        }
        if (slot_ >= first) {
            slot_ = also_;
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

/// Results go to a slot and to the accumulator of their type's bank, of which each has one.
struct accumulators {
    mirror integer;
    mirror vector;

    [[nodiscard]] mirror& of(wasm::bank bank) noexcept { return bank == wasm::bank::vector ? vector : integer; }
    [[nodiscard]] mirror& of(wasm::value_type::kind kind) noexcept { return of(wasm::bank_of(kind)); }
    [[nodiscard]] const mirror& of(wasm::value_type::kind kind) const noexcept {
        return wasm::bank_of(kind) == wasm::bank::vector ? vector : integer;
    }
    /// The slot is about to have another value.
    void forget(std::uint32_t slot) noexcept {
        integer.forget(slot);
        vector.forget(slot);
    }
    void forget_from(std::uint32_t first) noexcept {
        integer.forget_from(first);
        vector.forget_from(first);
    }
};

/// A function's words as they are written, and what is known at their end: the last two instructions, which may still be
/// taken back or changed, and the accumulators. Knows instructions, not wasm's operand stack.
///
/// Where there is no memory for a word, or more words than the function may have, the builder fails: it forgets all words
/// and drops what else is written, in order that nothing else has to look. Therefore words are written and read through
/// members only, which ignore what is not there.
class code_builder {
public:
    explicit code_builder(const allocator& source) noexcept : words(source) {}

    /// Offset of an instruction and of the wasm operator that it came from.
    using position = std::pair<std::uint32_t, std::uint32_t>;

    vector<code_word> words;
    accumulators accs;
    /// Where not null, gets the position of every instruction.
    vector<position>* positions = nullptr;

    /// Begins a function of `parser`'s, which may have so many words.
    void begin(const wasm::parser_view& parser, std::size_t most_words) noexcept {
        parser_ = &parser;
        failure_.reset();
        most_words_ = most_words;
        words.clear();
        room_ = lesser(words.capacity(), most_words);
        append(0, runtime::preamble_words);
        forget();
    }

    /// Why not all words are there.
    [[nodiscard]] const std::optional<wasm::diagnostic_kind>& failure() const noexcept { return failure_; }
    [[gnu::cold, gnu::noinline]] void fail(wasm::diagnostic_kind why) noexcept {
        failure_ = failure_ ? failure_ : why;
        words.clear();
        room_ = 0;
        forget();
    }

    [[nodiscard]] std::uint32_t here() const noexcept { return static_cast<std::uint32_t>(words.size()); }

    // Instructions of one word to four. \returns where the instruction is

    std::uint32_t emit(vm_opcode op) { return write<0>(op, 0, 0, 0); }
    std::uint32_t emit(vm_opcode op, code_word a) { return write<1>(op, a, 0, 0); }
    std::uint32_t emit(vm_opcode op, code_word a, code_word b) { return write<2>(op, a, b, 0); }
    std::uint32_t emit(vm_opcode op, code_word a, code_word b, code_word c) { return write<3>(op, a, b, c); }

    template <class... Operands>
    std::uint32_t emit(single s, Operands... operands) {
        return emit(make_opcode(s), static_cast<code_word>(operands)...);
    }

    /// The last instruction has its result in `slot` and in the accumulator of its type.
    void note_result(wasm::value_type::kind type, std::uint32_t slot) noexcept {
        mirror& mirror = accs.of(type);
        history_[newest_].before = mirror;
        history_[newest_].bank = wasm::bank_of(type);
        accs.forget(slot);
        mirror.set(slot);
    }

    /// `count` words more behind those of the last instruction.
    void append(code_word word, std::size_t count) noexcept {
        if (words.size() + count > room_ && !grow(count)) [[unlikely]] {
            return;
        }
        static_cast<void>(words.try_append(count, word)); // there is room
    }
    [[nodiscard]] code_word word(std::uint32_t at) const noexcept { return at < words.size() ? words[at] : 0; }
    void set_word(std::uint32_t at, code_word word) noexcept {
        if (at < words.size()) [[likely]] {
            words[at] = word;
        }
    }

    /// Control may come from elsewhere: nothing before may be changed, nothing is known of the accumulators.
    void forget() noexcept {
        forget_instructions();
        accs = {};
    }

    /// Control comes from elsewhere too, with the same accumulators.
    void forget_instructions() noexcept { history_[0].at = history_[1].at = nowhere; }

    [[nodiscard]] std::optional<std::uint32_t> last() const noexcept { return place_of(history_[newest_]); }
    [[nodiscard]] std::optional<std::uint32_t> previous() const noexcept { return place_of(history_[newest_ ^ 1U]); }

    [[nodiscard]] vm_opcode opcode_at(std::uint32_t at) const noexcept { return static_cast<vm_opcode>(word(at)); }
    [[nodiscard]] const instruction_kind& kind_at(std::uint32_t at) const noexcept {
        return instruction_infos[opcode_at(at)].kind;
    }
    [[nodiscard]] fields_view fields_at(std::uint32_t at) const noexcept { return {word(at + 1)}; }

    /// Takes the last instruction back, which had a result; its accumulator is as it was before.
    [[gnu::noinline]] void remove_last() noexcept {
        emitted& last = history_[newest_];
        static_cast<void>(words.try_resize(last.at)); // becomes shorter
        accs.of(last.bank) = last.before;
        last.at = nowhere;
        newest_ ^= 1U;
        if (positions != nullptr) {
            positions->pop_back();
        }
    }

    /// Makes the last instruction leave the accumulator as it was before, where the result of the one before it is better
    /// off there: it takes longer, having come from memory or along a chain of accumulators, and `slot` has it.
    void silence_last(std::uint32_t slot) noexcept {
        const auto at = last();
        const auto before_it = previous();
        emitted& newest = history_[newest_];
        if (at && opcode_at(*at) == make_opcode(single::global_get_vector) && newest.before.has(slot)) {
            // A global is there early, whatever made the other one: it goes to the other accumulator.
            const std::uint32_t destination = fields_at(*at).destination();
            set_word(*at, make_opcode(single::global_get));
            accs.vector = newest.before;
            accs.forget(destination);
            newest.before = accs.integer;
            newest.bank = wasm::bank::integer;
            accs.integer.set(destination);
            return;
        }
        if (!at || !before_it || !instruction_infos[opcode_at(*before_it)].has_result ||
            fields_at(*before_it).destination() != slot) {
            return;
        }
        const instruction_kind& before = kind_at(*before_it);
        instruction_kind silent = kind_at(*at);
        silent.variant = 1;
        const bool takes_longer = before.group == family::load ||
                                  (before.group == family::arithmetic && before.as_binary() != binary_form::ss &&
                                   before.as_binary() != binary_form::si);
        if (takes_longer && silent.group == family::arithmetic && exists(silent)) {
            set_word(*at, make_opcode(silent.group, silent.member, silent.form, silent.variant));
            accs.of(history_[newest_].bank) = history_[newest_].before;
            accs.forget(fields_at(*at).destination());
        }
    }

    /// Makes the last instruction put its result into `slot`, if it is one whose result goes to `from` now.
    bool retarget_last(std::uint32_t from, std::uint32_t slot) noexcept {
        const auto at = last();
        if (!at || !instruction_infos[opcode_at(*at)].has_result || fields_at(*at).destination() != from) {
            return false;
        }
        // Mirrors of the slot's old value end before the instruction writes it.
        accs.forget(slot);
        set_word(*at + 1, (word(*at + 1) & ~code_word{0xffff0000U}) | code_word{slot} << 16U);
        accs.integer.rename(from, slot);
        accs.vector.rename(from, slot);
        return true;
    }

    void set_target(std::uint32_t word, std::uint32_t target) noexcept { set_word(word, target); }

    // Words that wait for the same target are a chain: each holds where the next is, 0 being the end.

    void add_to_chain(std::uint32_t& chain, std::uint32_t word) noexcept {
        set_word(word, chain);
        chain = word;
    }
    void set_chain(std::uint32_t chain, std::uint32_t target) noexcept {
        while (chain != 0 && !failure_) {
            const auto next = static_cast<std::uint32_t>(words[chain]);
            words[chain] = target;
            chain = next;
        }
    }

private:
    static constexpr std::uint32_t nowhere = 0; ///< where the preamble is

    static constexpr std::size_t longest = 4; ///< words of an instruction without a table

    struct emitted {
        std::uint32_t at = nowhere;
        wasm::bank bank = wasm::bank::integer; ///< of its result
        mirror before;                         ///< of that bank's accumulator
    };
    [[nodiscard]] static std::optional<std::uint32_t> place_of(const emitted& instruction) noexcept {
        return instruction.at == nowhere ? std::nullopt : std::optional(instruction.at);
    }

    template <std::size_t Operands>
    [[gnu::noinline]] std::uint32_t write(vm_opcode op, [[maybe_unused]] code_word a, [[maybe_unused]] code_word b,
                                          [[maybe_unused]] code_word c) {
        const std::uint32_t at = here();
        newest_ ^= 1U;
        history_[newest_].at = at;
        if (words.size() + longest > room_ && !grow(longest)) [[unlikely]] {
            return 0;
        }
        code_word* const instruction = words.extend_reserved(1 + Operands);
        instruction[0] = op;
        if constexpr (Operands > 0) {
            instruction[1] = a;
        }
        if constexpr (Operands > 1) {
            instruction[2] = b;
        }
        if constexpr (Operands > 2) {
            instruction[3] = c;
        }
        if (positions != nullptr) [[unlikely]] {
            note_position(at);
        }
        return at;
    }
    [[gnu::cold, gnu::noinline]] void note_position(std::uint32_t at) {
        if (!positions->try_push_back({at, parser_->offset()})) [[unlikely]] {
            fail(wasm::diagnostic_kind::out_of_memory);
        }
    }

    /// Room for `count` more words. \returns false where the builder has failed.
    [[gnu::cold, gnu::noinline]] bool grow(std::size_t count) noexcept {
        if (failure_) {
            return false;
        }
        if (words.size() + count > most_words_) {
            fail(wasm::diagnostic_kind::limit);
            return false;
        }
        if (!words.try_reserve(words.size() + count)) {
            fail(wasm::diagnostic_kind::out_of_memory);
            return false;
        }
        room_ = lesser(words.capacity(), most_words_);
        return true;
    }

    const wasm::parser_view* parser_ = nullptr;
    std::size_t most_words_ = 0;
    std::size_t room_ = 0; ///< words that may be written without asking for memory, or whether they may
    std::optional<wasm::diagnostic_kind> failure_;
    std::array<emitted, 2> history_; ///< the last two instructions, in turn
    std::uint32_t newest_ = 0;       ///< of history_
};

} // namespace riser::inline v0_1::core::bytecode

#pragma once

#include "riser/core/interpreter/exits.hpp"
#include "riser/core/interpreter/memory_access.hpp"
#include "riser/core/interpreter/runtime_calls.hpp"

#include "riser/core/interpreter/begin_handlers.hpp"

/// memory.copy and memory.fill. Few bytes within memory 0 are moved here, which is what compilers make of structs; for all else
/// there is the runtime.
namespace riser::inline v0_1::core::interpreter {

/// Less than what a bulk operation is charged for (see charge_bulk).
inline constexpr std::uint64_t few_bytes = 63;

/// What both have: a target in slot `first`, a count in slot `second` or as the immediate, and the memories behind the fields.
template <bool CountIsImmediate>
[[nodiscard]] RISER_HELPER std::uint64_t bulk_count(const code_word* pc, const slot* frame) noexcept {
    return CountIsImmediate ? immediate_of(pc) : frame[second_of(pc)];
}

/// Whether `count` bytes at `address` of memory 0 are few and exist. By comparison in every mode: the handlers below are none
/// that may fault.
[[nodiscard]] RISER_HELPER bool are_few(const execution_context* context, std::uint64_t address,
                                        std::uint64_t count) noexcept {
    const std::uint64_t bytes = context->memory_bytes;
    return count <= few_bytes && address <= bytes && bytes - address >= count;
}

/// Moves a word from each end of `count` bytes, which are as many as it has or up to twice as many. Both are read before either
/// is written, for ranges may overlap.
template <class Word>
RISER_HELPER void move_ends(std::byte* to, const std::byte* from, std::uint64_t count) noexcept {
    Word first;
    Word last;
    __builtin_memcpy(&first, from, sizeof(Word));
    __builtin_memcpy(&last, from + count - sizeof(Word), sizeof(Word));
    __builtin_memcpy(to, &first, sizeof(Word));
    __builtin_memcpy(to + count - sizeof(Word), &last, sizeof(Word));
}

/// Two of the widest words.
struct word_pair {
    vector_accumulator low;
    vector_accumulator high;
};

RISER_HELPER void move_few(std::byte* to, const std::byte* from, std::uint64_t count) noexcept {
    if (count > sizeof(word_pair)) {
        move_ends<word_pair>(to, from, count);
    } else if (count >= sizeof(vector_accumulator)) {
        move_ends<vector_accumulator>(to, from, count);
    } else if (count >= 8) {
        move_ends<std::uint64_t>(to, from, count);
    } else if (count >= 4) {
        move_ends<std::uint32_t>(to, from, count);
    } else if (count >= 2) {
        move_ends<std::uint16_t>(to, from, count);
    } else if (count == 1) {
        *to = *from;
    }
}

/// Writes `word` to each end of `count` bytes, see move_ends.
template <class Word>
RISER_HELPER void fill_ends(std::byte* to, Word word, std::uint64_t count) noexcept {
    __builtin_memcpy(to, &word, sizeof(Word));
    __builtin_memcpy(to + count - sizeof(Word), &word, sizeof(Word));
}

RISER_HELPER void fill_few(std::byte* to, std::uint64_t value, std::uint64_t count) noexcept {
    const std::uint64_t word = (value & 0xffU) * 0x0101'0101'0101'0101U;
    if (count >= sizeof(vector_accumulator)) {
        using words [[gnu::vector_size(16)]] = std::uint64_t;
        const auto wide = reinterpret_cast<vector_accumulator>(words{word, word});
        if (count > sizeof(word_pair)) {
            fill_ends<word_pair>(to, {wide, wide}, count);
        } else {
            fill_ends<vector_accumulator>(to, wide, count);
        }
    } else if (count >= 8) {
        fill_ends<std::uint64_t>(to, word, count);
    } else if (count >= 4) {
        fill_ends<std::uint32_t>(to, static_cast<std::uint32_t>(word), count);
    } else if (count >= 2) {
        fill_ends<std::uint16_t>(to, static_cast<std::uint16_t>(word), count);
    } else if (count == 1) {
        *to = static_cast<std::byte>(word);
    }
}

/// What the handlers below leave to the runtime.
template <dispatch D, trap_kind (*Operation)(execution_context&, const code_word* pc, const slot*, std::uint64_t count),
          bool CountIsImmediate>
[[gnu::noinline]] RISER_HANDLER void run_bulk(RISER_STATE) {
    const trap_kind trap = Operation(*context, pc, frame, bulk_count<CountIsImmediate>(pc, frame));
    if (trap != trap_kind::none) [[unlikely]] {
        integer = static_cast<std::uint64_t>(trap);
        RISER_CONTINUE(trap_exit<D>);
    }
    RISER_NEXT(pc + 3);
}

template <dispatch D, bool CountIsImmediate>
RISER_HANDLER void memory_copy(RISER_STATE) {
    const std::uint64_t to = frame[first_of(pc)];
    const std::uint64_t from = frame[destination_of(pc)];
    const std::uint64_t count = bulk_count<CountIsImmediate>(pc, frame);
    if (pc[2] != 0 || !are_few(context, to, count) || !are_few(context, from, count)) [[unlikely]] {
        RISER_CONTINUE((run_bulk<D, &operations::memory_copy, CountIsImmediate>));
    }
    move_few(context->memory_base + to, context->memory_base + from, count);
    RISER_NEXT(pc + 3);
}

template <dispatch D, bool CountIsImmediate>
RISER_HANDLER void memory_fill(RISER_STATE) {
    const std::uint64_t to = frame[first_of(pc)];
    const std::uint64_t count = bulk_count<CountIsImmediate>(pc, frame);
    if (pc[2] != 0 || !are_few(context, to, count)) [[unlikely]] {
        RISER_CONTINUE((run_bulk<D, &operations::memory_fill, CountIsImmediate>));
    }
    fill_few(context->memory_base + to, frame[destination_of(pc)], count);
    RISER_NEXT(pc + 3);
}

} // namespace riser::inline v0_1::core::interpreter

#include "riser/core/interpreter/end_handlers.hpp"

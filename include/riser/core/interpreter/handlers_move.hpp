#pragma once

#include "riser/core/interpreter/exits.hpp"
#include "riser/core/interpreter/handlers_numeric.hpp"
#include "riser/core/interpreter/runtime_calls.hpp"

#include "riser/core/interpreter/begin_handlers.hpp"

/// Handlers that move values: copies, constants, select, globals; and those whose operands lie in consecutive slots
/// because the runtime does the work.
namespace riser::inline v0::core::interpreter {

template <dispatch D>
RISER_HANDLER void copy(RISER_STATE) {
    frame[destination_of(pc)] = frame[first_of(pc)];
    RISER_NEXT(pc + 2);
}

template <dispatch D>
RISER_HANDLER void copy_pair(RISER_STATE) {
    frame[destination_of(pc)] = frame[first_of(pc)];
    frame[third_of(pc)] = frame[second_of(pc)];
    RISER_NEXT(pc + 2);
}

template <dispatch D>
RISER_HANDLER void copy_range(RISER_STATE) {
    __builtin_memmove(frame + destination_of(pc), frame + first_of(pc), immediate_of(pc) * sizeof(slot));
    RISER_NEXT(pc + 2);
}

template <dispatch D>
RISER_HANDLER void zero_range(RISER_STATE) {
    slot* const begin = frame + destination_of(pc);
    const std::uint32_t count = immediate_of(pc);
    for (std::uint32_t i = 0; i < count; ++i) {
        begin[i] = 0;
    }
    RISER_NEXT(pc + 2);
}

template <dispatch D>
RISER_HANDLER void constant_32(RISER_STATE) {
    frame[destination_of(pc)] = immediate_of(pc);
    RISER_NEXT(pc + 2);
}

template <dispatch D>
RISER_HANDLER void constant_64(RISER_STATE) {
    frame[destination_of(pc)] = pc[2];
    RISER_NEXT(pc + 3);
}

/// Stores an accumulator in a slot.
template <dispatch D, class T>
RISER_HANDLER void store_accumulated(RISER_STATE) {
    write_slot(frame + destination_of(pc), accumulated<T>(integer, vector));
    RISER_NEXT(pc + 2);
}

template <dispatch D, std::size_t N>
RISER_HANDLER void select(RISER_STATE) {
    constexpr instruction_kind kind = instruction_infos[N].kind;
    constexpr bool x_immediate = bytecode::has_immediate_first(kind.as_select());
    constexpr bool y_immediate = bytecode::has_immediate_second(kind.as_select());
    const auto condition = static_cast<std::uint32_t>(kind.variant == 1 ? integer : frame[third_of(pc)]);
    const slot x = x_immediate ? static_cast<std::uint32_t>(pc[2]) : frame[first_of(pc)];
    const slot y = y_immediate ? pc[2] >> 32U : frame[second_of(pc)];
#if defined(__x86_64__)
    // A conditional move, always: as a branch it would be mispredicted, and compilers choose by guess.
    integer = y;
    asm("testl %1, %1\n\tcmovneq %2, %0" : "+r"(integer) : "r"(condition), "r"(x) : "cc");
#else
    integer = condition != 0 ? x : y;
#endif
    frame[destination_of(pc)] = integer;
    RISER_NEXT(pc + length_of(N));
}

template <dispatch D>
RISER_HANDLER void global_get(RISER_STATE) {
    integer = context->globals[immediate_of(pc)];
    frame[destination_of(pc)] = integer;
    RISER_NEXT(pc + 2);
}

template <dispatch D>
RISER_HANDLER void global_set(RISER_STATE) {
    context->globals[immediate_of(pc)] = frame[first_of(pc)];
    RISER_NEXT(pc + 2);
}

template <dispatch D>
RISER_HANDLER void global_set_a(RISER_STATE) {
    context->globals[immediate_of(pc)] = integer;
    RISER_NEXT(pc + 2);
}

template <dispatch D>
RISER_HANDLER void imported_global_get(RISER_STATE) {
    integer = *context->stack.instance->imported_globals[immediate_of(pc)];
    frame[destination_of(pc)] = integer;
    RISER_NEXT(pc + 2);
}

template <dispatch D>
RISER_HANDLER void imported_global_set(RISER_STATE) {
    *context->stack.instance->imported_globals[immediate_of(pc)] = frame[first_of(pc)];
    RISER_NEXT(pc + 2);
}

/// Runs `Operation(context, slots, first index, second index)`, which replaces operands by results or says how it trapped.
template <dispatch D, trap_kind (*Operation)(execution_context&, slot*, std::uint32_t, std::uint32_t)>
RISER_HANDLER void run_operation(RISER_STATE) {
    slot* const operands = frame + first_of(pc);
    const trap_kind trap =
        Operation(*context, operands, static_cast<std::uint32_t>(pc[2]), static_cast<std::uint32_t>(pc[2] >> 32U));
    if (trap != trap_kind::none) [[unlikely]] {
        integer = static_cast<std::uint64_t>(trap);
        RISER_CONTINUE(trap_exit<D>);
    }
    integer = *operands;
    RISER_NEXT(pc + 3);
}

} // namespace riser::inline v0::core::interpreter

#include "riser/core/interpreter/end_handlers.hpp"

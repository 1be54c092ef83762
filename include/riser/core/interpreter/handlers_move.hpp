#pragma once

#include "riser/core/interpreter/exits.hpp"
#include "riser/core/interpreter/handlers_numeric.hpp"
#include "riser/core/interpreter/runtime_calls.hpp"

#include "riser/core/interpreter/begin_handlers.hpp"

/// Handlers that move values: copies, constants, select, globals; and those whose operands lie in consecutive slots
/// because the runtime does the work.
namespace riser::inline v0_1::core::interpreter {

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

/// Makes `value` the other one where the condition is not zero. By a conditional move, always: as a branch it would be
/// mispredicted, and compilers choose by guess.
RISER_HELPER void replace_if(std::uint32_t condition, slot& value, slot other) noexcept {
#if defined(__x86_64__)
    asm("testl %1, %1\n\tcmovneq %2, %0" : "+r"(value) : "r"(condition), "r"(other) : "cc");
#else
    value = condition != 0 ? other : value;
#endif
}

template <dispatch D, std::size_t N>
RISER_HANDLER void select(RISER_STATE) {
    constexpr instruction_kind kind = instruction_infos[N].kind;
    constexpr bool x_immediate = bytecode::has_immediate_first(kind.as_select());
    constexpr bool y_immediate = bytecode::has_immediate_second(kind.as_select());
    const auto condition =
        static_cast<std::uint32_t>(kind.takes_accumulated_condition() ? integer : frame[third_of(pc)]);
    const slot x = x_immediate ? static_cast<std::uint32_t>(pc[2]) : frame[first_of(pc)];
    const slot y = y_immediate ? pc[2] >> 32U : frame[second_of(pc)];
    if constexpr (kind.gives_vector()) {
        slot value = y;
        replace_if(condition, value, x);
        frame[destination_of(pc)] = value;
        vector = as_vector(from_bits<double>(value));
    } else {
        integer = y;
        replace_if(condition, integer, x);
        frame[destination_of(pc)] = integer;
    }
    RISER_NEXT(pc + length_of(N));
}

/// Puts a value into a slot and into the integer accumulator, or into the vector accumulator, whose first lane then has it be it
/// an f32 or an f64.
template <bool InVectorBank>
RISER_HELPER void put_value(slot* to, const slot* from, std::uint64_t& integer, vector_accumulator& vector) noexcept {
    if constexpr (InVectorBank) {
        const auto value = read_slot<double>(from);
        write_slot(to, value);
        vector = as_vector(value);
    } else {
        integer = *from;
        *to = integer;
    }
}

template <dispatch D, bool InVectorBank>
RISER_HANDLER void global_get(RISER_STATE) {
    put_value<InVectorBank>(frame + destination_of(pc), context->globals + immediate_of(pc), integer, vector);
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

template <dispatch D, bool InVectorBank>
RISER_HANDLER void imported_global_get(RISER_STATE) {
    put_value<InVectorBank>(frame + destination_of(pc), context->stack.instance->imported_globals[immediate_of(pc)],
                            integer, vector);
    RISER_NEXT(pc + 2);
}

template <dispatch D>
RISER_HANDLER void imported_global_set(RISER_STATE) {
    *context->stack.instance->imported_globals[immediate_of(pc)] = frame[first_of(pc)];
    RISER_NEXT(pc + 2);
}

/// The object of a function by its dense index, where ref.func has nothing left to do for it; null where it has.
[[nodiscard]] RISER_HELPER runtime::function_object* made_object(const runtime::instance_data& instance,
                                                                 std::uint64_t index) noexcept {
    runtime::function_object* const* const chunks = instance.function_objects;
    if (index == runtime::no_object || chunks == nullptr) {
        return nullptr;
    }
    runtime::function_object* const chunk = chunks[index / runtime::objects_per_chunk];
    if (chunk == nullptr || !static_cast<const runtime::instance_cell&>(instance).is_spread) {
        return nullptr;
    }
    runtime::function_object* const object = chunk + index % runtime::objects_per_chunk;
    return object->instance == nullptr ? nullptr : object;
}

template <dispatch D>
[[gnu::cold, gnu::noinline]] RISER_HANDLER void ref_func_slowly(RISER_STATE) {
    const trap_kind trap = runtime::ref_func(*context, immediate_of(pc), frame[destination_of(pc)]);
    if (trap != trap_kind::none) {
        integer = static_cast<std::uint64_t>(trap);
        RISER_CONTINUE(trap_exit<D>);
    }
    integer = frame[destination_of(pc)];
    RISER_NEXT(pc + 3);
}

template <dispatch D>
RISER_HANDLER void ref_func(RISER_STATE) {
    runtime::function_object* const object = made_object(*context->stack.instance, pc[2]);
    if (object == nullptr) [[unlikely]] {
        RISER_CONTINUE(ref_func_slowly<D>);
    }
    integer = reinterpret_cast<std::uint64_t>(object);
    frame[destination_of(pc)] = integer;
    RISER_NEXT(pc + 3);
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

} // namespace riser::inline v0_1::core::interpreter

#include "riser/core/interpreter/end_handlers.hpp"

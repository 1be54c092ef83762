#pragma once

#include "riser/core/interpreter/exits.hpp"

#include "riser/core/interpreter/begin_handlers.hpp"

/// Branches, loops and returns; calls are in handlers_call.hpp.
namespace riser::inline v0_1::core::interpreter {

template <dispatch D>
RISER_HANDLER void unreachable(RISER_STATE) {
    integer = static_cast<std::uint64_t>(trap_kind::unreachable);
    RISER_CONTINUE(trap_exit<D>);
}

template <dispatch D>
RISER_HANDLER void exit_activation(RISER_STATE) {
    context->stack.exit.kind = trap_kind::none;
    leave<D>(context);
}

template <dispatch D>
RISER_HANDLER void br(RISER_STATE) {
    RISER_NEXT(target_at(pc + 1));
}

template <dispatch D>
RISER_HANDLER void br_loop(RISER_STATE) {
    pc = head;
    if (charge(context, loop_weight(head))) [[unlikely]] {
        RISER_CONTINUE(poll<D>);
    }
    RISER_CONTINUE(handler_at(pc));
}

template <dispatch D>
RISER_HANDLER void loop(RISER_STATE) {
    pc += 2;
    head = pc;
    if (charge(context, loop_weight(head))) [[unlikely]] {
        RISER_CONTINUE(poll<D>);
    }
    RISER_CONTINUE(handler_at(pc));
}

template <dispatch D>
RISER_HANDLER void br_table(RISER_STATE) {
    const std::uint64_t index = static_cast<std::uint32_t>(frame[first_of(pc)]);
    const std::uint64_t count = immediate_of(pc);
    RISER_NEXT(target_at(pc + 2 + (index < count ? index : count)));
}

/// Continues behind the call that made this frame.
#define RISER_RETURN                                                                                                   \
    const runtime::link caller = context->stack.values.pop_link();                                                     \
    frame = caller.frame;                                                                                              \
    pc = caller.pc;                                                                                                    \
    RISER_CONTINUE(handler_at(pc))

template <dispatch D>
RISER_HANDLER void return_none(RISER_STATE) {
    RISER_RETURN;
}

/// The result goes to slot 0, where the caller's temporary lies, and to the accumulator of its type.
template <dispatch D, class T>
RISER_HANDLER void return_slot(RISER_STATE) {
    const T value = read_slot<T>(frame + first_of(pc));
    write_slot(frame, value);
    accumulate(value, integer, vector);
    RISER_RETURN;
}

template <dispatch D, class T>
RISER_HANDLER void return_accumulated(RISER_STATE) {
    write_slot(frame, accumulated<T>(integer, vector));
    RISER_RETURN;
}

template <dispatch D>
RISER_HANDLER void trap_if_null(RISER_STATE) {
    if (frame[first_of(pc)] == 0) [[unlikely]] {
        integer = static_cast<std::uint64_t>(trap_kind::null_reference);
        RISER_CONTINUE(trap_exit<D>);
    }
    RISER_NEXT(pc + 2);
}

} // namespace riser::inline v0_1::core::interpreter

#undef RISER_RETURN

#include "riser/core/interpreter/end_handlers.hpp"

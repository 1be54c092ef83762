#pragma once

#include "riser/core/interpreter/exits.hpp"
#include "riser/core/interpreter/runtime_calls.hpp"
#include "riser/core/memory/guest_scope.hpp"

#include "riser/core/interpreter/begin_handlers.hpp"

/// Calls. The caller has put the arguments into its highest temporaries, where the callee's frame begins; links go to the
/// other end of the stack. Nothing here uses the native stack.
namespace riser::inline v0_1::core::interpreter {

using runtime::function_object;
using runtime::instance_data;
using runtime::link;

/// An instruction that no function contains, with a handler's address in the first word.
template <handler H>
struct static_code {
    alignas(runtime::code_word) static inline const handler words[1] = {H};
    [[nodiscard]] RISER_HELPER static const code_word* address() noexcept {
        return reinterpret_cast<const code_word*>(words);
    }
};

/// Reached by the return of a callee in another instance: the frame register has the instance to go back to.
template <dispatch D>
RISER_HANDLER void restore_instance(RISER_STATE) {
    runtime::switch_instance(*context, *reinterpret_cast<instance_data*>(frame));
    const link caller = context->stack.values.pop_link();
    frame = caller.frame;
    RISER_NEXT(caller.pc);
}

template <dispatch D>
RISER_HELPER const code_word* restore_code() noexcept {
    return static_code<&restore_instance<D>>::address();
}

RISER_HELPER void push_link(execution_context* context, const code_word* pc, slot* frame) noexcept {
    context->stack.values.push_link(pc, frame);
}

/// Whether a callee's frame at `frame` leaves the margin below the links.
[[nodiscard]] RISER_HELPER bool fits(const execution_context* context, const slot* frame,
                                     std::uint32_t frame_slots) noexcept {
    return context->stack.values.fits(frame, frame_slots);
}

/// Ends the activation with a trap on the way into a callee, which has no place of its own yet: the backtrace begins at
/// the call that made its frame, in front of where the newest link returns to. (A tail call's own frame is gone by then.)
template <dispatch D>
[[gnu::cold, gnu::noinline]] RISER_HANDLER void trap_in_callee(RISER_STATE) {
    pc = nullptr;
    RISER_CONTINUE(trap_exit<D>);
}

/// Enters `code` with its frame at `frame`: checks the stack, charges. pc is still at the call, whose link is pushed.
#define RISER_ENTER(code)                                                                                              \
    if (!fits(context, frame, runtime::preamble_frame_slots((code)[-1]))) [[unlikely]] {                               \
        integer = static_cast<std::uint64_t>(trap_kind::stack_exhausted);                                              \
        RISER_CONTINUE(trap_in_callee<D>);                                                                             \
    }                                                                                                                  \
    pc = (code);                                                                                                       \
    if (charge(context, runtime::preamble_weight(pc[-1]))) [[unlikely]] {                                              \
        RISER_CONTINUE(poll<D>);                                                                                       \
    }                                                                                                                  \
    RISER_CONTINUE(handler_at(pc))

/// Translates the function behind `entry` of `instance`. \returns null where that failed, see context.stack.exit.kind.
inline const code_word* translate(execution_context& context, const instance_data& instance,
                                  const runtime::function_entry& entry) noexcept {
    const auto defined = static_cast<std::uint32_t>(&entry - instance.entries);
    return runtime::translate_on_call(context, instance, defined + instance.code->module->info.imported_functions);
}

/// The call at pc names a function that has not been translated: does that, then runs the call again.
template <dispatch D>
[[gnu::cold, gnu::noinline]] RISER_HANDLER void translate_then_retry(RISER_STATE) {
    auto* const entry = reinterpret_cast<runtime::function_entry*>(integer);
    if (translate(*context, *context->stack.instance, *entry) == nullptr) {
        integer = static_cast<std::uint64_t>(context->stack.exit.kind);
        RISER_CONTINUE(trap_exit<D>);
    }
    RISER_CONTINUE(handler_at(pc));
}

bool call_on_host_stack(runtime::host_function& host, execution_context& context, slot* frame,
                        bool (*call)(runtime::host_function&, execution_context&, slot*)); // see native_frames.hpp

/// Calls the host function in the integer accumulator; its arguments begin the frame, its caller's link is pushed.
template <dispatch D>
[[gnu::noinline]] RISER_HANDLER void call_host(RISER_STATE) {
    runtime::host_function& host = *reinterpret_cast<function_object*>(integer)->host;
    const std::uint32_t slots = host.parameter_slots > host.result_slots ? host.parameter_slots : host.result_slots;
    if (!fits(context, frame, slots)) [[unlikely]] {
        integer = static_cast<std::uint64_t>(trap_kind::stack_exhausted);
        RISER_CONTINUE(trap_in_callee<D>);
    }
    frame[slots] = integer; // so that a collection finds the function
    slot* const outer_live_end = context->stack.values.set_live_end(frame + slots + 1);
    const memory::guarded_code* const guest = memory::leave_guest();
    bool done = false;
    if constexpr (D == dispatch::beside_native) {
        done = call_on_host_stack(host, *context, frame, host.call);
    } else {
        done = host.call(host, *context, frame);
    }
    runtime::look_behind_host(*context);
    memory::restore_guest(guest);
    context->stack.values.set_live_end(outer_live_end);
    if (!done) [[unlikely]] {
        integer = static_cast<std::uint64_t>(context->stack.exit.kind);
        RISER_CONTINUE(trap_in_callee<D>);
    }
    runtime::refresh_memory(*context);
    integer = *frame;
    vector = as_vector(read_slot<double>(frame));
    const link caller = context->stack.values.pop_link();
    frame = caller.frame;
    RISER_NEXT(caller.pc);
}

/// Enters the function object in the integer accumulator, whatever it is: of this instance, of another, of the host.
template <dispatch D>
[[gnu::noinline]] RISER_HANDLER void enter_function(RISER_STATE) {
    auto* const callee = reinterpret_cast<function_object*>(integer);
    if (callee->is_of_host()) {
        RISER_CONTINUE(call_host<D>);
    }
    const code_word* code = callee->entry->code();
    if (code == nullptr) [[unlikely]] {
        code = translate(*context, *callee->instance, *callee->entry);
        if (code == nullptr) {
            integer = static_cast<std::uint64_t>(context->stack.exit.kind);
            RISER_CONTINUE(trap_in_callee<D>);
        }
    }
    if (callee->instance != context->stack.instance) {
        // A frame that replaced itself by tail calls has one way back already.
        if (context->stack.values.newest_link().pc != restore_code<D>()) {
            push_link(context, restore_code<D>(), reinterpret_cast<slot*>(context->stack.instance));
        }
        runtime::switch_instance(*context, *callee->instance);
    }
    RISER_ENTER(code);
}

/// A call from native code to the function behind `entry` of the running instance, which has none, and may have no other code either:
/// that is why it is here, or it is its turn to be looked at. \returns its code, as translate()
[[gnu::cold, gnu::noinline]] inline const code_word* look_at_crossing(execution_context& context,
                                                                      const runtime::function_entry& entry) noexcept {
    const instance_data& instance = *context.stack.instance;
    const runtime::engine_state& engine = *context.store->engine;
    if (context.crossings < 0 && engine.tiers != nullptr) {
        const auto defined = static_cast<std::uint32_t>(&entry - instance.entries);
        if (const code_word* const native = engine.ops->tiering->note_crossings(context, *instance.code, defined)) {
            return native;
        }
    }
    const code_word* const code = entry.code();
    return code != nullptr ? code : translate(context, instance, entry);
}

/// Enters the function of this instance whose entry is in the integer accumulator, from native code.
template <dispatch D>
RISER_HANDLER void enter_entry(RISER_STATE) {
    auto* const entry = reinterpret_cast<runtime::function_entry*>(integer);
    const code_word* code = entry->code();
    if (--context->crossings < 0 || code == nullptr) [[unlikely]] {
        code = look_at_crossing(*context, *entry);
        if (code == nullptr) {
            integer = static_cast<std::uint64_t>(context->stack.exit.kind);
            RISER_CONTINUE(trap_in_callee<D>);
        }
    }
    RISER_ENTER(code);
}

template <dispatch D>
RISER_HANDLER void call(RISER_STATE) {
    const code_word* const code = reinterpret_cast<runtime::function_entry*>(pc[2])->code();
    if (code == nullptr) [[unlikely]] {
        integer = pc[2];
        RISER_CONTINUE(translate_then_retry<D>);
    }
    push_link(context, pc + 3, frame);
    frame += first_of(pc);
    RISER_ENTER(code);
}

/// Calls function object `callee` from an instruction of `words` words.
#define RISER_CALL_OBJECT(callee, words)                                                                               \
    push_link(context, pc + (words), frame);                                                                           \
    frame += first_of(pc);                                                                                             \
    const code_word* const code = (callee)->instance == context->stack.instance ? (callee)->entry->code() : nullptr;   \
    if (code == nullptr) [[unlikely]] {                                                                                \
        integer = reinterpret_cast<std::uint64_t>(callee);                                                             \
        RISER_CONTINUE(enter_function<D>);                                                                             \
    }                                                                                                                  \
    RISER_ENTER(code)

template <dispatch D>
RISER_HANDLER void call_import(RISER_STATE) {
    integer = reinterpret_cast<std::uint64_t>(context->stack.instance->imported_functions[immediate_of(pc)]);
    push_link(context, pc + 2, frame);
    frame += first_of(pc);
    RISER_CONTINUE(enter_function<D>);
}

/// The element that call_indirect names, where its type is the one wanted or one of its first subtypes; null where more has to
/// be known.
[[nodiscard]] RISER_HELPER function_object* known_callee(const code_word* pc, const slot* frame,
                                                         const execution_context* context) noexcept {
    const runtime::table_data* const table = context->stack.instance->tables[immediate_of(pc)];
    const std::uint64_t index = frame[destination_of(pc)];
    if (index >= table->made) [[unlikely]] {
        return nullptr;
    }
    auto* const callee = reinterpret_cast<function_object*>(table->elements[index]);
    if (callee == nullptr) [[unlikely]] {
        return nullptr;
    }
    const auto wanted = static_cast<std::uint32_t>(pc[2]);
    if (callee->type != wanted) [[unlikely]] {
        const std::uint64_t depth = pc[2] >> 32U;
        if (depth >= runtime::registered_type::least_display || callee->display[depth] != wanted) {
            return nullptr;
        }
    }
    return callee;
}

/// call_indirect where known_callee() did not find it.
template <dispatch D>
[[gnu::cold, gnu::noinline]] RISER_HANDLER void call_indirect_slowly(RISER_STATE) {
    function_object* const callee = runtime::indirect_callee(*context, immediate_of(pc), frame[destination_of(pc)],
                                                             static_cast<std::uint32_t>(pc[2]));
    if (callee == nullptr) {
        integer = static_cast<std::uint64_t>(context->stack.exit.kind);
        RISER_CONTINUE(trap_exit<D>);
    }
    push_link(context, pc + 3, frame);
    frame += first_of(pc);
    integer = reinterpret_cast<std::uint64_t>(callee);
    RISER_CONTINUE(enter_function<D>);
}

template <dispatch D>
RISER_HANDLER void call_indirect(RISER_STATE) {
    function_object* const callee = known_callee(pc, frame, context);
    if (callee == nullptr) [[unlikely]] {
        RISER_CONTINUE(call_indirect_slowly<D>);
    }
    RISER_CALL_OBJECT(callee, 3);
}

template <dispatch D>
RISER_HANDLER void call_ref(RISER_STATE) {
    auto* const callee = reinterpret_cast<function_object*>(frame[destination_of(pc)]);
    if (callee == nullptr) [[unlikely]] {
        integer = static_cast<std::uint64_t>(trap_kind::null_function_reference);
        RISER_CONTINUE(trap_exit<D>);
    }
    RISER_CALL_OBJECT(callee, 2);
}

// Tail calls move the arguments to the frame's begin; the caller's link stays, for whoever returns in the end. A trap on
// the way in is reported at the call that made this frame: the frame itself is gone.

RISER_HELPER void move_arguments(slot* frame, std::uint32_t from, std::uint32_t count) noexcept {
    for (std::uint32_t i = 0; i < count; ++i) {
        frame[i] = frame[from + i];
    }
}

template <dispatch D>
RISER_HANDLER void return_call(RISER_STATE) {
    const code_word* const code = reinterpret_cast<runtime::function_entry*>(pc[2])->code();
    if (code == nullptr) [[unlikely]] {
        integer = pc[2];
        RISER_CONTINUE(translate_then_retry<D>);
    }
    move_arguments(frame, first_of(pc), immediate_of(pc));
    RISER_ENTER(code);
}

template <dispatch D>
RISER_HANDLER void return_call_import(RISER_STATE) {
    integer = reinterpret_cast<std::uint64_t>(context->stack.instance->imported_functions[pc[2]]);
    move_arguments(frame, first_of(pc), immediate_of(pc));
    RISER_CONTINUE(enter_function<D>);
}

template <dispatch D>
RISER_HANDLER void return_call_indirect(RISER_STATE) {
    function_object* callee = known_callee(pc, frame, context);
    if (callee == nullptr) [[unlikely]] {
        callee = runtime::indirect_callee(*context, immediate_of(pc), frame[destination_of(pc)],
                                          static_cast<std::uint32_t>(pc[2]));
    }
    if (callee == nullptr) [[unlikely]] {
        integer = static_cast<std::uint64_t>(context->stack.exit.kind);
        RISER_CONTINUE(trap_exit<D>);
    }
    move_arguments(frame, first_of(pc), static_cast<std::uint32_t>(pc[3]));
    integer = reinterpret_cast<std::uint64_t>(callee);
    RISER_CONTINUE(enter_function<D>);
}

template <dispatch D>
RISER_HANDLER void return_call_ref(RISER_STATE) {
    auto* const callee = reinterpret_cast<function_object*>(frame[destination_of(pc)]);
    if (callee == nullptr) [[unlikely]] {
        integer = static_cast<std::uint64_t>(trap_kind::null_function_reference);
        RISER_CONTINUE(trap_exit<D>);
    }
    move_arguments(frame, first_of(pc), immediate_of(pc));
    integer = reinterpret_cast<std::uint64_t>(callee);
    RISER_CONTINUE(enter_function<D>);
}

} // namespace riser::inline v0_1::core::interpreter

#undef RISER_CALL_OBJECT
#undef RISER_ENTER

#include "riser/core/interpreter/end_handlers.hpp"

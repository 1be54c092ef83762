#pragma once

#include "riser/core/interpreter/runtime_calls.hpp"
#include "riser/core/interpreter/state.hpp"
#include "riser/core/module/tiering_ops.hpp"

#include "riser/core/interpreter/begin_handlers.hpp"

/// How handlers leave the straight path: traps, polls, the end of an activation.
namespace riser::inline v0_1::core::interpreter {

void leave_beside_native(const code_word* pc, slot* frame, execution_context* context); // see native_frames.hpp

/// Ends the activation: every handler below returns to whoever entered it.
template <dispatch D>
RISER_HELPER void leave(execution_context* context) noexcept {
    if constexpr (D == dispatch::trampoline) {
        context->resume.next = nullptr;
    } else if constexpr (D == dispatch::beside_native) {
        leave_beside_native(nullptr, nullptr, context);
    }
}

/// Ends the activation with the trap_kind in the integer accumulator. It returns, so that handlers can tail-call it.
template <dispatch D>
[[gnu::cold, gnu::noinline]] RISER_HANDLER void trap_exit(RISER_STATE) {
    context->stack.exit = {static_cast<trap_kind>(integer), pc, frame, 0, nullptr};
    leave<D>(context);
}

/// The way out of an access that comparison found out of bounds, unless its memory has grown: then it runs again. The handler
/// has left the accumulators as they were.
template <dispatch D>
[[gnu::cold, gnu::noinline]] RISER_HANDLER void access_exit(RISER_STATE) {
    if (runtime::finds_growth(*context)) {
        RISER_CONTINUE(handler_at(pc));
    }
    context->stack.exit = {trap_kind::memory_out_of_bounds, pc, frame, integer, nullptr};
    leave<D>(context);
}

#if defined(__x86_64__) && defined(__ELF__)

/// The address sanitizer's, where the program has one. Whether this file is compiled with it does not matter.
[[gnu::weak]] void unpoison(const void* begin, std::size_t bytes) noexcept asm("__asan_unpoison_memory_region");

/// Where the fault landing ends an activation of signaling mode: an access beyond the memory.
/// \param left_stack where the native stack was that nobody returns through; the sanitizer would take it for in use
inline void fault_exit(const code_word* pc, slot* frame, execution_context* context, const std::byte* address,
                       const std::byte* left_stack) noexcept {
    if (unpoison != nullptr) {
        const runtime::execution_stack& stack = context->stack;
        const auto* const end =
            stack.native.end() != nullptr ? stack.native.end() : static_cast<const std::byte*>(stack.native_entry);
        unpoison(left_stack, static_cast<std::size_t>(end - left_stack));
    }
    context->stack.exit = {trap_kind::memory_out_of_bounds, pc, frame, 0, address};
}

#endif

/// Charges a region. \returns true where the budget has ended, so that a poll is due before the region runs.
[[nodiscard]] RISER_HELPER bool charge(execution_context* context, std::int64_t weight) noexcept {
    return (context->budget -= weight) < 0;
}

/// The weight of the loop whose first instruction is `head`: the fields of the `loop` in front of it.
[[nodiscard]] RISER_HELPER std::int64_t loop_weight(const code_word* head) noexcept { return immediate_of(head - 2); }

/// The budget has ended before the instruction at pc, which begins a region: accounts for it, then goes on there or traps.
/// A trap is where the region begins in wasm, at the loop or the function itself: their words are in front of pc. So it
/// does not depend on what the region's first operators became.
template <dispatch D>
[[gnu::cold, gnu::noinline]] RISER_HANDLER void poll(RISER_STATE) {
    [[maybe_unused]] const std::uint64_t used =
        D == dispatch::beside_native ? runtime::used_of_slice(*context->store) : 0;
    if (!runtime::poll(*context)) {
        integer = static_cast<std::uint64_t>(context->stack.exit.kind);
        --pc;
        RISER_CONTINUE(trap_exit<D>);
    }
    if constexpr (D == dispatch::beside_native) {
        const runtime::engine_state& engine = *context->store->engine;
        if (engine.tiers != nullptr) {
            const code_word* const native = engine.ops->tiering->go_on(*context, pc, used);
            pc = native != nullptr ? native : pc;
        }
    }
    RISER_CONTINUE(handler_at(pc));
}

} // namespace riser::inline v0_1::core::interpreter

#include "riser/core/interpreter/end_handlers.hpp"

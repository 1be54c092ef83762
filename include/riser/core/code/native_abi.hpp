#pragma once

#include "riser/core/code/code.hpp"

namespace riser::inline v0_1::core::runtime {

/// What native code and the runtime agree on, on x86-64.
///
/// Native code is called with the callee's frame in rsi and the context in rdx, arguments from slot 0 on, as handlers are. It
/// returns by `ret` with both as they were and results from slot 0 on, the first one also in rcx or xmm0. It may clobber every other
/// register: who enters an activation saves those that the host wants back. It runs on a stack of the engine, on which it leaves
/// nothing but return addresses and what its frames note as their size.
///
/// On the way in it checks its slots (execution_stack::values), its native frame (execution_stack::native), and charges its weight.
///
/// The runtime's routines are found through the context, so that native code is independent of where it lies. They are
/// called with rsi and rdx as above.
struct native_services {
    using routine = void (*)();

    routine call_entry;       ///< rdi: a function_entry of the running instance that has no native code
    routine call_object;      ///< rdi: a function_object, of whatever kind
    routine tail_call_entry;  ///< the same in place of a `ret`: reached by a jump, with nothing of the frame left
    routine tail_call_object; ///< the same
    routine poll;             ///< the budget has ended; clobbers nothing
    routine trap;             ///< ecx: the trap_kind

    // What these need themselves.
    const code_word*
        return_to_native;     ///< where a link leads that was pushed by native code: the frame is its stack pointer
    const void* after_native; ///< the return address of native code that handlers have entered
    handler enter_entry;
    handler enter_function;
    bool (*poll_native)(execution_context& context, slot* frame, const void* return_address,
                        const void* stack) noexcept;
    void (*note_trap)(execution_context& context, slot* frame, const void* return_address, const void* stack,
                      std::uint32_t kind) noexcept;
};

} // namespace riser::inline v0_1::core::runtime

#pragma once

#include "riser/core/interpreter/exits.hpp"
#include "riser/core/memory/guest_scope.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "riser/core/interpreter/begin_handlers.hpp"

/// The native side of an activation: how handlers are entered, and how a fault in one of them gets out.
namespace riser::inline v0_1::core::interpreter {

/// Runs handlers until one of them ends the activation. With tail calls the first call does it all.
template <dispatch D>
void run_handlers(const code_word* pc, slot* frame, execution_context* context, std::uint64_t integer) {
    handler_at(pc)(pc, frame, context, integer, nullptr, vector_accumulator{});
    if constexpr (D == dispatch::trampoline) {
        while (context->resume.next != nullptr) {
            const runtime::interpreter_registers state = context->resume;
            state.next(state.pc, state.frame, context, state.integer, state.head, state.vector);
        }
    }
}

#if defined(__x86_64__) && defined(__ELF__)

/// Where the assembly below finds what it needs in the context.
static_assert(std::is_standard_layout_v<execution_context> && std::is_standard_layout_v<runtime::execution_stack>);
inline constexpr std::size_t native_entry_at =
    offsetof(execution_context, stack) + offsetof(runtime::execution_stack, native_entry);
inline constexpr std::size_t fault_exit_at = offsetof(execution_context, fault_exit);

/// Enters `run` with the arguments before it; notes the native stack pointer in the context's stack, so that fault_landing can
/// leave from any depth. Handlers may have pushed registers when they fault: this is why all callee-saved ones are kept.
[[gnu::naked, gnu::noinline, gnu::no_profile_instrument_function, gnu::no_instrument_function]] inline void
enter_activation(const code_word* /*pc*/, slot* /*frame*/, execution_context* /*context*/, std::uint64_t /*integer*/,
                 void (* /*run*/)(const code_word*, slot*, execution_context*, std::uint64_t)) {
    asm(RISER_SAVE_REGISTERS "movq %%rsp, %c0(%%rdx)\n\t"
                             "call *%%r8\n\t"
                             "addq $8, %%rsp\n\t.cfi_adjust_cfa_offset -8\n\t"
                             "popq %%r15\n\t.cfi_adjust_cfa_offset -8\n\t"
                             "popq %%r14\n\t.cfi_adjust_cfa_offset -8\n\t"
                             "popq %%r13\n\t.cfi_adjust_cfa_offset -8\n\t"
                             "popq %%r12\n\t.cfi_adjust_cfa_offset -8\n\t"
                             "popq %%rbx\n\t.cfi_adjust_cfa_offset -8\n\t"
                             "popq %%rbp\n\t.cfi_adjust_cfa_offset -8\n\t"
                             "ret"
        :
        : "i"(native_entry_at));
}

/// The table of instructions that may fault (see memory_access.hpp), of this program or library: the linker makes the names.
[[gnu::visibility("hidden")]] extern const std::int32_t fault_sites[] asm("__start_riser_fault_sites");
[[gnu::visibility("hidden")]] extern const std::int32_t fault_sites_end[] asm("__stop_riser_fault_sites");

/// Where a thread continues after an access beyond a signaling memory: pc, frame and context are still in rdi, rsi and rdx
/// (see read_guarded), and the handler of the signal has put the faulting address into rcx; the stack pointer becomes the fifth
/// argument. Leaves the activation as enter_activation would.
[[gnu::naked, gnu::noinline, gnu::no_profile_instrument_function, gnu::no_instrument_function]] inline void
fault_landing() {
    asm("movq %%rsp, %%r8\n\t"
        "movq %c0(%%rdx), %%rsp\n\t"
        "call *%c1(%%rdx)\n\t" RISER_LEAVE_ACTIVATION
        :
        : "i"(native_entry_at), "i"(fault_exit_at));
}

inline constinit const memory::guarded_code guarded_handlers{&fault_landing, fault_sites, fault_sites_end};

#endif

} // namespace riser::inline v0_1::core::interpreter

#include "riser/core/interpreter/end_handlers.hpp"

#pragma once

#if defined(__x86_64__) && defined(__ELF__)

#    include "riser/core/code/native_abi.hpp"
#    include "riser/core/execute/native_layout.hpp"
#    include "riser/core/interpreter/activation.hpp"
#    include "riser/core/interpreter/describe_access.hpp"
#    include "riser/core/interpreter/handlers_call.hpp"

#    include <cstddef>
#    include <cstdint>

#    include "riser/core/interpreter/begin_handlers.hpp"

/// Where handlers and native code meet: entering and leaving activations on the engine's stack, calls in both directions. See
/// code/native_abi.hpp for the registers.
namespace riser::inline v0_1::core::interpreter {

using runtime::native_layout;
using runtime::native_services;

#    define RISER_ASSEMBLY                                                                                             \
        [[gnu::naked, gnu::noinline, gnu::no_profile_instrument_function, gnu::no_instrument_function]] inline

// Debuggers find the host's frames by what is pushed in place of a return address, which nobody returns to. They would take a stack
// that goes on at a lower address for a broken one, unless that is a signal's frame: they show `<signal handler called>` where stacks change.
//
// DW_CFA_def_cfa_expression: the 64 bytes of an activation's beginning lie where the word at rsp says.
#    define RISER_CFA_ON_HOST_STACK                                                                                    \
        ".cfi_signal_frame\n\t"                                                                                        \
        ".cfi_escape 0x0f, 5, 0x77, 0, 0x06, 0x23, 64\n\t" // breg7(0) deref plus_uconst(64)

/// Runs handler `first` on the engine's stack, until one leaves the activation. Native code clobbers what is pushed here.
RISER_ASSEMBLY void enter_beside_native(const code_word* /*pc*/, slot* /*frame*/, execution_context* /*context*/,
                                        std::uint64_t /*integer*/, handler /*first*/) {
    asm(RISER_SAVE_REGISTERS "movq %%rsp, %c0(%%rdx)\n\t"
                             "movq %%rsp, %%rax\n\t"
                             "movq %c1(%%rdx), %%rsp\n\t"
                             "andq $-16, %%rsp\n\t"
                             "subq $8, %%rsp\n\t"
                             "pushq %%rax\n\t"
                             "leaq 1f(%%rip), %%rax\n\t"
                             "pushq %%rax\n\t"
                             "movq %%r8, %%r9\n\t"
                             "xorl %%r8d, %%r8d\n\t"
                             "xorps %%xmm0, %%xmm0\n\t"
                             "jmp *%%r9\n\t" RISER_CFA_ON_HOST_STACK "nop\n"
                             "1:\tud2"
        :
        : "i"(native_entry_at), "i"(native_layout::native_position));
}

/// Returns from enter_beside_native, from wherever the engine's stack stands.
RISER_ASSEMBLY void leave_beside_native(const code_word* /*pc*/, slot* /*frame*/, execution_context* /*context*/) {
    asm("movq %c0(%%rdx), %%rsp\n\t" RISER_LEAVE_ACTIVATION : : "i"(native_entry_at));
}

/// A host function, on the host's stack. What it calls goes on below where the engine's stack stands.
RISER_ASSEMBLY bool call_on_host_stack(runtime::host_function& /*host*/, execution_context& /*context*/,
                                       slot* /*frame*/,
                                       bool (* /*call*/)(runtime::host_function&, execution_context&, slot*)) {
    asm(".cfi_signal_frame\n\t"
        "pushq %%rbp\n\t.cfi_adjust_cfa_offset 8\n\t.cfi_rel_offset %%rbp, 0\n\t"
        "movq %%rsp, %%rbp\n\t.cfi_def_cfa_register %%rbp\n\t"
        "movq %%rsp, %c1(%%rsi)\n\t"
        "movq %c0(%%rsi), %%rsp\n\t"
        "call *%%rcx\n\t"
        "movq %%rbp, %%rsp\n\t.cfi_def_cfa_register %%rsp\n\t"
        "popq %%rbp\n\t.cfi_adjust_cfa_offset -8\n\t"
        "ret"
        :
        : "i"(native_entry_at), "i"(native_layout::native_position));
}

// What native code has in registers and in the context beside what handlers have, all of it new. Changes rax and the flags.
static_assert(runtime::native_rooms == 4 && runtime::native_room_ends[0] == 4 && runtime::native_room_ends[1] == 8 &&
              runtime::native_room_ends[2] == 12 && runtime::native_room_ends[3] == 16);
#    define RISER_LOAD_NATIVE_STATE                                                                                    \
        "movq %c[bytes](%%rdx), %%rax\n\t"                                                                             \
        "movq %c[budget](%%rdx), %%r13\n\t"                                                                            \
        "movq %c[base](%%rdx), %%rbx\n\t"                                                                              \
        "subq $4, %%rax\n\tmovq %%rax, %c[room](%%rdx)\n\t"                                                            \
        "subq $4, %%rax\n\tmovq %%rax, %c[room]+8(%%rdx)\n\t"                                                          \
        "subq $4, %%rax\n\tmovq %%rax, %c[room]+16(%%rdx)\n\t"                                                         \
        "subq $4, %%rax\n\tmovq %%rax, %c[room]+24(%%rdx)\n\t"
#    define RISER_NATIVE_STATE                                                                                         \
        [bytes] "i"(native_layout::memory_bytes), [base] "i"(native_layout::memory_base),                              \
            [budget] "i"(native_layout::budget), [room] "i"(native_layout::memory_room)

/// The first word of an entry whose function has native code; the second is its address. Goes on where the newest link says,
/// as a handler of a return does. Slots beyond a frame are read where it has fewer than two: there is room for more behind each.
RISER_ASSEMBLY void enter_native(RISER_STATE) {
    asm(RISER_LOAD_NATIVE_STATE "movq (%%rsi), %%rcx\n\t"
                                "movq 8(%%rsi), %%rbp\n\t"
                                "call *8(%%rdi)\n\t"
                                "movq %%r13, %c[budget](%%rdx)\n\t"
                                "movq %c0(%%rdx), %%rax\n\t"
                                "movq (%%rax), %%rdi\n\t"
                                "movq 8(%%rax), %%rsi\n\t"
                                "addq $16, %%rax\n\t"
                                "movq %%rax, %c0(%%rdx)\n\t"
                                "jmp *(%%rdi)"
        :
        : "i"(native_layout::links), RISER_NATIVE_STATE);
}

/// Reached by the return of a callee of native code: the frame is the stack pointer at which call_entry left.
RISER_ASSEMBLY void return_to_native(RISER_STATE) {
    asm("movq %%rsi, %%rsp\n\t"
        "popq %%rsi\n\t" RISER_LOAD_NATIVE_STATE "ret"
        :
        : RISER_NATIVE_STATE);
}

// As in enter_beside_native, for debuggers: rsi and the return address into native code are the words at rsp, or the next ones where
// that is a null word, by which the stack was aligned. DW_CFA_def_cfa_expression: breg7(0) deref lit0 eq lit3 shl breg7(16) plus.
#    define RISER_PUSH_NATIVE_LINK                                                                                     \
        "movq %%r13, %c4(%%rdx)\n\t"                                                                                   \
        "pushq %%rsi\n\t"                                                                                              \
        "movq %c0(%%rdx), %%r10\n\t"                                                                                   \
        "movq %c1(%%rdx), %%rax\n\t"                                                                                   \
        "subq $16, %%rax\n\t"                                                                                          \
        "movq %c2(%%r10), %%r9\n\t"                                                                                    \
        "movq %%r9, (%%rax)\n\t"                                                                                       \
        "movq %%rsp, 8(%%rax)\n\t"                                                                                     \
        "movq %%rax, %c1(%%rdx)\n\t"                                                                                   \
        "movq $0, -8(%%rsp)\n\t"                                                                                       \
        "andq $-16, %%rsp\n\t"                                                                                         \
        "leaq 2f(%%rip), %%rax\n\t"                                                                                    \
        "pushq %%rax\n\t"                                                                                              \
        "movq %%rdi, %%rcx\n\t"                                                                                        \
        "xorl %%edi, %%edi\n\t"                                                                                        \
        "xorl %%r8d, %%r8d\n\t"                                                                                        \
        "jmp *%c3(%%r10)\n\t"                                                                                          \
        ".cfi_escape 0x0f, 10, 0x77, 0, 0x06, 0x30, 0x29, 0x33, 0x24, 0x77, 16, 0x22\n\t"                              \
        ".cfi_offset %%rsi, -16\n\t"                                                                                   \
        "nop\n"                                                                                                        \
        "2:\tud2"

/// Handlers run the one at `Enter` of the services from native code, with rdi in the integer accumulator.
template <std::size_t Enter>
RISER_ASSEMBLY void call_from_native() {
    asm(RISER_PUSH_NATIVE_LINK
        :
        : "i"(native_layout::services), "i"(native_layout::links), "i"(offsetof(native_services, return_to_native)),
          "i"(Enter), "i"(native_layout::budget));
}

/// The same in place of a return. What handlers have entered is dropped, and no link pushed: else two tiers in turn would need
/// ever more room.
template <std::size_t Enter>
RISER_ASSEMBLY void tail_call_from_native() {
    asm("movq %c0(%%rdx), %%r10\n\t"
        "movq (%%rsp), %%rax\n\t"
        "cmpq %c5(%%r10), %%rax\n\t"
        "jne 1f\n\t"
        "movq %%r13, %c4(%%rdx)\n\t"
        "addq $8, %%rsp\n\t"
        "movq %%rdi, %%rcx\n\t"
        "xorl %%edi, %%edi\n\t"
        "xorl %%r8d, %%r8d\n\t"
        "jmp *%c3(%%r10)\n"
        "1:\n\t" RISER_PUSH_NATIVE_LINK
        :
        : "i"(native_layout::services), "i"(native_layout::links), "i"(offsetof(native_services, return_to_native)),
          "i"(Enter), "i"(native_layout::budget), "i"(offsetof(native_services, after_native)));
}
#    undef RISER_PUSH_NATIVE_LINK
#    undef RISER_CFA_ON_HOST_STACK

#    define RISER_PUSH_FRAME_POINTER                                                                                   \
        "pushq %%rbp\n\t.cfi_adjust_cfa_offset 8\n\t.cfi_rel_offset %%rbp, 0\n\t"                                      \
        "movq %%rsp, %%rbp\n\t.cfi_def_cfa_register %%rbp\n\t"
#    define RISER_POP_FRAME_POINTER "popq %%rbp\n\t.cfi_def_cfa %%rsp, 8\n\t.cfi_restore %%rbp\n\t"

/// See native_services::poll. Where the call has to end, so does the activation.
RISER_ASSEMBLY void poll_from_native() {
    asm(RISER_PUSH_FRAME_POINTER
        "pushq %%rax\n\tpushq %%rcx\n\tpushq %%rdx\n\tpushq %%rsi\n\tpushq %%rdi\n\t"
        "pushq %%r8\n\tpushq %%r9\n\tpushq %%r10\n\tpushq %%r11\n\tpushq %%rbx\n\t"
        "movq %%rsp, %%rbx\n\t"
        "andq $-16, %%rsp\n\t"
        "subq $256, %%rsp\n\t"
        "movaps %%xmm0, (%%rsp)\n\tmovaps %%xmm1, 16(%%rsp)\n\tmovaps %%xmm2, 32(%%rsp)\n\tmovaps %%xmm3, 48(%%rsp)\n\t"
        "movaps %%xmm4, 64(%%rsp)\n\tmovaps %%xmm5, 80(%%rsp)\n\tmovaps %%xmm6, 96(%%rsp)\n\tmovaps %%xmm7, "
        "112(%%rsp)\n\t"
        "movaps %%xmm8, 128(%%rsp)\n\tmovaps %%xmm9, 144(%%rsp)\n\tmovaps %%xmm10, 160(%%rsp)\n\tmovaps %%xmm11, "
        "176(%%rsp)\n\t"
        "movaps %%xmm12, 192(%%rsp)\n\tmovaps %%xmm13, 208(%%rsp)\n\tmovaps %%xmm14, 224(%%rsp)\n\tmovaps %%xmm15, "
        "240(%%rsp)\n\t"
        "movq %c0(%%rdx), %%r10\n\t"
        "movq %%r13, %c3(%%rdx)\n\t"
        "movq %%rdx, %%rdi\n\t"
        "movq 8(%%rbp), %%rdx\n\t"
        "leaq 16(%%rbp), %%rcx\n\t"
        "call *%c1(%%r10)\n\t"
        "testb %%al, %%al\n\t"
        "movaps (%%rsp), %%xmm0\n\tmovaps 16(%%rsp), %%xmm1\n\tmovaps 32(%%rsp), %%xmm2\n\tmovaps 48(%%rsp), %%xmm3\n\t"
        "movaps 64(%%rsp), %%xmm4\n\tmovaps 80(%%rsp), %%xmm5\n\tmovaps 96(%%rsp), %%xmm6\n\tmovaps 112(%%rsp), "
        "%%xmm7\n\t"
        "movaps 128(%%rsp), %%xmm8\n\tmovaps 144(%%rsp), %%xmm9\n\tmovaps 160(%%rsp), %%xmm10\n\tmovaps 176(%%rsp), "
        "%%xmm11\n\t"
        "movaps 192(%%rsp), %%xmm12\n\tmovaps 208(%%rsp), %%xmm13\n\tmovaps 224(%%rsp), %%xmm14\n\tmovaps 240(%%rsp), "
        "%%xmm15\n\t"
        "movq %%rbx, %%rsp\n\t"
        "popq %%rbx\n\tpopq %%r11\n\tpopq %%r10\n\tpopq %%r9\n\tpopq %%r8\n\t"
        "popq %%rdi\n\tpopq %%rsi\n\tpopq %%rdx\n\tpopq %%rcx\n\tpopq %%rax\n\t" RISER_POP_FRAME_POINTER "jz 1f\n\t"
        "movq %c3(%%rdx), %%r13\n\t"
        "ret\n"
        "1:\n\t"
        "movq %c2(%%rdx), %%rsp\n\t" RISER_LEAVE_ACTIVATION
        :
        : "i"(native_layout::services), "i"(offsetof(native_services, poll_native)), "i"(native_entry_at),
          "i"(native_layout::budget));
}

/// See native_services::call_unready.
template <unsigned Passed>
void call_unready_from_native();
#    define RISER_CALL_UNREADY(stores)                                                                                 \
        asm(stores "movq (%%rsp), %%rdi\n\t"                                                                           \
                   "movslq -4(%%rdi), %%rdi\n\t"                                                                       \
                   "leaq -%c0(%%rax,%%rdi), %%rdi\n\t"                                                                 \
                   "movq %c1(%%rdx), %%rax\n\t"                                                                        \
                   "jmp *%c2(%%rax)"                                                                                   \
            :                                                                                                          \
            : "i"(native_layout::entry_native), "i"(native_layout::services),                                          \
              "i"(offsetof(native_services, call_entry)))
template <>
RISER_ASSEMBLY void call_unready_from_native<0>() {
    RISER_CALL_UNREADY("");
}
template <>
RISER_ASSEMBLY void call_unready_from_native<1>() {
    RISER_CALL_UNREADY("movq %%rcx, (%%rsi)\n\t");
}
template <>
RISER_ASSEMBLY void call_unready_from_native<2>() {
    RISER_CALL_UNREADY("movq %%rbp, 8(%%rsi)\n\t");
}
template <>
RISER_ASSEMBLY void call_unready_from_native<3>() {
    RISER_CALL_UNREADY("movq %%rcx, (%%rsi)\n\tmovq %%rbp, 8(%%rsi)\n\t");
}
#    undef RISER_CALL_UNREADY

/// Leaves the activation with the trap whose kind is in a register or a constant, as if called from where it trapped.
#    define RISER_TRAP_FROM_NATIVE(kind)                                                                               \
        "movq %%r13, %c3(%%rdx)\n\t"                                                                                   \
        "pushq %%r15\n\tpushq %%r14\n\tpushq %%r13\n\tpushq %%r12\n\t"                                                 \
        "pushq %%r11\n\tpushq %%r10\n\tpushq %%r9\n\tpushq %%r8\n\t"                                                   \
        "pushq %%rdi\n\tpushq %%rsi\n\tpushq %%rbp\n\tpushq %%rsp\n\t"                                                 \
        "pushq %%rbx\n\tpushq %%rdx\n\tpushq %%rcx\n\tpushq %%rax\n\t"                                                 \
        "movl " kind ", %%r8d\n\t"                                                                                     \
        "movq %%rsp, %%r9\n\t"                                                                                         \
        "movq %%rdx, %%rdi\n\t"                                                                                        \
        "movq 128(%%rsp), %%rdx\n\t"                                                                                   \
        "leaq 136(%%rsp), %%rcx\n\t"                                                                                   \
        "movq %%rdi, %%rbx\n\t"                                                                                        \
        "movq %c0(%%rdi), %%r10\n\t"                                                                                   \
        "andq $-16, %%rsp\n\t"                                                                                         \
        "call *%c1(%%r10)\n\t"                                                                                         \
        "movq %c2(%%rbx), %%rsp\n\t" RISER_LEAVE_ACTIVATION

#    define RISER_TRAP_OPERANDS                                                                                        \
        "i"(native_layout::services), "i"(offsetof(native_services, note_trap)), "i"(native_entry_at),                 \
            "i"(native_layout::budget)

/// See native_services::trap.
RISER_ASSEMBLY void trap_from_native() { asm(RISER_TRAP_FROM_NATIVE("%%r11d") : : RISER_TRAP_OPERANDS); }
/// The same for one kind; see native_routines, and guarded_code::native_landing. None is a pad's.
template <trap_kind Kind>
RISER_ASSEMBLY void trap_of_kind_from_native() {
    asm(RISER_TRAP_FROM_NATIVE("%4") : : RISER_TRAP_OPERANDS, "i"(static_cast<int>(Kind)));
}
#    undef RISER_TRAP_FROM_NATIVE
#    undef RISER_TRAP_OPERANDS

/// See native_services::operate. A trap is one of native code, at the operation's call.
RISER_ASSEMBLY void operate_from_native() {
    asm("movq %%r13, %c[budget](%%rdx)\n\t"
        "movq %c1(%%rdx), %%r10\n\t"
        "movq %c2(%%r10,%%rax,8), %%r11\n\t" RISER_PUSH_FRAME_POINTER "pushq %%rsi\n\t"
        "pushq %%rdx\n\t"
        "movl %%edi, %%r9d\n\t"
        "movq %%rdx, %%rdi\n\t"
        "movq %%r8, %%rsi\n\t"
        "movl %%r9d, %%edx\n\t"
        "andq $-16, %%rsp\n\t"
        "call *%%r11\n\t"
        "movq -16(%%rbp), %%rdx\n\t"
        "movq -8(%%rbp), %%rsi\n\t"
        "movq %%rbp, %%rsp\n\t" RISER_POP_FRAME_POINTER "movzbl %%al, %%r11d\n\t" RISER_LOAD_NATIVE_STATE
        "testl %%r11d, %%r11d\n\t"
        "jnz 1f\n\t"
        "ret\n"
        "1:\n\t"
        "movq %c1(%%rdx), %%r10\n\t"
        "jmp *%c0(%%r10)"
        :
        : "i"(offsetof(native_services, trap)), "i"(native_layout::services),
          "i"(offsetof(native_services, operations)), RISER_NATIVE_STATE);
}

/// Native code that says where it was called from, to whoever entered enter_native in place of handlers.
RISER_ASSEMBLY void report_return_address() {
    asm("popq %rax\n\t"
        "popq %rbp\n\t"
        "popq %rbx\n\t"
        "popq %r13\n\t"
        "ret");
}

/// Enters native code by `enter` in place of handlers, with some part of the stack for a context. \returns what it leaves in rax
RISER_ASSEMBLY const void* ask_native(const code_word* /*words*/, handler /*enter*/) {
    asm("pushq %%r13\n\t"
        "pushq %%rbx\n\t"
        "pushq %%rbp\n\t"
        "leaq -%c0(%%rsp), %%rdx\n\t"
        "jmp *%%rsi"
        :
        : "i"(native_layout::budget));
}
#    undef RISER_PUSH_FRAME_POINTER
#    undef RISER_POP_FRAME_POINTER
#    undef RISER_ASSEMBLY
#    undef RISER_LOAD_NATIVE_STATE
#    undef RISER_NATIVE_STATE

/// native_services::after_native: no name of C++ leads into the middle of enter_native.
[[nodiscard, gnu::cold]] inline const void* find_after_native() noexcept {
    void (*const probe)() = &report_return_address;
    const code_word words[2] = {0, reinterpret_cast<code_word>(probe)};
    return ask_native(words, &enter_native);
}

/// Where a site is that jumped into a pad of traps, by what the pad has pushed: where the stack pointer was each time.
[[nodiscard, gnu::cold]] inline const void* leave_trap_pad(const void* return_address, const void*& stack) noexcept {
    constexpr std::ptrdiff_t call_bytes = 3;
    const auto* const first = static_cast<const std::byte* const*>(stack);
    const std::byte* const* at = first;
    while (*at == reinterpret_cast<const std::byte*>(at + 1)) { // below is a return address, which is none of the stack
        ++at;
    }
    stack = at;
    return static_cast<const std::byte*>(return_address) - call_bytes - (at - first) + 1;
}

inline void note_native_trap(execution_context& context, slot* frame, const void* return_address, const void* stack,
                             std::uint32_t kind, const std::uint64_t* registers) noexcept {
    const bool is_of_pad = static_cast<trap_kind>(kind) == trap_kind::none;
    if (is_of_pad) {
        return_address = leave_trap_pad(return_address, stack);
    }
    context.stack.exit = {static_cast<trap_kind>(kind), nullptr, frame, 0, nullptr, return_address, stack};
    if (!is_of_pad && context.stack.exit.kind != trap_kind::memory_out_of_bounds) {
        return;
    }
    const runtime::native_site* const site = runtime::find_native_place(context, return_address).site;
    if (is_of_pad) {
        context.stack.exit.kind = static_cast<trap_kind>(site->trap);
    }
    if (site != nullptr && context.stack.exit.kind == trap_kind::memory_out_of_bounds) {
        context.stack.exit.integer = registers[site->address_register];
    }
}

inline bool poll_native(execution_context& context, slot* frame, const void* return_address,
                        const void* stack) noexcept {
    constexpr std::uint32_t pace = 4;
    const runtime::engine_state& engine = *context.store->engine;
    const std::uint64_t used = runtime::used_of_slice(*context.store);
    if (runtime::poll(context, pace)) {
        if (engine.tiers != nullptr && engine.ops->tiering->note_native_poll != nullptr) {
            engine.ops->tiering->note_native_poll(context, return_address, used);
        }
        return true;
    }
    note_native_trap(context, frame, return_address, stack, static_cast<std::uint32_t>(context.stack.exit.kind),
                     nullptr);
    return false;
}

namespace operations {

inline trap_kind native_fill(execution_context& context, slot* slots, std::uint32_t memory, std::uint32_t) {
    const attempted_access to{slots[2], slots[0], 0, memory, false};
    return describe_native(context, runtime::memory_fill(context, memory, slots[0], slots[1], slots[2]), to, to);
}
inline trap_kind native_copy(execution_context& context, slot* slots, std::uint32_t to, std::uint32_t from) {
    return describe_native(context, runtime::memory_copy(context, to, from, slots[0], slots[1], slots[2]),
                           {slots[2], slots[1], 0, from, false}, {slots[2], slots[0], 0, to, false});
}
inline trap_kind native_init(execution_context& context, slot* slots, std::uint32_t data, std::uint32_t memory) {
    const attempted_access to{slots[2], slots[0], 0, memory, false};
    return describe_native(context, memory_init(context, slots, data, memory), to, to);
}
inline trap_kind native_ref_func(execution_context& context, slot* slots, std::uint32_t function,
                                 std::uint32_t) noexcept {
    return runtime::ref_func(context, function, slots[0]);
}
inline trap_kind native_indirect_callee(execution_context& context, slot* slots, std::uint32_t table,
                                        std::uint32_t type) noexcept {
    const runtime::function_object* const callee = runtime::indirect_callee(context, table, slots[0], type);
    slots[0] = reinterpret_cast<slot>(callee);
    return callee == nullptr ? context.stack.exit.kind : trap_kind::none;
}

} // namespace operations

/// What engines with backends hand to their native code.
[[nodiscard, gnu::cold]] inline native_services make_native_services() noexcept {
    constexpr dispatch D = dispatch::beside_native;
    constexpr std::size_t entry = offsetof(native_services, enter_entry);
    constexpr std::size_t function = offsetof(native_services, enter_function);
    static_assert(runtime::native_register_arguments == 2);
    return {{&call_from_native<function>, &poll_from_native, &trap_of_kind_from_native<trap_kind::none>,
             &trap_of_kind_from_native<trap_kind::stack_exhausted>},
            {&call_unready_from_native<0>, &call_unready_from_native<1>, &call_unready_from_native<2>,
             &call_unready_from_native<3>},
            &call_from_native<entry>,
            &trap_from_native,
            &tail_call_from_native<entry>,
            &tail_call_from_native<function>,
            &operate_from_native,
            static_code<&return_to_native>::address(),
            find_after_native(),
            &enter_entry<D>,
            &enter_function<D>,
            &poll_native,
            &note_native_trap,
            {&operations::memory_size,     &operations::memory_grow,
             &operations::native_fill,     &operations::native_copy,
             &operations::native_init,     &operations::data_drop,
             &operations::table_get,       &operations::table_set,
             &operations::table_size,      &operations::table_grow,
             &operations::table_fill,      &operations::table_copy,
             &operations::table_init,      &operations::elem_drop,
             &operations::native_ref_func, &operations::native_indirect_callee,
             &operations::i64_add128,      &operations::i64_sub128,
             &operations::i64_mul_wide_s,  &operations::i64_mul_wide_u}};
}

} // namespace riser::inline v0_1::core::interpreter

#    include "riser/core/interpreter/end_handlers.hpp"

#endif

#pragma once

#include "riser/core/code/code.hpp"
#include "riser/core/code/trap_kind.hpp"
#include "riser/core/wasm/types.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>

namespace riser::inline v0_1::core::runtime {

/// Operations of the runtime on slots, for native code: operands are replaced by results. `x` and `y` are indices, as the standard's
/// text has them.
enum class native_operation : std::uint8_t {
    memory_size, ///< x: memory
    memory_grow, ///< x: memory
    memory_fill, ///< x: memory
    memory_copy, ///< x: memory written, y: memory read
    memory_init, ///< x: segment, y: memory
    data_drop,   ///< x: segment
    table_get,   ///< x: table, as of those that follow
    table_set,
    table_size,
    table_grow,
    table_fill,
    table_copy,      ///< y: table read
    table_init,      ///< x: segment, y: table
    elem_drop,       ///< x: segment
    ref_func,        ///< x: function
    indirect_callee, ///< x: table, y: type; an index is replaced by the function_object that call_indirect calls
    i64_add128,
    i64_sub128,
    i64_mul_wide_s,
    i64_mul_wide_u,
};
inline constexpr std::size_t native_operation_count = static_cast<std::size_t>(native_operation::i64_mul_wide_u) + 1;

/// The ends of accesses that native code compares most, behind the address: for each the context has how far into memory 0 an address
/// may be, `memory_bytes` less the end, which may be negative. Right while native code runs: the routines below see to it.
inline constexpr std::int64_t native_room_ends[] = {4, 8, 12, 16};
inline constexpr std::size_t native_rooms = std::size(native_room_ends);

/// Arguments that native code passes in registers in place of their slots: of the first two, those that are i32 or i64, the first in
/// rcx, the second in rbp. References stay in slots, where a collection finds them.
inline constexpr unsigned native_register_arguments = 2;
/// \returns a bit for each
[[nodiscard]] inline unsigned arguments_in_registers(const wasm::function_type& type) noexcept {
    unsigned passed = 0;
    for (unsigned i = 0; i < native_register_arguments && i < type.params.size(); ++i) {
        const wasm::value_type::kind what = type.params[i].what();
        passed |= what == wasm::value_type::kind::i32 || what == wasm::value_type::kind::i64 ? 1U << i : 0U;
    }
    return passed;
}

/// How far before the entries `execution_context::entries` points: displacements from there to any of them take 32 bits.
inline constexpr std::size_t native_entry_bias = 128;

/// The routines that native code calls most, in the context. See native_services.
struct native_routines {
    using routine = void (*)();

    routine call_object = nullptr; ///< rdi: a function_object, of whatever kind
    routine poll = nullptr;        ///< the budget has ended; clobbers nothing
    /// A trap at a site that says which. Sites share a call of this: in front of it is a pad of `push %rsp`, a byte for each. A site
    /// jumps to its byte, and lies one behind it. Of frames that have no bytes on the native stack.
    routine trap_pad = nullptr;
    routine exhausted =
        nullptr; ///< reached by a jump on the way into a function: a trap of its caller, for want of stack
};

/// What native code and the runtime agree on, on x86-64.
///
/// Native code is called with the callee's frame in rsi and the context in rdx, arguments from slot 0 on, as handlers are, but for
/// those that are in registers (arguments_in_registers), whose slots may have anything; handlers have them in both. In a register or
/// slot that is handed over, an i32 has zeros in the upper half: code uses all 64 bits as an address without looking. The budget
/// is in r13, the running instance's memory 0 begins where rbx points. It returns by `ret` with rsi and rdx as they were, r13 and rbx
/// as they are then, and results from slot 0 on, the first one also in rcx or xmm0. It may clobber every other register: who enters
/// an activation saves those that the host wants back. It runs on a stack of the engine, on which it leaves nothing but return
/// addresses and what its frames note as their size.
///
/// On the way in it checks its slots (execution_stack::values), its native frame (execution_stack::native), and charges its weight.
/// While it runs, the context's budget is an old one: the routines below write it back, and read what has become of it.
///
/// The runtime's routines are found through the context, so that native code is independent of where it lies. They are
/// called with rsi, rdx, r13 and rbx as above.
struct native_services {
    using routine = native_routines::routine;
    using operation = trap_kind (*)(execution_context& context, slot* slots, std::uint32_t x, std::uint32_t y);

    native_routines usual; ///< those that are in the context, too
    /// Stand in an entry for native code that is not there yet, in modules that have tiers; by the arguments that are in registers. Native code
    /// calls them as any callee of an entry, by `call *displacement(%rax)`, of 32 bits: register and displacement say which.
    routine call_unready[1U << native_register_arguments];
    routine call_entry;       ///< rdi: a function_entry of the running instance that has no native code
    routine trap;             ///< r11d: the trap_kind; behind the call is the site
    routine tail_call_entry;  ///< as call_entry, in place of a `ret`: reached by a jump, with nothing of the frame left
    routine tail_call_object; ///< the same. These four and native_routines::call_object find all arguments in slots
    routine operate;          ///< eax: a native_operation, r8: its slots, edi: x, ecx: y; clobbers all else, or traps

    // What these need themselves.
    const code_word*
        return_to_native;     ///< where a link leads that was pushed by native code: the frame is its stack pointer
    const void* after_native; ///< the return address of native code that handlers have entered
    handler enter_entry;
    handler enter_function;
    bool (*poll_native)(execution_context& context, slot* frame, const void* return_address,
                        const void* stack) noexcept;
    void (*note_trap)(execution_context& context, slot* frame, const void* return_address, const void* stack,
                      std::uint32_t kind, const std::uint64_t* registers) noexcept;
    operation operations[native_operation_count];
};

} // namespace riser::inline v0_1::core::runtime

#pragma once

#include "riser/core/code/trap_kind.hpp"
#include "riser/core/store/objects.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace riser::inline v0::core::runtime {

/// The interpreter's registers while no handler runs (trampoline dispatch).
struct interpreter_registers {
    handler next = nullptr; ///< null ends the activation
    const code_word* pc = nullptr;
    slot* frame = nullptr;
    std::uint64_t integer = 0;
    const code_word* head = nullptr;
    vector_accumulator vector{};
};

/// The state of execution in one store, used by one thread at a time. Handlers and generated code hold its address in a
/// register; the hot fields come first.
struct execution_context {
    // Memory 0 of the running instance; reloaded after growth, host calls, and calls and returns across instances.
    std::byte* memory_base = nullptr;
    std::uint64_t memory_bytes = 0;

    instance_data* instance = nullptr;
    slot* globals = nullptr; ///< instance->globals

    /// Operators that may still run before the next poll. Only the owning thread writes it.
    std::int64_t budget = 0;

    /// Value slots grow up from stack_begin, links grow down from stack_end; the stack is exhausted where they would meet.
    link* links = nullptr; ///< the newest link
    slot* stack_begin = nullptr;
    slot* stack_end = nullptr;

    /// Where a nested activation's first frame may begin: set before the host is called, to the end of the live slots.
    slot* free_slots = nullptr;

    /// Native stack pointer of the innermost activation's entry thunk, for the trap stub (signaling memories).
    void* activation = nullptr;

    /// The interpreter's way out of a fault in its innermost activation; at a fixed offset, see fault_landing.
    void (*fault_exit)(const code_word* pc, slot* frame, execution_context* context) = nullptr;

    // How the innermost activation ended.
    trap_kind exit = trap_kind::none;
    const code_word* trap_pc = nullptr; ///< null: on the way into a function, the newest link has the call
    slot* trap_frame = nullptr;

    store_data* store = nullptr;

    /// Set from any thread or signal handler; polled when the budget ends.
    std::atomic<std::uint32_t>* interrupt = nullptr;

    interpreter_registers resume;
};

/// Reads memory 0 of the running instance into the context again. Needed after everything that may have grown a memory or
/// changed the instance.
[[gnu::always_inline, gnu::no_profile_instrument_function, gnu::no_instrument_function]] inline void
refresh_memory(execution_context& context) noexcept {
    const instance_data* const instance = context.instance;
    if (instance != nullptr && instance->memories != nullptr) {
        context.memory_base = instance->memories[0]->base;
        context.memory_bytes = instance->memories[0]->bytes;
    } else {
        context.memory_base = nullptr;
        context.memory_bytes = 0;
    }
}

/// The memory that host functions mean which the running instance calls, as it is now. Empty where it has none, and where the
/// host has called the host function.
[[nodiscard]] inline std::span<std::byte> host_memory(const execution_context& context) noexcept {
    const memory::linear_memory* const memory = context.instance == nullptr ? nullptr : context.instance->host_memory;
    return memory == nullptr ? std::span<std::byte>()
                             : std::span<std::byte>(memory->base, static_cast<std::size_t>(memory->bytes));
}

/// What the newest link must leave free above the slots, so that links of cross-instance calls fit without a check.
inline constexpr std::size_t stack_margin_slots = 16;

} // namespace riser::inline v0::core::runtime

#pragma once

#include "riser/config.hpp"
#include "riser/core/code/native_abi.hpp"
#include "riser/core/execute/execution_stack.hpp"
#include "riser/core/store/objects.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace riser::inline v0_1::core::runtime {

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
    std::int64_t memory_room[native_rooms] = {}; ///< while native code runs, see native_abi.hpp

    slot* globals = nullptr;    ///< of the running instance
    std::uintptr_t entries = 0; ///< its function entries, from native_entry_bias bytes before their begin

    /// Operators that may still run before the next poll. Only the owning thread writes it.
    std::int64_t budget = 0;

    native_routines routines; ///< null in engines without backends, as `native`

    /// Of the call that runs. Within the context rather than behind a pointer, which every call and return would follow.
    execution_stack stack;

    /// The interpreter's way out of a fault in its innermost activation, for fault_landing.
    void (*fault_exit)(const code_word* pc, slot* frame, execution_context* context, const std::byte* address,
                       const std::byte* left_stack) = nullptr;

    const native_services* native = nullptr; ///< what native code calls

    store_data* store = nullptr;
    const class activation* innermost = nullptr;

    /// Calls of native code into the interpreter until tiering_ops::note_crossings looks at one.
    std::int32_t crossings = usual_crossings;
    static constexpr std::int32_t usual_crossings = 256;

    /// Set from any thread or signal handler; polled when the budget ends.
    std::atomic<std::uint32_t>* interrupt = nullptr;

    interpreter_registers resume;
};

/// Reads memory 0 of the running instance into the context again. Needed after everything that may have grown a memory or
/// changed the instance. Becomes part of handlers, and as GCC has it only of what has the same attributes.
[[gnu::always_inline, gnu::no_profile_instrument_function, gnu::no_instrument_function]] inline void
refresh_memory(execution_context& context) noexcept {
    const instance_data* const instance = context.stack.instance;
    if (instance != nullptr && instance->memories != nullptr) {
        context.memory_base = instance->memories[0]->base;
        context.memory_bytes = __atomic_load_n(&instance->memories[0]->bytes, __ATOMIC_ACQUIRE); // see size()
    } else {
        context.memory_base = nullptr;
        context.memory_bytes = 0;
    }
}

/// Looks again at memory 0, which an access found too small: where it is shared, another thread may have made it larger.
/// \returns whether one has, so that the access is to be tried again.
[[nodiscard, gnu::cold, gnu::no_profile_instrument_function]] inline bool
finds_growth(execution_context& context) noexcept {
    const std::uint64_t before = context.memory_bytes;
    if (context.stack.instance->memories == nullptr || !context.stack.instance->memories[0]->is_shared) {
        return false; // who grows it brings the context up to date
    }
    refresh_memory(context);
    return context.memory_bytes > before;
}

/// The running instance is another one, which is not null. Becomes part of handlers, as refresh_memory.
[[gnu::always_inline, gnu::no_profile_instrument_function, gnu::no_instrument_function]] inline void
switch_instance(execution_context& context, instance_data& instance) noexcept {
    context.stack.instance = &instance;
    context.globals = instance.globals;
    context.entries = reinterpret_cast<std::uintptr_t>(instance.entries) - native_entry_bias;
    refresh_memory(context);
}

/// Makes `instance` the running one; null: none is.
[[gnu::no_profile_instrument_function]] inline void run_in_instance(execution_context& context,
                                                                    instance_data* instance) noexcept {
    if (instance != nullptr) {
        return switch_instance(context, *instance);
    }
    context.stack.instance = nullptr;
    context.globals = nullptr;
    context.entries = 0;
    refresh_memory(context);
}

/// The memory that host functions mean which the running instance calls, as it is now. Empty where it has none, and where the
/// host has called the host function.
[[nodiscard]] inline std::span<std::byte> host_memory(const execution_context& context) noexcept {
    const memory::linear_memory* const memory =
        context.stack.instance == nullptr ? nullptr : context.stack.instance->host_memory;
    return memory == nullptr ? std::span<std::byte>()
                             : std::span<std::byte>(memory->base, core::cast<std::size_t>(memory->size()));
}

} // namespace riser::inline v0_1::core::runtime

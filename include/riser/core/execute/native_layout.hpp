#pragma once

#if defined(__x86_64__) && defined(__ELF__)

#    include "riser/core/code/native_abi.hpp"
#    include "riser/core/execute/context.hpp"
#    include "riser/core/store/objects.hpp"

#    include <cstddef>
#    include <cstdint>
#    include <type_traits>

namespace riser::inline v0_1::core::runtime {

/// Where native code and the assembly below find things, by the compiler's own account.
struct native_layout {
    static_assert(std::is_standard_layout_v<execution_context> && std::is_standard_layout_v<execution_stack> &&
                  std::is_standard_layout_v<native_stack> && std::is_standard_layout_v<native_services>);
    static constexpr std::size_t stack = offsetof(execution_context, stack);
    static constexpr std::size_t links = stack + offsetof(execution_stack, values); // see value_stack::at_
    static constexpr std::size_t native_position =
        stack + offsetof(execution_stack, native) + offsetof(native_stack, position_);
    static constexpr std::size_t native_limit =
        stack + offsetof(execution_stack, native) + offsetof(native_stack, limit_);
    static constexpr std::size_t instance = stack + offsetof(execution_stack, instance);
    static constexpr std::size_t services = offsetof(execution_context, native);
    static constexpr std::size_t routines = offsetof(execution_context, routines);
    static constexpr std::size_t call_object = routines + offsetof(native_routines, call_object);
    static constexpr std::size_t poll = routines + offsetof(native_routines, poll);
    static constexpr std::size_t trap_pad = routines + offsetof(native_routines, trap_pad);
    static constexpr std::size_t exhausted = routines + offsetof(native_routines, exhausted);
    static constexpr std::size_t budget = offsetof(execution_context, budget);
    static constexpr std::size_t memory_base = offsetof(execution_context, memory_base);
    static constexpr std::size_t memory_bytes = offsetof(execution_context, memory_bytes);
    static constexpr std::size_t memory_room = offsetof(execution_context, memory_room);
    [[nodiscard]] static constexpr std::size_t memory_room_at(std::size_t which) noexcept {
        return memory_room + which * sizeof(execution_context::memory_room[0]);
    }
    static constexpr std::size_t globals = offsetof(execution_context, globals);
    static constexpr std::size_t biased_entries = offsetof(execution_context, entries);
    static constexpr std::size_t entries = offsetof(instance_data, entries);
    static constexpr std::size_t imported_globals = offsetof(instance_data, imported_globals);
    static constexpr std::size_t tables = offsetof(instance_data, tables);
    static constexpr std::size_t memories = offsetof(instance_data, memories);
    static constexpr std::size_t imported_functions = offsetof(instance_data, imported_functions);
    static constexpr std::size_t entry_native = offsetof(function_entry, native_);
    static constexpr std::size_t table_elements = offsetof(table_data, elements);
    static constexpr std::size_t table_made = offsetof(table_data, made);
    static constexpr std::size_t other_memory_base = offsetof(memory::linear_memory, base);
    static constexpr std::size_t other_memory_bytes = offsetof(memory::linear_memory, bytes);
    // Of a function_object, whose header is at its begin.
    static constexpr std::size_t function_type = 0;
    static constexpr std::size_t function_entry_of = sizeof(reference_header);
    static constexpr std::size_t function_instance = function_entry_of + sizeof(void*);
};
static_assert(offsetof(reference_header, type) == native_layout::function_type);
static_assert(native_layout::links < 128,
              "what native code uses most is within the reach of a displacement of one byte");

} // namespace riser::inline v0_1::core::runtime

#endif

#pragma once

#include <cstdint>
#include <string_view>

namespace riser::inline v0_1 {

/// Why a call into wasm ended early (Core specification 4.6, and what embedders add).
enum class trap_kind : std::uint8_t {
    none,
    unreachable,
    memory_out_of_bounds,
    table_out_of_bounds,
    undefined_element,     ///< call_indirect beyond the table's end
    uninitialized_element, ///< call_indirect through null
    indirect_call_mismatch,
    integer_divide_by_zero,
    integer_overflow,
    invalid_conversion,
    null_reference,
    null_function_reference,
    null_i31_reference,
    null_structure_reference,
    null_array_reference,
    null_exception_reference,
    array_out_of_bounds,
    cast_failure,
    unaligned_atomic,
    expected_shared_memory,
    stack_exhausted,
    uncaught_exception,
    out_of_memory, ///< the engine's allocator failed, or a store limit was met
    out_of_fuel,
    interrupted,
    deadline_passed, ///< the store's deadline; see store::set_deadline
    host_error,      ///< a host function threw or returned an error
    unsupported,     ///< a lazily translated body uses an instruction that this build cannot run
    invalid_code,    ///< a lazily validated body does not validate
    limit,           ///< a lazily translated body exceeds a limit of riser (see riser/limits.hpp)
};

/// The reference interpreter's wording, e.g. "out of bounds memory access".
[[nodiscard]] constexpr std::string_view to_string(trap_kind kind) noexcept {
    switch (kind) {
    case trap_kind::none: return "no trap";
    case trap_kind::unreachable: return "unreachable";
    case trap_kind::memory_out_of_bounds: return "out of bounds memory access";
    case trap_kind::table_out_of_bounds: return "out of bounds table access";
    case trap_kind::undefined_element: return "undefined element";
    case trap_kind::uninitialized_element: return "uninitialized element";
    case trap_kind::indirect_call_mismatch: return "indirect call type mismatch";
    case trap_kind::integer_divide_by_zero: return "integer divide by zero";
    case trap_kind::integer_overflow: return "integer overflow";
    case trap_kind::invalid_conversion: return "invalid conversion to integer";
    case trap_kind::null_reference: return "null reference";
    case trap_kind::null_function_reference: return "null function reference";
    case trap_kind::null_i31_reference: return "null i31 reference";
    case trap_kind::null_structure_reference: return "null structure reference";
    case trap_kind::null_array_reference: return "null array reference";
    case trap_kind::null_exception_reference: return "null exception reference";
    case trap_kind::array_out_of_bounds: return "out of bounds array access";
    case trap_kind::cast_failure: return "cast failure";
    case trap_kind::unaligned_atomic: return "unaligned atomic";
    case trap_kind::expected_shared_memory: return "expected shared memory";
    case trap_kind::stack_exhausted: return "call stack exhausted";
    case trap_kind::uncaught_exception: return "uncaught exception";
    case trap_kind::out_of_memory: return "out of memory";
    case trap_kind::out_of_fuel: return "out of fuel";
    case trap_kind::interrupted: return "interrupted";
    case trap_kind::deadline_passed: return "deadline passed";
    case trap_kind::host_error: return "host function failed";
    case trap_kind::unsupported: return "unsupported instruction";
    case trap_kind::invalid_code: return "invalid function body";
    case trap_kind::limit: return "implementation limit exceeded";
    }
    return "unknown trap";
}

} // namespace riser::inline v0_1

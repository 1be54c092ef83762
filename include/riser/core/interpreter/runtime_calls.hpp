#pragma once

#include "riser/core/execute/backtrace.hpp"
#include "riser/core/execute/bulk.hpp"
#include "riser/core/execute/translate.hpp"
#include "riser/core/interpreter/state.hpp"

#include <cstdint>

/// The runtime's operations as handlers call them: operands begin at `slots`, results replace them, `x` and `y` are the
/// instruction's indices. Those that may find their operands anywhere get the instruction and the frame.
namespace riser::inline v0_1::core::interpreter::operations {

using runtime::execution_context;
using runtime::slot;

inline trap_kind memory_size(execution_context& context, slot* slots, std::uint32_t memory, std::uint32_t) noexcept {
    slots[0] = runtime::memory_size(context, memory);
    return trap_kind::none;
}

/// -1 in the width of the memory's address type.
[[nodiscard]] inline slot as_address(std::int64_t value, bool is_64) noexcept {
    return is_64 ? static_cast<slot>(value) : static_cast<std::uint32_t>(value);
}

inline trap_kind memory_grow(execution_context& context, slot* slots, std::uint32_t memory, std::uint32_t) noexcept {
    std::int64_t before = 0;
    const trap_kind trap = runtime::memory_grow(context, memory, slots[0], before);
    slots[0] = as_address(before, context.stack.instance->memories[memory]->is_64);
    return trap;
}

inline trap_kind memory_fill(execution_context& context, const code_word* pc, const slot* frame,
                             std::uint64_t count) noexcept {
    const auto memory = static_cast<std::uint32_t>(pc[2]);
    const bytecode::fields_view fields{pc[1]};
    return runtime::memory_fill(context, memory, frame[fields.first()], frame[fields.destination()], count);
}

inline trap_kind memory_copy(execution_context& context, const code_word* pc, const slot* frame,
                             std::uint64_t count) noexcept {
    const auto to = static_cast<std::uint32_t>(pc[2]);
    const auto from = static_cast<std::uint32_t>(pc[2] >> 32U);
    const bytecode::fields_view fields{pc[1]};
    return runtime::memory_copy(context, to, from, frame[fields.first()], frame[fields.destination()], count);
}

inline trap_kind memory_init(execution_context& context, slot* slots, std::uint32_t data,
                             std::uint32_t memory) noexcept {
    return runtime::memory_init(context, data, memory, slots[0], slots[1], slots[2]);
}

inline trap_kind data_drop(execution_context& context, slot*, std::uint32_t data, std::uint32_t) noexcept {
    runtime::data_drop(context, data);
    return trap_kind::none;
}

inline trap_kind table_get(execution_context& context, slot* slots, std::uint32_t table, std::uint32_t) {
    return runtime::table_get(context, table, slots[0], slots[0]);
}

inline trap_kind table_set(execution_context& context, slot* slots, std::uint32_t table, std::uint32_t) noexcept {
    return runtime::table_set(context, table, slots[0], slots[1]);
}

inline trap_kind table_size(execution_context& context, slot* slots, std::uint32_t table, std::uint32_t) noexcept {
    slots[0] = runtime::table_size(context, table);
    return trap_kind::none;
}

inline trap_kind table_grow(execution_context& context, slot* slots, std::uint32_t table, std::uint32_t) noexcept {
    const bool is_64 = context.stack.instance->code->module->info.tables[table].type.is_64;
    std::int64_t before = 0;
    const trap_kind trap = runtime::table_grow(context, table, slots[0], slots[1], before);
    slots[0] = as_address(before, is_64);
    return trap;
}

inline trap_kind table_fill(execution_context& context, slot* slots, std::uint32_t table, std::uint32_t) noexcept {
    return runtime::table_fill(context, table, slots[0], slots[1], slots[2]);
}

inline trap_kind table_copy(execution_context& context, slot* slots, std::uint32_t to, std::uint32_t from) noexcept {
    return runtime::table_copy(context, to, from, slots[0], slots[1], slots[2]);
}

inline trap_kind table_init(execution_context& context, slot* slots, std::uint32_t element,
                            std::uint32_t table) noexcept {
    return runtime::table_init(context, element, table, slots[0], slots[1], slots[2]);
}

inline trap_kind elem_drop(execution_context& context, slot*, std::uint32_t element, std::uint32_t) noexcept {
    runtime::elem_drop(context, element);
    return trap_kind::none;
}

// Wide arithmetic (the wide-arithmetic proposal): low halves first.

using wide [[gnu::mode(TI)]] = unsigned;
using signed_wide [[gnu::mode(TI)]] = int;

[[nodiscard]] inline wide join(slot low, slot high) noexcept { return wide{high} << 64U | low; }
inline trap_kind split(wide value, slot* slots) noexcept {
    slots[0] = static_cast<slot>(value);
    slots[1] = static_cast<slot>(value >> 64U);
    return trap_kind::none;
}

inline trap_kind i64_add128(execution_context&, slot* slots, std::uint32_t, std::uint32_t) noexcept {
    return split(join(slots[0], slots[1]) + join(slots[2], slots[3]), slots);
}
inline trap_kind i64_sub128(execution_context&, slot* slots, std::uint32_t, std::uint32_t) noexcept {
    return split(join(slots[0], slots[1]) - join(slots[2], slots[3]), slots);
}
inline trap_kind i64_mul_wide_s(execution_context&, slot* slots, std::uint32_t, std::uint32_t) noexcept {
    const auto x = static_cast<signed_wide>(static_cast<std::int64_t>(slots[0]));
    const auto y = static_cast<signed_wide>(static_cast<std::int64_t>(slots[1]));
    return split(static_cast<wide>(x * y), slots);
}
inline trap_kind i64_mul_wide_u(execution_context&, slot* slots, std::uint32_t, std::uint32_t) noexcept {
    return split(wide{slots[0]} * slots[1], slots);
}

} // namespace riser::inline v0_1::core::interpreter::operations

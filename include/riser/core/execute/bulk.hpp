#pragma once

#include "riser/config.hpp"
#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/range.hpp"
#include "riser/core/execute/context.hpp"
#include "riser/core/execute/grow_memory.hpp"
#include "riser/core/execute/poll.hpp"
#include "riser/core/store/function_objects.hpp"
#include "riser/core/store/segment_items.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/core/store/table_elements.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

// Instructions that every tier calls rather than repeats (4.6.7 to 4.6.9). Operands are 64 bits wide whatever the address
// type. Those that may trap return the kind, or trap_kind::none.

namespace riser::inline v0_1::core::runtime {

/// Bytes that are moved between two looks at the interrupt flag.
inline constexpr std::uint64_t bulk_piece = std::uint64_t{1} << 20U;

/// What it costs to move so many bytes, or to add them: an operator for each whole 64 bytes, eight elements of a table, so that
/// as much time goes by between two polls as in ordinary code. Charged before anything is moved.
[[nodiscard]] constexpr std::uint64_t cost_of(std::uint64_t bytes) noexcept { return bytes / 64; }

/// Charges and does something to `count` bytes or elements of `size` bytes, a piece at a time: `move(done, piece)`, which may trap.
template <class Move>
[[nodiscard]] trap_kind move_in_pieces(execution_context& context, std::uint64_t count, std::size_t size,
                                       const Move& move) noexcept {
    if (!charge(context, cost_of(count * size))) {
        return context.stack.exit.kind;
    }
    for (std::uint64_t done = 0; done != count;) {
        const std::uint64_t piece = lesser(count - done, bulk_piece / size);
        if (const trap_kind trap = move(done, piece); trap != trap_kind::none) [[unlikely]] {
            return trap;
        }
        done += piece;
        const trap_kind interrupt = done != count ? take_interrupt(context) : trap_kind::none;
        if (interrupt != trap_kind::none) {
            return interrupt;
        }
    }
    return trap_kind::none;
}

// Memory.

inline std::uint64_t memory_size(execution_context& context, std::uint32_t memory) noexcept {
    return context.stack.instance->memories[memory]->pages();
}

/// Charges for the bytes or elements that are added, then grows by `grow`, which returns the size before or -1. What type and
/// limits forbid adds nothing; where there is no memory, the charge is given back. So each costs the same in every memory mode.
template <class Grow>
[[nodiscard]] trap_kind grow_charged(execution_context& context, std::uint64_t added_bytes, std::int64_t& before,
                                     const Grow& grow) noexcept {
    if (!charge(context, cost_of(added_bytes))) {
        return context.stack.exit.kind;
    }
    before = grow();
    if (before < 0) {
        give_back(*context.store, cost_of(added_bytes));
    }
    return trap_kind::none;
}

/// \param before becomes the size before, in pages, or -1. The context's cache of memory 0 is up to date afterwards.
inline trap_kind memory_grow(execution_context& context, std::uint32_t memory, std::uint64_t delta,
                             std::int64_t& before) noexcept {
    memory_cell& target = cell_of(*context.stack.instance->memories[memory]);
    const std::uint64_t added = may_grow(target, delta) ? delta << target.page_size_log2 : 0;
    return grow_charged(context, added, before, [&] { return grow_memory(target, delta); });
}

inline trap_kind memory_fill(execution_context& context, std::uint32_t memory, std::uint64_t to, std::uint64_t value,
                             std::uint64_t count) noexcept {
    const memory::linear_memory& target = *context.stack.instance->memories[memory];
    if (!is_in_range(to, count, target.size())) {
        return trap_kind::memory_out_of_bounds;
    }
    return move_in_pieces(context, count, 1, [&](std::uint64_t done, std::uint64_t piece) {
        std::memset(target.base + to + done, static_cast<int>(value & 0xffU), core::cast<std::size_t>(piece));
        return trap_kind::none;
    });
}

inline trap_kind memory_copy(execution_context& context, std::uint32_t to_memory, std::uint32_t from_memory,
                             std::uint64_t to, std::uint64_t from, std::uint64_t count) noexcept {
    const memory::linear_memory& target = *context.stack.instance->memories[to_memory];
    const memory::linear_memory& source = *context.stack.instance->memories[from_memory];
    if (!is_in_range(from, count, source.size()) || !is_in_range(to, count, target.size())) {
        return trap_kind::memory_out_of_bounds;
    }
    // Overlapping ranges: the end that would be overwritten goes first.
    std::byte* const to_begin = target.base + to;
    const std::byte* const from_begin = source.base + from;
    const bool backwards = &target == &source && to > from;
    return move_in_pieces(context, count, 1, [&](std::uint64_t done, std::uint64_t piece) {
        const std::uint64_t at = backwards ? count - done - piece : done;
        std::memmove(to_begin + at, from_begin + at, core::cast<std::size_t>(piece));
        return trap_kind::none;
    });
}

[[nodiscard]] inline bool is_dropped(const std::uint64_t* dropped, std::uint32_t index) noexcept {
    return (dropped[index / 64] >> index % 64 & 1U) != 0;
}
inline void drop(std::uint64_t* dropped, std::uint32_t index) noexcept {
    dropped[index / 64] |= std::uint64_t{1} << index % 64;
}

[[nodiscard, gnu::cold]] inline bool fits_memory_init(const instance_data& instance, std::uint32_t data,
                                                      std::uint32_t memory, std::uint64_t to, std::uint64_t from,
                                                      std::uint64_t count) noexcept {
    const std::uint64_t size =
        is_dropped(instance.dropped_data, data) ? 0 : instance.code->module->info.data[data].bytes.size;
    return is_in_range(from, count, size) && is_in_range(to, count, instance.memories[memory]->size());
}

[[gnu::cold]] inline trap_kind init_memory(instance_data& instance, std::uint32_t data, std::uint32_t memory,
                                           std::uint64_t to, std::uint64_t from, std::uint64_t count) noexcept {
    const memory::linear_memory& target = *instance.memories[memory];
    const module_data& module = *instance.code->module;
    const wasm::byte_range bytes = module.info.data[data].bytes;
    if (!fits_memory_init(instance, data, memory, to, from, count)) {
        return trap_kind::memory_out_of_bounds;
    }
    if (count != 0) {
        std::memcpy(target.base + to, module.bytes.data() + bytes.offset + from, core::cast<std::size_t>(count));
    }
    return trap_kind::none;
}

inline trap_kind memory_init(execution_context& context, std::uint32_t data, std::uint32_t memory, std::uint64_t to,
                             std::uint64_t from, std::uint64_t count) noexcept {
    instance_data& instance = *context.stack.instance;
    if (!fits_memory_init(instance, data, memory, to, from, count)) {
        return trap_kind::memory_out_of_bounds;
    }
    return move_in_pieces(context, count, 1, [&](std::uint64_t done, std::uint64_t piece) {
        return init_memory(instance, data, memory, to + done, from + done, piece);
    });
}

inline void data_drop(execution_context& context, std::uint32_t data) noexcept {
    drop(context.stack.instance->dropped_data, data);
}

// Tables.

inline trap_kind table_get(execution_context& context, std::uint32_t table, std::uint64_t index, slot& element) {
    table_cell& source = cell_of(*context.stack.instance->tables[table]);
    const trap_kind trap = get_element(source, index, element);
    if (trap == trap_kind::none) {
        spread_word(*context.store, element);
    }
    return trap;
}

inline trap_kind table_set(execution_context& context, std::uint32_t table, std::uint64_t index,
                           slot element) noexcept {
    return set_elements(cell_of(*context.stack.instance->tables[table]), index, element, 1);
}

inline std::uint64_t table_size(execution_context& context, std::uint32_t table) noexcept {
    return context.stack.instance->tables[table]->size;
}

/// \param before becomes the size before, or -1.
inline trap_kind table_grow(execution_context& context, std::uint32_t table, slot initial, std::uint64_t delta,
                            std::int64_t& before) noexcept {
    table_cell& target = cell_of(*context.stack.instance->tables[table]);
    const std::uint64_t added = may_grow(target, delta) ? delta * sizeof(slot) : 0;
    return grow_charged(context, added, before, [&] { return grow_table(target, initial, delta); });
}

[[gnu::cold]] inline trap_kind table_fill(execution_context& context, std::uint32_t table, std::uint64_t to,
                                          slot element, std::uint64_t count) noexcept {
    table_cell& target = cell_of(*context.stack.instance->tables[table]);
    if (!is_in_range(to, count, target.size)) {
        return trap_kind::table_out_of_bounds;
    }
    return move_in_pieces(context, count, sizeof(slot), [&](std::uint64_t done, std::uint64_t piece) {
        return set_elements(target, to + done, element, piece);
    });
}

[[gnu::cold]] inline trap_kind table_copy(execution_context& context, std::uint32_t to_table, std::uint32_t from_table,
                                          std::uint64_t to, std::uint64_t from, std::uint64_t count) noexcept {
    table_cell& target = cell_of(*context.stack.instance->tables[to_table]);
    table_cell& source = cell_of(*context.stack.instance->tables[from_table]);
    if (!is_in_range(from, count, source.size) || !is_in_range(to, count, target.size)) {
        return trap_kind::table_out_of_bounds;
    }
    const bool backwards = &target == &source && to > from;
    return move_in_pieces(context, count, sizeof(slot), [&](std::uint64_t done, std::uint64_t piece) {
        const std::uint64_t at = backwards ? count - done - piece : done;
        return copy_elements(target, source, to + at, from + at, piece);
    });
}

[[nodiscard, gnu::cold]] inline bool fits_table_init(const instance_cell& instance, std::uint32_t element,
                                                     std::uint32_t table, std::uint64_t to, std::uint64_t from,
                                                     std::uint64_t count) noexcept {
    const std::uint64_t size =
        is_dropped(instance.dropped_elements, element) ? 0 : instance.module->info.elements[element].size();
    return is_in_range(from, count, size) && is_in_range(to, count, instance.tables[table]->size);
}

[[gnu::cold]] inline trap_kind init_table(instance_cell& instance, std::uint32_t element, std::uint32_t table,
                                          std::uint64_t to, std::uint64_t from, std::uint64_t count) noexcept {
    table_cell& target = cell_of(*instance.tables[table]);
    if (!fits_table_init(instance, element, table, to, from, count)) {
        return trap_kind::table_out_of_bounds;
    }
    if (count != 0 && !make_elements(target)) {
        return trap_kind::out_of_memory;
    }
    const bool is_own = target.instance == &instance;
    for (std::uint64_t i = 0; i < count; ++i) {
        slot reference = 0;
        if (!segment_item(instance, element, core::cast<std::size_t>(from + i), reference)) {
            return trap_kind::out_of_memory;
        }
        if (!is_own) {
            spread_word(*instance.store, reference);
        }
        target.elements[to + i] = stored_element(target, reference);
    }
    return trap_kind::none;
}

inline trap_kind table_init(execution_context& context, std::uint32_t element, std::uint32_t table, std::uint64_t to,
                            std::uint64_t from, std::uint64_t count) noexcept {
    instance_cell& instance = cell_of(*context.stack.instance);
    if (!fits_table_init(instance, element, table, to, from, count)) {
        return trap_kind::table_out_of_bounds;
    }
    return move_in_pieces(context, count, sizeof(slot), [&](std::uint64_t done, std::uint64_t piece) {
        return init_table(instance, element, table, to + done, from + done, piece);
    });
}

inline void elem_drop(execution_context& context, std::uint32_t element) noexcept {
    drop(context.stack.instance->dropped_elements, element);
}

// References.

/// ref.func: from now on the reference may be anywhere.
inline trap_kind ref_func(execution_context& context, std::uint32_t function, slot& reference) {
    function_object* const object = function_object_of(*context.stack.instance, function);
    if (object == nullptr) {
        return trap_kind::out_of_memory;
    }
    spread(*context.store, *object);
    reference = word_of(object);
    return trap_kind::none;
}

/// The function that call_indirect finds where its own look at the table did not: an element that nobody has asked for before,
/// or a function of a subtype. \returns null where the call traps, see context.stack.exit.kind.
[[nodiscard, gnu::cold, gnu::noinline]] inline function_object*
indirect_callee(execution_context& context, std::uint32_t table, std::uint64_t index, std::uint32_t type) noexcept {
    slot reference = 0;
    const trap_kind failed = get_element(cell_of(*context.stack.instance->tables[table]), index, reference);
    if (failed != trap_kind::none) {
        context.stack.exit.kind = failed == trap_kind::table_out_of_bounds ? trap_kind::undefined_element : failed;
        return nullptr;
    }
    function_object* const callee = function_of(reference);
    if (callee == nullptr) {
        context.stack.exit.kind = trap_kind::uninitialized_element;
        return nullptr;
    }
    if (callee->type != type && !context.store->engine->types.is_subtype(callee->type, type)) {
        context.stack.exit.kind = trap_kind::indirect_call_mismatch;
        return nullptr;
    }
    return callee;
}

} // namespace riser::inline v0_1::core::runtime

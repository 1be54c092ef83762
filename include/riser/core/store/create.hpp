#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/memory/address_space.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/core/store/table_elements.hpp"
#include "riser/limits.hpp"

#include <cstdint>

// Memories and tables are made, for instances and for the host. Null where limits or memory do not suffice; else with one
// reference.

namespace riser::inline v0_1::core::runtime {

[[nodiscard, gnu::cold]] inline memory_cell* make_memory(store_data& store, const wasm::memory_type& type,
                                                         bool is_memory_0) {
    memory::memory_request request = memory::request_memory(type.limits.min, type.limits.max, type.is_64,
                                                            type.is_shared, type.page_size_log2, is_memory_0);
    request.protection = store.limits.protection.value_or(store.engine->options.protection);
    const std::uint64_t most_pages = store.limits.bytes_per_memory >> request.page_size_log2;
    request.max_bytes = lesser(request.max_bytes, most_pages << request.page_size_log2);
    if (request.min_bytes > request.max_bytes ||
        !fits_limit(store.memory_bytes, request.min_bytes, store.limits.memory_bytes)) {
        return nullptr;
    }
    auto* const cell = make_cell<memory_cell>(store);
    if (cell == nullptr || !store.engine->ops->make_memory(store.engine->space, request, *cell)) {
        if (cell != nullptr) {
            free_cell(*cell);
        }
        return nullptr;
    }
    cell->type = type;
    store.memory_bytes += cell->bytes;
    add_to_store(*cell);
    return cell;
}

/// `type` with the engine's type numbers; every element is `initial`. Its elements take memory at the first access.
[[nodiscard, gnu::cold]] inline table_cell* make_table(store_data& store, const wasm::table_type& type, slot initial) {
    std::uint64_t max_size = lesser(type.limits.max.value_or(UINT64_MAX), store.limits.elements_per_table);
    if (!type.is_64) {
        max_size = lesser(max_size, limits::table32_elements);
    }
    if (type.limits.min > max_size || !fits_limit(store.table_elements, type.limits.min, store.limits.table_elements)) {
        return nullptr;
    }
    auto* const cell = make_cell<table_cell>(store);
    if (cell == nullptr) {
        return nullptr;
    }
    cell->type = type;
    cell->max_size = max_size;
    static_cast<void>(store.engine->types.try_hold(type.element, cell->type_held)); // the caller has it
    cell->holds_functions = store.engine->types.is_function_reference(type.element);
    cell->initial = stored_element(*cell, initial);
    cell->size = type.limits.min;
    store.table_elements += cell->size;
    add_to_store(*cell);
    return cell;
}

} // namespace riser::inline v0_1::core::runtime

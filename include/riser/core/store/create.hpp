#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/memory/address_space.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/core/store/table_elements.hpp"
#include "riser/error.hpp"
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
    request.lacks_addresses = &store.lacks_addresses;
    store.lacks_addresses = false;
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

/// Why no memory was made, or none could grow to `bytes`. `lacks_addresses`: why the policy did not, where it was asked.
[[nodiscard, gnu::cold, gnu::noinline]] inline resource_error::reason
why_no_memory(const store_data& store, std::uint64_t bytes, std::uint64_t added, std::uint64_t most_bytes,
              bool lacks_addresses) noexcept {
    if (bytes > store.limits.bytes_per_memory || !fits_limit(store.memory_bytes, added, store.limits.memory_bytes)) {
        return resource_error::reason::store_limit;
    }
    if (bytes > most_bytes) {
        return resource_error::reason::type_limit;
    }
    return lacks_addresses ? resource_error::reason::mappings : resource_error::reason::memory;
}
[[nodiscard, gnu::cold]] inline resource_error::reason why_no_memory(const store_data& store,
                                                                     const wasm::memory_type& type) noexcept {
    const memory::memory_request request =
        memory::request_memory(type.limits.min, type.limits.max, type.is_64, type.is_shared, type.page_size_log2, true);
    return why_no_memory(store, request.min_bytes, request.min_bytes, request.max_bytes, store.lacks_addresses);
}

/// Why no table was made, or none could grow to `elements`.
[[nodiscard, gnu::cold, gnu::noinline]] inline resource_error::reason
why_no_table(const store_data& store, std::uint64_t elements, std::uint64_t added, std::uint64_t most) noexcept {
    if (elements > store.limits.elements_per_table ||
        !fits_limit(store.table_elements, added, store.limits.table_elements)) {
        return resource_error::reason::store_limit;
    }
    return elements > most ? resource_error::reason::type_limit : resource_error::reason::memory;
}
[[nodiscard, gnu::cold]] inline resource_error::reason why_no_table(const store_data& store,
                                                                    const wasm::table_type& type) noexcept {
    return why_no_table(store, type.limits.min, type.limits.min, type.is_64 ? UINT64_MAX : limits::table32_elements);
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

#pragma once

#include "riser/core/base/range.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_object.hpp"

#include <cstdint>
#include <cstring>

// Tables grow: within their types, the store's limits, and what the allocator has.

namespace riser::inline v0::core::runtime {

/// Makes room for `capacity` elements. \returns false where there is no memory.
[[nodiscard]] inline bool reserve_elements(table_cell& table, std::uint64_t capacity) noexcept {
    constexpr std::uint64_t most = static_cast<std::uint64_t>(PTRDIFF_MAX) / sizeof(slot);
    if (capacity > most) {
        return false;
    }
    auto* const elements = static_cast<slot*>(allocate(*table.home, static_cast<std::size_t>(capacity) * sizeof(slot)));
    if (elements == nullptr) {
        return false;
    }
    if (table.elements != nullptr) {
        std::memcpy(elements, table.elements, static_cast<std::size_t>(table.size) * sizeof(slot));
        deallocate(*table.home, table.elements, static_cast<std::size_t>(table.capacity) * sizeof(slot));
    }
    table.elements = elements;
    table.capacity = capacity;
    return true;
}

/// \returns the size before; -1 where it cannot grow, and nothing has changed.
inline std::int64_t grow_table(table_cell& table, slot initial, std::uint64_t count) noexcept {
    store_data& store = *table.home;
    const std::uint64_t old_size = table.size;
    if (count > table.max_size - old_size || !fits_limit(store.table_elements, count, store.limits.table_elements)) {
        return -1;
    }
    if (old_size + count > table.capacity) {
        // Growing one by one stays linear, where there is room for it.
        const std::uint64_t roomy = table.capacity + table.capacity / 2;
        const std::uint64_t needed = old_size + count;
        if ((roomy <= needed || roomy > table.max_size || !reserve_elements(table, roomy)) &&
            !reserve_elements(table, needed)) {
            return -1;
        }
    }
    table.size = old_size + count;
    for (std::uint64_t i = old_size; i < table.size; ++i) {
        table.elements[i] = initial;
    }
    store.table_elements += count;
    return static_cast<std::int64_t>(old_size);
}

} // namespace riser::inline v0::core::runtime

#pragma once

#include "riser/config.hpp"
#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/range.hpp"
#include "riser/core/code/trap_kind.hpp"
#include "riser/core/store/reference_words.hpp"
#include "riser/core/store/segment_items.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_object.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

// Tables and their elements. The array of a table is made at the first access, in one piece. In tables of functions 0 then
// stands for an element that nobody has asked for: its value follows from the image and the initial value of the table.

namespace riser::inline v0_1::core::runtime {

/// A reference as tables store it, and back. Another shared object may have stored its own null_function.
[[nodiscard]] inline slot stored_element(const table_cell& table, slot reference) noexcept {
    return reference == 0 && table.holds_functions ? word_of(&null_function) : reference;
}
[[nodiscard]] inline slot loaded_element(slot stored) noexcept {
    return stored != 0 && target_of(stored).kind == reference_kind::null_function ? 0 : stored;
}

/// Makes the array, with room for `capacity` elements, at least as many as the table has. \returns false where there is no memory.
[[nodiscard, gnu::cold, gnu::noinline]] inline bool reserve_elements(table_cell& table,
                                                                     std::uint64_t capacity) noexcept {
    constexpr std::uint64_t most = static_cast<std::uint64_t>(PTRDIFF_MAX) / sizeof(slot);
    if (capacity > most) {
        return false;
    }
    auto* const elements = static_cast<slot*>(allocate(*table.home, core::cast<std::size_t>(capacity) * sizeof(slot)));
    if (elements == nullptr) {
        return false;
    }
    if (table.elements != nullptr) {
        std::memcpy(elements, table.elements, core::cast<std::size_t>(table.made) * sizeof(slot));
        deallocate(*table.home, table.elements, core::cast<std::size_t>(table.capacity) * sizeof(slot));
    }
    if (!table.holds_functions && table.initial != 0) {
        for (std::uint64_t i = table.made; i < table.size; ++i) {
            elements[i] = table.initial;
        }
    }
    table.elements = elements;
    table.made = table.size;
    table.capacity = capacity;
    return true;
}

[[nodiscard]] inline bool make_elements(table_cell& table) noexcept {
    return table.made == table.size || reserve_elements(table, table.size);
}

/// The element that nobody has asked for before. \returns false where there is no memory.
[[nodiscard, gnu::cold, gnu::noinline]] inline bool fill_in_element(table_cell& table, std::uint64_t index) noexcept {
    slot reference = table.initial;
    if (table.image != nullptr) {
        const vector<table_run>& runs = table.image->runs;
        const std::size_t behind = partition_point(runs.size(), [&](std::size_t i) { return runs[i].begin <= index; });
        if (behind != 0 && index - runs[behind - 1].begin < runs[behind - 1].count) {
            const table_run& run = runs[behind - 1];
            if (!segment_item(*table.instance, run.segment, core::cast<std::size_t>(index - run.begin), reference)) {
                return false;
            }
        }
    }
    table.elements[index] = stored_element(table, reference);
    return true;
}

/// Makes `count` elements from `from` on, which lie within the table. \returns false where there is no memory.
[[nodiscard]] inline bool ask_for_elements(table_cell& table, std::uint64_t from, std::uint64_t count) noexcept {
    if (!make_elements(table)) {
        return false;
    }
    if (table.holds_functions) {
        for (std::uint64_t i = from; i < from + count; ++i) {
            if (table.elements[i] == 0 && !fill_in_element(table, i)) {
                return false;
            }
        }
    }
    return true;
}

// Accesses. References are 0 where they are null.

[[nodiscard]] inline trap_kind get_element(table_cell& table, std::uint64_t index, slot& reference) noexcept {
    if (index >= table.size) {
        return trap_kind::table_out_of_bounds;
    }
    if (!ask_for_elements(table, index, 1)) {
        return trap_kind::out_of_memory;
    }
    reference = loaded_element(table.elements[index]);
    return trap_kind::none;
}

[[nodiscard]] inline trap_kind set_elements(table_cell& table, std::uint64_t to, slot reference,
                                            std::uint64_t count) noexcept {
    if (!is_in_range(to, count, table.size)) {
        return trap_kind::table_out_of_bounds;
    }
    if (count != 0 && !make_elements(table)) {
        return trap_kind::out_of_memory;
    }
    const slot element = stored_element(table, reference);
    for (std::uint64_t i = to; i < to + count; ++i) {
        table.elements[i] = element;
    }
    return trap_kind::none;
}

[[nodiscard, gnu::cold]] inline trap_kind copy_elements(table_cell& target, table_cell& source, std::uint64_t to,
                                                        std::uint64_t from, std::uint64_t count) noexcept {
    if (!is_in_range(from, count, source.size) || !is_in_range(to, count, target.size)) {
        return trap_kind::table_out_of_bounds;
    }
    if (count == 0) {
        return trap_kind::none;
    }
    if (!ask_for_elements(source, from, count) || !make_elements(target)) {
        return trap_kind::out_of_memory;
    }
    if (target.instance != source.instance) {
        for (std::uint64_t i = from; i < from + count; ++i) {
            spread_word(*source.home, loaded_element(source.elements[i]));
        }
    }
    std::memmove(target.elements + to, source.elements + from, core::cast<std::size_t>(count) * sizeof(slot));
    return trap_kind::none;
}

/// Whether the table's type and the store's limits allow so many elements more.
[[nodiscard]] inline bool may_grow(const table_cell& table, std::uint64_t count) noexcept {
    const store_data& store = *table.home;
    return count <= table.max_size - table.size && fits_limit(store.table_elements, count, store.limits.table_elements);
}

/// \returns the size before; -1 where it cannot grow, and nothing has changed.
inline std::int64_t grow_table(table_cell& table, slot initial, std::uint64_t count) noexcept {
    store_data& store = *table.home;
    const std::uint64_t old_size = table.size;
    if (!may_grow(table, count)) {
        return -1;
    }
    const std::uint64_t needed = old_size + count;
    if (needed > table.capacity) {
        // Growing one by one stays linear, where there is room for it.
        const std::uint64_t roomy = table.capacity + table.capacity / 2;
        if ((roomy <= needed || roomy > table.max_size || !reserve_elements(table, roomy)) &&
            !reserve_elements(table, needed)) {
            return -1;
        }
    }
    const slot element = stored_element(table, initial);
    for (std::uint64_t i = old_size; i < needed; ++i) {
        table.elements[i] = element;
    }
    table.size = table.made = needed;
    store.table_elements += count;
    store.uncollected += store_data::weight_of_bytes(count * sizeof(slot));
    return static_cast<std::int64_t>(old_size);
}

} // namespace riser::inline v0_1::core::runtime

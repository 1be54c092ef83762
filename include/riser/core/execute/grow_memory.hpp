#pragma once

#include "riser/core/base/range.hpp"
#include "riser/core/execute/store_state.hpp"

#include <cstdint>

namespace riser::inline v0_1::core::runtime {

/// Whether the memory's type and the store's limits allow so many pages more.
[[nodiscard]] inline bool may_grow(const memory_cell& memory, std::uint64_t pages) noexcept {
    const store_data& store = *memory.home;
    return pages <= (memory.max_bytes - memory.size()) >> memory.page_size_log2 &&
           fits_limit(store.memory_bytes, pages << memory.page_size_log2, store.limits.memory_bytes);
}

/// Grows within the memory's type, the store's limits, and what the policy has. The context's copy of memory 0 is up to date
/// afterwards.
/// \returns the size before, in pages; -1 where it cannot grow, and nothing has changed.
[[gnu::no_profile_instrument_function]] inline std::int64_t grow_memory(memory_cell& memory,
                                                                        std::uint64_t pages) noexcept {
    store_data& store = *memory.home;
    const std::uint64_t old_pages = memory.pages();
    const std::uint64_t added = pages << memory.page_size_log2;
    if (!may_grow(memory, pages)) {
        return -1;
    }
    if (added != 0) {
        if (!store.engine->ops->grow_memory(store.engine->space, memory, memory.size() + added)) {
            return -1;
        }
        store.memory_bytes += added;
        store.uncollected += store_data::weight_of_bytes(added);
        refresh_memory(context_of(store));
    }
    return static_cast<std::int64_t>(old_pages);
}

} // namespace riser::inline v0_1::core::runtime

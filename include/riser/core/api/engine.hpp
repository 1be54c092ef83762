#pragma once

#include "riser/core/api/interrupt_waker.hpp"
#include "riser/core/api/references.hpp"
#include "riser/core/module/engine_parts.hpp"
#include "riser/core/module/tiering_ops.hpp"
#include "riser/engine.hpp"

#include <atomic>

namespace riser::inline v0_1 {

[[gnu::cold]] RISER_INLINE engine_base::engine_base(const core::runtime::engine_ops& operations,
                                                    const engine_options& options)
    : state_(core::runtime::shared_ref<core::runtime::engine_state>::adopt(
          new core::runtime::engine_parts(operations, options))) {}

[[gnu::cold]] RISER_INLINE engine_statistics engine_base::statistics() const noexcept {
    const core::memory::memory_statistics figures = state_->space.statistics();
    engine_statistics result;
    result.checked_memories = figures.checked_memories;
    result.signaling_memories = figures.signaling_memories;
    result.fallbacks = figures.fallbacks;
    result.reserved_bytes = figures.reserved_bytes;
    result.reserved_mappings = figures.reserved_mappings;
    result.page_table_bytes = figures.table_pages * 4096; // of x86-64, where guarded memories are
    result.idle_reservations = figures.idle_reservations;
    return result;
}

[[gnu::cold]] RISER_INLINE riser::native_statistics engine_base::native_statistics() const {
    riser::native_statistics figures;
    if (state_->ops->tiering != nullptr) {
        state_->ops->tiering->report_engine(*state_, figures);
    }
    return figures;
}

RISER_INLINE void engine_base::interrupt_all() const noexcept {
    state_->interrupts.fetch_add(1, std::memory_order_seq_cst);
    core::runtime::wake_waiting();
}

} // namespace riser::inline v0_1

#pragma once

#include "riser/core/execute/context.hpp"
#include "riser/core/execute/fuel.hpp"
#include "riser/core/store/store_data.hpp"

#include <atomic>

namespace riser::inline v0::core::runtime {

/// An interrupt stops one call: whoever sees it takes it.
[[nodiscard]] inline bool take_interrupt(execution_context& context) noexcept {
    return context.interrupt->load(std::memory_order_relaxed) != 0 &&
           context.interrupt->exchange(0, std::memory_order_acquire) != 0;
}

/// The budget has ended: accounts fuel, looks for an interrupt, and hands out the next slice. What the region that is about
/// to run costs has been charged already. \returns false where the call has to end; context.stack.exit.kind then says why.
[[nodiscard]] inline bool poll(execution_context& context) noexcept {
    store_data& store = *context.store;
    if (!settle_fuel(store)) {
        context.stack.exit.kind = trap_kind::out_of_fuel;
        return false;
    }
    if (take_interrupt(context)) {
        context.stack.exit.kind = trap_kind::interrupted;
        return false;
    }
    refill_budget(store);
    return true;
}

} // namespace riser::inline v0::core::runtime

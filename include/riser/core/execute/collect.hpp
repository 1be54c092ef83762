#pragma once

#include "riser/config.hpp"
#include "riser/core/execute/context.hpp"
#include "riser/core/execute/invoke.hpp"
#include "riser/core/execute/store_state.hpp"
#include "riser/core/store/collector.hpp"

namespace riser::inline v0_1::core::runtime {

/// Marks what the calls of the store that have not returned may still use.
[[gnu::cold]] inline void mark_calls(execution_context& context, collector& garbage) noexcept {
    garbage.mark_running(context.stack.instance);
    for (const activation* each = context.innermost; each != nullptr; each = each->outer()) {
        garbage.mark_running(each->instance());
    }
    garbage.list_unmarked();
    for (const slot word : context.stack.values.live_slots()) {
        garbage.mark_possible(word);
    }
    for (const link& each : context.stack.values.links()) {
        // An instance that goes on when a callee of another one returns.
        garbage.mark_possible(core::cast<slot>(reinterpret_cast<std::uintptr_t>(each.frame)));
    }
}

/// Frees what of the store nobody can reach any more. \returns whether there was anything.
[[gnu::cold, gnu::noinline]] inline bool collect(store_data& store) noexcept {
    if (store.freeing || (store.closed && store.activations == 0)) {
        return false; // it is being done; or nothing runs any more, and everything goes together
    }
    collector garbage(store);
    garbage.mark_from_host();
    if (store.activations != 0) {
        mark_calls(context_of(store), garbage);
    }
    return garbage.sweep();
}

} // namespace riser::inline v0_1::core::runtime

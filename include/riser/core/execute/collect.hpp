#pragma once

#include "riser/core/execute/context.hpp"
#include "riser/core/execute/invoke.hpp"
#include "riser/core/execute/store_state.hpp"
#include "riser/core/store/collector.hpp"

namespace riser::inline v0::core::runtime {

/// Marks what the calls of the store that have not returned may still use.
[[gnu::cold]] inline void mark_calls(execution_context& context, collector& garbage) noexcept {
    garbage.mark_running(context.instance);
    for (const activation* each = context.innermost; each != nullptr; each = each->outer()) {
        garbage.mark_running(each->caller());
    }
    garbage.list_unmarked();
    for (const slot* at = context.stack_begin; at != context.free_slots; ++at) {
        garbage.mark_possible(*at);
    }
    for (const link* at = context.links; at != reinterpret_cast<const link*>(context.stack_end); ++at) {
        // An instance that goes on when a callee of another one returns.
        garbage.mark_possible(static_cast<slot>(reinterpret_cast<std::uintptr_t>(at->frame)));
    }
}

/// Frees what of the store nobody can reach any more. \returns whether there was anything.
[[gnu::cold, gnu::noinline]] inline bool collect(store_data& store) noexcept {
    if (store.freeing || store.closed) {
        return false; // it is being done; or nothing runs any more, and everything goes together
    }
    collector garbage(store);
    garbage.mark_from_host();
    if (store.activations != 0) {
        mark_calls(context_of(store), garbage);
    }
    return garbage.sweep();
}

} // namespace riser::inline v0::core::runtime

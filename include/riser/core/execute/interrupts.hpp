#pragma once

#include "riser/core/execute/context.hpp"
#include "riser/core/execute/fuel.hpp"
#include "riser/core/store/store_data.hpp"

#include <atomic>
#include <cstdint>

// What stops a call from outside: interrupts, of the store or of all the engine's, and the store's deadline. Nobody watches a deadline:
// code that runs looks at the clock whenever it looks for interrupts.

namespace riser::inline v0_1::core::runtime {

[[nodiscard]] inline bool has_interrupt(const execution_context& context) noexcept {
    return context.interrupt->load(std::memory_order_relaxed) != 0 ||
           context.store->engine->interrupts.load(std::memory_order_relaxed) != context.store->seen_interrupts;
}

inline void forget_interrupts(store_data& store) noexcept {
    store.flag->raised.exchange(0, std::memory_order_acquire);
    store.seen_interrupts = store.engine->interrupts.load(std::memory_order_acquire);
}

[[nodiscard]] inline bool has_deadline(const store_data& store) noexcept {
    return store.deadline != store_data::no_deadline;
}

/// How long guests may still run, in nanoseconds.
[[nodiscard]] inline std::uint64_t time_left(const store_data& store) noexcept {
    if (!has_deadline(store)) {
        return UINT64_MAX;
    }
    const std::uint64_t now = store.engine->now();
    return now < store.deadline ? store.deadline - now : 0;
}

[[nodiscard]] inline bool is_deadline_over(const store_data& store) noexcept { return time_left(store) == 0; }

/// Has what runs next look for all of these first. Fuel that the slice has used stays used.
inline void poll_soon(store_data& store) noexcept { static_cast<void>(settle_fuel(store)); }

/// Behind a call of the host, which charges nothing, and may have taken long: has what runs next look, if there is something to be found. A deadline
/// is found once it is over by a tick of the system's clock.
inline void look_behind_host(const execution_context& context) noexcept {
    store_data& store = *context.store;
    if (has_interrupt(context) || (has_deadline(store) && store.engine->recently() >= store.deadline)) [[unlikely]] {
        poll_soon(store);
    }
}

/// Ends calls in so many nanoseconds.
inline void set_time_left(store_data& store, std::uint64_t nanoseconds) noexcept {
    const std::uint64_t now = store.engine->now();
    store.deadline = nanoseconds < store_data::no_deadline - now ? now + nanoseconds : store_data::no_deadline;
    poll_soon(store);
}

} // namespace riser::inline v0_1::core::runtime

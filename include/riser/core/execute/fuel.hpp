#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/execute/store_state.hpp"

#include <cstdint>
#include <optional>

// Fuel: the budget word of the context is a slice of it, which running code takes from without looking up.

namespace riser::inline v0_1::core::runtime {

/// How long a slice may be where there is a deadline: within a millisecond also where most operators touch a new page. A look at the clock
/// takes 1% of it.
inline constexpr std::uint32_t deadline_slice = 4096;

/// What has been charged since the last poll.
[[nodiscard]] inline std::uint64_t used_of_slice(const store_data& store) noexcept {
    return static_cast<std::uint64_t>(store.slice - context_of(store).budget);
}

/// Hands out the next slice. Where tiers want to know what is hot, it begins where the last one ended, `beyond` operators before now: a
/// function polls as often as its share of all operators is then, beside long regions, too. Those are mostly ways that are not gone, as
/// of a loop that interprets something: slices are longer beside them, or each of their turns would poll.
/// \param pace how many times as fast as an interpreter whoever polls runs, about
inline void refill_budget(store_data& store, std::uint64_t beyond, std::uint32_t pace) noexcept {
    const bool has_deadline = store.deadline != store_data::no_deadline;
    std::uint32_t most = has_deadline ? lesser(store.longest_slice, deadline_slice) : store.longest_slice;
    if (store.varies_slices) {
        if (!has_deadline) {
            most *= pace * (beyond > most / 8 ? 16 : 1);
        }
        most += store.next_variation(most / 16);
        most -= static_cast<std::uint32_t>(beyond < most ? beyond : beyond % most);
    }
    store.slice = store.metered && store.fuel < most ? static_cast<std::int64_t>(store.fuel) : most;
    context_of(store).budget = store.slice;
}

/// Takes what the slice has used out of the fuel. \returns false where that was more than there is.
[[nodiscard]] inline bool settle_fuel(store_data& store) noexcept {
    const std::uint64_t used = used_of_slice(store);
    store.slice = context_of(store).budget = 0;
    if (!store.metered) {
        return true;
    }
    const bool enough = used <= store.fuel;
    store.fuel -= enough ? used : store.fuel;
    return enough;
}

/// Takes back what has been charged for something that did not come about, whether a poll has accounted it or not.
inline void give_back(store_data& store, std::uint64_t operators) noexcept {
    execution_context& context = context_of(store);
    context.budget += static_cast<std::int64_t>(operators);
    if (context.budget > store.slice) {
        store.fuel += static_cast<std::uint64_t>(context.budget - store.slice);
        context.budget = store.slice;
    }
}

/// What is left; empty where unlimited.
[[nodiscard]] inline std::optional<std::uint64_t> remaining_fuel(const store_data& store) noexcept {
    if (!store.metered) {
        return std::nullopt;
    }
    const std::uint64_t used = used_of_slice(store);
    return used < store.fuel ? store.fuel - used : 0;
}

inline void set_fuel(store_data& store, std::optional<std::uint64_t> operators) noexcept {
    store.metered = operators.has_value();
    store.fuel = operators.value_or(0);
    store.slice = context_of(store).budget = 0; // the next region that runs polls
}

} // namespace riser::inline v0_1::core::runtime

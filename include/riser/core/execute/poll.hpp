#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/execute/context.hpp"
#include "riser/core/execute/fuel.hpp"
#include "riser/core/execute/interrupts.hpp"
#include "riser/core/store/store_data.hpp"

#include <atomic>
#include <cstdint>

namespace riser::inline v0_1::core::runtime {

/// Whether something wants the running call to end. Reads the clock where there is a deadline.
[[nodiscard]] inline bool is_interrupted(const execution_context& context) noexcept {
    return has_interrupt(context) || is_deadline_over(*context.store);
}

/// An interrupt stops one call: whoever sees it takes it. A deadline stops all. \returns none where the call may go on.
[[nodiscard]] inline trap_kind take_interrupt(execution_context& context) noexcept {
    if (has_interrupt(context)) {
        forget_interrupts(*context.store);
        return trap_kind::interrupted;
    }
    return is_deadline_over(*context.store) ? trap_kind::deadline_passed : trap_kind::none;
}

/// The budget has ended: accounts fuel, looks for an interrupt, and hands out the next slice. What the region that is about
/// to run costs has been charged already. \returns false where the call has to end; context.stack.exit.kind then says why.
/// \param pace see refill_budget()
[[nodiscard]] inline bool poll(execution_context& context, std::uint32_t pace = 1) noexcept {
    store_data& store = *context.store;
    const std::int64_t left = context.budget;
    if (!settle_fuel(store)) {
        context.stack.exit.kind = trap_kind::out_of_fuel;
        return false;
    }
    if (const trap_kind ending = take_interrupt(context); ending != trap_kind::none) {
        context.stack.exit.kind = ending;
        return false;
    }
    refill_budget(store, left < 0 ? static_cast<std::uint64_t>(-left) : 0, pace);
    return true;
}

/// Charges for what costs more than the operator that does it. \returns false where the call has to end; context.stack.exit.kind then says
/// why.
[[nodiscard]] inline bool charge(execution_context& context, std::uint64_t operators) noexcept {
    constexpr std::uint64_t most = std::uint64_t{1} << 62U; // nothing here overflows then
    context.budget -= static_cast<std::int64_t>(lesser(operators, most));
    return context.budget >= 0 || poll(context);
}

} // namespace riser::inline v0_1::core::runtime

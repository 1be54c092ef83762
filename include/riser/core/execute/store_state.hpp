#pragma once

#include "riser/core/execute/context.hpp"
#include "riser/core/store/store_data.hpp"

namespace riser::inline v0_1::core::runtime {

/// A store whole: every store_data is one. Apart, so that what lives in a store knows nothing of how code runs in it.
struct store_state final : store_data {
    [[gnu::cold]] store_state(const shared_ref<engine_state>& engine_, const store_limits& limits_,
                              const store_services& services_, const shared_ref<interrupt_flag>& flag_)
        : store_data(engine_, limits_, services_, flag_) {
        context.store = this;
        context.interrupt = &flag->raised;
    }

    execution_context context;
};

[[nodiscard]] inline execution_context& context_of(store_data& store) noexcept {
    return static_cast<store_state&>(store).context;
}
[[nodiscard]] inline const execution_context& context_of(const store_data& store) noexcept {
    return static_cast<const store_state&>(store).context;
}

} // namespace riser::inline v0_1::core::runtime

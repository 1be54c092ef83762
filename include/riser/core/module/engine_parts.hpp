#pragma once

#include "riser/core/memory/address_space.hpp"
#include "riser/core/module/engine_state.hpp"
#include "riser/core/module/type_registrar.hpp"
#include "riser/engine_options.hpp"

#include <chrono>
#include <cstdint>

namespace riser::inline v0_1::core::runtime {

[[nodiscard, gnu::cold]] inline std::uint64_t read_steady_clock() noexcept {
    const std::chrono::nanoseconds now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(now.count());
}

/// An engine whole.
struct engine_parts final : engine_state {
    [[gnu::cold]] engine_parts(const engine_ops& ops_, const engine_options& options_)
        : engine_state(ops_, options_, registrar, reservations), registrar(options.allocator),
          reservations(options_.allocator, {options_.reserved_bytes, options_.reserved_mappings}) {
        now = &read_steady_clock;
        destroy = [](const engine_state* self) noexcept { delete static_cast<const engine_parts*>(self); };
    }

    type_registrar registrar;
    memory::address_space reservations;
};

[[nodiscard]] inline type_registrar& registrar_of(engine_state& engine) noexcept {
    return static_cast<engine_parts&>(engine).registrar;
}

} // namespace riser::inline v0_1::core::runtime

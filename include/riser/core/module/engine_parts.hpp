#pragma once

#include "riser/config.hpp"
#include "riser/core/memory/address_space.hpp"
#include "riser/core/module/engine_state.hpp"
#include "riser/core/module/tiering_ops.hpp"
#include "riser/core/module/type_registrar.hpp"
#include "riser/engine_options.hpp"

#include <cstdint>
#include <ctime>

#if !defined(CLOCK_MONOTONIC) || defined(_WIN32)
#    include <chrono> // 0.15 s of compiling
#endif

namespace riser::inline v0_1::core::runtime {

#if defined(CLOCK_MONOTONIC) && !defined(_WIN32)
template <::clockid_t Clock>
[[nodiscard, gnu::cold]] inline std::uint64_t read_clock() noexcept {
    ::timespec now{};
    ::clock_gettime(Clock, &now);
    return core::cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + core::cast<std::uint64_t>(now.tv_nsec);
}
inline constexpr auto read_steady_clock = &read_clock<CLOCK_MONOTONIC>;
#else
[[nodiscard, gnu::cold]] inline std::uint64_t read_steady_clock() noexcept {
    const std::chrono::nanoseconds now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(now.count());
}
#endif
#if defined(CLOCK_MONOTONIC_COARSE) && !defined(_WIN32)
inline constexpr auto read_last_tick = &read_clock<CLOCK_MONOTONIC_COARSE>;
#else
inline constexpr auto read_last_tick = read_steady_clock;
#endif

/// An engine whole.
struct engine_parts final : engine_state {
    [[gnu::cold]] engine_parts(const engine_ops& ops_, const engine_options& options_)
        : engine_state(ops_, options_, registrar, reservations), registrar(options.allocator),
          reservations(options_.allocator, {options_.reserved_bytes, options_.reserved_mappings}) {
        now = read_steady_clock;
        recently = read_last_tick;
        destroy = [](const engine_state* self) noexcept { delete static_cast<const engine_parts*>(self); };
    }

    engine_parts(const engine_parts&) = delete;
    engine_parts& operator=(const engine_parts&) = delete;
    ~engine_parts() {
        if (tiers != nullptr) {
            ops->tiering->end_engine(*this);
        }
    }

    type_registrar registrar;
    memory::address_space reservations;
};

[[nodiscard]] inline type_registrar& registrar_of(engine_state& engine) noexcept {
    return static_cast<engine_parts&>(engine).registrar;
}

} // namespace riser::inline v0_1::core::runtime

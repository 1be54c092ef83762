#pragma once

/// Engines with toy backends, and the module that those know.

#include "riser/custom_engine.hpp"
#include "riser/riser.hpp"
#include "support/toy_backend.hpp"
#include "support/wat.hpp"

#include <cstdint>
#include <string>

#if defined(__x86_64__) && defined(__ELF__)

namespace test::toy {

using riser::memory_policy::adaptive;
using one_tier = riser::basic_engine<adaptive, general>;
using specific_tier = riser::basic_engine<adaptive, specific>;
using two_tiers = riser::basic_engine<adaptive, general, specific>;

inline constexpr std::uint64_t never = UINT64_MAX;

[[nodiscard]] inline riser::engine_options rising_at(std::uint64_t tier_up) {
    riser::engine_options options;
    options.tier_up = tier_up;
    return options;
}

[[nodiscard]] inline riser::store_limits kept_by(riser::protection protection) {
    riser::store_limits limits;
    limits.protection = protection;
    return limits;
}

[[nodiscard]] inline riser::module compile(const riser::engine_base& engine) {
    return riser::module::compile(engine, test::wat("(module " + std::string(source) + ")"));
}

/// How many functions the lowest tier has compiled.
[[nodiscard]] inline std::uint64_t compiled_of(const riser::module& module) {
    return module.tiers().empty() ? 0 : module.tiers()[0].functions;
}

/// Sum of the numbers up to `n`.
[[nodiscard]] constexpr std::int32_t sum_to(std::int32_t n) { return n * (n + 1) / 2; }

template <class Engine>
struct tiered {
    explicit tiered(const riser::engine_options& options = {}, const riser::store_limits& limits = {})
        : engine(options), module(compile(engine)), store(engine, limits),
          instance(riser::linker(engine).instantiate(store, module)) {}

    std::int32_t call(const char* name) { return instance.template function<std::int32_t()>(name)(); }
    std::int32_t call(const char* name, std::int32_t argument) {
        return instance.template function<std::int32_t(std::int32_t)>(name)(argument);
    }
    [[nodiscard]] std::uint64_t compiled() const { return compiled_of(module); }

    Engine engine;
    riser::module module;
    riser::store store;
    riser::instance instance;
};

} // namespace test::toy

#endif

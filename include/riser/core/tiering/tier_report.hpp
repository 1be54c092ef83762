#pragma once

// Where there is a backend.
#if defined(__linux__) && defined(__x86_64__) && !defined(__ILP32__)

#    include "riser/core/tiering/compile_function.hpp"
#    include "riser/tier_statistics.hpp"

#    include <atomic>
#    include <cstddef>
#    include <cstdint>
#    include <cstring>
#    include <string>
#    include <vector>

namespace riser::inline v0_1::core::runtime {

namespace detail {

[[nodiscard, gnu::cold]] inline tier_statistics figures_of(const backend_ops& backend, const tier_counts& counts) {
    tier_statistics figures;
    figures.name = backend.name;
    figures.functions = counts.functions.load(std::memory_order_relaxed);
    figures.code_bytes = counts.code_bytes.load(std::memory_order_relaxed);
    figures.nanoseconds = counts.nanoseconds.load(std::memory_order_relaxed);
    figures.refused = counts.refused.load(std::memory_order_relaxed);
    return figures;
}

[[nodiscard]] constexpr const char* text_of(code_memory_failure failure) noexcept {
    switch (failure) {
    case code_memory_failure::none: break;
    case code_memory_failure::full: return "it is full";
    case code_memory_failure::no_memory: return "out of memory";
    case code_memory_failure::refused: return "the system gives none that may be executed";
    case code_memory_failure::forked: return "the code of the process that forked could not be copied";
    }
    return "";
}

[[gnu::cold]] inline void add_warning(std::string& warnings, const std::string& warning, int error) {
    warnings += warnings.empty() ? "" : "; ";
    warnings += warning;
    if (error != 0) {
        warnings += std::string(" (") + std::strerror(error) + ")";
    }
}

} // namespace detail

/// tiering_ops::report_engine.
[[gnu::cold]] inline void report_engine_tiers(const engine_state& engine, native_statistics& figures) {
    if (engine.tiers == nullptr) {
        figures.warning = "no native code: out of memory";
        return;
    }
    const engine_tiers& tiers = *engine.tiers;
    for (std::size_t i = 0; i < tiers.backends.size(); ++i) {
        figures.tiers.push_back(detail::figures_of(tiers.backends[i], tiers.counts[i]));
        if (const char* const unusable = tiers.why_unusable(i)) {
            detail::add_warning(figures.warning, std::string(tiers.backends[i].name) + " compiles nothing: " + unusable,
                                0);
        }
    }
    const code_memory_statistics memory = tiers.memory.statistics();
    figures.way = memory.way == nullptr ? "" : memory.way;
    figures.limit_bytes = memory.limit_bytes;
    figures.taken_bytes = memory.taken_bytes;
    if (memory.last_failure) {
        detail::add_warning(figures.warning,
                            std::string("no memory for native code: ") + detail::text_of(memory.last_failure.failure),
                            memory.last_failure.number);
    }
    const compile_jobs::counts jobs = tiers.jobs.count();
    figures.threads = jobs.threads;
    figures.waiting = jobs.waiting;
    if (jobs.error != 0) {
        detail::add_warning(figures.warning, "no thread to compile on", jobs.error);
    }
}

/// tiering_ops::report_module.
[[gnu::cold]] inline void report_module_tiers(const module_data& module, std::vector<tier_statistics>& figures) {
    const module_tiers* const tiers = existing_tiers(module);
    const std::span<const backend_ops> backends = module.ops->tiering->backends;
    for (std::size_t i = 0; i < backends.size(); ++i) {
        figures.push_back(tiers == nullptr ? tier_statistics{.name = backends[i].name, .refusals = {}}
                                           : detail::figures_of(backends[i], tiers->counts[i]));
    }
    if (tiers != nullptr) {
        tiers->for_refusals([&](const module_tiers::refusal& each) {
            figures[each.backend].refusals.push_back({each.reason, each.functions, each.first});
        });
    }
}

} // namespace riser::inline v0_1::core::runtime

#endif

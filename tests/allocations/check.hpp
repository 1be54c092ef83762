#pragma once

#include "host_memory.hpp"
#include "riser/riser.hpp"
#include "support/failing_allocator.hpp"

#include <cstdio>

namespace test {

[[nodiscard]] inline riser::engine_options with(failing_allocator& source) {
    riser::engine_options options;
    options.allocator = source.interface();
    return options;
}

/// Counts of checks.
inline unsigned passed = 0;
inline unsigned failed = 0;

/// Counts a check.
inline void count(const char* what, const failure_report& report, bool is_needed) {
    const bool is_good = report.is_good() && is_needed;
    is_good ? ++passed : ++failed;
    if (!is_good) {
        std::printf("FAILED: %s: %zu refused, %zu wrong, %zu leaking, %zu mistaken, %s\n", what, report.refused,
                    report.wrong, report.leaking, report.mistaken,
                    report.ended_as_usual ? "ended as usual" : "did not end as usual");
    }
}

/// fail_each_allocation, but of memory that comes from no engine, while it is watched.
template <class Attempt>
[[nodiscard]] failure_report fail_each_host_allocation(const Attempt& attempt) {
    failure_report report;
    for (std::size_t n = 1;; ++n) {
        failing_allocator source;
        host = {false, n, false, 0, 0};
        const attempt_result result = attempt(source);
        report.leaking += source.blocks() != 0 || host.blocks != 0 ? 1U : 0U;
        report.wrong += host.throwing;
        if (!host.has_failed) {
            report.ended_as_usual = result == attempt_result::as_usual;
            return report;
        }
        report.refused += result == attempt_result::refused ? 1U : 0U;
        report.wrong += result == attempt_result::wrong ? 1U : 0U;
    }
}

/// Calls `attempt` with each allocation that comes from no engine failing.
template <class Attempt>
void check_host(const char* what, const Attempt& attempt) {
    count(what, fail_each_host_allocation(attempt), true);
}

/// Calls `attempt` with each allocation failing: the engine's, then the others.
template <class Attempt>
void check(const char* what, const Attempt& attempt) {
    host = {};
    const failure_report engine = fail_each_allocation(attempt);
    count(what, engine, engine.refused != 0);
    check_host(what, attempt);
}

// Each file's checks.
void check_compiling();
void check_errors();
void check_running();
void check_text();
void check_wasi();

} // namespace test

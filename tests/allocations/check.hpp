#pragma once

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

/// See fail_each_allocation.
template <class Attempt>
void check(const char* what, const Attempt& attempt) {
    const failure_report report = fail_each_allocation(attempt);
    report.is_good() ? ++passed : ++failed;
    if (!report.is_good()) {
        std::printf("FAILED: %s: %zu refused, %zu wrong, %zu leaking, %zu mistaken, %s\n", what, report.refused,
                    report.wrong, report.leaking, report.mistaken,
                    report.ended_as_usual ? "ended as usual" : "did not end as usual");
    }
}

// Each file's checks.
void check_compiling();
void check_running();

} // namespace test

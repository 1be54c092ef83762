#pragma once

#include "tally.hpp"

#include <filesystem>
#include <functional>
#include <vector>

namespace wast {

/// Where a script is, for the report of a crash: written by the script's process, read by its parent.
struct progress {
    long line = 0;
};

using script_function = std::function<tally(const std::filesystem::path& script, progress& where)>;

/// Runs every script in a process of its own, `jobs` at a time, so that a crash or a hang costs one script only. Prints the
/// text of each and returns the sum.
[[nodiscard]] tally run_isolated(const std::vector<std::filesystem::path>& scripts, unsigned jobs,
                                 const script_function& run);

} // namespace wast

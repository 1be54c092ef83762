#pragma once

#include "spec/json_script.hpp"

#include <filesystem>

namespace spec {

/// Performs a script with two engines, and compares what can be seen of each call: results apart from the bits of NaNs, the kind of trap
/// and its backtrace, fuel, memories. What fails in the second run counts, too. \returns a pass for each call that is the same
[[nodiscard]] wast::tally compare_tiers(const std::filesystem::path& script, const wast::settings& how,
                                        cli::engine_pointer other, wast::progress& where);

} // namespace spec

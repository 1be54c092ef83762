#pragma once

#include "cli/engines.hpp"

#include <string>
#include <vector>

namespace test {

using engine_pointer = cli::engine_pointer;

/// Its memories move whenever they grow; see support/moving_policy.hpp.
[[nodiscard]] engine_pointer make_moving_engine();

/// Names of the memory policies that make_engine knows.
[[nodiscard]] inline std::vector<std::string> memory_names() {
    return {"adaptive", "bounds-checking", "moving", "signaling"};
}

[[nodiscard]] inline engine_pointer make_engine(const std::string& memory) {
    return memory == "moving"            ? make_moving_engine()
           : memory == "signaling"       ? cli::make_signaling_engine({})
           : memory == "bounds-checking" ? cli::make_bounds_checking_engine({})
                                         : cli::make_adaptive_engine({});
}

} // namespace test

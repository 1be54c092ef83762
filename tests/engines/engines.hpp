#pragma once

#include "cli/engines.hpp"

#include <string>
#include <vector>

namespace test {

using engine_pointer = cli::engine_pointer;

/// Names of the memory policies that make_engine knows: all, or those without guard pages (see portable/engines.cpp).
[[nodiscard]] std::vector<std::string> memory_names();
[[nodiscard]] engine_pointer make_engine(const std::string& memory);

} // namespace test

#pragma once

#include "cli/engines.hpp"
#include "riser/engine_options.hpp"

#include <string>
#include <vector>

namespace test {

using engine_pointer = cli::engine_pointer;

/// Names of the memory policies that make_engine knows: all, or those without guard pages (see portable/engines.cpp).
[[nodiscard]] std::vector<std::string> memory_names();

/// In which tier functions run: "interpreter"; "baseline", compiled before their first call; "auto", as the engine's options have it;
/// or a number, engine_options::tier_up. Without an argument that of the environment's RISER_TIER, else the interpreter.
[[nodiscard]] std::string default_tier();
/// Whether there are others than the interpreter.
[[nodiscard]] bool has_backends() noexcept;

/// \param options `tier_up` is the tier's unless that is "auto" or the interpreter
[[nodiscard]] engine_pointer make_engine(const std::string& memory, const std::string& tier = default_tier(),
                                         riser::engine_options options = {});

} // namespace test

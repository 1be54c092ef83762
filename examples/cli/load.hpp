#pragma once

#include "riser/engine.hpp"
#include "riser/error.hpp"
#include "riser/module.hpp"

#include <optional>
#include <string>

namespace cli {

/// Reads and compiles a module, and tells a person at a terminal that it does so where that takes long. What is wrong is
/// told on stderr, and nothing returned.
[[nodiscard]] std::optional<riser::module> load(const riser::engine_base& engine, const std::string& file,
                                                riser::compile_mode mode);

} // namespace cli

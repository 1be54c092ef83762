#pragma once

#include "isolation.hpp"
#include "options.hpp"
#include "tally.hpp"

#include <filesystem>

namespace spec {

/// Performs every command of a script, in an engine and a store of its own.
[[nodiscard]] tally run_script(const std::filesystem::path& script, const options& how, progress& where);

} // namespace spec

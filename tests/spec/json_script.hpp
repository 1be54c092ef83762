#pragma once

#include "cli/wast/isolation.hpp"
#include "cli/wast/runner.hpp"
#include "cli/wast/tally.hpp"

#include <filesystem>

namespace spec {

/// Performs a script as `wasm-tools json-from-wast` writes it.
[[nodiscard]] wast::tally run_json_script(const std::filesystem::path& script, wast::settings how,
                                          wast::progress& where);

} // namespace spec

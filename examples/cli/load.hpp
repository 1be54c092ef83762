#pragma once

#include "module_file.hpp"
#include "riser/engine.hpp"
#include "riser/error.hpp"
#include "riser/module.hpp"

#include <optional>
#include <string>

namespace cli {

struct loaded_module {
    riser::module module;
    module_file source; ///< where that is a text, to which messages refer; else empty
};

/// Reads and compiles a module, and tells a person at a terminal that it does so where that takes long. What is wrong is
/// told on stderr, and nothing returned.
[[nodiscard]] std::optional<loaded_module> load(const riser::engine_base& engine, const std::string& file,
                                                riser::compile_mode mode);

} // namespace cli

#pragma once

#include "riser/engine.hpp"
#include "riser/error.hpp"

#include <string>
#include <string_view>

namespace cli {

/// A message on stderr: "riser: " and the text, in colour where a person sees it.
void say(const std::string& text);

/// Is stderr a terminal that can do more than print lines?
[[nodiscard]] bool is_terminal();

/// Tells on stderr why the module in `file`, compiled or run with `engine`, failed. \returns what to exit with.
[[nodiscard]] int report(const riser::engine_base& engine, const std::string& file, const riser::error& failure);

/// A name out of a module, which may have put anything into it, without control characters.
[[nodiscard]] std::string printable(std::string_view name);

/// The end of a path.
[[nodiscard]] std::string file_name(const std::string& path);

} // namespace cli

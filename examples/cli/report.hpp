#pragma once

#include "printable.hpp"
#include "riser/engine.hpp"
#include "riser/error.hpp"
#include "riser/fwd.hpp"

#include <string>
#include <string_view>

namespace cli {

/// A message on stderr: "riser: " and the text, in colour where a person sees it.
void say(const std::string& text);

/// Is stderr a terminal that can do more than print lines?
[[nodiscard]] bool is_terminal();

/// Tells on stderr why a module, compiled from `file`, does not link or run.
/// \param text of the file, where it is in the text format; else empty
/// \returns what to exit with.
[[nodiscard]] int report(const std::string& file, std::string_view text, const riser::module& module,
                         const riser::error& failure);

/// Tells on stderr why what is in a file is of no use: a compile_error, or an error whose message names the file.
/// \param text as for report()
/// \returns what to exit with.
[[nodiscard]] int report_unusable(const riser::engine_base& engine, const std::string& file, std::string_view text,
                                  const riser::error& failure);

/// The end of a path.
[[nodiscard]] std::string file_name(const std::string& path);

} // namespace cli

#pragma once

#include "description.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace cli {

/// What `--help` prints: of the tool where there is no command.
[[nodiscard]] std::string help_text(const command* about);

/// `text` in lines of at most 80 characters, all indented.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t indentation);

} // namespace cli

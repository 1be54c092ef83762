#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cli {

/// The candidate that `word` was most likely meant to be; empty where none is near.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

/// "; did you mean 'that'?", or nothing.
[[nodiscard]] std::string suggestion(std::string_view word, std::span<const std::string> candidates);

} // namespace cli

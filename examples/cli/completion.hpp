#pragma once

#include <string>
#include <string_view>

namespace cli {

inline constexpr std::string_view completion_shells = "bash|zsh|fish";

/// What completes riser's command lines in one of these shells.
[[nodiscard]] std::string completion_script(std::string_view shell);

} // namespace cli

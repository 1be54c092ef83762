#pragma once

#include <string>
#include <string_view>

namespace cli {

/// A name out of a module, which may have put anything into it, without control characters.
[[nodiscard]] std::string printable(std::string_view name);

} // namespace cli

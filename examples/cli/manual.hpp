#pragma once

#include <string>

namespace cli {

/// riser(1), for man: in the man macros of roff.
[[nodiscard]] std::string manual_page();

} // namespace cli

#pragma once

#include <string_view>

namespace wast {

/// Does riser's message say what a script expects? Scripts have the reference interpreter's words; one of the two must be
/// the beginning of the other, or they must be listed as equivalent.
[[nodiscard]] bool message_matches(std::string_view expected, std::string_view actual);

} // namespace wast

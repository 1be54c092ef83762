#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cli {

/// \returns how many bytes the first character has if it is one that terminals act on, or that changes the order of what
/// is shown (U+0000-1F, U+007F-9F, U+200E-F, U+2028-E, U+2066-F); 0 for any other.
[[nodiscard]] std::size_t control_size(std::string_view text);

/// A name out of a module, which may have put anything into it, with such characters as escapes.
[[nodiscard]] std::string printable(std::string_view name);

/// The same, in quotes where it would not be seen where the name begins and ends: it is empty, or has spaces, quotes, commas,
/// backslashes or characters that are escaped.
[[nodiscard]] std::string quoted(std::string_view name);

} // namespace cli

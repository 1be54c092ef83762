#pragma once

#include "riser/value.hpp"

#include <optional>
#include <string>

namespace cli {

/// A value as a command line argument. Integers are decimal, signed or not, or hexadecimal after 0x; floats as in the text
/// format, or as C's strtod takes them; of references there is "null". Empty where it is none of the type.
[[nodiscard]] std::optional<riser::value> parse_value(const std::string& text, riser::value_type type);

/// Can parse_value make one?
[[nodiscard]] bool is_stated(riser::value_type type);

/// For people and programs to read: integers signed, floats with as few digits as identify them and without exponent,
/// NaNs as in the text format, vectors as one unsigned number.
[[nodiscard]] std::string to_text(const riser::value& value);

} // namespace cli

#pragma once

#include "riser/value.hpp"

#include <optional>
#include <string>

namespace cli {

/// A number as a command line argument. Integers are decimal, signed or not, or hexadecimal after 0x; floats decimal, "inf"
/// or "nan". Empty where it is none of the type.
[[nodiscard]] std::optional<riser::value> parse_value(const std::string& text, riser::value_type type);

/// Can parse_value make one?
[[nodiscard]] bool is_number(riser::value_type type);

/// For people and programs to read: integers signed, floats with as few digits as identify them and without exponent,
/// vectors as one unsigned number.
[[nodiscard]] std::string to_text(const riser::value& value);

} // namespace cli

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

// Values of options. Empty where the text is not one.

namespace cli {

/// Decimal, or hexadecimal after 0x; underscores may separate digits.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);

/// A number of bytes; K, M and G after it are powers of 1024.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

/// A number of seconds, or of what s, ms, us or ns after it says.
[[nodiscard]] std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// y, yes or true; n, no or false.
[[nodiscard]] std::optional<bool> parse_switch(std::string_view text);

} // namespace cli

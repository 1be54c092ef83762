#include "values.hpp"

#include <charconv>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

std::optional<std::uint64_t> cli::parse_number(std::string_view text) {
    const bool is_hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    std::string digits(text.substr(is_hexadecimal ? 2 : 0));
    std::erase(digits, '_');
    std::uint64_t number = 0;
    const char* const end = digits.data() + digits.size();
    const std::from_chars_result parsed = std::from_chars(digits.data(), end, number, is_hexadecimal ? 16 : 10);
    return parsed.ec == std::errc() && parsed.ptr == end ? std::optional(number) : std::nullopt;
}

std::optional<std::uint64_t> cli::parse_size(std::string_view text) {
    int shift = 0;
    constexpr std::string_view units = "KMG";
    if (text.ends_with("iB")) { // KiB: what K says
        text.remove_suffix(2);
        if (text.empty() || units.find(text.back()) == std::string_view::npos) {
            return std::nullopt;
        }
    }
    if (const std::size_t unit = text.empty() ? std::string_view::npos : units.find(text.back());
        unit != std::string_view::npos) {
        shift = 10 * static_cast<int>(unit + 1);
        text.remove_suffix(1);
    }
    const std::optional<std::uint64_t> number = parse_number(text);
    return number && *number <= UINT64_MAX >> shift ? std::optional(*number << shift) : std::nullopt;
}

std::optional<std::chrono::nanoseconds> cli::parse_duration(std::string_view text) {
    constexpr std::pair<std::string_view, std::int64_t> units[] = {
        {"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}};
    std::int64_t unit = 1'000'000'000;
    for (const auto& [suffix, nanoseconds] : units) {
        if (text.ends_with(suffix)) {
            unit = nanoseconds;
            text.remove_suffix(suffix.size());
            break;
        }
    }
    const std::optional<std::uint64_t> number = parse_number(text);
    if (!number || *number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / unit)) {
        return std::nullopt;
    }
    return std::chrono::nanoseconds(static_cast<std::int64_t>(*number) * unit);
}

std::optional<bool> cli::parse_switch(std::string_view text) {
    if (text == "y" || text == "yes" || text == "true") {
        return true;
    }
    return text == "n" || text == "no" || text == "false" ? std::optional(false) : std::nullopt;
}

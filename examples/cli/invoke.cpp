#include "invoke.hpp"

#include "riser/wat/detail/number.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace {

/// \returns false where `text` is anything but a number of this type.
template <class T>
bool parse_all(std::string_view text, T& number, int base) {
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const std::from_chars_result parsed = std::from_chars(begin, end, number, base);
    return parsed.ec == std::errc() && parsed.ptr == end;
}

template <class Signed>
std::optional<riser::value> parse_integer(std::string_view text) {
    using Unsigned = std::make_unsigned_t<Signed>;
    const bool is_negative = text.starts_with('-');
    std::string_view digits = text.substr(is_negative ? 1 : 0);
    const bool is_hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
    digits.remove_prefix(is_hexadecimal ? 2 : 0);
    Unsigned magnitude = 0;
    if (!parse_all(digits, magnitude, is_hexadecimal ? 16 : 10)) {
        return std::nullopt;
    }
    constexpr Unsigned lowest = Unsigned{1} << (sizeof(Signed) * 8 - 1);
    if (is_negative && magnitude > lowest) {
        return std::nullopt;
    }
    return riser::value(static_cast<Signed>(is_negative ? Unsigned{0} - magnitude : magnitude));
}

template <class Float>
using bits_of = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;

template <class Float>
constexpr riser::wat::detail::float_format layout =
    sizeof(Float) == 4 ? riser::wat::detail::format_f32 : riser::wat::detail::format_f64;

/// A literal of the text format, or what C's strtod takes in decimal ("NaN", ".5").
template <class Float>
std::optional<riser::value> parse_float(std::string_view text) {
    using namespace riser::wat::detail;
    const parsed_number literal = riser::wat::detail::parse_float(text, layout<Float>);
    if (literal.status == number_status::out_of_range) {
        return std::nullopt;
    }
    if (literal.ok()) {
        return riser::value::from_bits(sizeof(Float) == 4 ? riser::types::f32 : riser::types::f64, literal.bits);
    }
    Float number = 0;
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const std::from_chars_result parsed = std::from_chars(begin, end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end) {
        return std::nullopt;
    }
    return riser::value(number);
}

/// As literals of the text format are: with the sign, and the payload where it is not the canonical one.
template <class Float>
std::string nan_to_text(Float number) {
    const auto bits = std::bit_cast<bits_of<Float>>(number);
    const std::uint64_t payload = bits & ((std::uint64_t{1} << layout<Float>.fraction_bits) - 1);
    std::string text = (bits & layout<Float>.sign()) != 0 ? "-nan" : "nan";
    if (payload != std::uint64_t{1} << (layout<Float>.fraction_bits - 1)) {
        char digits[24];
        std::snprintf(digits, sizeof digits, ":0x%llx", static_cast<unsigned long long>(payload));
        text += digits;
    }
    return text;
}

/// The shortest digits that mean this number, laid out without an exponent.
template <class Float>
std::string float_to_text(Float number) {
    if (std::isnan(number)) {
        return nan_to_text(number);
    }
    if (std::isinf(number)) {
        return number < 0 ? "-inf" : "inf";
    }
    char buffer[32];
    const std::to_chars_result written =
        std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific);
    std::string_view text(buffer, static_cast<std::size_t>(written.ptr - buffer));
    const std::string sign = text.starts_with('-') ? "-" : "";
    text.remove_prefix(sign.size());
    const std::size_t mark = text.find('e');
    int exponent = 0;
    parse_all(text.substr(mark + (text[mark + 1] == '+' ? 2 : 1)), exponent, 10);
    std::string digits(text.substr(0, mark));
    std::erase(digits, '.');
    if (exponent < 0) {
        return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    }
    const std::size_t before = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() <= before) {
        return sign + digits + std::string(before - digits.size(), '0');
    }
    return sign + digits.substr(0, before) + "." + digits.substr(before);
}

/// All 128 bits as a decimal number; lane 0 is lowest.
std::string vector_to_text(riser::v128 rest) {
    std::string digits;
    while (rest != riser::v128{}) {
        unsigned remainder = 0;
        for (std::size_t i = 16; i-- > 0;) {
            const unsigned dividend = remainder * 256 + rest.bytes[i];
            rest.bytes[i] = static_cast<std::uint8_t>(dividend / 10);
            remainder = dividend % 10;
        }
        digits.insert(digits.begin(), static_cast<char>('0' + remainder));
    }
    return digits.empty() ? "0" : digits;
}

} // namespace

bool cli::is_stated(riser::value_type type) {
    return type.is_reference() ? type.is_nullable() : type.what() != riser::value_type::kind::v128;
}

std::optional<riser::value> cli::parse_value(const std::string& text, riser::value_type type) {
    switch (type.what()) {
    case riser::value_type::kind::i32: return parse_integer<std::int32_t>(text);
    case riser::value_type::kind::i64: return parse_integer<std::int64_t>(text);
    case riser::value_type::kind::f32: return parse_float<float>(text);
    case riser::value_type::kind::f64: return parse_float<double>(text);
    default: return text == "null" && is_stated(type) ? std::optional(riser::value::zero(type)) : std::nullopt;
    }
}

std::string cli::to_text(const riser::value& value) {
    switch (value.type().what()) {
    case riser::value_type::kind::i32: return std::to_string(value.i32());
    case riser::value_type::kind::i64: return std::to_string(value.i64());
    case riser::value_type::kind::f32: return float_to_text(value.f32());
    case riser::value_type::kind::f64: return float_to_text(value.f64());
    case riser::value_type::kind::v128: return vector_to_text(value.vector());
    default: break;
    }
    return (value.is_null() ? "<null " : "<") + riser::to_string(value.type()) + ">";
}

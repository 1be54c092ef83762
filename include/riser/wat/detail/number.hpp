#pragma once

#include "riser/wat/detail/decimal.hpp"
#include "riser/wat/detail/string_literal.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

// Number literals (Core specification 6.3.1, 6.3.2), exactly.

namespace riser::inline v0_1::wat::detail {

enum class number_status : std::uint8_t {
    ok,
    not_a_number, ///< no literal of the kind asked for
    out_of_range,
};

/// An integer in two's complement, or the bits of a float.
struct parsed_number {
    std::uint64_t bits = 0;
    number_status status = number_status::not_a_number;

    [[nodiscard]] bool ok() const noexcept { return status == number_status::ok; }
};

/// Digits with single underscores between them.
class digit_reader {
public:
    explicit digit_reader(std::string_view text) noexcept : text_(text) {}

    [[nodiscard]] bool at_end() const noexcept { return position_ == text_.size(); }
    [[nodiscard]] char peek() const noexcept { return at_end() ? '\0' : text_[position_]; }
    [[nodiscard]] bool take(char lower) noexcept {
        const bool is_there = !at_end() && (text_[position_] == lower || text_[position_] == (lower & ~0x20));
        position_ += is_there ? 1U : 0U;
        return is_there;
    }
    /// Takes a sign, if there is one.
    [[nodiscard]] bool take_minus() noexcept {
        const bool is_minus = peek() == '-';
        position_ += is_minus || peek() == '+' ? 1U : 0U;
        return is_minus;
    }
    [[nodiscard]] bool take_point() noexcept {
        const bool is_there = peek() == '.';
        position_ += is_there ? 1U : 0U;
        return is_there;
    }
    [[nodiscard]] bool take_hex_prefix() noexcept {
        const bool is_there = text_.size() - position_ >= 2 && text_[position_] == '0' && text_[position_ + 1] == 'x';
        position_ += is_there ? 2U : 0U;
        return is_there;
    }

    /// Gives every digit to `use`. \returns false where there is none, or an underscore is not between two.
    template <class Use>
    [[nodiscard]] bool read(unsigned base, const Use& use) {
        bool is_behind_digit = false;
        for (; !at_end(); ++position_) {
            const char c = text_[position_];
            const unsigned digit = digit_value(c);
            if (digit < base) {
                use(digit);
                is_behind_digit = true;
            } else if (c == '_' && is_behind_digit) {
                is_behind_digit = false;
            } else {
                break;
            }
        }
        return is_behind_digit;
    }

private:
    std::string_view text_;
    std::size_t position_ = 0;
};

/// An unsigned literal without a sign (6.3.1), of at most `most`.
[[nodiscard]] inline parsed_number parse_unsigned(std::string_view text, std::uint64_t most) noexcept {
    digit_reader reader(text);
    const unsigned base = reader.take_hex_prefix() ? 16 : 10;
    parsed_number result;
    bool fits = true;
    const std::uint64_t before_last = most / base;
    const bool is_well_formed = reader.read(base, [&](unsigned digit) {
        fits = fits && result.bits <= before_last && result.bits * base <= most - digit;
        result.bits = result.bits * base + digit;
    });
    if (is_well_formed && reader.at_end()) {
        result.status = fits ? number_status::ok : number_status::out_of_range;
    }
    return result;
}

/// An integer literal of `bits` bits, signed or not: from -2^(bits-1) to 2^bits - 1. \returns it in that many bits.
[[nodiscard]] inline parsed_number parse_integer(std::string_view text, unsigned bits) noexcept {
    const std::uint64_t all = ~std::uint64_t{0} >> (64 - bits);
    if (text.empty() || (text[0] != '-' && text[0] != '+')) {
        return parse_unsigned(text, all);
    }
    const bool is_negative = text[0] == '-';
    parsed_number result = parse_unsigned(text.substr(1), is_negative ? all / 2 + 1 : all);
    if (is_negative) {
        result.bits = (0 - result.bits) & all;
    }
    return result;
}

/// How a float of 32 or 64 bits is laid out.
struct float_format {
    unsigned fraction_bits;
    int bias;

    [[nodiscard]] constexpr std::uint64_t infinity() const noexcept {
        return (2 * static_cast<std::uint64_t>(bias) + 1) << fraction_bits;
    }
    [[nodiscard]] constexpr std::uint64_t sign() const noexcept {
        return (static_cast<std::uint64_t>(bias) + 1) << (fraction_bits + 1);
    }
};
inline constexpr float_format format_f32{23, 127};
inline constexpr float_format format_f64{52, 1023};

/// The nearest float, ties to even: a zero, a subnormal, or the infinity where it would be too large.
[[nodiscard]] constexpr std::uint64_t round_to(const float_format& format, const binary_number& number) noexcept {
    if (number.significand == 0) {
        return 0;
    }
    if (number.exponent > format.bias) {
        return format.infinity();
    }
    // The bits below the last one that is kept; subnormals keep fewer.
    const std::int64_t subnormal = 1 - format.bias - number.exponent;
    const std::int64_t dropped = 63 - static_cast<std::int64_t>(format.fraction_bits) + (subnormal > 0 ? subnormal : 0);
    if (dropped > 64) {
        return 0;
    }
    const std::uint64_t kept = dropped == 64 ? 0 : number.significand >> static_cast<unsigned>(dropped);
    const std::uint64_t half = std::uint64_t{1} << static_cast<unsigned>(dropped - 1);
    const std::uint64_t rest = number.significand & (half | (half - 1));
    const bool is_above_half = rest > half || (rest == half && (number.is_inexact || (kept & 1U) != 0));
    // A carry out of the fraction goes into the exponent, as it should.
    const std::uint64_t exponent =
        subnormal > 0 ? 0 : static_cast<std::uint64_t>(number.exponent + format.bias - 1) << format.fraction_bits;
    return exponent + kept + (is_above_half ? 1 : 0);
}

/// An exponent with its sign, no larger than what is out of every range.
[[nodiscard]] inline bool read_exponent(digit_reader& reader, std::int64_t& exponent) {
    constexpr std::int64_t most = std::int64_t{1} << 48U;
    const bool is_negative = reader.take_minus();
    const bool is_well_formed = reader.read(10, [&](unsigned digit) {
        exponent = exponent < most ? exponent * 10 + static_cast<std::int64_t>(digit) : exponent;
    });
    exponent = is_negative ? -exponent : exponent;
    return is_well_formed;
}

/// What follows a sign and, where `base` is 16, `0x`. \returns false where it is no float literal.
[[nodiscard]] inline bool read_float(digit_reader& reader, unsigned base, binary_number& value) {
    std::int64_t exponent = 0;
    decimal_number decimal;
    hexadecimal_number hexadecimal;
    const auto digits = [&](bool is_fraction) {
        return base == 16 ? reader.read(16, [&](unsigned digit) { hexadecimal.append(digit, is_fraction); })
                          : reader.read(10, [&](unsigned digit) { decimal.append(digit, is_fraction); });
    };
    if (!digits(false)) {
        return false;
    }
    if (reader.take_point() && digit_value(reader.peek()) < base && !digits(true)) {
        return false;
    }
    if (reader.take(base == 16 ? 'p' : 'e') && !read_exponent(reader, exponent)) {
        return false;
    }
    value = base == 16 ? hexadecimal.value(exponent) : decimal.value(exponent);
    return reader.at_end();
}

/// A float literal (6.3.2). \returns its bits.
[[nodiscard]] inline parsed_number parse_float(std::string_view text, const float_format& format) {
    digit_reader reader(text);
    const std::uint64_t sign = reader.take_minus() ? format.sign() : 0;
    const bool is_signed = text.starts_with('-') || text.starts_with('+');
    const std::string_view magnitude = text.substr(is_signed ? 1 : 0);
    if (magnitude == "inf") {
        return {sign | format.infinity(), number_status::ok};
    }
    if (magnitude == "nan") {
        return {sign | format.infinity() | std::uint64_t{1} << (format.fraction_bits - 1), number_status::ok};
    }
    if (magnitude.starts_with("nan:0x")) {
        parsed_number payload = parse_unsigned(magnitude.substr(4), (std::uint64_t{1} << format.fraction_bits) - 1);
        if (payload.ok() && payload.bits == 0) {
            payload.status = number_status::out_of_range;
        }
        payload.bits |= sign | format.infinity();
        return payload;
    }
    binary_number value;
    if (!read_float(reader, reader.take_hex_prefix() ? 16 : 10, value)) {
        return {};
    }
    const std::uint64_t bits = round_to(format, value);
    return {sign | bits, bits == format.infinity() ? number_status::out_of_range : number_status::ok};
}

/// Is this any number literal, whatever its size?
[[nodiscard]] inline bool is_number(std::string_view text) {
    return parse_float(text, format_f64).status != number_status::not_a_number;
}

} // namespace riser::inline v0_1::wat::detail

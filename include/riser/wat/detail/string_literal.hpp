#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// String literals (Core specification 6.3.3).

namespace riser::inline v0_1::wat::detail {

/// The value of a hexadecimal digit; 16 of anything else.
[[nodiscard]] constexpr unsigned digit_value(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return static_cast<unsigned>(c - '0');
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a' + 10) : 16U;
}

/// The code point of `\u{…}` whose digits begin at `position`, which moves behind the brace. \returns more than 0x10ffff
/// where it is none.
[[nodiscard]] constexpr std::uint32_t scan_code_point(std::string_view text, std::size_t& position) noexcept {
    constexpr std::uint32_t none = 0xffff'ffff;
    std::uint32_t value = 0;
    bool may_separate = false;
    for (; position < text.size(); ++position) {
        const char c = text[position];
        if (c == '}' || (c == '_' && may_separate)) {
            if (c == '}') {
                ++position;
                const bool is_surrogate = value >= 0xd800 && value < 0xe000;
                return may_separate && !is_surrogate ? value : none;
            }
            may_separate = false;
            continue;
        }
        const unsigned digit = digit_value(c);
        if (digit == 16) {
            return none;
        }
        value = value > 0x10ffff ? value : value * 16 + digit;
        may_separate = true;
    }
    return none;
}

struct string_scan {
    std::size_t end = 0; ///< behind the closing quote; where the error is, if there is one
    bool escaped = false;
    const char* error = nullptr;
};

/// Finds the end of the string whose opening quote is at `begin`, and checks its characters and escapes.
[[nodiscard]] inline string_scan scan_string(std::string_view text, std::size_t begin) noexcept {
    string_scan result;
    std::size_t i = begin + 1;
    while (i < text.size()) {
        const char c = text[i];
        if (c == '"') {
            result.end = i + 1;
            return result;
        }
        if (c != '\\') [[likely]] {
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
                result.end = c == '\n' ? begin : i;
                result.error = c == '\n' ? "unclosed string" : "illegal control character in string literal";
                return result;
            }
            ++i;
            continue;
        }
        result.escaped = true;
        const char escaped = i + 1 < text.size() ? text[i + 1] : '\0';
        const std::size_t at = i;
        i += 2;
        bool is_legal = true;
        if (escaped == 'u' && i < text.size() && text[i] == '{') {
            is_legal = scan_code_point(text, ++i) <= 0x10ffff;
        } else if (digit_value(escaped) < 16) {
            is_legal = i < text.size() && digit_value(text[i]) < 16;
            ++i;
        } else {
            is_legal = escaped != '\0' && std::string_view("tnr\"'\\").find(escaped) != std::string_view::npos;
        }
        if (!is_legal) {
            result.end = at;
            result.error = "illegal escape";
            return result;
        }
    }
    result.end = begin;
    result.error = "unclosed string";
    return result;
}

/// Of std::string, or a byte_buffer.
template <class Text>
void append_byte(std::uint32_t byte, Text& out) {
    const auto character = static_cast<char>(byte);
    out.append(std::string_view(&character, 1));
}

template <class Text>
void append_utf8(std::uint32_t code, Text& out) {
    const auto put = [&out](std::uint32_t byte) { append_byte(byte, out); };
    if (code < 0x80) {
        put(code);
        return;
    }
    if (code < 0x800) {
        put(0xc0 | code >> 6U);
    } else {
        if (code < 0x10000) {
            put(0xe0 | code >> 12U);
        } else {
            put(0xf0 | code >> 18U);
            put(0x80 | (code >> 12U & 0x3fU));
        }
        put(0x80 | (code >> 6U & 0x3fU));
    }
    put(0x80 | (code & 0x3fU));
}

/// Appends the bytes that a string stands for, whose text between the quotes scan_string() has found well-formed.
template <class Text>
void unescape(std::string_view text, Text& out) {
    std::size_t i = 0;
    for (;;) {
        const std::size_t next = text.find('\\', i);
        if (next == std::string_view::npos) {
            out.append(text.substr(i));
            return;
        }
        out.append(text.substr(i, next - i));
        const char c = text[next + 1];
        i = next + 2;
        if (c == 'u') {
            append_utf8(scan_code_point(text, ++i), out);
        } else if (digit_value(c) < 16) {
            append_byte(digit_value(c) << 4U | digit_value(text[i++]), out);
        } else {
            append_byte(static_cast<unsigned char>(c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c), out);
        }
    }
}

} // namespace riser::inline v0_1::wat::detail

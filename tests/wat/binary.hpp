#pragma once

#include "riser/wat/parse.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What tests of the text format look at: parts of the binary that a text becomes, as hexadecimal digits.

namespace test {

[[nodiscard]] inline std::string hex(std::span<const std::byte> bytes) {
    std::string digits;
    for (const std::byte byte : bytes) {
        digits += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4U];
        digits += "0123456789abcdef"[std::to_integer<unsigned>(byte) & 0xfU];
    }
    return digits;
}

/// Why a text is refused; empty where it is not.
[[nodiscard]] inline std::string refusal(std::string_view text, const riser::wat::parse_options& options = {}) {
    const auto binary = riser::wat::try_to_binary(text, options);
    return binary ? std::string() : std::string(binary.error().as<riser::wat::parse_error>().value().description());
}

/// The whole binary, or why there is none.
[[nodiscard]] inline std::string binary(std::string_view text, const riser::wat::parse_options& options = {}) {
    const auto made = riser::wat::try_to_binary(text, options);
    return made ? hex(*made) : refusal(text, options);
}

/// The contents of all sections with that number, one after another.
[[nodiscard]] inline std::string section(std::string_view text, unsigned id) {
    const auto made = riser::wat::try_to_binary(text);
    if (!made) {
        return refusal(text);
    }
    std::string found;
    for (std::size_t i = 8; i < made->size();) {
        const unsigned each = std::to_integer<unsigned>((*made)[i++]);
        std::size_t size = 0;
        unsigned shift = 0;
        unsigned byte = 0;
        do {
            byte = std::to_integer<unsigned>((*made)[i++]);
            size |= std::size_t{byte & 0x7fU} << shift;
            shift += 7;
        } while (byte >= 0x80);
        found += each == id ? hex(std::span(*made).subspan(i, size)) : "";
        i += size;
    }
    return found;
}

/// The body of a function with these instructions and no locals, without `end`. It must be shorter than 128 bytes.
[[nodiscard]] inline std::string code(const std::string& instructions, const std::string& other_fields = {}) {
    const std::string text = "(func " + instructions + ")" + other_fields;
    if (!refusal(text).empty()) {
        return refusal(text);
    }
    constexpr std::size_t head = 6; // digits of the number of functions, the size, the number of locals
    const std::string bodies = section(text, 10);
    const std::size_t size = std::stoul(bodies.substr(2, 2), nullptr, 16);
    return bodies.substr(head, 2 * (size - 2));
}

} // namespace test

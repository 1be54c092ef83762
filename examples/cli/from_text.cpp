// Modules in the text format become binary ones here: the one place of the tool that compiles the parser for it.
#include "module_file.hpp"
#include "printable.hpp"

#include "riser/core/wasm/byte_reader.hpp"
#include "riser/wat/locate.hpp"
#include "riser/wat/parse.hpp"
#include "riser/wat/parse_error.hpp"
#include "riser/wat/position.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// A part of a line as a terminal can show it: each character as one, if it has not another width.
std::string shown(std::string_view part) {
    const bool is_text = riser::core::wasm::is_utf8(std::as_bytes(std::span(part)));
    std::string text;
    for (std::size_t i = 0; i < part.size();) {
        const std::size_t strange = cli::control_size(part.substr(i));
        const bool is_broken = static_cast<unsigned char>(part[i]) >= 0x80 && !is_text;
        text += part[i] == '\t' ? ' ' : strange != 0 || is_broken ? '?' : part[i];
        i += is_text && strange != 0 ? strange : 1;
    }
    return text;
}

bool is_inside_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U; }

/// The line with a place, or the part around the place of a long one, and below it a caret. Nothing for an empty line.
std::string excerpt(std::string_view text, const riser::wat::position& where) {
    constexpr std::size_t before = 50; // bytes on each side, and what is needed for whole characters
    constexpr std::size_t behind = 26;
    const std::size_t line_begin = where.offset - (where.column - 1);
    const std::size_t line_end = std::min(text.find_first_of("\r\n", where.offset), text.size());
    std::size_t begin = where.offset - std::min(where.offset - line_begin, before);
    std::size_t end = where.offset + std::min(line_end - where.offset, behind);
    while (begin < where.offset && is_inside_character(text[begin])) {
        ++begin;
    }
    while (end < line_end && is_inside_character(text[end])) {
        ++end;
    }
    if (begin == end) {
        return "";
    }
    const std::string left = (begin == line_begin ? "" : "...") + shown(text.substr(begin, where.offset - begin));
    const auto inside = static_cast<std::size_t>(std::count_if(left.begin(), left.end(), is_inside_character));
    return "\n  " + left + shown(text.substr(where.offset, end - where.offset)) + (end == line_end ? "" : "...") +
           "\n  " + std::string(left.size() - inside, ' ') + "^";
}

} // namespace

std::optional<cli::place_in_text> cli::find_in_text(const std::string& path, std::string_view text,
                                                    std::size_t offset) {
    const auto where = riser::wat::position_of_byte(text, offset);
    if (!where) {
        return std::nullopt;
    }
    return place_in_text{path + ":" + std::to_string(where->line) + ":" + std::to_string(where->column),
                         excerpt(text, *where)};
}

std::vector<std::optional<riser::wat::position>> cli::find_in_text(std::string_view text,
                                                                   std::span<const std::size_t> offsets) {
    return riser::wat::positions_of_bytes(text, offsets);
}

riser::result<std::vector<std::byte>> cli::to_binary(const std::string& path, std::string_view text, bool has_names) {
    riser::wat::parse_options options;
    options.names = has_names;
    riser::result<std::vector<std::byte>> binary = riser::wat::try_to_binary(text, options);
    if (binary) {
        return binary;
    }
    std::string message = path + ":" + printable(binary.error().message());
    if (const auto refused = binary.error().as<riser::wat::parse_error>()) {
        message += excerpt(text, refused->where());
    }
    message +=
        path.ends_with(".wast") ? "\nIt is called like a script of modules and assertions: riser wast runs those." : "";
    return riser::resource_error(message);
}

#pragma once

#include "riser/dwarf/detail/cursor.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace riser::inline v0_1::dwarf::detail {

/// What lines are found in. Parts that a module has not are empty.
struct sections {
    std::span<const std::byte> line;     ///< .debug_line
    std::span<const std::byte> line_str; ///< .debug_line_str
    std::span<const std::byte> str;      ///< .debug_str
    std::size_t code_offset =
        0; ///< of the code section's contents, where DWARF counts from, in bytes from the module's start
    std::size_t code_size = 0;
};

/// Goes over the sections of a module (Core specification 5.5.2), up to what is malformed.
[[nodiscard]] inline sections find_sections(std::span<const std::byte> module) noexcept {
    constexpr std::uint64_t custom = 0;
    constexpr std::uint64_t code = 10;
    constexpr std::size_t preamble = 8;
    sections found;
    cursor rest(module);
    rest.take(preamble);
    while (rest.ok() && !rest.at_end()) {
        const std::uint64_t id = rest.fixed(1);
        const std::span<const std::byte> content = rest.take(rest.unsigned_leb());
        if (id == code && rest.ok()) {
            found.code_offset = module.size() - rest.left() - content.size();
            found.code_size = content.size();
        }
        if (id != custom) {
            continue;
        }
        cursor inside(content);
        const std::span<const std::byte> bytes = inside.take(inside.unsigned_leb());
        const std::string_view name(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        const std::span<const std::byte> body = inside.take(inside.left());
        if (name == ".debug_line") {
            found.line = body;
        } else if (name == ".debug_line_str") {
            found.line_str = body;
        } else if (name == ".debug_str") {
            found.str = body;
        }
    }
    return found;
}

} // namespace riser::inline v0_1::dwarf::detail

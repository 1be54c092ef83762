#pragma once

#include "riser/core/wasm/diagnostic.hpp"
#include "riser/error.hpp"
#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/origin_finder.hpp"
#include "riser/wat/detail/parse_module.hpp"
#include "riser/wat/parse.hpp"
#include "riser/wat/parse_error.hpp"
#include "riser/wat/position.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace riser::inline v0_1::wat {

/// Where in `text` the bytes at `offsets` of what to_binary() makes of it come from: the instruction, where there is one, else
/// the field. Parses the text twice more, in linear time; to_binary() keeps no positions for it. Each offset costs a look at each
/// token, so that these had better be few.
///
/// \param options those of to_binary()
/// \returns for each nothing where the text is malformed, or has nothing that the byte is made of.
[[nodiscard]] inline std::vector<std::optional<position>>
positions_of_bytes(std::string_view text, std::span<const std::size_t> offsets, const parse_options& options = {}) {
    std::vector<std::optional<position>> found(offsets.size());
    const result<std::vector<std::byte>> binary = try_to_binary(text, options);
    if (!binary) {
        return found;
    }
    std::vector<detail::origin_finder> origins;
    for (const std::size_t offset : offsets) {
        origins.emplace_back(*binary, offset);
    }
    core::wasm::diagnostics diagnostics;
    const detail::text_memory memory(options.allocator, diagnostics);
    detail::token_stream tokens(text, memory);
    static_cast<void>(detail::parse_text(tokens, {options.max_depth, options.names, origins}));
    for (std::size_t i = 0; i < offsets.size(); ++i) {
        const std::optional<std::uint32_t> token = diagnostics.ok() ? origins[i].found() : std::nullopt;
        found[i] = token ? std::optional(detail::position_of(text, *token)) : std::nullopt;
    }
    return found;
}

/// The same for one byte.
[[nodiscard]] inline std::optional<position> position_of_byte(std::string_view text, std::size_t offset,
                                                              const parse_options& options = {}) {
    return positions_of_bytes(text, {&offset, 1}, options).front();
}

/// What riser::module says of the binary of a text, in terms of the text: a compile_error becomes a parse_error with line and
/// column. Any other error, and one about what the text does not state, comes back as it is.
///
/// \param options those of to_binary()
[[nodiscard]] inline error locate(const error& failure, std::string_view text, const parse_options& options = {}) {
    const std::optional<compile_error> refused = failure.as<compile_error>();
    const auto where = refused ? position_of_byte(text, refused->offset(), options) : std::nullopt;
    if (!where) {
        return failure;
    }
    const std::optional<std::uint32_t> function = refused->function();
    const core::text place = function ? core::wasm::message{", in function ", *function}.text() : core::text();
    return parse_error(core::wasm::message{refused->description(), place}.text(), *where);
}

} // namespace riser::inline v0_1::wat

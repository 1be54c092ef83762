#pragma once

#include "riser/config.hpp"
#include "riser/core/base/text.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/message.hpp"
#include "riser/error.hpp"
#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/memory.hpp"
#include "riser/wat/detail/origin_finder.hpp"
#include "riser/wat/detail/parse_module.hpp"
#include "riser/wat/locate.hpp"
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

RISER_INLINE std::vector<std::optional<position>>
positions_of_bytes(std::string_view text, std::span<const std::size_t> offsets, const parse_options& options) {
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

RISER_INLINE std::optional<position> position_of_byte(std::string_view text, std::size_t offset,
                                                      const parse_options& options) {
    return positions_of_bytes(text, {&offset, 1}, options).front();
}

RISER_INLINE error locate(const error& failure, std::string_view text, const parse_options& options) {
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

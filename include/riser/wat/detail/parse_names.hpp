#pragma once

#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/module_state.hpp"
#include "riser/wat/detail/parse_annotations.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Identifiers where something is defined, and `(@name "…")` behind them.

namespace riser::inline v0_1::wat::detail {

/// An identifier or name annotation, of which the second wins, where there is one.
[[nodiscard]] inline std::optional<std::string_view> take_name(module_state& state) {
    token_stream& tokens = state.tokens;
    std::optional<std::string_view> name;
    if (tokens.at(token_kind::identifier)) {
        name = state.name_of(tokens.current());
        tokens.advance();
    }
    if (tokens.has_annotations()) [[unlikely]] {
        if (auto annotated = take_name_annotation(tokens, "@name annotation: multiple names")) {
            name = state.keep(std::move(*annotated));
        }
    }
    return name;
}

/// In front of a definition, whose identifier the first pass has declared: gives it the next index. \returns that.
inline std::uint32_t parse_name(module_state& state, index_space space) {
    const std::uint32_t index = state.next_index(space)++;
    if (const auto name = take_name(state)) {
        state.names_of(space).add_name(index, *name);
    }
    return index;
}

/// For the first pass: gives a definition the next index, under its identifier if it has one.
inline void declare(module_state& state, index_space space) {
    const auto number = static_cast<std::size_t>(space);
    const std::uint32_t index = state.declared[number]++;
    const token& next = state.tokens.current();
    if (next.kind == token_kind::identifier) {
        if (!state.identifiers.insert(static_cast<std::uint32_t>(space), state.name_of(next), index)) {
            return state.tokens.fail(next.offset, {"duplicate ", index_space_keywords[number], " $", next.text});
        }
        state.tokens.advance();
    }
}

} // namespace riser::inline v0_1::wat::detail

#pragma once

#include "riser/wat/detail/assemble.hpp"
#include "riser/wat/detail/declare_fields.hpp"
#include "riser/wat/detail/encode_fields.hpp"
#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/module_state.hpp"
#include "riser/wat/detail/origin_finder.hpp"
#include "riser/wat/detail/parse_names.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace riser::inline v0_1::wat::detail {

struct module_options {
    std::uint32_t max_depth;
    bool names;
    std::span<origin_finder> origins{}; ///< of bytes that somebody asks for
};

/// The fields of a module (6.6), up to the parenthesis that closes it, which stays, or to the end. \returns its binary;
/// worthless where tokens.ok() is false then.
[[nodiscard]] inline std::vector<std::byte> parse_fields(token_stream& tokens, std::optional<byte_buffer> name,
                                                         const module_options& options) {
    module_state state(tokens, options.max_depth);
    state.names.module = std::move(name);
    state.watch_origins(options.origins);
    const token_stream begin = tokens;
    field_declarer(state).run();
    if (!tokens.ok()) {
        return {};
    }
    tokens = begin;
    field_encoder(state).run();
    return tokens.ok() ? module_assembler(state, options.names).assemble() : std::vector<std::byte>();
}

/// What is behind `(module`, and in scripts behind `definition`, up to the closing parenthesis, which stays: an
/// identifier, then fields or `binary` with strings.
[[nodiscard]] inline std::vector<std::byte> parse_module(token_stream& tokens, const module_options& options) {
    std::optional<byte_buffer> name;
    if (tokens.at(token_kind::identifier)) {
        tokens.take_identifier(name.emplace(tokens.memory()));
    }
    if (auto annotated = take_name_annotation(tokens, "@name annotation: multiple module names")) {
        name = std::move(annotated);
    }
    if (!tokens.take_keyword("binary")) {
        return parse_fields(tokens, std::move(name), options);
    }
    byte_buffer bytes(tokens.memory());
    while (tokens.at(token_kind::string)) {
        for (origin_finder& each : options.origins) {
            each.note_string(bytes.size(), tokens.current().offset);
        }
        tokens.expect_string(bytes);
    }
    std::vector<std::byte> binary;
    if (!tokens.memory().diagnostics().require_memory(try_reserve(binary, bytes.size()))) {
        return {};
    }
    const auto view = std::as_bytes(std::span(bytes.view()));
    binary.insert(binary.end(), view.begin(), view.end());
    return binary;
}

/// A whole text: a module, in parentheses or as its fields alone (6.6.14).
[[nodiscard]] inline std::vector<std::byte> parse_text(token_stream& tokens, const module_options& options) {
    std::vector<std::byte> binary;
    if (tokens.at_open("module")) {
        tokens.refuse_annotations();
    }
    if (tokens.take_open("module")) {
        binary = parse_module(tokens, options);
        tokens.expect_close_behind_annotations();
    } else {
        binary = parse_fields(tokens, std::nullopt, options);
    }
    if (tokens.ok() && !tokens.at_end()) {
        tokens.unexpected("the end of the module");
    }
    tokens.refuse_annotations();
    return binary;
}

} // namespace riser::inline v0_1::wat::detail

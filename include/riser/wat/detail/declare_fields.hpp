#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/module_state.hpp"
#include "riser/wat/detail/parse_names.hpp"
#include "riser/wat/detail/parse_type_definitions.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace riser::inline v0_1::wat::detail {

/// The space in which a keyword such as `func` defines something.
[[nodiscard]] constexpr std::optional<index_space> space_of(const token& word) noexcept {
    for (std::size_t i = 0; word.kind == token_kind::keyword && i < index_space_count; ++i) {
        if (word.text == index_space_keywords[i]) {
            return static_cast<index_space>(i);
        }
    }
    return std::nullopt;
}

/// Functions, tables, memories, globals and tags can be imported and exported.
[[nodiscard]] constexpr bool is_external(index_space space) noexcept { return space <= index_space::tag; }

/// The first pass over the fields of a module: gives every definition its index, so that fields may refer to what is
/// defined behind them, and reads the types. Looks at no more of a field than that takes.
class field_declarer {
public:
    explicit field_declarer(module_state& state) noexcept
        : state_(state), tokens_(state.tokens), type_offsets_(state.memory().source()) {}

    /// Ends at the parenthesis that closes the module, or at the end.
    void run() {
        tokens_.ignore_annotations();
        while (tokens_.at(token_kind::open)) {
            declare_field();
        }
        const token_stream behind = tokens_;
        type_definition_parser parser(state_);
        for (const std::uint32_t offset : type_offsets_) {
            if (!tokens_.ok()) {
                return;
            }
            tokens_ = tokens_.from(offset);
            state_.note_field(offset);
            if (tokens_.take_open("rec")) {
                parser.parse_group();
            } else if (tokens_.take_open("type")) {
                parser.parse_single();
            }
        }
        if (tokens_.ok()) {
            tokens_ = behind;
        }
    }

private:
    void declare_field() {
        const token open = tokens_.current();
        const token word = tokens_.following();
        tokens_.advance();
        tokens_.advance();
        const std::optional<index_space> space = space_of(word);
        if (word.text == "rec" && word.kind == token_kind::keyword) {
            static_cast<void>(type_offsets_.try_push_back(open.offset));
            return declare_group();
        }
        if (space == index_space::type) {
            static_cast<void>(type_offsets_.try_push_back(open.offset));
        }
        if (space) {
            declare_in(*space);
        } else if (word.kind == token_kind::keyword && word.text == "import") {
            declare_import(open);
        } else if (word.kind != token_kind::keyword || (word.text != "export" && word.text != "start")) {
            return tokens_.unexpected(word, "a field of a module");
        }
        tokens_.skip_to_close();
    }

    void declare_group() {
        while (tokens_.take_open("type")) {
            declare(state_, index_space::type);
            tokens_.skip_to_close();
        }
        tokens_.expect_close();
    }

    void declare_import(const token& open) {
        check_import(open);
        if (tokens_.take(token_kind::string) && tokens_.take(token_kind::string) && tokens_.take(token_kind::open)) {
            const std::optional<index_space> space = space_of(tokens_.current());
            if (space && is_external(*space)) {
                tokens_.advance();
                declare(state_, *space);
                tokens_.skip_to_close();
            }
        }
    }

    void declare_in(index_space space) {
        const token begin = tokens_.current();
        declare(state_, space);
        if (!is_external(space)) {
            return;
        }
        while (tokens_.take_open("export")) {
            tokens_.skip_to_close();
        }
        if (tokens_.at_open("import")) {
            return check_import(begin);
        }
        if (defined_ == nullptr) {
            defined_ = index_space_names[static_cast<std::size_t>(space)];
        }
        if (space == index_space::table) {
            declare_inline_segment("elem", index_space::element);
        } else if (space == index_space::memory) {
            declare_inline_segment("data", index_space::data);
        }
    }

    /// A table with elements in it, or a memory with data, defines a segment.
    void declare_inline_segment(std::string_view word, index_space segments) {
        while (!tokens_.at(token_kind::close) && !tokens_.at_end()) {
            if (tokens_.at_open(word)) {
                ++state_.declared[static_cast<std::size_t>(segments)];
            }
            if (tokens_.take(token_kind::open)) {
                tokens_.skip_to_close();
            } else {
                tokens_.advance();
            }
        }
    }

    /// Imports have the lowest indices, so they must come first.
    void check_import(const token& at) {
        if (defined_ != nullptr) {
            tokens_.fail(at.offset, {"import after ", defined_, ": imports must come first"});
        }
    }

    module_state& state_;
    token_stream& tokens_;
    core::vector<std::uint32_t> type_offsets_; ///< of `(type …)` and `(rec …)`
    const char* defined_ = nullptr;            ///< the kind of the first definition that is no import
};

} // namespace riser::inline v0_1::wat::detail

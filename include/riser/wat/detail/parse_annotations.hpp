#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/module_state.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

// The contents of annotations (appendix "Custom Sections and Annotations"; code metadata). Errors are in the wording of
// the reference interpreter, as far as the suite knows it.

namespace riser::inline v0_1::wat::detail {

/// Reads the contents of one annotation, up to its closing parenthesis.
class annotation_parser {
public:
    annotation_parser(token_stream contents, annotation_kind kind) : contents_(std::move(contents)), kind_(kind) {}

    /// A string that is a name. \param missing the error where there is none.
    [[nodiscard]] byte_buffer parse_name(const char* missing) {
        const token text = contents_.current();
        byte_buffer name(contents_.memory());
        if (!contents_.at(token_kind::string)) {
            fail(text, missing);
        }
        contents_.expect_string(name);
        if (!token_stream::is_utf8(name.view())) {
            fail(text, "malformed UTF-8 encoding");
        }
        return name;
    }

    /// Strings, one behind the other, to the end.
    [[nodiscard]] byte_buffer parse_bytes() {
        byte_buffer bytes(contents_.memory());
        while (contents_.at(token_kind::string)) {
            contents_.expect_string(bytes);
        }
        expect_end();
        return bytes;
    }

    /// `(before section)`, `(after section)`, `(before first)` or `(after last)`, which is so too where none is there.
    /// \returns custom_section_text::place.
    [[nodiscard]] std::uint8_t parse_place() {
        if (!contents_.take(token_kind::open)) {
            return last_place;
        }
        const bool is_before = contents_.take_keyword("before");
        if (!is_before && !contents_.take_keyword("after")) {
            fail(contents_.current(), "malformed placement, expected before or after");
        }
        const std::optional<std::uint8_t> place = place_of(contents_.current().text, is_before);
        if (!place) {
            fail(contents_.current(), "malformed section kind");
        }
        contents_.advance();
        expect_end();
        contents_.advance();
        return place.value_or(last_place);
    }

    void expect_end() {
        if (!contents_.at(token_kind::close) || contents_.has_annotations()) {
            fail(contents_.current(), "unexpected token");
        }
    }

    void fail(const token& at, const char* what) {
        contents_.fail(at.offset, {"@", annotation_ids[static_cast<std::size_t>(kind_)], " annotation: ", what});
    }

private:
    static constexpr std::uint8_t last_place = 2 * section_count + 1;

    [[nodiscard]] static std::optional<std::uint8_t> place_of(std::string_view word, bool is_before) {
        /// In the order of `section`.
        static constexpr std::string_view words[section_count] = {
            "type",   "import", "func", "table",     "memory", "tag",  "global",
            "export", "start",  "elem", "datacount", "code",   "data",
        };
        if (word == "first" && is_before) {
            return std::uint8_t{0};
        }
        if (word == "last" && !is_before) {
            return last_place;
        }
        for (std::size_t i = 0; i < section_count; ++i) {
            if (word == words[i]) {
                return static_cast<std::uint8_t>(2 * i + (is_before ? 1 : 2));
            }
        }
        return std::nullopt;
    }

    token_stream contents_;
    annotation_kind kind_;
};

/// The `(@name "…")` in front of the current token, where there is one. `repeated` is the error where there are several.
[[nodiscard]] inline std::optional<byte_buffer> take_name_annotation(token_stream& tokens, const char* repeated) {
    const auto contents = tokens.take_annotation(annotation_kind::name, repeated);
    if (!contents) {
        return std::nullopt;
    }
    annotation_parser parser(tokens.from(*contents), annotation_kind::name);
    byte_buffer name = parser.parse_name("string expected");
    parser.expect_end();
    return name;
}

/// The `(@metadata.code.branch_hint "…")` there: 0 or 1.
[[nodiscard]] inline std::optional<std::uint8_t> take_branch_hint(token_stream& tokens) {
    const auto contents = tokens.take_annotation(annotation_kind::branch_hint,
                                                 "@metadata.code.branch_hint annotation: duplicate annotation");
    if (!contents) {
        return std::nullopt;
    }
    annotation_parser parser(tokens.from(*contents), annotation_kind::branch_hint);
    const byte_buffer bytes = parser.parse_bytes();
    const auto hint = static_cast<std::uint8_t>(bytes.size() == 1 ? bytes.data()[0] : 0xff);
    if (hint > 1) {
        parser.fail(tokens.current(), R"(invalid hint value, expected "\00" or "\01")");
    }
    return hint;
}

/// Every `(@custom "name" place? "bytes"*)` there.
inline void take_custom_annotations(token_stream& tokens, core::vector<custom_section_text>& out) {
    tokens.take_annotations(annotation_kind::custom, [&](std::uint32_t contents) {
        annotation_parser parser(tokens.from(contents), annotation_kind::custom);
        custom_section_text custom(tokens.memory());
        const byte_buffer name = parser.parse_name("missing section name");
        custom.is_names = name.view() == "name";
        custom.contents.append_sized(name.view());
        custom.place = parser.parse_place();
        custom.contents.append(parser.parse_bytes());
        static_cast<void>(out.try_push_back(std::move(custom)));
    });
}

} // namespace riser::inline v0_1::wat::detail

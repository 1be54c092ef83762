#pragma once

#include "riser/core/vector.hpp"
#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/module_state.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace riser::inline v0::wat::detail {

/// The sections' names in `(@custom …)` (appendix "Custom Annotations"), in the order of `section`.
inline constexpr std::string_view section_words[] = {
    "type",   "import", "func", "table",     "memory", "tag",  "global",
    "export", "start",  "elem", "datacount", "code",   "data",
};

/// `before` or `after` a section, behind the parenthesis.
[[nodiscard]] inline std::uint8_t parse_custom_place(token_stream& contents) {
    constexpr std::uint8_t last = 2 * section_count + 1;
    const bool is_before = contents.take_keyword("before");
    if (!is_before && !contents.take_keyword("after")) {
        contents.unexpected("before or after");
        return last;
    }
    const token word = contents.current();
    contents.advance();
    contents.expect_close();
    if (word.text == "first") {
        return 0;
    }
    if (word.text == "last") {
        return last;
    }
    for (std::size_t i = 0; i < section_count; ++i) {
        if (word.text == section_words[i]) {
            return static_cast<std::uint8_t>(2 * i + (is_before ? 1 : 2));
        }
    }
    contents.unexpected(word, "the name of a section");
    return last;
}

/// The contents of `(@custom "name" (before|after section)? "bytes"*)`.
inline void parse_custom_annotation(token_stream contents, core::vector<custom_section_text>& out) {
    custom_section_text custom;
    std::string text;
    contents.expect_name(text);
    custom.contents.append_sized(text);
    if (contents.take(token_kind::open)) {
        custom.place = parse_custom_place(contents);
    }
    text.clear();
    while (contents.at(token_kind::string)) {
        contents.expect_string(text);
    }
    contents.check_close();
    custom.contents.append(text);
    out.push_back(std::move(custom));
}

} // namespace riser::inline v0::wat::detail

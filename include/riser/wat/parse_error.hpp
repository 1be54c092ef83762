#pragma once

#include "riser/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace riser::inline v0::wat {

/// A place in a text.
struct position {
    std::uint32_t line = 1;   ///< from 1
    std::uint32_t column = 1; ///< from 1, in bytes
    std::size_t offset = 0;   ///< in bytes from the text's start

    friend bool operator==(const position&, const position&) = default;
};

/// A text was refused: it is malformed (Core specification, chapter 6), or larger or more deeply nested than what this
/// implementation takes. What is well-formed, but not valid, only riser::module refuses.
class parse_error : public error {
    struct state final : core::runtime::error_state {
        state(const void* tag_, const std::string& message_, const position& where_)
            : error_state(tag_, std::to_string(where_.line) + ":" + std::to_string(where_.column) + ": " + message_),
              where(where_) {}
        position where;
    };

public:
    explicit parse_error(const error& failure) noexcept : error(failure) {}
    /// The message gets line and column in front: "3:14: unknown operator i32.foo: expected an instruction".
    parse_error(const std::string& message, const position& where)
        : error(core::runtime::make_error_state<parse_error, state>(message, where)) {}

    [[nodiscard]] position where() const noexcept { return static_cast<const state*>(error::state().get())->where; }
    /// The message without line and column.
    [[nodiscard]] std::string_view reason() const noexcept {
        const std::size_t prefix = message().find(": ");
        return message().substr(prefix + 2);
    }
};

namespace detail {

/// Where an offset is. Lines end as the format says (6.3.7): with a line feed, a carriage return, or both.
[[nodiscard, gnu::cold]] inline position position_of(std::string_view text, std::size_t offset) noexcept {
    position result;
    result.offset = offset < text.size() ? offset : text.size();
    std::size_t line_begin = 0;
    for (std::size_t i = 0; i < result.offset; ++i) {
        if (text[i] == '\n' || (text[i] == '\r' && !(i + 1 < text.size() && text[i + 1] == '\n'))) {
            ++result.line;
            line_begin = i + 1;
        }
    }
    result.column = static_cast<std::uint32_t>(result.offset - line_begin + 1);
    return result;
}

} // namespace detail
} // namespace riser::inline v0::wat

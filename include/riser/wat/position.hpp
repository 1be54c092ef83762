#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace riser::inline v0_1::wat {

/// A place in a text.
struct position {
    std::uint32_t line = 1;   ///< from 1
    std::uint32_t column = 1; ///< from 1, in bytes
    std::size_t offset = 0;   ///< in bytes from the text's start

    friend bool operator==(const position&, const position&) = default;
};

namespace detail {

/// Counts the lines of a text, once. They end as the format says (6.3.7): with a line feed, a carriage return, or both.
class line_counter {
public:
    explicit line_counter(std::string_view text) noexcept : text_(text) {}

    /// Where an offset is, which is not before the one it was last asked for.
    [[nodiscard, gnu::cold]] position at(std::size_t offset) noexcept {
        offset = offset < text_.size() ? offset : text_.size();
        for (; last_.offset < offset; ++last_.offset) {
            const std::size_t next = last_.offset + 1;
            const char c = text_[last_.offset];
            if (c == '\n' || (c == '\r' && (next == text_.size() || text_[next] != '\n'))) {
                ++last_.line;
                line_begin_ = next;
            }
        }
        last_.column = static_cast<std::uint32_t>(offset - line_begin_ + 1);
        return last_;
    }

private:
    std::string_view text_;
    position last_;
    std::size_t line_begin_ = 0;
};

[[nodiscard]] inline position position_of(std::string_view text, std::size_t offset) noexcept {
    return line_counter(text).at(offset);
}

} // namespace detail
} // namespace riser::inline v0_1::wat

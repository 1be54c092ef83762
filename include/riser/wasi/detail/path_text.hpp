#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace riser::inline v0_1::wasi::detail {

/// As Linux's PATH_MAX, which counts a NUL.
inline constexpr std::size_t longest_path = 4096;

/// A copy of a path or of a component, in place: it takes no memory that there might not be.
class path_text {
public:
    /// \param text of less than longest_path bytes.
    void assign(std::string_view text) noexcept {
        std::copy(text.begin(), text.end(), text_);
        text_[text.size()] = '\0';
        size_ = text.size();
    }
    [[nodiscard]] std::string_view view() const noexcept { return {text_, size_}; }
    [[nodiscard]] const char* c_str() const noexcept { return text_; }

private:
    char text_[longest_path]; // not initialised beyond the NUL
    std::size_t size_ = 0;
};

} // namespace riser::inline v0_1::wasi::detail

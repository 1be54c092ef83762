#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace riser::inline v0::core::wasm {

/// A part of a message: a text, to which it refers, or a number.
class message_part {
public:
    message_part(const char* text) noexcept : message_part(std::string_view(text)) {}
    message_part(std::string_view text) noexcept : text_(text.empty() ? "" : text.data()), number_(text.size()) {}
    message_part(const std::string& text) noexcept : message_part(std::string_view(text)) {}
    message_part(std::uint64_t number) noexcept : number_(number) {}

    [[gnu::cold]] void append_to(std::string& text) const {
        if (text_ != nullptr) {
            text.append(text_, static_cast<std::size_t>(number_));
        } else {
            text += std::to_string(number_);
        }
    }

private:
    const char* text_ = nullptr; ///< null: the number
    std::uint64_t number_;       ///< or the text's size
};

/// What is wrong, in parts, which are put together by whoever keeps it. So the many places that find errors make no
/// strings: these would be most of the code there, and of the time it takes to compile. Only passed to functions, within
/// the expression that makes it.
class message {
public:
    message(const char* text) noexcept : data_(text) {}
    message(std::initializer_list<message_part> parts) noexcept : data_(parts.begin()), parts_(parts.size()) {}

    [[nodiscard, gnu::cold, gnu::noinline]] std::string text() const {
        if (parts_ == 0) {
            return static_cast<const char*>(data_);
        }
        std::string text;
        for (const message_part& part : std::span(static_cast<const message_part*>(data_), parts_)) {
            part.append_to(text);
        }
        return text;
    }

private:
    const void* data_;
    std::size_t parts_ = 0; ///< 0: a text that ends with a zero
};

/// Two digits or more.
[[nodiscard, gnu::cold, gnu::noinline]] inline std::string hexadecimal(std::uint64_t value) {
    std::string text;
    for (; value != 0 || text.size() < 2; value >>= 4U) {
        text.insert(text.begin(), "0123456789abcdef"[value & 0xfU]);
    }
    return text;
}

} // namespace riser::inline v0::core::wasm

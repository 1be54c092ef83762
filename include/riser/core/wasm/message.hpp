#pragma once

#include "riser/core/base/text.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace riser::inline v0_1::core::wasm {

/// A part of a message: a text, to which it refers, or a number.
class message_part {
public:
    message_part(const char* text) noexcept : message_part(std::string_view(text)) {}
    message_part(std::string_view text) noexcept : text_(text.empty() ? "" : text.data()), number_(text.size()) {}
    message_part(const std::string& text) noexcept : message_part(std::string_view(text)) {}
    message_part(const core::text& text) noexcept : message_part(text.view()) {}
    message_part(std::uint64_t number) noexcept : number_(number) {}

    [[gnu::cold]] void append_to(core::text& whole) const noexcept {
        if (text_ != nullptr) {
            whole.append(std::string_view(text_, static_cast<std::size_t>(number_)));
        } else {
            whole.append(number_);
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

    [[nodiscard, gnu::cold, gnu::noinline]] core::text text() const noexcept {
        core::text whole;
        if (parts_ == 0) {
            return whole.append(std::string_view(static_cast<const char*>(data_)));
        }
        for (const message_part& part : std::span(static_cast<const message_part*>(data_), parts_)) {
            part.append_to(whole);
        }
        return whole;
    }

private:
    const void* data_;
    std::size_t parts_ = 0; ///< 0: a text that ends with a zero
};

/// Two digits or more.
[[nodiscard, gnu::cold, gnu::noinline]] inline text hexadecimal(std::uint64_t value) noexcept {
    text digits;
    unsigned shift = 60;
    while (shift > 4 && value >> shift == 0) {
        shift -= 4;
    }
    for (; shift < 64; shift -= 4) { // until it wraps
        digits.append(std::string_view(&"0123456789abcdef"[value >> shift & 0xfU], 1));
    }
    return digits;
}

/// A name that a module chose, for whoever prints or logs it: control characters as the text format writes them, \\1b.
[[nodiscard, gnu::cold, gnu::noinline]] inline text printable(std::string_view name) noexcept {
    text result;
    std::size_t done = 0;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const auto c = static_cast<unsigned char>(name[i]);
        if (c < 0x20U || c == 0x7fU) {
            result.append(name.substr(done, i - done)).append("\\").append(hexadecimal(c));
            done = i + 1;
        }
    }
    return result.append(name.substr(done));
}

} // namespace riser::inline v0_1::core::wasm

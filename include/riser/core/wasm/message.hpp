#pragma once

#include "riser/core/wasm/types.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace riser::inline v0::core::wasm {

/// A part of a message: a text, a number, or types in the notation of the text format. Refers to what it was made of.
class message_part {
public:
    message_part(const char* text) noexcept : message_part(std::string_view(text)) {}
    message_part(std::string_view text) noexcept : data_(text.data()), number_(text.size()), what_(kind::text) {}
    message_part(const std::string& text) noexcept : message_part(std::string_view(text)) {}
    message_part(std::uint64_t number) noexcept : number_(number), what_(kind::number) {}
    message_part(const value_type& type) noexcept : data_(&type), what_(kind::type) {}
    message_part(std::span<const value_type> types) noexcept
        : data_(types.data()), number_(types.size()), what_(kind::types) {}
    message_part(const function_type& type) noexcept : data_(&type), what_(kind::function) {}

    [[gnu::cold]] void append_to(std::string& text) const {
        switch (what_) {
        case kind::text: text.append(static_cast<const char*>(data_), static_cast<std::size_t>(number_)); break;
        case kind::number: text += std::to_string(number_); break;
        case kind::type: text += to_string(*static_cast<const value_type*>(data_)); break;
        case kind::types:
            text += to_string(std::span(static_cast<const value_type*>(data_), static_cast<std::size_t>(number_)));
            break;
        case kind::function: text += to_string(*static_cast<const function_type*>(data_)); break;
        }
    }

private:
    enum class kind : std::uint8_t { text, number, type, types, function };

    const void* data_ = nullptr;
    std::uint64_t number_ = 0;
    kind what_;
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

} // namespace riser::inline v0::core::wasm

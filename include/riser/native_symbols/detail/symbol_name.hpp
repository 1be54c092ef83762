#pragma once

#include "riser/engine_options.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace riser::inline v0_1::native_symbols::detail {

/// `module!function`, as backtraces have it. A module may have chosen any names: control characters (U+0000-1F, U+007F-9F), which would end a line of
/// perf's map or steer a terminal, become `?`, and long names are cut. Takes no memory.
class symbol_name {
public:
    static constexpr std::size_t most_module_bytes = 128; ///< so that a long one is not repeated for each function
    static constexpr std::size_t most_bytes = 1024;

    explicit symbol_name(const published_code& code) noexcept {
        append(code.module.empty() ? "module" : code.module, most_module_bytes);
        append("!", most_bytes);
        if (code.name.empty()) {
            append("function ", most_bytes);
            append_number(code.function);
        } else {
            append(code.name, most_bytes);
        }
    }

    [[nodiscard]] std::string_view view() const noexcept { return {bytes_, size_}; }
    /// A zero follows.
    [[nodiscard]] const char* c_str() const noexcept { return bytes_; }

private:
    /// What fits until `end`, in whole characters.
    void append(std::string_view text, std::size_t end) noexcept {
        std::size_t count = std::min(text.size(), end - size_);
        while (count != 0 && count < text.size() && (static_cast<unsigned char>(text[count]) & 0xc0U) == 0x80) {
            --count;
        }
        for (std::size_t i = 0; i < count; ++i) {
            const auto byte = static_cast<unsigned char>(text[i]);
            const bool is_c1 = byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0;
            bytes_[size_++] = byte < 0x20 || byte == 0x7f || is_c1 ? '?' : text[i];
            i += is_c1 ? 1 : 0;
        }
    }
    void append_number(std::uint32_t number) noexcept {
        char digits[10]; // of the largest
        std::size_t first = sizeof digits;
        do {
            digits[--first] = static_cast<char>('0' + number % 10);
            number /= 10;
        } while (number != 0);
        append({digits + first, sizeof digits - first}, most_bytes);
    }

    char bytes_[most_bytes + 1] = {};
    std::size_t size_ = 0;
};

} // namespace riser::inline v0_1::native_symbols::detail

#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/wat/detail/memory.hpp"

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace riser::inline v0_1::wat::detail {

/// \returns the bytes of the first character if it is one beyond ASCII that terminals act on, or that changes the order of
/// what is shown (U+0080-9F, U+200E-F, U+2028-E, U+2066-F); 0 for any other.
[[nodiscard]] inline std::size_t unseen_size(std::string_view text) noexcept {
    const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    if (at(0) == 0xc2 && at(1) >= 0x80 && at(1) < 0xa0) {
        return 2;
    }
    const unsigned last = at(2);
    const bool is_mark = at(1) == 0x80 && (last == 0x8e || last == 0x8f || (last >= 0xa8 && last <= 0xae));
    const bool is_isolate = at(1) == 0x81 && last >= 0xa6 && last <= 0xaf;
    return at(0) == 0xe2 && (is_mark || is_isolate) ? 3 : 0;
}

/// Text that grows to a limit. Behind the limit nothing is kept, and the diagnostics say so: whoever writes looks at them
/// once in a while, or is stopped by a byte_reader that has the same.
class text_writer {
public:
    /// Nothing may be written where there is no memory, which the diagnostics then say.
    text_writer(std::uint64_t max_size, const text_memory& memory) noexcept
        : chunk_(memory.source()), max_size_(max_size), memory_(&memory) {
        static_cast<void>(chunk_.try_resize(chunk_size));
        end_ = chunk_.data();
    }

    [[nodiscard]] std::string take() {
        flush();
        return std::move(text_);
    }

    /// An empty one with the same limit and memory.
    [[nodiscard]] text_writer like() const noexcept { return {max_size_, *memory_}; }

    void swap(text_writer& other) noexcept {
        text_.swap(other.text_);
        chunk_.swap(other.chunk_);
        std::swap(end_, other.end_);
        std::swap(max_size_, other.max_size_);
    }

    /// What was written since the last clear(), where that is known to be little.
    [[nodiscard]] std::string_view view() {
        flush();
        return text_;
    }
    void clear() noexcept {
        text_.clear();
        end_ = chunk_.data();
    }

    void add(char character) {
        *room(1) = character;
        ++end_;
    }
    void add(std::string_view text) {
        if (text.size() > chunk_size) [[unlikely]] {
            flush();
            append(text);
            return;
        }
        if (!text.empty()) {
            std::memcpy(room(text.size()), text.data(), text.size());
            end_ += text.size();
        }
    }

    /// Texts of at most `Size` characters out of a table whose rows all have as many: copied without a loop.
    template <std::size_t Size>
    void add_padded(const char (&text)[Size], std::size_t size) {
        std::memcpy(room(Size), text, Size);
        end_ += size;
    }

    template <class T>
    void add_number(T number) {
        char* const begin = room(longest_number);
        end_ = std::to_chars(begin, begin + longest_number, number).ptr;
    }

    /// With 0x in front.
    void add_hexadecimal(std::uint64_t number) {
        add("0x");
        char* const begin = room(longest_number);
        end_ = std::to_chars(begin, begin + longest_number, number, 16).ptr;
    }

    /// With 0x and all of its eight digits.
    void add_word(std::uint32_t number) {
        char* const begin = room(10);
        begin[0] = '0';
        begin[1] = 'x';
        for (unsigned i = 0; i < 8; ++i) {
            begin[2 + i] = digits[number >> (28 - 4 * i) & 0xfU];
        }
        end_ += 10;
    }

    /// The shortest decimal that reads back as the same number; NaNs with their payload (6.3.2).
    void add_f32(std::uint32_t bits) { add_float<float, 23>(bits); }
    void add_f64(std::uint64_t bits) { add_float<double, 52>(bits); }

    /// A new line at a depth of nesting. Deep nesting is not indented further: it would cost a line of that length for
    /// each byte of a hostile module, and nobody sees it.
    void new_line(std::size_t depth) {
        static constexpr std::size_t most = 48;
        static constexpr std::string_view spaces = "\n                                                                "
                                                   "                                ";
        static_assert(spaces.size() == 1 + 2 * most);
        const std::size_t size = 1 + 2 * (depth < most ? depth : most);
        char* const begin = room(spaces.size());
        std::memcpy(begin, spaces.data(), 33); // mostly enough, and without a loop
        if (size > 33) {
            std::memcpy(begin + 33, spaces.data() + 33, spaces.size() - 33);
        }
        end_ += size;
    }

    /// Bytes as a string (6.3.3) that keeps to ASCII.
    void add_bytes(std::span<const std::byte> bytes) {
        add('"');
        for (const std::byte byte : bytes) {
            add_byte(std::to_integer<unsigned char>(byte));
        }
        add('"');
    }

    /// UTF-8 as a string. Characters that terminals act on, or that change the order of what is shown, are escaped.
    void add_name(std::string_view name) {
        add('"');
        for (std::size_t i = 0; i < name.size(); ++i) {
            const auto byte = static_cast<unsigned char>(name[i]);
            if (byte < 0x80) {
                add_byte(byte);
            } else if (const std::size_t size = add_unseen(name.substr(i)); size != 0) {
                i += size - 1;
            } else {
                add(name[i]);
            }
        }
        add('"');
    }

private:
    static constexpr std::size_t chunk_size = std::size_t{1} << 14U;
    static constexpr std::size_t longest_number = 32;
    static constexpr char digits[] = "0123456789abcdef";

    [[nodiscard]] char* room(std::size_t size) {
        if (static_cast<std::size_t>(chunk_.end() - end_) < size) [[unlikely]] {
            flush();
        }
        return end_;
    }

    [[gnu::noinline]] void flush() {
        append({chunk_.data(), static_cast<std::size_t>(end_ - chunk_.data())});
        end_ = chunk_.data();
    }

    void append(std::string_view text) {
        if (text.size() <= max_size_ - text_.size()) [[likely]] {
            if (has_room(text.size())) [[likely]] {
                text_.append(text);
            }
        } else {
            memory_->diagnostics().report(core::wasm::diagnostic_kind::limit, 0,
                                          {"text too large: more than ", max_size_, " bytes"});
            max_size_ = text_.size(); // nothing shorter comes behind what is left out
        }
    }

    [[nodiscard]] bool has_room(std::size_t more) {
        const std::size_t needed = text_.size() + more;
        return needed <= text_.capacity() ||
               memory_->diagnostics().require_memory(try_reserve(text_, core::greater(needed, 2 * text_.capacity())));
    }

    template <class Float, unsigned MantissaBits, class Bits>
    void add_float(Bits bits) {
        static constexpr Bits mantissa_mask = (Bits{1} << MantissaBits) - 1;
        static constexpr Bits exponent_mask = (~Bits{0} >> 1U) & ~mantissa_mask;
        if ((bits & exponent_mask) != exponent_mask) {
            add_number(std::bit_cast<Float>(bits));
            return;
        }
        if (bits >> (8 * sizeof(Bits) - 1) != 0) {
            add('-');
        }
        const Bits payload = bits & mantissa_mask;
        if (payload == 0) {
            add("inf");
            return;
        }
        add("nan");
        if (payload != Bits{1} << (MantissaBits - 1)) { // not the canonical one
            add(':');
            add_hexadecimal(payload);
        }
    }

    void add_byte(unsigned char byte) {
        char* const begin = room(3);
        if (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\') {
            *begin = static_cast<char>(byte);
            ++end_;
        } else {
            begin[0] = '\\';
            begin[1] = digits[byte >> 4U];
            begin[2] = digits[byte & 0xfU];
            end_ += 3;
        }
    }

    /// Escapes the character at the beginning of `name` if it is not to be seen. \returns its bytes; 0 for any other.
    [[nodiscard]] std::size_t add_unseen(std::string_view name) {
        const std::size_t size = unseen_size(name);
        if (size == 0) {
            return 0;
        }
        const auto low = [&](std::size_t i) { return static_cast<unsigned char>(name[i]) & 0x3fU; };
        const std::uint32_t point = size == 2 ? 0x80U + low(1) : 0x2000U + low(1) * 0x40U + low(2);
        add("\\u{");
        char* const begin = room(longest_number);
        end_ = std::to_chars(begin, begin + longest_number, point, 16).ptr;
        add('}');
        return size;
    }

    std::string text_;
    core::vector<char> chunk_; ///< what comes behind text_: a short one stays in the cache
    char* end_ = nullptr;
    std::uint64_t max_size_;
    const text_memory* memory_;
};

} // namespace riser::inline v0_1::wat::detail

#pragma once

#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/message.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace riser::inline v0_1::core::wasm {

/// A cursor over a part of a module's bytes (5.2). Offsets count from the module's start, whatever the part.
///
/// Errors are sticky: the first goes to the diagnostics, the cursor jumps to its end, and every later read gives zero.
/// So a caller may read a whole structure and look at ok() once; loops over counts must look each time round.
class byte_reader {
public:
    byte_reader(std::span<const std::byte> module_bytes, diagnostics& diagnostics) noexcept
        : byte_reader(module_bytes, 0, module_bytes.size(), diagnostics) {}

    /// Reads [begin, end) of the module; both must lie in it.
    byte_reader(std::span<const std::byte> module_bytes, std::size_t begin, std::size_t end,
                diagnostics& diagnostics) noexcept
        : module_(module_bytes.data()), position_(module_ + begin), end_(module_ + end), diagnostics_(&diagnostics) {}

    [[nodiscard]] bool ok() const noexcept { return diagnostics_->ok(); }
    [[nodiscard]] bool at_end() const noexcept { return position_ == end_; }
    [[nodiscard]] std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - position_); }
    /// Of the next byte, from the module's start. Modules are at most 1 GiB (limits.hpp), so 32 bits hold it.
    [[nodiscard]] std::uint32_t offset() const noexcept { return static_cast<std::uint32_t>(position_ - module_); }
    [[nodiscard]] diagnostics& errors() const noexcept { return *diagnostics_; }

    /// What is said where the bytes end too early, unless a read has a message of its own.
    void set_end_message(const char* message) noexcept { end_message_ = message; }

    [[gnu::cold, gnu::noinline]] void fail(diagnostic_kind kind, std::size_t offset, message what) {
        diagnostics_->report(kind, offset, what);
        position_ = end_;
    }
    void malformed(message what) { fail(diagnostic_kind::malformed, offset(), what); }
    void malformed_at(std::size_t offset, message what) { fail(diagnostic_kind::malformed, offset, what); }
    void invalid_at(std::size_t offset, message what) { fail(diagnostic_kind::invalid, offset, what); }
    /// Takes what an operation that needs memory says of itself. \returns it; where it is false, this has failed.
    bool require_memory(bool was_there) {
        if (!was_there) [[unlikely]] {
            diagnostics_->require_memory(false, offset());
            position_ = end_;
        }
        return was_there;
    }

    /// The next byte without reading it; 0 at the end.
    [[nodiscard]] std::uint8_t peek(std::size_t ahead = 0) const noexcept {
        return ahead < remaining() ? std::to_integer<std::uint8_t>(position_[ahead]) : std::uint8_t{0};
    }

    /// Whether a parenthesis or a comment of the text format is what comes first, behind white space (6.3.3).
    [[nodiscard, gnu::cold]] bool begins_text() const noexcept {
        for (const std::byte* at = position_; at != end_; ++at) {
            const char character = static_cast<char>(*at);
            if (character != ' ' && character != '\t' && character != '\r' && character != '\n') {
                return character == '(' || character == ';';
            }
        }
        return false;
    }

    [[nodiscard]] std::uint8_t read_u8() {
        if (position_ == end_) [[unlikely]] {
            fail_at_end();
            return 0;
        }
        return std::to_integer<std::uint8_t>(*position_++);
    }

    // LEB128 integers (5.2.2). One byte is the common case and stays inline.
    [[nodiscard]] std::uint32_t read_u32_leb() { return static_cast<std::uint32_t>(read_unsigned<32>()); }
    [[nodiscard]] std::uint64_t read_u64_leb() { return read_unsigned<64>(); }
    [[nodiscard]] std::int32_t read_s32_leb() { return static_cast<std::int32_t>(read_signed<32>()); }
    [[nodiscard]] std::int64_t read_s33_leb() { return read_signed<33>(); }
    [[nodiscard]] std::int64_t read_s64_leb() { return read_signed<64>(); }

    // Little-endian words (5.2.3): floats by their bits.
    [[nodiscard]] std::uint32_t read_u32_fixed() { return static_cast<std::uint32_t>(read_fixed(4)); }
    [[nodiscard]] std::uint64_t read_u64_fixed() { return read_fixed(8); }

    /// The next `size` bytes; none where fewer are left.
    [[nodiscard]] std::span<const std::byte> read_bytes(std::size_t size) {
        if (size > remaining()) [[unlikely]] {
            fail_at_end();
            return {};
        }
        const std::span<const std::byte> result(position_, size);
        position_ += size;
        return result;
    }

    void skip(std::size_t size) { static_cast<void>(read_bytes(size)); }

    /// A reader of the next `size` bytes alone, which this one skips.
    [[nodiscard]] byte_reader take(std::size_t size) {
        byte_reader part(*this);
        const auto bytes = read_bytes(size);
        part.end_ = part.position_ + bytes.size();
        return part;
    }

    /// The number of items of a vector (5.1.3). Every item takes a byte or more, so a number larger than the bytes that
    /// are left is refused before anybody reserves memory for it.
    [[nodiscard]] std::uint32_t read_count(const char* what, std::uint32_t limit);

    /// A name (5.2.4): valid UTF-8, still in the module's bytes.
    [[nodiscard]] std::string_view read_name();

private:
    [[gnu::cold, gnu::noinline]] void fail_at_end() {
        fail(diagnostic_kind::malformed, static_cast<std::size_t>(end_ - module_), end_message_);
    }

    template <unsigned Bits>
    [[nodiscard, gnu::always_inline]] std::uint64_t read_unsigned() {
        if (position_ != end_) [[likely]] {
            const auto byte = std::to_integer<std::uint8_t>(*position_);
            if (byte < 0x80U) [[likely]] {
                ++position_;
                return byte;
            }
        }
        return read_long_leb<Bits, false>();
    }

    template <unsigned Bits>
    [[nodiscard]] std::int64_t read_signed() {
        if (position_ != end_) [[likely]] {
            const auto byte = std::to_integer<std::uint8_t>(*position_);
            if (byte < 0x80U) [[likely]] {
                ++position_;
                return static_cast<std::int64_t>((std::uint64_t{byte} ^ 0x40U) - 0x40U);
            }
        }
        return static_cast<std::int64_t>(read_long_leb<Bits, true>());
    }

    template <unsigned Bits, bool Signed>
    [[gnu::noinline]] std::uint64_t read_long_leb() {
        if (remaining() >= 2 && (std::to_integer<unsigned>(position_[1]) & 0x80U) == 0) [[likely]] { // the usual length
            const auto low = std::to_integer<std::uint64_t>(position_[0]) & 0x7fU;
            const auto value = low | std::to_integer<std::uint64_t>(position_[1]) << 7U;
            position_ += 2;
            return Signed ? (value ^ 0x2000U) - 0x2000U : value;
        }
        std::uint64_t value = 0;
        for (unsigned shift = 0;; shift += 7) {
            if (shift >= Bits) {
                malformed("integer representation too long");
                return 0;
            }
            if (position_ == end_) {
                fail_at_end();
                return 0;
            }
            const auto byte = std::to_integer<std::uint64_t>(*position_);
            if (shift + 7 > Bits && !fits<Signed>(byte & 0x7fU, Bits - shift)) {
                malformed("integer too large");
                return 0;
            }
            ++position_;
            value |= (byte & 0x7fU) << shift;
            if ((byte & 0x80U) == 0) {
                if (Signed && (byte & 0x40U) != 0 && shift + 7 < 64) {
                    value |= ~std::uint64_t{0} << (shift + 7);
                }
                return value;
            }
        }
    }

    /// Do the 7 bits of a last byte hold nothing beyond `bits` bits but copies of the sign?
    template <bool Signed>
    [[nodiscard]] static bool fits(std::uint64_t low, unsigned bits) noexcept {
        if constexpr (Signed) {
            const std::uint64_t mask = 0x7fU & (~std::uint64_t{0} << (bits - 1));
            return (low & mask) == 0 || (low & mask) == mask;
        } else {
            return low >> bits == 0;
        }
    }

    [[nodiscard]] std::uint64_t read_fixed(std::size_t size) {
        const auto bytes = read_bytes(size);
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
        }
        return value;
    }

    const std::byte* module_;
    const std::byte* position_;
    const std::byte* end_;
    diagnostics* diagnostics_;
    const char* end_message_ = "unexpected end of section or function";
};

/// Well-formed UTF-8 as the Unicode standard defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard, gnu::noinline]] inline bool is_utf8(std::span<const std::byte> bytes) noexcept {
    const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
    const std::size_t size = bytes.size();
    std::size_t i = 0;
    while (i < size) {
        std::uint64_t block = 0;
        if (size - i >= sizeof block) { // eight ASCII characters at once
            std::memcpy(&block, bytes.data() + i, sizeof block);
            if ((block & 0x8080808080808080U) == 0) {
                i += sizeof block;
                continue;
            }
        }
        const unsigned lead = at(i);
        if (lead < 0x80U) {
            ++i;
            continue;
        }
        const std::size_t length = lead >= 0xf0U ? 4 : lead >= 0xe0U ? 3 : 2;
        if (lead < 0xc2U || lead > 0xf4U || size - i < length) {
            return false;
        }
        const unsigned second = at(i + 1);
        // The second byte's range excludes overlong forms, surrogates and what is too large.
        const unsigned least = lead == 0xe0U ? 0xa0U : lead == 0xf0U ? 0x90U : 0x80U;
        const unsigned most = lead == 0xedU ? 0x9fU : lead == 0xf4U ? 0x8fU : 0xbfU;
        if (second < least || second > most) {
            return false;
        }
        for (std::size_t k = 2; k < length; ++k) {
            if ((at(i + k) & 0xc0U) != 0x80U) {
                return false;
            }
        }
        i += length;
    }
    return true;
}

inline std::uint32_t byte_reader::read_count(const char* what, std::uint32_t limit) {
    const std::uint32_t begin = offset();
    const std::uint32_t count = read_u32_leb();
    if (count > remaining()) [[unlikely]] {
        malformed_at(begin, {end_message_, ": a count of ", count, " ", what});
        return 0;
    }
    if (count > limit) [[unlikely]] {
        fail(diagnostic_kind::limit, begin, {"too many ", what, ": at most ", limit});
        return 0;
    }
    return count;
}

inline std::string_view byte_reader::read_name() {
    const std::uint32_t size = read_u32_leb();
    const std::uint32_t begin = offset();
    if (size > remaining()) [[unlikely]] {
        malformed_at(begin, {"length out of bounds: a name of ", size, " bytes"});
        return {};
    }
    const auto bytes = read_bytes(size);
    if (!is_utf8(bytes)) [[unlikely]] {
        malformed_at(begin, "malformed UTF-8 encoding");
        return {};
    }
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace riser::inline v0_1::core::wasm

#pragma once

#include "riser/config.hpp"
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace riser::inline v0_1::dwarf::detail {

/// Reads bytes from front to back. Behind the end everything is zero, and ok() false.
class cursor {
public:
    explicit cursor(std::span<const std::byte> bytes) noexcept : rest_(bytes) {}

    [[nodiscard]] bool ok() const noexcept { return ok_; }
    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
    [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }

    /// A little-endian number of at most 8 bytes.
    std::uint64_t fixed(std::size_t size) noexcept {
        std::uint64_t value = 0;
        const std::span<const std::byte> bytes = take(size);
        for (std::size_t i = bytes.size(); i-- > 0;) {
            value = value << 8U | std::to_integer<std::uint64_t>(bytes[i]);
        }
        return value;
    }

    /// LEB128 of at most ten bytes, which all 64-bit numbers fit: what reads one again and again takes no longer for a padded one.
    std::uint64_t unsigned_leb() noexcept { return leb(false); }
    std::int64_t signed_leb() noexcept { return static_cast<std::int64_t>(leb(true)); }

    /// Characters up to a zero, which must be there.
    std::string_view text() noexcept {
        const void* const end = rest_.empty() ? nullptr : std::memchr(rest_.data(), 0, rest_.size());
        if (end == nullptr) {
            fail();
            return {};
        }
        const auto size = static_cast<std::size_t>(static_cast<const std::byte*>(end) - rest_.data());
        const std::string_view found(reinterpret_cast<const char*>(rest_.data()), size);
        rest_ = rest_.subspan(size + 1);
        return found;
    }

    /// The next `size` bytes; none where there are fewer.
    std::span<const std::byte> take(std::uint64_t size) noexcept {
        if (size > rest_.size()) {
            fail();
            return {};
        }
        const std::span<const std::byte> taken = rest_.first(core::cast<std::size_t>(size));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }

private:
    void fail() noexcept {
        ok_ = false;
        rest_ = {};
    }

    std::uint64_t leb(bool is_signed) noexcept {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 70; shift += 7) {
            const std::uint64_t byte = fixed(1);
            value |= (byte & 0x7fU) << shift;
            if ((byte & 0x80U) == 0) {
                const bool is_negative = is_signed && (byte & 0x40U) != 0 && shift + 7 < 64;
                return is_negative ? value | ~std::uint64_t{0} << (shift + 7) : value;
            }
        }
        fail();
        return 0;
    }

    std::span<const std::byte> rest_;
    bool ok_ = true;
};

} // namespace riser::inline v0_1::dwarf::detail

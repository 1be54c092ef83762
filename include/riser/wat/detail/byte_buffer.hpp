#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/wat/detail/memory.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace riser::inline v0_1::wat::detail {

/// Bytes of the binary format (Core specification 5.2), or of names, growing at the end. Those that there is no memory for are
/// missing; see text_memory.
class byte_buffer {
public:
    explicit byte_buffer(const text_memory& memory) noexcept : bytes_(memory.source()) {}

    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
    [[nodiscard]] const std::uint8_t* data() const noexcept { return bytes_.data(); }
    [[nodiscard]] std::string_view view() const noexcept { return view_from(0); }
    operator std::string_view() const noexcept { return view(); }
    [[nodiscard]] std::string_view view_from(std::size_t begin) const noexcept {
        return bytes_.empty() ? std::string_view()
                              : std::string_view(reinterpret_cast<const char*>(bytes_.data()) + begin, size() - begin);
    }

    void clear() noexcept { bytes_.clear(); }
    /// Keeps the first `size` bytes.
    void truncate(std::size_t size) noexcept { static_cast<void>(bytes_.try_resize(size)); }

    void put(std::uint8_t byte) noexcept { static_cast<void>(bytes_.try_push_back(byte)); }

    /// LEB128 (5.2.2)
    void put_unsigned(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7U) {
            put(static_cast<std::uint8_t>(value | 0x80U));
        }
        put(static_cast<std::uint8_t>(value));
    }
    void put_signed(std::int64_t value) {
        for (; value < -0x40 || value >= 0x40; value >>= 7) {
            put(static_cast<std::uint8_t>((value & 0x7f) | 0x80));
        }
        put(static_cast<std::uint8_t>(value & 0x7f));
    }
    /// The lowest `bytes` bytes, the lowest first.
    void put_fixed(std::uint64_t value, unsigned bytes) {
        for (; bytes != 0; --bytes, value >>= 8U) {
            put(static_cast<std::uint8_t>(value));
        }
    }

    void append(std::string_view bytes) {
        const auto* const begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
        static_cast<void>(bytes_.try_append(begin, begin + bytes.size()));
    }
    void append(const byte_buffer& other) { append(other.view()); }
    /// With the size in front.
    void append_sized(std::string_view bytes) {
        put_unsigned(bytes.size());
        append(bytes);
    }

private:
    core::vector<std::uint8_t> bytes_;
};

/// A vector of the binary format (5.1.3) that grows: the items' bytes, and how many there are.
struct item_buffer {
    explicit item_buffer(const text_memory& memory) noexcept : bytes(memory) {}

    byte_buffer bytes;
    std::uint32_t count = 0;

    void clear() noexcept {
        bytes.clear();
        count = 0;
    }
    void append_to(byte_buffer& out) const {
        out.put_unsigned(count);
        out.append(bytes);
    }
    /// An entry of a name map (appendix "Custom Sections").
    void add_name(std::uint32_t index, std::string_view name) {
        bytes.put_unsigned(index);
        bytes.append_sized(name);
        ++count;
    }
};

} // namespace riser::inline v0_1::wat::detail

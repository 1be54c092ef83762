#pragma once

#include "riser/caller.hpp"
#include "riser/config.hpp"
#include "riser/error.hpp"
#include "riser/guest_span.hpp"
#include "riser/wasi/detail/path_text.hpp"
#include "riser/wasi/errc.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace riser::inline v0_1::wasi::detail {

/// A place in guest memory that is known to be inside, for one record or buffer. Valid until wasm runs again.
class guest_record {
public:
    guest_record() noexcept = default;
    explicit guest_record(std::span<std::byte> bytes) noexcept : bytes_(bytes) {}

    template <class T>
    [[nodiscard]] T get(std::size_t offset) const noexcept {
        return guest_span<const T>(bytes_.data() + offset, 1)[0];
    }
    template <class T>
    void set(std::size_t offset, T value) const noexcept {
        guest_span<T>(bytes_.data() + offset, 1).set(0, value);
    }
    void clear() const noexcept { std::memset(bytes_.data(), 0, bytes_.size()); }

    [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::string_view text() const noexcept {
        return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
    }

private:
    std::span<std::byte> bytes_;
};

/// What is moved at most without a look at fuel and interrupts, in bytes.
inline constexpr std::uint64_t largest_piece = std::uint64_t{1} << 20U;

/// The memory that the calling instance exports as "memory". Everything a guest's pointers lead to goes through here, and is
/// charged for here where its size is the guest's to choose.
class guest_memory {
public:
    /// \param ending becomes the trap where charge() has ended the call
    guest_memory(const caller& who, error& ending) noexcept : caller_(&who), ending_(&ending) {}

    /// Charges for bytes that are moved: an operator for every whole 64, as for bulk instructions. \returns intr where the call
    /// has to end.
    [[nodiscard]] errc charge(std::uint64_t bytes) const { return charge_operators(bytes / 64); }

    /// Charges for work that is not told by the bytes that are moved. \returns as charge().
    [[nodiscard]] errc charge_operators(std::uint64_t operators) const {
        const result<void> charged = caller_->try_charge(operators);
        if (!charged) {
            *ending_ = charged.error();
        }
        return charged ? errc::success : errc::intr;
    }

    /// Whether an interrupt is to end the call.
    [[nodiscard]] bool is_interrupted() const noexcept { return caller_->is_interrupted(); }

    /// `size` bytes from `address`. No bytes are inside wherever they are said to be, as for the calls of POSIX: nothing
    /// is accessed. \returns false where they are not all inside.
    [[nodiscard]] bool find(std::uint32_t address, std::uint64_t size, guest_record& found) const noexcept {
        const std::span<std::byte> all = caller_->memory_bytes();
        if (size == 0) {
            found = guest_record(all.first(0));
            return true;
        }
        if (size > all.size() || address > all.size() - size) {
            return false;
        }
        found = guest_record(all.subspan(address, core::cast<std::size_t>(size)));
        return true;
    }

    /// A path: UTF-8 without NUL, as `string` in the interface's description. A copy, which other threads of the guest do not
    /// change once it has been checked.
    [[nodiscard]] errc read_path(std::uint32_t address, std::uint32_t size, path_text& found) const {
        guest_record record;
        if (!find(address, size, record)) {
            return errc::fault;
        }
        if (size >= longest_path) {
            return errc::nametoolong;
        }
        if (const errc failure = charge(size); failure != errc::success) {
            return failure;
        }
        found.assign(record.text());
        if (found.view().find('\0') != std::string_view::npos) {
            return errc::inval;
        }
        return is_utf8(found.view()) ? errc::success : errc::ilseq;
    }

private:
    /// Unicode 15, table 3-7: well-formed byte sequences.
    [[nodiscard]] static bool is_utf8(std::string_view text) noexcept {
        const auto byte_at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
        for (std::size_t at = 0; at < text.size();) {
            const unsigned char first = byte_at(at);
            if (first < 0x80) {
                ++at;
                continue;
            }
            if (first < 0xc2 || first > 0xf4) {
                return false;
            }
            const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
            if (text.size() - at < length) {
                return false;
            }
            const unsigned char lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
            const unsigned char highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
            if (byte_at(at + 1) < lowest || byte_at(at + 1) > highest) {
                return false;
            }
            for (std::size_t i = 2; i < length; ++i) {
                if ((byte_at(at + i) & 0xc0U) != 0x80) {
                    return false;
                }
            }
            at += length;
        }
        return true;
    }

    const caller* caller_;
    error* ending_;
};

} // namespace riser::inline v0_1::wasi::detail

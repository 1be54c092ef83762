#pragma once

#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module/sections.hpp"
#include "riser/wat/detail/byte_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace riser::inline v0_1::wat::detail {

/// Which token of a text a byte of its binary comes from. The text has been parsed once, for the binary; while it is parsed
/// again, the parser notes each token in front of what it encodes for it. The last one at or before the byte is kept: nothing
/// else is, so that parsers which nobody asks have no map of positions.
class origin_finder {
public:
    /// \param offset of a byte in `binary`
    origin_finder(std::span<const std::byte> binary, std::size_t offset) : wanted_(offset), offset_(offset) {
        core::wasm::diagnostics ignored;
        core::wasm::byte_reader reader(binary, ignored);
        core::wasm::section_sequence sections(reader);
        sections.read_header();
        while (reader.ok() && !reader.at_end()) {
            core::wasm::section next = sections.next();
            if (reader.offset() > offset) {
                enter(next);
                break;
            }
        }
    }

    /// The section that the byte is in, if it is one of those that fields make.
    [[nodiscard]] core::wasm::section_id section() const noexcept { return section_; }
    /// In the code section, the body that the byte is in.
    [[nodiscard]] std::uint32_t body() const noexcept { return body_; }

    /// From now on, tokens that go to `buffer` are looked at.
    void watch(const byte_buffer* buffer) noexcept { watched_ = buffer; }
    void note(const byte_buffer& out, std::uint32_t token) noexcept {
        if (&out == watched_ && out.size() <= offset_) {
            found_ = token;
        }
    }
    /// For a field, which may go to several sections.
    void note_field(std::uint32_t token) noexcept {
        if (watched_ != nullptr) {
            note(*watched_, token);
        }
    }
    /// For strings that are the binary itself, of which there are `size` bytes yet.
    void note_string(std::size_t size, std::uint32_t token) noexcept { found_ = size <= wanted_ ? token : found_; }

    [[nodiscard]] std::optional<std::uint32_t> found() const noexcept { return found_; }

private:
    void enter(core::wasm::section& in) {
        core::wasm::byte_reader& contents = in.contents;
        section_ = in.id;
        if (in.id != core::wasm::section_id::start) {
            static_cast<void>(contents.read_u32_leb());
        }
        std::size_t begin = contents.offset();
        while (in.id == core::wasm::section_id::code && contents.ok() && !contents.at_end()) {
            const std::uint32_t size = contents.read_u32_leb();
            begin = contents.offset();
            if (wanted_ < begin + size) {
                break;
            }
            static_cast<void>(contents.take(size));
            ++body_;
        }
        offset_ = wanted_ > begin ? wanted_ - begin : 0;
    }

    std::size_t wanted_; ///< in the binary
    std::size_t offset_; ///< in what is watched
    core::wasm::section_id section_ = core::wasm::section_id::custom;
    std::uint32_t body_ = 0;
    const byte_buffer* watched_ = nullptr;
    std::optional<std::uint32_t> found_;
};

} // namespace riser::inline v0_1::wat::detail

#pragma once

#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/limits.hpp"

#include <cstdint>
#include <iterator>

// How a module falls into sections (5.5.2, 5.5.17), whatever is in them.

namespace riser::inline v0_1::core::wasm {

/// Ids in the binary format.
enum class section_id : std::uint8_t {
    custom,
    type,
    import,
    function,
    table,
    memory,
    global,
    exports,
    start,
    element,
    code,
    data,
    data_count,
    tag,
};

struct section {
    section_id id;
    byte_reader contents;
};

/// Takes a module's sections one by one, checking its header, their order and their sizes.
class section_sequence {
public:
    explicit section_sequence(byte_reader& reader) noexcept : reader_(&reader) {}

    [[gnu::cold]] void read_header() {
        if (reader_->remaining() > limits::module_size) {
            reader_->fail(diagnostic_kind::limit, 0, {"module too large: at most ", limits::module_size, " bytes"});
            return;
        }
        reader_->set_end_message("unexpected end");
        if (reader_->begins_text()) {
            reader_->malformed_at(
                0, "magic header not detected: this is a module's text, of which riser::wat::to_binary makes "
                   "the binary");
            return;
        }
        if (reader_->read_u32_fixed() != 0x6d736100U && reader_->ok()) {
            reader_->malformed_at(0, "magic header not detected");
        }
        if (reader_->read_u32_fixed() != 1 && reader_->ok()) {
            reader_->malformed_at(4, "unknown binary version");
        }
    }

    /// Only where the reader is not at its end. Whether there is an error the reader knows; then the section is empty.
    [[nodiscard, gnu::cold]] section next() {
        const std::uint32_t offset = reader_->offset();
        const std::uint8_t id = reader_->read_u8();
        const bool is_known = id < std::size(order);
        if (!is_known) {
            reader_->malformed_at(offset, {"malformed section id ", id});
        }
        const std::uint32_t size_offset = reader_->offset();
        const std::uint32_t size = reader_->read_u32_leb();
        if (size > reader_->remaining() && reader_->ok()) {
            reader_->malformed_at(size_offset, {"length out of bounds: a section of ", size, " bytes"});
        } else if (reader_->ok() && id != 0) {
            if (order[id] <= last_) {
                reader_->malformed_at(offset, {"unexpected content after last section: section ", id,
                                               " is out of order, or there twice"});
            }
            last_ = order[id];
        }
        const bool is_good = is_known && reader_->ok();
        section result{static_cast<section_id>(is_good ? id : 0), reader_->take(is_good ? size : 0)};
        if (id != 0) {
            result.contents.set_end_message("unexpected end of section or function");
        }
        return result;
    }

    /// All of a section has been read.
    [[gnu::cold]] static void require_end(byte_reader& contents) {
        if (contents.ok() && !contents.at_end()) {
            contents.malformed({"section size mismatch: ", contents.remaining(), " bytes are left"});
        }
    }

private:
    /// The place of each section in a module, by its id; 0 for the custom ones, which are anywhere.
    static constexpr std::uint8_t order[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 11, 6};

    byte_reader* reader_;
    std::uint8_t last_ = 0;
};

} // namespace riser::inline v0_1::core::wasm

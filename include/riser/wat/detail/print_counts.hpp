#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/module/sections.hpp"
#include "riser/core/wasm/read_types.hpp"
#include "riser/core/wasm/types.hpp"
#include "riser/wat/detail/print_names.hpp"
#include "riser/wat/detail/print_types.hpp"

#include <cstddef>
#include <cstdint>

// How many items the index spaces have, before anything is printed: what has a name without being there must not be
// called by it. Sections that are malformed may give any number; printing them ends with an error.

namespace riser::inline v0_1::wat::detail {

class item_counter {
public:
    using byte_reader = core::wasm::byte_reader;

    void add(const core::wasm::section& section) {
        using core::wasm::section_id;
        byte_reader reader = section.contents;
        const std::size_t bytes = reader.remaining();
        const auto count = core::lesser<std::uint64_t>(reader.read_u32_leb(), bytes);
        switch (section.id) {
        case section_id::type: add_types(reader, count); break;
        case section_id::import: add_imports(reader, count); break;
        case section_id::function: sizes_[space::functions] += count; break;
        case section_id::table: sizes_[space::tables] += count; break;
        case section_id::memory: sizes_[space::memories] += count; break;
        case section_id::global: sizes_[space::globals] += count; break;
        case section_id::tag: sizes_[space::tags] += count; break;
        case section_id::element: sizes_[space::elements] = count; break;
        case section_id::data: sizes_[space::data] = count; break;
        default: break;
        }
    }

    [[nodiscard]] space_sizes& sizes() noexcept { return sizes_; }

private:
    void add_types(byte_reader& reader, std::uint64_t groups) {
        for (; groups != 0 && reader.ok(); --groups) {
            std::uint32_t types = 1;
            if (reader.peek() == 0x4e) {
                reader.skip(1);
                types = reader.read_u32_leb();
            }
            for (; types != 0 && reader.ok(); --types) {
                skip_definition(reader);
                ++sizes_[space::types];
            }
        }
    }

    static void skip_definition(byte_reader& reader) {
        std::uint8_t code = reader.read_u8();
        if (code == 0x50 || code == 0x4f) {
            for (std::uint32_t supertypes = reader.read_u32_leb(); supertypes != 0 && reader.ok(); --supertypes) {
                static_cast<void>(reader.read_u32_leb());
            }
            code = reader.read_u8();
        }
        if (code == 0x60) {
            skip_types(reader, 0);
            skip_types(reader, 0);
        } else if (code == 0x5f) {
            skip_types(reader, 1);
        } else {
            static_cast<void>(take_type(reader));
            reader.skip(1);
        }
    }

    /// With as many bytes behind each.
    static void skip_types(byte_reader& reader, std::size_t bytes) {
        for (std::uint32_t types = reader.read_u32_leb(); types != 0 && reader.ok(); --types) {
            static_cast<void>(take_type(reader));
            reader.skip(bytes);
        }
    }

    void add_imports(byte_reader& reader, std::uint64_t imports) {
        static constexpr space spaces[] = {space::functions, space::tables, space::memories, space::globals,
                                           space::tags};
        for (; imports != 0 && reader.ok(); --imports) {
            reader.skip(reader.read_u32_leb());
            reader.skip(reader.read_u32_leb());
            const std::uint8_t kind = reader.read_u8();
            skip_external_type(reader, kind);
            if (kind < 5) {
                ++sizes_[spaces[kind]];
            }
        }
    }

    static void skip_external_type(byte_reader& reader, std::uint8_t kind) {
        switch (kind) {
        case 0: static_cast<void>(reader.read_u32_leb()); break;
        case 1:
            static_cast<void>(take_type(reader));
            skip_limits(reader);
            break;
        case 2: skip_limits(reader); break;
        case 3:
            static_cast<void>(take_type(reader));
            reader.skip(1);
            break;
        default: reader.skip(1), static_cast<void>(reader.read_u32_leb());
        }
    }

    static void skip_limits(byte_reader& reader) {
        using core::wasm::limits_flags;
        const std::uint8_t flags = reader.read_u8();
        static_cast<void>(core::wasm::read_limits(reader, flags));
        if ((flags & limits_flags::custom_page_size) != 0) {
            static_cast<void>(reader.read_u32_leb());
        }
    }

    space_sizes sizes_;
};

} // namespace riser::inline v0_1::wat::detail

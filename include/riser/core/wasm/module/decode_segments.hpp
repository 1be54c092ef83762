#pragma once

#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/module/decode_context.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/core/wasm/read_types.hpp"
#include "riser/core/wasm/subtyping.hpp"
#include "riser/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace riser::inline v0_1::core::wasm {

/// The eight forms of element segments are the combinations of three bits (5.5.12).
struct element_flags {
    static constexpr std::uint32_t not_active = 1;
    static constexpr std::uint32_t declarative = 2;    ///< of segments that are not active
    static constexpr std::uint32_t explicit_table = 2; ///< of active segments
    static constexpr std::uint32_t expressions = 4;
    static constexpr std::uint32_t all = 7;
};

[[gnu::cold]] inline void read_element_functions(byte_reader& reader, decode_context& context,
                                                 element_segment& segment) {
    const std::uint32_t count = reader.read_count("elements", limits::table_initialisers);
    reader.require_memory(segment.functions.try_reserve(count));
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
        const std::uint32_t function = read_index(reader, "function", context.module.functions.size());
        if (reader.ok()) {
            declare_function(context.module, function);
            segment.functions.push_back_reserved(function);
        }
    }
}

inline void read_element_expressions(byte_reader& reader, decode_context& context, element_segment& segment) {
    const std::uint32_t count = reader.read_count("elements", limits::table_initialisers);
    reader.require_memory(segment.expressions.try_reserve(count / 2)); // an instruction and `end`
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
        keep(reader, segment.expressions, read_constant_expression(reader, context, segment.type));
    }
}

[[gnu::cold]] inline void read_element_placement(byte_reader& reader, decode_context& context, element_segment& segment,
                                                 std::uint32_t flags) {
    if ((flags & element_flags::not_active) != 0) {
        const bool declarative = (flags & element_flags::declarative) != 0;
        segment.mode = declarative ? segment_mode::declarative : segment_mode::passive;
        return;
    }
    const auto& tables = context.module.tables;
    segment.mode = segment_mode::active;
    if ((flags & element_flags::explicit_table) != 0) {
        segment.table = read_index(reader, "table", tables.size());
    } else if (tables.empty()) {
        reader.invalid_at(reader.offset(), "unknown table 0");
    }
    if (reader.ok()) {
        segment.offset = read_constant_expression(reader, context, tables[segment.table].type.is_64 ? i64 : i32);
    }
}

[[gnu::cold]] inline void read_element_type(byte_reader& reader, decode_context& context, element_segment& segment,
                                            std::uint32_t flags) {
    segment.uses_expressions = (flags & element_flags::expressions) != 0;
    if ((flags & (element_flags::not_active | element_flags::explicit_table)) == 0) {
        segment.type = segment.uses_expressions ? funcref : funcref.non_null();
    } else if (segment.uses_expressions) {
        segment.type = read_reference_type(reader, context.module);
    } else {
        segment.type = funcref.non_null();
        if (reader.read_u8() != 0) {
            reader.malformed_at(reader.offset() - 1, "malformed element kind");
        }
    }
}

/// 5.5.12, valid (3.5.9)
[[gnu::cold]] inline void read_element_segment(byte_reader& reader, decode_context& context) {
    element_segment segment(*context.module.memory);
    const std::uint32_t offset = reader.offset();
    const std::uint32_t flags = reader.read_u32_leb();
    if (flags > element_flags::all) {
        reader.malformed_at(offset, "malformed elements segment kind");
        return;
    }
    read_element_placement(reader, context, segment, flags);
    read_element_type(reader, context, segment, flags);
    if (!reader.ok()) {
        return;
    }
    if (segment.mode == segment_mode::active) {
        const value_type element = context.module.tables[segment.table].type.element;
        if (!is_subtype(context.module, segment.type, element)) {
            reader.invalid_at(
                offset, {"type mismatch: elements of ", describe(segment.type), " for a table of ", describe(element)});
        }
    }
    if (segment.uses_expressions) {
        read_element_expressions(reader, context, segment);
    } else {
        read_element_functions(reader, context, segment);
    }
    keep(reader, context.module.elements, std::move(segment));
}

inline void read_element_section(byte_reader& reader, decode_context& context) {
    const std::uint32_t count = reader.read_count("element segments", limits::element_segments);
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
        read_element_segment(reader, context);
    }
}

/// 5.5.15
[[gnu::cold]] inline void read_data_count_section(byte_reader& reader, decode_context& context) {
    const std::uint32_t offset = reader.offset();
    const std::uint32_t count = reader.read_u32_leb();
    if (count > limits::data_segments) {
        reader.fail(diagnostic_kind::limit, offset, {"too many data segments: at most ", limits::data_segments});
    }
    context.module.data_count = count;
}

/// 5.5.14, valid (3.5.8)
[[gnu::cold]] inline void read_data_segment(byte_reader& reader, decode_context& context) {
    data_segment segment;
    const std::uint32_t offset = reader.offset();
    const std::uint32_t flags = reader.read_u32_leb();
    const auto& memories = context.module.memories;
    if (flags > 2) {
        reader.malformed_at(offset, "malformed data segment kind");
    } else if (flags != 1) {
        segment.mode = segment_mode::active;
        if (flags == 2) {
            segment.memory = read_index(reader, "memory", memories.size());
        } else if (memories.empty()) {
            reader.invalid_at(offset, "unknown memory 0");
        }
        if (reader.ok()) {
            segment.offset = read_constant_expression(reader, context, memories[segment.memory].is_64 ? i64 : i32);
        }
    }
    const std::uint32_t size = reader.read_u32_leb();
    segment.bytes = {reader.offset(), size};
    reader.skip(size);
    keep(reader, context.module.data, segment);
}

inline void read_data_section(byte_reader& reader, decode_context& context) {
    const std::uint32_t count = reader.read_count("data segments", limits::data_segments);
    reader.require_memory(context.module.data.try_reserve(count / 2)); // a passive segment without bytes
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
        read_data_segment(reader, context);
    }
}

} // namespace riser::inline v0_1::core::wasm

#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/module/decode_context.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace riser::inline v0_1::core::wasm {

/// Sorts the exports by what they export, for those who want a name for it. \returns false where there is no memory.
[[nodiscard, gnu::cold]] inline bool sort_exports_by_index(module_info& module) {
    const position_order by_index = [](const void* context, std::uint32_t a, std::uint32_t b) {
        const auto& entries = *static_cast<const vector<export_entry>*>(context);
        const export_entry& one = entries[a];
        const export_entry& other = entries[b];
        if (one.kind != other.kind) {
            return one.kind < other.kind;
        }
        return one.index != other.index ? one.index < other.index : a < b;
    };
    return try_sort_positions(module.exports_by_index, module.exports.size(), by_index, &module.exports);
}

/// Sorts the exports by name, for those who look one up later. Is any name exported twice (3.5.13)? Sorted rather than
/// hashed, so that no choice of names makes it slow.
[[gnu::cold]] inline void check_export_names(byte_reader& reader, module_info& module, std::uint32_t offset) {
    const vector<export_entry>& exports = module.exports;
    const position_order by_name = [](const void* context, std::uint32_t a, std::uint32_t b) {
        const auto& entries = *static_cast<const vector<export_entry>*>(context);
        return entries[a].name < entries[b].name;
    };
    if (!reader.require_memory(try_sort_positions(module.exports_by_name, exports.size(), by_name, &exports))) {
        return;
    }
    const vector<std::uint32_t>& order = module.exports_by_name;
    for (std::size_t i = 1; i < order.size(); ++i) {
        const std::string_view name = exports[order[i]].name;
        if (name == exports[order[i - 1]].name) {
            reader.invalid_at(offset, {"duplicate export name: \"", printable(name), "\""});
            return;
        }
    }
}

[[gnu::cold]] inline void read_export(byte_reader& reader, decode_context& context) {
    module_info& module = context.module;
    export_entry entry;
    entry.name = read_limited_name(reader);
    const std::uint32_t offset = reader.offset();
    const std::uint8_t kind = reader.read_u8();
    switch (kind) {
    case 0:
        entry.index = read_index(reader, "function", module.functions.size());
        if (reader.ok()) {
            declare_function(module, entry.index);
        }
        break;
    case 1: entry.index = read_index(reader, "table", module.tables.size()); break;
    case 2: entry.index = read_index(reader, "memory", module.memories.size()); break;
    case 3: entry.index = read_index(reader, "global", module.globals.size()); break;
    case 4: entry.index = read_index(reader, "tag", module.tags.size()); break;
    default: reader.malformed_at(offset, {"malformed export kind ", kind});
    }
    entry.kind = static_cast<external_kind>(kind);
    keep(reader, module.exports, entry);
}

/// 5.5.10
[[gnu::cold]] inline void read_export_section(byte_reader& reader, decode_context& context) {
    const std::uint32_t offset = reader.offset();
    const std::uint32_t count = reader.read_count("exports", limits::exports);
    reader.require_memory(context.module.exports.try_reserve(count / 3)); // an empty name, a kind, an index
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
        read_export(reader, context);
    }
    if (reader.ok() && reader.require_memory(sort_exports_by_index(context.module))) {
        check_export_names(reader, context.module, offset);
    }
}

/// 5.5.11, valid (3.5.10)
[[gnu::cold]] inline void read_start_section(byte_reader& reader, decode_context& context) {
    module_info& module = context.module;
    const std::uint32_t offset = reader.offset();
    const std::uint32_t function = read_index(reader, "function", module.functions.size());
    if (!reader.ok()) {
        return;
    }
    const function_type& type = module.type_of_function(function);
    if (!type.params.empty() || !type.results.empty()) {
        reader.invalid_at(offset, {"start function has type ", describe(type)});
    }
    module.start = function;
}

} // namespace riser::inline v0_1::core::wasm

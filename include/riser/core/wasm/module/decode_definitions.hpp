#pragma once

#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/module/decode_context.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/core/wasm/read_types.hpp"
#include "riser/limits.hpp"

#include <cstddef>
#include <cstdint>

// The sections that fill the index spaces of functions, tables, memories, tags and globals (5.5.5 to 5.5.9, 5.5.16).

namespace riser::inline v0_1::core::wasm {

/// Refuses one more of something where `size` of it are as many as there may be.
[[gnu::cold]] inline bool has_room(byte_reader& reader, const char* what, std::size_t size, std::uint32_t limit) {
    if (size < limit) [[likely]] {
        return true;
    }
    reader.fail(diagnostic_kind::limit, reader.offset(), {"too many ", what, ": at most ", limit});
    return false;
}

[[gnu::cold]] inline void add_table(byte_reader& reader, decode_context& context, table_entry entry,
                                    std::uint32_t offset) {
    auto& tables = context.module.tables;
    if (!context.options.multiple_tables && !tables.empty()) {
        reader.invalid_at(offset, "multiple tables");
    } else if (has_room(reader, "tables", tables.size(), limits::tables)) {
        keep(reader, tables, entry);
    }
}

[[gnu::cold]] inline void add_memory(byte_reader& reader, decode_context& context, const memory_type& type,
                                     std::uint32_t offset) {
    auto& memories = context.module.memories;
    if (!context.options.multiple_memories && !memories.empty()) {
        reader.invalid_at(offset, "multiple memories");
    } else if (has_room(reader, "memories", memories.size(), limits::memories)) {
        keep(reader, memories, type);
    }
}

/// A tag type (5.3.10), valid (3.2.13). \returns the canonical index of its function type.
[[nodiscard, gnu::cold]] inline std::uint32_t read_tag_type(byte_reader& reader, const module_info& module) {
    if (reader.read_u8() != 0 && reader.ok()) {
        reader.malformed_at(reader.offset() - 1, "malformed tag attribute");
    }
    const std::uint32_t offset = reader.offset();
    const std::uint32_t type = read_function_type_index(reader, module);
    if (reader.ok() && !module.types[type].function.results.empty()) {
        reader.invalid_at(offset, "non-empty tag result type");
    }
    return type;
}

[[gnu::cold]] inline void read_import(byte_reader& reader, decode_context& context) {
    module_info& module = context.module;
    import_entry entry;
    entry.module = read_limited_name(reader);
    entry.name = read_limited_name(reader);
    const std::uint32_t offset = reader.offset();
    const std::uint8_t kind = reader.read_u8();
    const std::uint32_t type_offset = reader.offset();
    const auto next = [](const auto& space) { return static_cast<std::uint32_t>(space.size()); };
    switch (kind) {
    case 0:
        entry.index = next(module.functions);
        keep(reader, module.functions, read_function_type_index(reader, module));
        break;
    case 1:
        entry.index = next(module.tables);
        add_table(reader, context, {read_table_type(reader, module), {}}, type_offset);
        break;
    case 2:
        entry.index = next(module.memories);
        add_memory(reader, context, read_memory_type(reader), type_offset);
        break;
    case 3:
        entry.index = next(module.globals);
        keep(reader, module.globals, {read_global_type(reader, module), {}});
        break;
    case 4:
        entry.index = next(module.tags);
        keep(reader, module.tags, read_tag_type(reader, module));
        break;
    default: reader.malformed_at(offset, {"malformed import kind ", kind});
    }
    entry.kind = static_cast<external_kind>(kind);
    keep(reader, module.imports, entry);
}

/// 5.5.5. The numbers of imported items are the sizes of the index spaces before anything is defined.
[[gnu::cold]] inline void read_import_section(byte_reader& reader, decode_context& context) {
    module_info& module = context.module;
    const std::uint32_t count = reader.read_count("imports", limits::imports);
    reader.require_memory(module.imports.try_reserve(count / 4)); // two empty names, a kind, an index
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
        read_import(reader, context);
    }
    module.imported_functions = static_cast<std::uint32_t>(module.functions.size());
    module.imported_tables = static_cast<std::uint32_t>(module.tables.size());
    module.imported_memories = static_cast<std::uint32_t>(module.memories.size());
    module.imported_globals = static_cast<std::uint32_t>(module.globals.size());
    module.imported_tags = static_cast<std::uint32_t>(module.tags.size());
}

/// 5.5.6
[[gnu::cold]] inline void read_function_section(byte_reader& reader, decode_context& context) {
    module_info& module = context.module;
    const std::uint32_t count = reader.read_count("functions", limits::functions);
    reader.require_memory(module.functions.try_reserve(module.functions.size() + count));
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
        keep(reader, module.functions, read_function_type_index(reader, module));
    }
}

/// 5.5.7
[[gnu::cold]] inline void read_table(byte_reader& reader, decode_context& context) {
    static constexpr std::uint8_t code_with_initialiser = 0x40;
    table_entry entry;
    const bool has_initialiser = reader.peek() == code_with_initialiser;
    if (has_initialiser) {
        reader.skip(1);
        if (reader.read_u8() != 0) {
            reader.malformed_at(reader.offset() - 1, "malformed table");
        }
    }
    const std::uint32_t offset = reader.offset();
    entry.type = read_table_type(reader, context.module);
    if (!reader.ok()) {
        return;
    }
    if (has_initialiser) {
        entry.initial = read_constant_expression(reader, context, entry.type.element);
    } else if (!entry.type.element.is_defaultable()) {
        reader.invalid_at(offset,
                          {"type mismatch: a table of ", describe(entry.type.element), " without an initial value"});
    }
    add_table(reader, context, entry, offset);
}

[[gnu::cold]] inline void read_table_section(byte_reader& reader, decode_context& context) {
    const std::uint32_t count = reader.read_count("tables", limits::tables);
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
        read_table(reader, context);
    }
}

/// 5.5.8
[[gnu::cold]] inline void read_memory_section(byte_reader& reader, decode_context& context) {
    const std::uint32_t count = reader.read_count("memories", limits::memories);
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
        const std::uint32_t offset = reader.offset();
        add_memory(reader, context, read_memory_type(reader), offset);
    }
}

/// 5.5.16
[[gnu::cold]] inline void read_tag_section(byte_reader& reader, decode_context& context) {
    const std::uint32_t count = reader.read_count("tags", limits::tags);
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
        keep(reader, context.module.tags, read_tag_type(reader, context.module));
    }
}

/// 5.5.9. A global's initial value may read the globals before it (3.5.3).
[[gnu::cold]] inline void read_global_section(byte_reader& reader, decode_context& context) {
    const std::uint32_t count = reader.read_count("globals", limits::globals);
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
        global_entry entry;
        entry.type = read_global_type(reader, context.module);
        if (reader.ok()) {
            entry.initial = read_constant_expression(reader, context, entry.type.type);
        }
        keep(reader, context.module.globals, entry);
    }
}

} // namespace riser::inline v0_1::core::wasm

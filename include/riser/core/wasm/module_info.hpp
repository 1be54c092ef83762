#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/types.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace riser::inline v0_1::core::wasm {

enum class external_kind : std::uint8_t { function = 0, table = 1, memory = 2, global = 3, tag = 4 };

/// A range of the module's bytes.
struct byte_range {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
};

/// A constant expression (3.4.13), validated, kept as its bytes (`end` included).
struct constant_expression {
    byte_range bytes;
};

/// `index` counts in the index space of `kind`, where imports come first. Names are views into the module's bytes, here
/// and below.
struct import_entry {
    std::string_view module;
    std::string_view name;
    external_kind kind = external_kind::function;
    std::uint32_t index = 0;
};

struct export_entry {
    std::string_view name;
    external_kind kind = external_kind::function;
    std::uint32_t index = 0;
};

/// A function defined in the module: what follows its size in the code section (locals, then the expression).
struct function_body {
    byte_range bytes;
};

struct table_entry {
    table_type type;
    std::optional<constant_expression> initial; ///< of every element; null where absent
};

struct global_entry {
    global_type type;
    constant_expression initial; ///< empty for imports
};

enum class segment_mode : std::uint8_t { active, passive, declarative };

/// Element segments (2.5.7): `functions` or `expressions` holds the items, the other is empty.
struct element_segment {
    element_segment() noexcept = default;
    explicit element_segment(const allocator& source) noexcept : functions(source), expressions(source) {}

    segment_mode mode = segment_mode::passive;
    std::uint32_t table = 0;
    constant_expression offset; ///< active only
    value_type type = funcref;
    bool uses_expressions = false;
    vector<std::uint32_t> functions;
    vector<constant_expression> expressions;
    [[nodiscard]] std::size_t size() const noexcept { return uses_expressions ? expressions.size() : functions.size(); }
};

struct data_segment {
    segment_mode mode = segment_mode::passive;
    std::uint32_t memory = 0;
    constant_expression offset; ///< active only
    byte_range bytes;
};

/// What a module says of a conditional branch or an `if`: is its condition likely to hold?
enum class branch_hint : std::uint8_t { none, unlikely, likely };

struct custom_section {
    std::string_view name;
    byte_range bytes; ///< without the name
};

/// A decoded module: index spaces with imports first, nothing about how it will run. Immutable once decoded. It
/// takes at most 100 times as many bytes as the module, with the types that the engine registers and the module's bytes.
struct module_info {
    /// Everything comes from `source`, which must outlive this.
    explicit module_info(const allocator& source = host_allocator) noexcept
        : value_types(source), fields(source), types(source), canonical(source), imports(source), exports(source),
          exports_by_name(source), exports_by_index(source), functions(source), tables(source), memories(source),
          globals(source), tags(source), bodies(source), elements(source), data(source), declared_functions(source),
          custom_sections(source), function_names(source), branch_hints(source), memory(&source) {}
    module_info(module_info&&) noexcept = default; // views into it keep their place
    module_info& operator=(module_info&&) noexcept = default;

    vector<value_type> value_types; ///< parameters and results of `types`, which view them
    vector<field_type> fields;      ///< of `types`, which view them
    vector<defined_type> types;
    vector<std::uint32_t> canonical; ///< type index -> smallest index of an equal type (iso-recursive, 3.1.5)

    vector<import_entry> imports;
    vector<export_entry> exports;
    vector<std::uint32_t> exports_by_name;  ///< indices of exports, sorted by name
    vector<std::uint32_t> exports_by_index; ///< the same, sorted by kind, then index, then place among the exports

    vector<std::uint32_t> functions; ///< function index -> type index (canonical)
    vector<table_entry> tables;
    vector<memory_type> memories;
    vector<global_entry> globals;
    vector<std::uint32_t> tags; ///< tag index -> type index (canonical)

    std::uint32_t imported_functions = 0;
    std::uint32_t imported_tables = 0;
    std::uint32_t imported_memories = 0;
    std::uint32_t imported_globals = 0;
    std::uint32_t imported_tags = 0;

    vector<function_body> bodies; ///< of function imported_functions + i
    vector<element_segment> elements;
    vector<data_segment> data;
    std::optional<std::uint32_t> data_count;
    std::optional<std::uint32_t> start;
    vector<bool> declared_functions; ///< may be named by ref.func in bodies (3.4.15, C.refs); by function index.
                                     ///< Nobody can have a reference to another one.
    vector<custom_section> custom_sections;
    vector<std::string_view> function_names; ///< from the name section, by function index; empty where unnamed
    std::string_view name;                   ///< the module's own, from the name section
    vector<std::uint32_t> branch_hints;      ///< ascending; what pack_hint() makes of each
    const allocator* memory;                 ///< where all this comes from

    /// Offsets count from the module's start. Modules are at most 1 GiB (limits.hpp), so a bit is left.
    [[nodiscard]] static constexpr std::uint32_t pack_hint(std::uint32_t offset, bool likely) noexcept {
        return offset << 1U | (likely ? 1U : 0U);
    }
    /// Of the operator at `offset` from the module's start.
    [[nodiscard]] branch_hint hint_at(std::uint32_t offset) const noexcept {
        const std::size_t at = partition_point(
            branch_hints.size(), [&](std::size_t i) { return branch_hints[i] < pack_hint(offset, false); });
        if (at == branch_hints.size() || branch_hints[at] >> 1U != offset) {
            return branch_hint::none;
        }
        return (branch_hints[at] & 1U) != 0 ? branch_hint::likely : branch_hint::unlikely;
    }
    /// Of all exports of what has this index, the first; null where there is none.
    [[nodiscard]] const export_entry* first_export_of(external_kind kind, std::uint32_t index) const noexcept {
        const std::size_t at = partition_point(exports_by_index.size(), [&](std::size_t i) {
            const export_entry& entry = exports[exports_by_index[i]];
            return entry.kind < kind || (entry.kind == kind && entry.index < index);
        });
        if (at == exports_by_index.size()) {
            return nullptr;
        }
        const export_entry& found = exports[exports_by_index[at]];
        return found.kind == kind && found.index == index ? &found : nullptr;
    }
    [[nodiscard]] const function_type& type_of_function(std::uint32_t function) const noexcept {
        return types[functions[function]].function;
    }
};

} // namespace riser::inline v0_1::core::wasm

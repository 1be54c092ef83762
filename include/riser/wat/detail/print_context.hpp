#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/wat/detail/print_names.hpp"
#include "riser/wat/detail/print_text.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace riser::inline v0_1::wat::detail {

/// A function type of the module by its parts, which are vectors of value types; other types have none.
struct printed_type {
    bool is_function = false;
    core::wasm::byte_range params;
    core::wasm::byte_range results;
};

/// What the printers of sections share: the module as far as it has been read. Unlike module_info it keeps the indices
/// of types as they are written, and what refers to nothing.
struct print_context {
    print_context(std::span<const std::byte> module_bytes, std::uint64_t max_size, const text_memory& text_memory)
        : bytes(module_bytes), memory(&text_memory), diagnostics(&text_memory.diagnostics()),
          out(max_size, text_memory), names(text_memory), types(text_memory.source()),
          field_names(text_memory.source()), function_types(text_memory.source()), branch_hints(text_memory.source()) {}

    [[nodiscard]] core::wasm::byte_reader reader_of(core::wasm::byte_range range) const noexcept {
        return {bytes, range.offset, std::size_t{range.offset} + range.size, *diagnostics};
    }

    /// The next index of a space, for the item that is being defined.
    [[nodiscard]] std::uint32_t next_index(space which) noexcept { return count[static_cast<std::size_t>(which)]++; }
    [[nodiscard]] std::uint32_t size_of(space which) const noexcept { return count[static_cast<std::size_t>(which)]; }

    // Each of these begins with a space.

    /// $name where there is one.
    void add_identifier(const identifier& identifier) {
        if (identifier.form == identifier_form::plain) {
            out.add(" $");
            out.add(identifier.name);
        } else if (identifier.form == identifier_form::quoted) {
            out.add(" $");
            out.add_name(identifier.name);
        }
    }
    void add_annotation(const identifier& identifier) {
        if (identifier.form == identifier_form::annotated) {
            out.add(" (@name ");
            out.add_name(identifier.name);
            out.add(')');
        }
    }
    /// What stands where an item is defined: its name, and its number for the reader.
    void add_definition(space which, std::uint32_t index) {
        const identifier identifier = names.of(which, index);
        add_identifier(identifier);
        out.add(" (;");
        out.add_number(index);
        out.add(";)");
        add_annotation(identifier);
    }
    void add_reference(const identifier& identifier, std::uint32_t index) {
        if (identifier.is_usable()) {
            add_identifier(identifier);
        } else {
            out.add(' ');
            out.add_number(index);
        }
    }
    void add_reference(space which, std::uint32_t index) { add_reference(names.of(which, index), index); }

    std::span<const std::byte> bytes; ///< the whole module
    const text_memory* memory;
    core::wasm::diagnostics* diagnostics; ///< what `memory` reports to
    text_writer out;
    name_section names;
    core::vector<printed_type> types;
    core::vector<identifier_space> field_names; ///< by type; those behind the end have none
    core::vector<std::uint32_t> function_types; ///< of the functions defined in the module
    core::vector<std::uint32_t> branch_hints;   ///< as in module_info
    std::uint32_t count[space_count] = {};      ///< items so far
};

} // namespace riser::inline v0_1::wat::detail

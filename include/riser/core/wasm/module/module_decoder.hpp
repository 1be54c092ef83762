#pragma once

#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module/branch_hints.hpp"
#include "riser/core/wasm/module/decode_context.hpp"
#include "riser/core/wasm/module/decode_definitions.hpp"
#include "riser/core/wasm/module/decode_exports.hpp"
#include "riser/core/wasm/module/decode_segments.hpp"
#include "riser/core/wasm/module/names.hpp"
#include "riser/core/wasm/module/sections.hpp"
#include "riser/core/wasm/module/type_section.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace riser::inline v0_1::core::wasm {

/// Decodes a module (5.5) and validates everything but function bodies (3.5.13), in one pass: what a section refers to
/// is always in a section before it.
class module_decoder {
public:
    module_decoder(std::span<const std::byte> bytes, module_info& module, const decode_options& options,
                   diagnostics& diagnostics) noexcept
        : reader_(bytes, diagnostics), context_(bytes, module, options, diagnostics) {}

    [[nodiscard, gnu::cold]] bool decode() {
        section_sequence sections(reader_);
        sections.read_header();
        while (reader_.ok() && !reader_.at_end()) {
            section next = sections.next();
            read_section(next);
        }
        if (reader_.ok()) {
            check_counts();
        }
        if (reader_.ok()) {
            make_room_for_declarations();
            reader_.require_memory(read_names(context_.bytes, context_.module) &&
                                   read_branch_hints(context_.bytes, context_.module));
        }
        return reader_.ok();
    }

private:
    [[gnu::cold]] void read_section(section& section) {
        if (!reader_.ok()) {
            return;
        }
        if (section.id == section_id::custom) {
            read_custom_section(section.contents);
        } else {
            read_contents(section.contents, section.id);
            section_sequence::require_end(section.contents);
        }
    }

    /// Once all functions are known. None of them is declared yet.
    [[gnu::cold]] void make_room_for_declarations() {
        module_info& module = context_.module;
        reader_.require_memory(module.declared_functions.try_resize(module.functions.size()));
    }

    [[gnu::cold]] void read_contents(byte_reader& section, section_id id) {
        if (id > section_id::function) {
            make_room_for_declarations();
        }
        switch (id) {
        case section_id::type: type_section_reader(section, context_.module).read(); break;
        case section_id::import: read_import_section(section, context_); break;
        case section_id::function: read_function_section(section, context_); break;
        case section_id::table: read_table_section(section, context_); break;
        case section_id::memory: read_memory_section(section, context_); break;
        case section_id::tag: read_tag_section(section, context_); break;
        case section_id::global: read_global_section(section, context_); break;
        case section_id::exports: read_export_section(section, context_); break;
        case section_id::start: read_start_section(section, context_); break;
        case section_id::element: read_element_section(section, context_); break;
        case section_id::data_count: read_data_count_section(section, context_); break;
        case section_id::code: read_code_section(section); break;
        default: read_data_section(section, context_);
        }
    }

    /// 5.5.3. Its name must be one; its contents are nobody's business here.
    [[gnu::cold]] void read_custom_section(byte_reader section) {
        custom_section result;
        result.name = section.read_name();
        result.bytes = {section.offset(), static_cast<std::uint32_t>(section.remaining())};
        keep(reader_, context_.module.custom_sections, result);
    }

    /// 5.5.13. Bodies are skipped by their sizes.
    void read_code_section(byte_reader& section) {
        auto& bodies = context_.module.bodies;
        const std::uint32_t count = section.read_count("function bodies", limits::functions);
        section.require_memory(bodies.try_reserve(count));
        for (std::uint32_t i = 0; i < count && section.ok(); ++i) {
            const std::uint32_t body = section.offset();
            const std::uint32_t size = section.read_u32_leb();
            if (size > limits::function_size) {
                section.fail(diagnostic_kind::limit, body,
                             {"function body too large: at most ", limits::function_size, " bytes"});
            }
            bodies.push_back_reserved({{section.offset(), size}});
            section.skip(size);
        }
    }

    /// What only the whole module shows (5.5.17).
    [[gnu::cold]] void check_counts() {
        const module_info& module = context_.module;
        if (module.bodies.size() != defined_functions()) {
            reader_.malformed({"function and code section have inconsistent lengths: ", defined_functions(),
                               " functions, ", module.bodies.size(), " bodies"});
        }
        if (module.data_count && *module.data_count != module.data.size()) {
            reader_.malformed({"data count and data section have inconsistent lengths: ", *module.data_count,
                               " segments stated, ", module.data.size(), " there"});
        }
    }

    [[nodiscard]] std::size_t defined_functions() const noexcept {
        return context_.module.functions.size() - context_.module.imported_functions;
    }

    byte_reader reader_;
    decode_context context_;
};

/// Decodes and validates everything but function bodies. `out` must be empty; its names and ranges refer to `bytes`.
/// \returns false where the module is refused; `diagnostics` then says why and `out` is worthless.
[[nodiscard]] inline bool decode_module(std::span<const std::byte> bytes, module_info& out, diagnostics& diagnostics,
                                        const decode_options& options = {}) {
    return module_decoder(bytes, out, options, diagnostics).decode();
}

} // namespace riser::inline v0_1::core::wasm

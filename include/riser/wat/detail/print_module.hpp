#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module/branch_hints.hpp"
#include "riser/core/wasm/module/decode_segments.hpp"
#include "riser/core/wasm/module/sections.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/limits.hpp"
#include "riser/wat/detail/print_code.hpp"
#include "riser/wat/detail/print_context.hpp"
#include "riser/wat/detail/print_counts.hpp"
#include "riser/wat/detail/print_names.hpp"
#include "riser/wat/detail/print_types.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace riser::inline v0_1::wat::detail {

/// Prints a module (6.6), section by section. Names are read first: their section is the last.
class module_printer {
public:
    module_printer(std::span<const std::byte> bytes, std::uint64_t max_size, const text_memory& memory)
        : context_(bytes, max_size, memory), out_(context_.out), code_(context_), local_names_(memory) {}

    /// Worthless where the diagnostics have an error.
    [[nodiscard]] std::string print(bool with_names) {
        if (!context_.diagnostics->ok()) {
            return {};
        }
        look_ahead(with_names);
        out_.add("(module");
        context_.add_identifier(context_.names.module());
        context_.add_annotation(context_.names.module());
        byte_reader reader(context_.bytes, *context_.diagnostics);
        core::wasm::section_sequence sections(reader);
        sections.read_header();
        while (reader.ok() && !reader.at_end()) {
            core::wasm::section next = sections.next();
            if (reader.ok()) {
                print_section(next);
            }
        }
        if (reader.ok() && bodies_ != context_.function_types.size()) {
            reader.malformed("function and code section have inconsistent lengths");
        }
        if (reader.ok() && data_count_ && *data_count_ != context_.size_of(space::data)) {
            reader.malformed("data count and data section have inconsistent lengths");
        }
        out_.new_line(0);
        out_.add(")\n");
        return out_.take();
    }

private:
    using byte_reader = core::wasm::byte_reader;
    using section_id = core::wasm::section_id;

    using byte_range = core::wasm::byte_range;

    static constexpr std::string_view hints_name = "metadata.code.branch_hint";

    // What must be known before anything is printed

    /// Reads the name section, having bounded what its indices may be. What is wrong with the module is found later.
    void look_ahead(bool with_names) {
        core::wasm::diagnostics ignored;
        byte_reader reader(context_.bytes, ignored);
        core::wasm::section_sequence sections(reader);
        sections.read_header();
        item_counter counter;
        byte_range names;
        bool has_section = false;
        while (reader.ok() && !reader.at_end()) {
            core::wasm::section next = sections.next();
            if (next.id != section_id::custom) {
                counter.add(next);
            } else if (next.contents.read_name() == "name" && !std::exchange(has_section, true)) {
                names = rest_of(next.contents);
            }
        }
        has_names_ = has_section && reader.ok() &&
                     (!with_names || (names.size != 0 && context_.names.read(context_.bytes, names, counter.sizes())));
    }

    [[nodiscard]] static byte_range rest_of(const byte_reader& reader) noexcept {
        return {reader.offset(), static_cast<std::uint32_t>(reader.remaining())};
    }

    // Sections

    void print_section(core::wasm::section& section) {
        if (section.id == section_id::custom) {
            print_custom_section(section.contents);
            return;
        }
        byte_reader count = section.contents;
        const bool is_empty = section.id != section_id::start && count.read_u32_leb() == 0;
        print_contents(section.contents, section.id);
        core::wasm::section_sequence::require_end(section.contents);
        if (section.id != section_id::data_count && !is_empty) { // else there is nothing of it in the text
            last_ = section.id;
        }
    }

    void print_contents(byte_reader& section, section_id id) {
        switch (id) {
        case section_id::type: type_section_printer(context_, section).print(); break;
        case section_id::import: print_items(section, "imports", limits::imports, &module_printer::print_import); break;
        case section_id::function: read_function_section(section); break;
        case section_id::table: print_items(section, "tables", limits::tables, &module_printer::print_table); break;
        case section_id::memory:
            print_items(section, "memories", limits::memories, &module_printer::print_memory);
            break;
        case section_id::tag: print_items(section, "tags", limits::tags, &module_printer::print_tag); break;
        case section_id::global: print_items(section, "globals", limits::globals, &module_printer::print_global); break;
        case section_id::exports:
            print_items(section, "exports", limits::exports, &module_printer::print_export);
            break;
        case section_id::start: print_start(section); break;
        case section_id::element:
            print_items(section, "element segments", limits::element_segments, &module_printer::print_element);
            break;
        case section_id::data_count: data_count_ = section.read_u32_leb(); break;
        case section_id::code:
            print_items(section, "function bodies", limits::functions, &module_printer::print_function);
            break;
        default: print_items(section, "data segments", limits::data_segments, &module_printer::print_data);
        }
    }

    void print_items(byte_reader& section, const char* what, std::uint32_t limit,
                     void (module_printer::*print_item)(byte_reader&)) {
        for (std::uint32_t count = section.read_count(what, limit); count != 0 && section.ok(); --count) {
            (this->*print_item)(section);
        }
    }

    /// " $name (;0;)" of the next item of a space, after what opens its line.
    std::uint32_t begin_item(std::string_view keyword, space which) {
        const std::uint32_t index = context_.next_index(which);
        out_.add(keyword);
        context_.add_definition(which, index);
        return index;
    }
    void begin_line() { out_.new_line(1); }

    void print_import(byte_reader& reader) {
        begin_line();
        out_.add("(import ");
        out_.add_name(reader.read_name());
        out_.add(' ');
        out_.add_name(reader.read_name());
        const std::uint32_t offset = reader.offset();
        switch (reader.read_u8()) {
        case 0: print_imported_function(begin_item(" (func", space::functions), reader.read_u32_leb()); break;
        case 1:
            begin_item(" (table", space::tables);
            print_table_type(context_, reader);
            break;
        case 2:
            begin_item(" (memory", space::memories);
            print_memory_type(context_, reader);
            break;
        case 3:
            begin_item(" (global", space::globals);
            print_global_type(context_, reader);
            break;
        case 4:
            begin_item(" (tag", space::tags);
            print_tag_type(context_, reader);
            break;
        default: reader.malformed_at(offset, "malformed import kind");
        }
        out_.add("))");
    }

    void print_imported_function(std::uint32_t function, std::uint32_t type) {
        read_local_names(function, type, nullptr);
        print_type_use(context_, type, &local_names_);
    }

    /// Their bodies come later, and then their definitions.
    void read_function_section(byte_reader& reader) {
        const std::uint32_t count = reader.read_count("functions", limits::functions);
        for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
            static_cast<void>(context_.function_types.try_push_back(reader.read_u32_leb()));
        }
    }

    void print_table(byte_reader& reader) {
        static constexpr std::uint8_t code_with_initialiser = 0x40;
        const bool has_initialiser = reader.peek() == code_with_initialiser;
        if (has_initialiser) {
            reader.skip(1);
            if (reader.read_u8() != 0) {
                reader.malformed_at(reader.offset() - 1, "malformed table");
            }
        }
        begin_line();
        begin_item("(table", space::tables);
        print_table_type(context_, reader);
        if (has_initialiser) {
            code_.print_expression(reader);
        }
        out_.add(')');
    }

    void print_memory(byte_reader& reader) {
        begin_line();
        begin_item("(memory", space::memories);
        print_memory_type(context_, reader);
        out_.add(')');
    }

    void print_tag(byte_reader& reader) {
        begin_line();
        begin_item("(tag", space::tags);
        print_tag_type(context_, reader);
        out_.add(')');
    }

    void print_global(byte_reader& reader) {
        begin_line();
        begin_item("(global", space::globals);
        print_global_type(context_, reader);
        code_.print_expression(reader);
        out_.add(')');
    }

    void print_export(byte_reader& reader) {
        static constexpr std::string_view keywords[] = {" (func", " (table", " (memory", " (global", " (tag"};
        static constexpr space spaces[] = {space::functions, space::tables, space::memories, space::globals,
                                           space::tags};
        begin_line();
        out_.add("(export ");
        out_.add_name(reader.read_name());
        const std::uint8_t kind = reader.read_u8();
        if (kind >= std::size(keywords)) {
            reader.malformed_at(reader.offset() - 1, "malformed export kind");
            return;
        }
        out_.add(keywords[kind]);
        context_.add_reference(spaces[kind], reader.read_u32_leb());
        out_.add("))");
    }

    void print_start(byte_reader& reader) {
        begin_line();
        out_.add("(start");
        context_.add_reference(space::functions, reader.read_u32_leb());
        out_.add(')');
    }

    /// 5.5.12, 6.6.9
    void print_element(byte_reader& reader) {
        using core::wasm::element_flags;
        const std::uint32_t offset = reader.offset();
        const std::uint32_t flags = reader.read_u32_leb();
        if (flags > element_flags::all) {
            reader.malformed_at(offset, "malformed elements segment kind");
            return;
        }
        begin_line();
        begin_item("(elem", space::elements);
        if ((flags & element_flags::not_active) == 0) {
            if ((flags & element_flags::explicit_table) != 0) {
                out_.add(" (table");
                context_.add_reference(space::tables, reader.read_u32_leb());
                out_.add(')');
            }
            code_.print_folded_expression(reader, "offset");
        } else if ((flags & element_flags::declarative) != 0) {
            out_.add(" declare");
        }
        const bool has_type = (flags & (element_flags::not_active | element_flags::explicit_table)) != 0;
        if ((flags & element_flags::expressions) != 0) {
            print_element_expressions(reader, has_type);
        } else {
            print_element_functions(reader, has_type);
        }
        out_.add(')');
    }

    void print_element_expressions(byte_reader& reader, bool has_type) {
        if (has_type) {
            print_reference_type(context_, reader);
        } else {
            out_.add(" funcref");
        }
        for (std::uint32_t count = reader.read_count("elements", limits::table_initialisers); count != 0 && reader.ok();
             --count) {
            code_.print_folded_expression(reader, "item");
        }
    }

    void print_element_functions(byte_reader& reader, bool has_kind) {
        if (has_kind && reader.read_u8() != 0) {
            reader.malformed_at(reader.offset() - 1, "malformed element kind");
        }
        out_.add(" func");
        for (std::uint32_t count = reader.read_count("elements", limits::table_initialisers); count != 0 && reader.ok();
             --count) {
            context_.add_reference(space::functions, reader.read_u32_leb());
        }
    }

    void print_data(byte_reader& reader) {
        const std::uint32_t offset = reader.offset();
        const std::uint32_t flags = reader.read_u32_leb();
        if (flags > 2) {
            reader.malformed_at(offset, "malformed data segment kind");
            return;
        }
        begin_line();
        begin_item("(data", space::data);
        if (const std::uint32_t memory = flags == 2 ? reader.read_u32_leb() : 0; memory != 0) {
            out_.add(" (memory");
            context_.add_reference(space::memories, memory);
            out_.add(')');
        }
        if (flags != 1) {
            code_.print_folded_expression(reader, "offset");
        }
        out_.add(' ');
        out_.add_bytes(reader.read_bytes(reader.read_u32_leb()));
        out_.add(')');
    }

    // Functions

    void print_function(byte_reader& section) {
        const std::uint32_t size = section.read_u32_leb();
        byte_reader body = section.take(size);
        if (bodies_ >= context_.function_types.size()) {
            section.malformed("function and code section have inconsistent lengths");
        }
        if (!section.ok()) {
            return;
        }
        const std::uint32_t type = context_.function_types[bodies_++];
        begin_line();
        const std::uint32_t function = begin_item("(func", space::functions);
        read_local_names(function, type, &body);
        const std::uint32_t parameters = print_type_use(context_, type, &local_names_);
        if (code_.print_body(body, function, parameters, local_names_)) {
            begin_line();
        }
        out_.add(')');
        if (!section.ok()) {
            context_.diagnostics->first().function = function;
        }
    }

    /// \param body of a function that is not imported
    void read_local_names(std::uint32_t function, std::uint32_t type, const byte_reader* body) {
        local_names_.clear();
        const byte_range map = context_.names.locals_of(function);
        if (map.size != 0) {
            const std::uint64_t count =
                parameter_count(context_, type) + (body != nullptr ? declared_locals(*body) : 0);
            byte_reader reader = context_.reader_of(map);
            local_names_.read(reader, core::lesser<std::uint64_t>(count, limits::locals));
            local_names_.make_unique();
        }
    }

    [[nodiscard]] static std::uint64_t declared_locals(byte_reader body) {
        std::uint64_t count = 0;
        for (std::uint32_t groups = body.read_u32_leb(); groups != 0 && body.ok(); --groups) {
            count += body.read_u32_leb();
            static_cast<void>(take_type(body));
        }
        return count;
    }

    // Custom sections

    void print_custom_section(byte_reader& section) {
        const std::string_view name = section.read_name();
        const byte_range contents = rest_of(section);
        if (name == "name" && std::exchange(has_names_, true)) {
            return; // another one means nothing
        }
        if (name == hints_name && context_.branch_hints.empty() && bodies_ == 0) {
            read_hints(contents);
            if (!context_.branch_hints.empty()) {
                return;
            }
        }
        begin_line();
        out_.add("(@custom ");
        out_.add_name(name);
        out_.add(place_of_custom_section());
        out_.add(' ');
        out_.add_bytes(context_.bytes.subspan(contents.offset, contents.size));
        out_.add(')');
    }

    [[nodiscard]] std::string_view place_of_custom_section() const noexcept {
        static constexpr std::string_view places[] = {
            " (before first)",
            " (after type)",
            " (after import)",
            " (after func)",
            " (after table)",
            " (after memory)",
            " (after global)",
            " (after export)",
            " (after start)",
            " (after elem)",
            " (after code)",
            " (after data)",
            "",
            " (after tag)",
        };
        return places[static_cast<std::size_t>(last_)];
    }

    /// Where they are well-formed and come before the code, hints are printed with what they are about.
    void read_hints(byte_range section) {
        core::wasm::module_info module(context_.memory->source());
        module.imported_functions = context_.size_of(space::functions);
        if (!module.functions.try_resize(module.imported_functions + context_.function_types.size())) {
            return;
        }
        core::wasm::diagnostics ignored;
        byte_reader reader(context_.bytes, ignored);
        core::wasm::section_sequence sections(reader);
        sections.read_header();
        while (reader.ok() && !reader.at_end()) {
            core::wasm::section next = sections.next();
            if (next.id == section_id::code) {
                read_bodies(next.contents, module);
            }
        }
        if (reader.ok() && module.bodies.size() == context_.function_types.size() &&
            core::wasm::branch_hint_section_reader(context_.bytes, section, module).read(module)) {
            context_.branch_hints = std::move(module.branch_hints);
        }
    }

    static void read_bodies(byte_reader& section, core::wasm::module_info& module) {
        for (std::uint32_t count = section.read_u32_leb(); count != 0 && section.ok(); --count) {
            const std::uint32_t size = section.read_u32_leb();
            static_cast<void>(module.bodies.try_push_back({{section.offset(), size}}));
            section.skip(size);
        }
    }

    print_context context_;
    text_writer& out_;
    code_printer code_;
    identifier_space local_names_; ///< of the current function
    bool has_names_ = false; ///< the section "name" is printed: as identifiers, where it can be; or it is not wanted
    section_id last_ = section_id::custom; ///< the last that is in the text
    std::uint32_t bodies_ = 0;
    std::optional<std::uint32_t> data_count_;
};

} // namespace riser::inline v0_1::wat::detail

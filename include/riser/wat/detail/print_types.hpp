#pragma once

#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/core/wasm/read_types.hpp"
#include "riser/core/wasm/types.hpp"
#include "riser/limits.hpp"
#include "riser/wat/detail/print_context.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

// Types wherever they occur in a module (6.4), straight from their bytes.

namespace riser::inline v0_1::wat::detail {

/// "funcref", … for nullable references to abstract types (6.4.4).
[[nodiscard]] constexpr std::string_view reference_abbreviation(core::wasm::heap_type type) noexcept {
    using core::wasm::heap_type;
    switch (type.bits()) {
    case heap_type::func: return "funcref";
    case heap_type::nofunc: return "nullfuncref";
    case heap_type::extern_: return "externref";
    case heap_type::noextern: return "nullexternref";
    case heap_type::any: return "anyref";
    case heap_type::eq: return "eqref";
    case heap_type::i31: return "i31ref";
    case heap_type::struct_: return "structref";
    case heap_type::array: return "arrayref";
    case heap_type::none: return "nullref";
    case heap_type::exn: return "exnref";
    default: return "nullexnref";
    }
}

/// Skips a value type, or a packed one, which is looked at when it is printed: the text has some types in another order
/// than the binary format. \returns a reader that stands before it.
[[nodiscard]] inline core::wasm::byte_reader take_type(core::wasm::byte_reader& reader) {
    const core::wasm::byte_reader type = reader;
    const std::uint8_t code = reader.read_u8();
    if (code == 0x63 || code == 0x64) {
        static_cast<void>(reader.read_s33_leb());
    }
    return type;
}

/// A heap type with a space in front.
inline void print_heap_type(print_context& context, core::wasm::byte_reader& reader) {
    const std::uint32_t offset = reader.offset();
    if (const auto abstract = core::wasm::abstract_heap_type(reader.peek())) {
        reader.skip(1);
        context.out.add(' ');
        context.out.add(core::wasm::name_of(*abstract));
        return;
    }
    const std::int64_t index = reader.read_s33_leb();
    if (index < 0) {
        reader.malformed_at(offset, "malformed heap type");
    }
    context.add_reference(space::types, static_cast<std::uint32_t>(index));
}

/// A reference type with a space in front, from its heap type.
inline void print_reference_to(print_context& context, core::wasm::byte_reader& reader, bool is_nullable) {
    const auto abstract = core::wasm::abstract_heap_type(reader.peek());
    if (is_nullable && abstract) {
        reader.skip(1);
        context.out.add(' ');
        context.out.add(reference_abbreviation(*abstract));
        return;
    }
    context.out.add(is_nullable ? " (ref null" : " (ref");
    print_heap_type(context, reader);
    context.out.add(')');
}

inline void print_reference_type(print_context& context, core::wasm::byte_reader& reader,
                                 const char* error = "malformed reference type") {
    const std::uint8_t code = reader.peek();
    if (code == 0x63 || code == 0x64) {
        reader.skip(1);
        print_reference_to(context, reader, code == 0x63);
    } else if (core::wasm::abstract_heap_type(code)) {
        print_reference_to(context, reader, true);
    } else {
        const std::uint32_t offset = reader.offset();
        reader.skip(1);
        reader.malformed_at(offset, error);
    }
}

inline void print_value_type(print_context& context, core::wasm::byte_reader& reader) {
    switch (reader.peek()) {
    case 0x7f: context.out.add(" i32"); break;
    case 0x7e: context.out.add(" i64"); break;
    case 0x7d: context.out.add(" f32"); break;
    case 0x7c: context.out.add(" f64"); break;
    case 0x7b: context.out.add(" v128"); break;
    default: print_reference_type(context, reader, "malformed value type"); return;
    }
    reader.skip(1);
}

/// Several value types as " (param i32 i64)"; nothing where there are none. Those with names have parentheses of their own.
/// \returns their number.
inline std::uint32_t print_value_types(print_context& context, core::wasm::byte_range types, std::string_view keyword,
                                       const identifier_space* names) {
    core::wasm::byte_reader reader = context.reader_of(types);
    const std::uint32_t count = reader.read_u32_leb();
    bool is_open = false;
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
        const identifier identifier = names != nullptr ? names->at(i) : detail::identifier{};
        const bool has_name = identifier.form != identifier_form::none;
        if (is_open && has_name) {
            context.out.add(')');
            is_open = false;
        }
        if (!is_open) {
            context.out.add(" (");
            context.out.add(keyword);
        }
        context.add_identifier(identifier);
        context.add_annotation(identifier);
        print_value_type(context, reader);
        is_open = !has_name;
        if (has_name) {
            context.out.add(')');
        }
    }
    if (is_open) {
        context.out.add(')');
    }
    return count;
}

/// A type use (6.4.10): the index, and what is there if it is a function type. \returns the number of parameters.
inline std::uint32_t print_type_use(print_context& context, std::uint32_t index,
                                    const identifier_space* parameter_names = nullptr) {
    context.out.add(" (type");
    context.add_reference(space::types, index);
    context.out.add(')');
    if (index >= context.types.size() || !context.types[index].is_function) {
        return 0;
    }
    const printed_type type = context.types[index];
    const std::uint32_t count = print_value_types(context, type.params, "param", parameter_names);
    print_value_types(context, type.results, "result", nullptr);
    return count;
}

/// \returns the parameters of a function of that type, where it is one.
[[nodiscard]] inline std::uint32_t parameter_count(const print_context& context, std::uint32_t type) {
    return type < context.types.size() && context.types[type].is_function
               ? context.reader_of(context.types[type].params).read_u32_leb()
               : 0;
}

/// With what follows the flags.
inline void print_limits(print_context& context, core::wasm::byte_reader& reader, std::uint8_t flags) {
    using core::wasm::limits_flags;
    const core::wasm::size_limits limits = core::wasm::read_limits(reader, flags);
    if ((flags & limits_flags::is_64) != 0) {
        context.out.add(" i64");
    }
    context.out.add(' ');
    context.out.add_number(limits.min);
    if (limits.max) {
        context.out.add(' ');
        context.out.add_number(*limits.max);
    }
}

/// A table type (6.4.13): limits first, where the binary format has the element type first.
inline void print_table_type(print_context& context, core::wasm::byte_reader& reader) {
    using core::wasm::limits_flags;
    core::wasm::byte_reader element = take_type(reader);
    const std::uint8_t flags = core::wasm::read_limits_flags(reader, limits_flags::has_max | limits_flags::is_64);
    print_limits(context, reader, flags);
    print_reference_type(context, element);
}

/// A memory type (6.4.12; threads; custom page sizes).
inline void print_memory_type(print_context& context, core::wasm::byte_reader& reader) {
    using core::wasm::limits_flags;
    const std::uint8_t flags = core::wasm::read_limits_flags(
        reader, limits_flags::has_max | limits_flags::shared | limits_flags::is_64 | limits_flags::custom_page_size);
    print_limits(context, reader, flags);
    if ((flags & limits_flags::shared) != 0) {
        context.out.add(" shared");
    }
    if ((flags & limits_flags::custom_page_size) != 0) {
        const std::uint32_t offset = reader.offset();
        const std::uint32_t log2 = reader.read_u32_leb();
        if (log2 >= 64) {
            reader.malformed_at(offset, "invalid custom page size");
            return;
        }
        context.out.add(" (pagesize ");
        context.out.add_number(std::uint64_t{1} << log2);
        context.out.add(')');
    }
}

/// A global type (6.4.14).
inline void print_global_type(print_context& context, core::wasm::byte_reader& reader) {
    core::wasm::byte_reader type = take_type(reader);
    if (core::wasm::read_mutability(reader)) {
        context.out.add(" (mut");
        print_value_type(context, type);
        context.out.add(')');
    } else {
        print_value_type(context, type);
    }
}

/// A tag type (6.4.11).
inline void print_tag_type(print_context& context, core::wasm::byte_reader& reader) {
    if (reader.read_u8() != 0 && reader.ok()) {
        reader.malformed_at(reader.offset() - 1, "malformed tag attribute");
    }
    print_type_use(context, reader.read_u32_leb());
}

/// The type section (5.5.4).
class type_section_printer {
public:
    type_section_printer(print_context& context, core::wasm::byte_reader& reader) noexcept
        : context_(context), reader_(reader) {}

    void print() {
        for (std::uint32_t count = reader_.read_count("types", limits::types); count != 0 && reader_.ok(); --count) {
            print_group();
        }
    }

private:
    void print_group() {
        if (reader_.peek() != 0x4e) {
            print_definition(1);
            return;
        }
        reader_.skip(1);
        context_.out.new_line(1);
        context_.out.add("(rec");
        std::uint32_t count = reader_.read_count("types in a recursive group", limits::types);
        const bool is_empty = count == 0;
        for (; count != 0 && reader_.ok(); --count) {
            print_definition(2);
        }
        if (!is_empty) {
            context_.out.new_line(1);
        }
        context_.out.add(')');
    }

    void print_definition(std::size_t depth) {
        const std::uint32_t index = context_.next_index(space::types);
        context_.out.new_line(depth);
        context_.out.add("(type");
        context_.add_definition(space::types, index);
        context_.out.add(" (");
        std::uint8_t code = reader_.read_u8();
        const bool is_open = code == 0x50;
        const bool is_subtype = is_open || code == 0x4f;
        if (is_subtype) {
            context_.out.add(is_open ? "sub" : "sub final");
            print_supertypes();
            context_.out.add(" (");
            code = reader_.read_u8();
        }
        if (!context_.types.try_push_back({})) {
            return;
        }
        print_composite(index, code);
        context_.out.add(is_subtype ? ")))" : "))");
    }

    void print_supertypes() {
        for (std::uint32_t count = reader_.read_count("supertypes", limits::types); count != 0 && reader_.ok();
             --count) {
            context_.add_reference(space::types, reader_.read_u32_leb());
        }
    }

    void print_composite(std::uint32_t index, std::uint8_t code) {
        switch (code) {
        case 0x60: {
            context_.out.add("func");
            printed_type type;
            type.is_function = true;
            type.params = skip_value_types("parameters", limits::parameters);
            type.results = skip_value_types("results", limits::results);
            context_.types[index] = type;
            print_value_types(context_, type.params, "param", nullptr);
            print_value_types(context_, type.results, "result", nullptr);
            break;
        }
        case 0x5f:
            context_.out.add("struct");
            print_fields(index);
            break;
        case 0x5e:
            context_.out.add("array");
            print_field_type();
            break;
        default:
            if (reader_.ok()) {
                reader_.malformed_at(reader_.offset() - 1,
                                     code < 0x80 ? "malformed definition type" : "integer representation too long");
            }
        }
    }

    /// Value types are looked at when they are printed, which is at once and wherever the type is used.
    [[nodiscard]] core::wasm::byte_range skip_value_types(const char* what, std::uint32_t limit) {
        const std::uint32_t begin = reader_.offset();
        for (std::uint32_t count = reader_.read_count(what, limit); count != 0 && reader_.ok(); --count) {
            static_cast<void>(take_type(reader_));
        }
        return {begin, reader_.offset() - begin};
    }

    void print_fields(std::uint32_t index) {
        const std::uint32_t count = reader_.read_count("fields", limits::fields);
        identifier_space names(*context_.memory);
        const core::wasm::byte_range map = context_.names.fields_of(index);
        if (map.size != 0) {
            core::wasm::byte_reader name_reader = context_.reader_of(map);
            names.read(name_reader, count);
            names.make_unique();
        }
        for (std::uint32_t i = 0; i < count && reader_.ok(); ++i) {
            context_.out.add(" (field");
            context_.add_identifier(names.at(i));
            context_.add_annotation(names.at(i));
            print_field_type();
            context_.out.add(')');
        }
        if (!names.empty()) {
            keep_field_names(index, std::move(names));
        }
    }

    void keep_field_names(std::uint32_t type, identifier_space&& names) {
        core::vector<identifier_space>& all = context_.field_names;
        while (all.size() < type && all.try_push_back(identifier_space(*context_.memory))) {
        }
        static_cast<void>(all.size() == type && all.try_push_back(std::move(names)));
    }

    /// A field type (6.4.7).
    void print_field_type() {
        const std::uint8_t code = reader_.peek();
        core::wasm::byte_reader type = take_type(reader_);
        const bool is_mutable = core::wasm::read_mutability(reader_);
        context_.out.add(is_mutable ? " (mut" : "");
        if (code == 0x78) {
            context_.out.add(" i8");
        } else if (code == 0x77) {
            context_.out.add(" i16");
        } else {
            print_value_type(context_, type);
        }
        context_.out.add(is_mutable ? ")" : "");
    }

    print_context& context_;
    core::wasm::byte_reader& reader_;
};

} // namespace riser::inline v0_1::wat::detail

#pragma once

#include "riser/wat/detail/byte_buffer.hpp"
#include "riser/wat/detail/declare_fields.hpp"
#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/module_state.hpp"
#include "riser/wat/detail/parse_annotations.hpp"
#include "riser/wat/detail/parse_function.hpp"
#include "riser/wat/detail/parse_instructions.hpp"
#include "riser/wat/detail/parse_names.hpp"
#include "riser/wat/detail/parse_segments.hpp"
#include "riser/wat/detail/parse_types.hpp"

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace riser::inline v0_1::wat::detail {

/// The second pass over the fields of a module (6.6), which encodes each into its section.
class field_encoder {
public:
    explicit field_encoder(module_state& state) noexcept
        : state_(state), tokens_(state.tokens), instructions_(state), bodies_(state, instructions_),
          signature_(state.memory()), parameter_names_(state.memory()) {}

    /// Ends at the parenthesis that closes the module, or at the end.
    void run() {
        for (;;) {
            if (tokens_.has_annotations()) [[unlikely]] {
                take_custom_annotations(tokens_, state_.customs);
                tokens_.refuse_annotations();
            }
            if (!tokens_.at(token_kind::open)) {
                return;
            }
            tokens_.advance();
            encode_field();
        }
    }

private:
    /// The first pass has seen that it is one.
    void encode_field() {
        const token word = tokens_.current();
        state_.note_field(word.offset);
        tokens_.advance();
        if (word.text == "type" || word.text == "rec") {
            return tokens_.skip_to_close();
        }
        switch (space_of(word).value_or(index_space::type)) {
        case index_space::function: encode_function(); break;
        case index_space::table: encode_table(); break;
        case index_space::memory: encode_memory(); break;
        case index_space::global: encode_global(); break;
        case index_space::tag: encode_tag(); break;
        case index_space::element:
            parse_name(state_, index_space::element);
            parse_element_segment(state_, instructions_, state_.at(section::element).bytes);
            ++state_.at(section::element).count;
            break;
        case index_space::data:
            parse_name(state_, index_space::data);
            parse_data_segment(state_, instructions_, state_.at(section::data).bytes);
            ++state_.at(section::data).count;
            break;
        default:
            if (word.text == "import") {
                encode_import();
            } else if (word.text == "export") {
                encode_export();
            } else {
                encode_start(word);
            }
        }
        tokens_.expect_close_behind_annotations();
    }

    /// What is behind the keyword of a definition: its name, `(export …)`, `(import …)`.
    struct definition {
        std::uint32_t index = 0;
        bool is_import = false;
    };

    [[nodiscard]] definition parse_head(index_space space) {
        definition head;
        head.index = parse_name(state_, space);
        while (tokens_.take_open("export")) {
            item_buffer& exports = state_.at(section::exports);
            put_name(exports.bytes);
            tokens_.expect_close();
            exports.bytes.put(static_cast<std::uint8_t>(space));
            exports.bytes.put_unsigned(head.index);
            ++exports.count;
        }
        if (tokens_.take_open("import")) {
            head.is_import = true;
            begin_import(space);
            tokens_.expect_close();
        }
        return head;
    }

    void put_name(byte_buffer& out) {
        byte_buffer name(state_.memory());
        tokens_.expect_name(name);
        out.append_sized(name.view());
    }

    /// The two names and the kind.
    void begin_import(index_space space) {
        item_buffer& imports = state_.at(section::import);
        put_name(imports.bytes);
        put_name(imports.bytes);
        imports.bytes.put(static_cast<std::uint8_t>(space));
        ++imports.count;
    }

    /// A parenthesis and the keyword of something that can be imported and exported.
    [[nodiscard]] std::optional<index_space> take_external(const char* expected) {
        const token found = tokens_.at(token_kind::open) ? tokens_.following() : tokens_.current();
        const std::optional<index_space> space = tokens_.at(token_kind::open) ? space_of(found) : std::nullopt;
        if (!space || !is_external(*space)) {
            tokens_.unexpected(found, expected);
            return std::nullopt;
        }
        tokens_.advance();
        tokens_.advance();
        return space;
    }

    void encode_import() {
        item_buffer& imports = state_.at(section::import);
        put_name(imports.bytes);
        put_name(imports.bytes);
        ++imports.count;
        const std::optional<index_space> space = take_external("what to import, such as (func)");
        if (!space) {
            return;
        }
        parse_name(state_, *space);
        imports.bytes.put(static_cast<std::uint8_t>(*space));
        encode_import_type(*space);
        tokens_.expect_close();
    }

    void encode_import_type(index_space space) {
        byte_buffer& out = state_.at(section::import).bytes;
        switch (space) {
        case index_space::function: encode_imported_function(out); break;
        case index_space::table: encode_table_type(parse_table_limits(), out); break;
        case index_space::memory: parse_memory_limits().encode(out); break;
        case index_space::global: parse_global_type(state_, out); break;
        default:
            out.put(0); // an exception
            out.put_unsigned(parse_unbound_type_use());
        }
    }

    void encode_imported_function(byte_buffer& out) {
        const std::uint32_t function = state_.next_index(index_space::function) - 1;
        out.put_unsigned(parse_unbound_type_use());
        module_state::note(state_.names.locals, function, parameter_names_);
    }

    /// Of an import, or of a tag: parameters may have names, which nothing refers to.
    [[nodiscard]] std::uint32_t parse_unbound_type_use() {
        const std::uint32_t offset = tokens_.current().offset;
        const std::optional<std::uint32_t> stated = parse_type_reference(state_);
        parameter_names_.clear();
        parse_signature(state_, signature_, [this](std::uint32_t index) {
            if (const auto name = take_name(state_)) {
                parameter_names_.add_name(index, *name);
            }
        });
        return resolve_type_use(state_, stated, signature_, offset);
    }

    void encode_function() {
        const definition head = parse_head(index_space::function);
        if (head.is_import) {
            return encode_import_type(index_space::function);
        }
        bodies_.parse(head.index);
    }

    // Tables.

    [[nodiscard]] limits_text parse_table_limits() {
        limits_text limits;
        limits.is_64 = parse_address_type(tokens_);
        parse_limits(state_, limits);
        return limits;
    }

    void encode_table_type(const limits_text& limits, byte_buffer& out) {
        parse_reference_type(state_, out);
        limits.encode(out);
    }

    void encode_table() {
        const definition head = parse_head(index_space::table);
        if (head.is_import) {
            return encode_import_type(index_space::table);
        }
        item_buffer& tables = state_.at(section::table);
        ++tables.count;
        limits_text limits;
        limits.is_64 = parse_address_type(tokens_);
        byte_buffer type(state_.memory());
        if (!tokens_.at(token_kind::number)) {
            parse_reference_type(state_, type);
            if (!tokens_.take_open("elem")) {
                return tokens_.unexpected("(elem");
            }
            limits.min = parse_table_elements(state_, instructions_, head.index, limits.is_64, type);
            limits.max = limits.min;
            tables.bytes.append(type);
            return limits.encode(tables.bytes);
        }
        parse_limits(state_, limits);
        encode_table_type(limits, type);
        if (tokens_.at(token_kind::close)) {
            return tables.bytes.append(type);
        }
        tables.bytes.put(0x40); // with an initial value
        tables.bytes.put(0x00);
        tables.bytes.append(type);
        parse_expression(instructions_, tables.bytes);
    }

    // Memories.

    [[nodiscard]] limits_text parse_memory_limits() {
        limits_text limits;
        limits.is_64 = parse_address_type(tokens_);
        parse_limits(state_, limits);
        limits.is_shared = tokens_.take_keyword("shared");
        parse_page_size(limits);
        return limits;
    }

    void parse_page_size(limits_text& limits) {
        if (!tokens_.take_open("pagesize")) {
            return;
        }
        const std::uint32_t offset = tokens_.current().offset;
        const std::uint64_t size = state_.expect_u64();
        if (!std::has_single_bit(size)) {
            return tokens_.fail(offset, {"invalid custom page size: ", size, " is no power of two"});
        }
        limits.page_size_log2 = static_cast<std::uint32_t>(std::countr_zero(size));
        tokens_.expect_close();
    }

    void encode_memory() {
        const definition head = parse_head(index_space::memory);
        if (head.is_import) {
            return encode_import_type(index_space::memory);
        }
        item_buffer& memories = state_.at(section::memory);
        ++memories.count;
        const token_stream begin = tokens_;
        limits_text limits;
        limits.is_64 = parse_address_type(tokens_);
        if (!tokens_.at_open("data") && !tokens_.at_open("pagesize")) {
            tokens_ = begin;
            return parse_memory_limits().encode(memories.bytes);
        }
        parse_page_size(limits);
        if (!tokens_.take_open("data")) {
            return tokens_.unexpected("(data");
        }
        const std::uint64_t size = parse_memory_data(state_, head.index, limits.is_64);
        const std::uint32_t log2 = limits.page_size_log2.value_or(16);
        limits.min = (size >> log2) + ((size & ((std::uint64_t{1} << log2) - 1)) != 0 ? 1 : 0);
        limits.max = limits.min;
        limits.encode(memories.bytes);
    }

    // The rest.

    void encode_global() {
        const definition head = parse_head(index_space::global);
        if (head.is_import) {
            return encode_import_type(index_space::global);
        }
        item_buffer& globals = state_.at(section::global);
        ++globals.count;
        parse_global_type(state_, globals.bytes);
        parse_expression(instructions_, globals.bytes);
    }

    void encode_tag() {
        const definition head = parse_head(index_space::tag);
        if (head.is_import) {
            return encode_import_type(index_space::tag);
        }
        item_buffer& tags = state_.at(section::tag);
        ++tags.count;
        tags.bytes.put(0); // an exception
        tags.bytes.put_unsigned(parse_unbound_type_use());
    }

    void encode_export() {
        item_buffer& exports = state_.at(section::exports);
        ++exports.count;
        put_name(exports.bytes);
        const std::optional<index_space> space = take_external("what to export, such as (func 0)");
        if (!space) {
            return;
        }
        exports.bytes.put(static_cast<std::uint8_t>(*space));
        exports.bytes.put_unsigned(state_.expect_index(*space));
        tokens_.expect_close();
    }

    void encode_start(const token& word) {
        item_buffer& start = state_.at(section::start);
        if (++start.count > 1) {
            return tokens_.fail(word.offset, "multiple start sections");
        }
        start.bytes.put_unsigned(state_.expect_index(index_space::function));
    }

    module_state& state_;
    token_stream& tokens_;
    instruction_parser instructions_;
    function_body_parser bodies_;
    signature signature_;
    item_buffer parameter_names_; ///< of the last type use without a body
};

} // namespace riser::inline v0_1::wat::detail

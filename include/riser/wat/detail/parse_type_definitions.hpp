#pragma once

#include "riser/wat/detail/byte_buffer.hpp"
#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/module_state.hpp"
#include "riser/wat/detail/parse_names.hpp"
#include "riser/wat/detail/parse_types.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

// Type definitions (6.4.6 to 6.4.8), into the type section.

namespace riser::inline v0_1::wat::detail {

class type_definition_parser {
public:
    explicit type_definition_parser(module_state& state) noexcept
        : state_(state), tokens_(state.tokens), signature_(state.memory()), field_names_(state.memory()) {}

    /// What is behind `(type`, which is a group of its own.
    void parse_single() {
        group_size_ = 1;
        parse_definition();
        ++state_.at(section::type).count;
    }

    /// What is behind `(rec`.
    void parse_group() {
        byte_buffer& section_bytes = state_.at(section::type).bytes;
        const std::size_t first = state_.types.size();
        byte_buffer outer(state_.memory());
        std::swap(outer, section_bytes);
        group_size_ = 0;
        const token_stream from = tokens_;
        for (; tokens_.take_open("type"); ++group_size_) {
            tokens_.skip_to_close();
        }
        if (tokens_.ok()) {
            tokens_ = from;
        }
        while (tokens_.take_open("type")) {
            parse_definition();
        }
        tokens_.expect_close_behind_annotations();
        std::swap(outer, section_bytes);
        section_bytes.put(0x4e);
        section_bytes.put_unsigned(state_.types.size() - first);
        section_bytes.append(outer);
        ++state_.at(section::type).count;
    }

private:
    void parse_definition() {
        index_ = static_cast<std::uint32_t>(state_.types.size());
        parse_name(state_, index_space::type);
        is_plain_ = group_size_ == 1;
        field_names_.clear();
        if (tokens_.take_open("sub")) {
            parse_sub_type();
            tokens_.expect_close();
        } else {
            parse_composite_type();
        }
        tokens_.expect_close_behind_annotations();
        module_state::note(state_.names.fields, index_, field_names_);
    }

    void parse_sub_type() {
        const bool is_final = tokens_.take_keyword("final");
        byte_buffer supertypes(state_.memory());
        std::uint32_t count = 0;
        for (; state_.at_index(); ++count) {
            supertypes.put_unsigned(state_.expect_index(index_space::type));
        }
        if (!is_final || count != 0) {
            out().put(is_final ? 0x4f : 0x50);
            out().put_unsigned(count);
            out().append(supertypes);
            is_plain_ = false;
        }
        parse_composite_type();
    }

    void parse_composite_type() {
        if (tokens_.take_open("func")) {
            parse_function_type();
        } else if (tokens_.take_open("struct")) {
            out().put(0x5f);
            parse_fields();
            static_cast<void>(state_.types.try_push_back({}));
        } else if (tokens_.take_open("array")) {
            out().put(0x5e);
            parse_field_type(out());
            static_cast<void>(state_.types.try_push_back({}));
        } else {
            tokens_.unexpected("a function, structure or array type");
        }
        tokens_.expect_close();
    }

    void parse_function_type() {
        parse_signature(state_, signature_, [this](std::uint32_t) { static_cast<void>(take_name(state_)); });
        byte_buffer encoded(state_.memory());
        signature_.encode(encoded);
        out().put(0x60);
        out().append(encoded);
        const std::string_view kept = state_.keep(std::move(encoded));
        static_cast<void>(state_.types.try_push_back({true, signature_.param_count, kept}));
        if (is_plain_) {
            static_cast<void>(state_.function_types.insert(0, kept, index_)); // the first of equals stays
        }
    }

    void parse_fields() {
        byte_buffer fields(state_.memory());
        std::uint32_t count = 0;
        while (tokens_.take_open("field")) {
            if (tokens_.at_name()) {
                declare_field(count);
                parse_field_type(fields);
                ++count;
            } else {
                for (; !tokens_.at(token_kind::close) && tokens_.ok(); ++count) {
                    parse_field_type(fields);
                }
            }
            tokens_.expect_close();
        }
        out().put_unsigned(count);
        out().append(fields);
    }

    void declare_field(std::uint32_t field) {
        const token identifier = tokens_.current();
        if (identifier.kind == token_kind::identifier &&
            !state_.fields.insert(index_, state_.name_of(identifier), field)) {
            return tokens_.fail(identifier.offset, {"duplicate field $", identifier.text});
        }
        if (const auto name = take_name(state_)) {
            field_names_.add_name(field, *name);
        }
    }

    void parse_field_type(byte_buffer& into) {
        const bool is_mutable = tokens_.take_open("mut");
        if (tokens_.take_keyword("i8")) {
            into.put(0x78);
        } else if (tokens_.take_keyword("i16")) {
            into.put(0x77);
        } else {
            parse_value_type(state_, into);
        }
        if (is_mutable) {
            tokens_.expect_close();
        }
        into.put(is_mutable ? 1 : 0);
    }

    [[nodiscard]] byte_buffer& out() noexcept { return state_.at(section::type).bytes; }

    module_state& state_;
    token_stream& tokens_;
    signature signature_;
    item_buffer field_names_;
    std::uint32_t index_ = 0;
    std::size_t group_size_ = 1;
    bool is_plain_ = true; ///< a group of one, final and without supertypes
};

} // namespace riser::inline v0_1::wat::detail

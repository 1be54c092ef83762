#pragma once

#include "riser/core/wasm/opcode.hpp"
#include "riser/wat/detail/byte_buffer.hpp"
#include "riser/wat/detail/label_stack.hpp"
#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/module_state.hpp"
#include "riser/wat/detail/number.hpp"
#include "riser/wat/detail/parse_types.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// Plain instructions (6.5) with their immediates, by immediate_kind.

namespace riser::inline v0_1::wat::detail {

class immediate_parser {
public:
    using opcode = core::wasm::opcode;
    using immediate_kind = core::wasm::immediate_kind;

    immediate_parser(module_state& state, identifier_map& locals, label_stack& labels) noexcept
        : state_(state), tokens_(state.tokens), locals_(locals), labels_(labels), signature_(state.memory()) {}

    static void put_opcode(opcode op, byte_buffer& out) {
        const core::wasm::opcode_info& row = core::wasm::info(op);
        if (row.prefix == 0) [[likely]] {
            out.put(static_cast<std::uint8_t>(row.code));
        } else {
            out.put(row.prefix);
            out.put_unsigned(row.code);
        }
    }

    /// The instruction whose name was just taken.
    void parse(opcode op, byte_buffer& out) {
        switch (core::wasm::info(op).immediate) {
        case immediate_kind::none:
            if (op == opcode::select && tokens_.at_open("result")) {
                return parse_select_types(out);
            }
            return put_opcode(op, out);
        case immediate_kind::heap_type:
            if (op != opcode::ref_null) {
                return parse_cast(op, out);
            }
            put_opcode(op, out);
            return parse_heap_type(state_, out);
        default: put_opcode(op, out); return parse_immediates(op, out);
        }
    }

    /// A block type (6.5.2), in its binary format.
    void parse_block_type(byte_buffer& out) {
        const std::uint32_t offset = tokens_.current().offset;
        const std::optional<std::uint32_t> stated = parse_type_reference(state_);
        parse_signature(state_, signature_, nullptr);
        if (stated || signature_.param_count != 0 || signature_.result_count > 1) {
            out.put_signed(resolve_type_use(state_, stated, signature_, offset));
        } else if (signature_.result_count == 1) {
            out.append(signature_.results);
        } else {
            out.put(0x40);
        }
    }

    /// The clauses of `try_table`, whose own label they do not see.
    void parse_catch_clauses(byte_buffer& out) {
        static constexpr std::string_view words[] = {"catch", "catch_ref", "catch_all", "catch_all_ref"};
        item_buffer clauses(state_.memory());
        for (std::uint8_t kind = 0; kind < 4;) {
            if (!tokens_.take_open(words[kind])) {
                ++kind;
                continue;
            }
            clauses.bytes.put(kind);
            if (kind < 2) {
                clauses.bytes.put_unsigned(state_.expect_index(index_space::tag));
            }
            put_label(clauses.bytes);
            ++clauses.count;
            tokens_.expect_close();
            kind = 0;
        }
        clauses.append_to(out);
    }

    void put_label(byte_buffer& out) { out.put_unsigned(labels_.expect_depth(state_)); }

    void put_index(index_space space, byte_buffer& out) { out.put_unsigned(state_.expect_index(space)); }

private:
    void parse_immediates(opcode op, byte_buffer& out) {
        const core::wasm::opcode_info& row = core::wasm::info(op);
        switch (row.immediate) {
        case immediate_kind::local: out.put_unsigned(state_.expect_index(locals_, 0, "local")); return;
        case immediate_kind::i32_value:
            out.put_signed(static_cast<std::int32_t>(static_cast<std::uint32_t>(expect_integer(32))));
            return;
        case immediate_kind::i64_value: out.put_signed(static_cast<std::int64_t>(expect_integer(64))); return;
        case immediate_kind::f32_value: return out.put_fixed(expect_float(format_f32), 4);
        case immediate_kind::f64_value: return out.put_fixed(expect_float(format_f64), 8);
        case immediate_kind::memarg: return parse_memory_argument(row.width_log2, false, out);
        case immediate_kind::label: return put_label(out);
        case immediate_kind::label_table: return parse_label_table(out);
        case immediate_kind::function: return put_index(index_space::function, out);
        case immediate_kind::type: return put_index(index_space::type, out);
        case immediate_kind::global: return put_index(index_space::global, out);
        case immediate_kind::tag: return put_index(index_space::tag, out);
        case immediate_kind::data: return put_data(out);
        case immediate_kind::element: return put_index(index_space::element, out);
        case immediate_kind::table: out.put_unsigned(state_.optional_index(index_space::table)); return;
        case immediate_kind::memory: out.put_unsigned(state_.optional_index(index_space::memory)); return;
        case immediate_kind::table_table: return parse_two(index_space::table, out);
        case immediate_kind::memory_memory: return parse_two(index_space::memory, out);
        case immediate_kind::fence: return out.put(0);
        default: return parse_rare_immediates(row, out);
        }
    }

    void parse_rare_immediates(const core::wasm::opcode_info& row, byte_buffer& out) {
        switch (row.immediate) {
        case immediate_kind::label_cast: return parse_branch_cast(out);
        case immediate_kind::type_table: return parse_indirect_call(out);
        case immediate_kind::type_field: return parse_type_field(out);
        case immediate_kind::type_length:
            put_index(index_space::type, out);
            out.put_unsigned(state_.expect_u32());
            return;
        case immediate_kind::type_type: put_index(index_space::type, out); return put_index(index_space::type, out);
        case immediate_kind::type_data: put_index(index_space::type, out); return put_data(out);
        case immediate_kind::type_element:
            put_index(index_space::type, out);
            return put_index(index_space::element, out);
        case immediate_kind::element_table: return parse_segment_of(index_space::element, index_space::table, out);
        case immediate_kind::data_memory:
            state_.needs_data_count = true;
            return parse_segment_of(index_space::data, index_space::memory, out);
        case immediate_kind::memarg_lane: parse_memory_argument(row.width_log2, true, out); return put_lane(out);
        case immediate_kind::lane: return put_lane(out);
        case immediate_kind::lanes: return parse_lanes(out);
        case immediate_kind::v128_value: return parse_vector(out);
        default: return tokens_.unexpected("another instruction"); // what structures blocks is not plain
        }
    }

    void put_data(byte_buffer& out) {
        state_.needs_data_count = true;
        put_index(index_space::data, out);
    }

    /// Both or neither.
    void parse_two(index_space space, byte_buffer& out) {
        const bool is_stated = state_.at_index();
        out.put_unsigned(is_stated ? state_.expect_index(space) : 0);
        out.put_unsigned(is_stated ? state_.expect_index(space) : 0);
    }

    /// In the text the table or memory comes first, and may be left out.
    void parse_segment_of(index_space segment, index_space owner, byte_buffer& out) {
        const bool both = state_.at_index() && module_state::is_index(tokens_.following());
        const std::uint32_t owner_index = both ? state_.expect_index(owner) : 0;
        put_index(segment, out);
        out.put_unsigned(owner_index);
    }

    void parse_label_table(byte_buffer& out) {
        item_buffer depths(state_.memory());
        std::uint32_t last = labels_.expect_depth(state_);
        for (; state_.at_index(); ++depths.count) {
            depths.bytes.put_unsigned(last);
            last = labels_.expect_depth(state_);
        }
        depths.append_to(out);
        out.put_unsigned(last);
    }

    void parse_branch_cast(byte_buffer& out) {
        byte_buffer operands(state_.memory());
        put_label(operands);
        const bool is_source_nullable = parse_split_reference(state_, operands);
        const bool is_target_nullable = parse_split_reference(state_, operands);
        out.put(static_cast<std::uint8_t>((is_source_nullable ? 1U : 0U) | (is_target_nullable ? 2U : 0U)));
        out.append(operands);
    }

    void parse_indirect_call(byte_buffer& out) {
        const std::uint32_t table = state_.optional_index(index_space::table);
        out.put_unsigned(parse_type_use(state_, signature_));
        out.put_unsigned(table);
    }

    void parse_type_field(byte_buffer& out) {
        const std::uint32_t type = state_.expect_index(index_space::type);
        out.put_unsigned(type);
        out.put_unsigned(state_.expect_index(state_.fields, type, "field"));
    }

    void parse_select_types(byte_buffer& out) {
        byte_buffer types(state_.memory());
        std::uint32_t count = 0;
        while (tokens_.take_open("result")) {
            count += parse_value_types(state_, types);
        }
        put_opcode(opcode::select_t, out);
        out.put_unsigned(count);
        out.append(types);
    }

    /// Tests and casts to nullable types have a code of their own.
    void parse_cast(opcode op, byte_buffer& out) {
        byte_buffer heap(state_.memory());
        if (parse_split_reference(state_, heap)) {
            op = op == opcode::ref_test ? opcode::ref_test_null : opcode::ref_cast_null;
        }
        put_opcode(op, out);
        out.append(heap);
    }

    /// 5.4.6, 6.5.6
    void parse_memory_argument(std::uint32_t natural, bool has_lane, byte_buffer& out) {
        std::uint32_t memory = 0;
        if (state_.at_index() && (!has_lane || is_memory_before_lane())) {
            memory = state_.expect_index(index_space::memory);
        }
        const std::uint64_t offset = take_argument("offset=").value_or(0);
        std::uint32_t alignment = natural;
        const std::uint32_t alignment_offset = tokens_.current().offset;
        if (const auto stated = take_argument("align=")) {
            if (!std::has_single_bit(*stated)) {
                return tokens_.fail(alignment_offset, {"alignment must be a power of two: ", *stated});
            }
            alignment = static_cast<std::uint32_t>(std::countr_zero(*stated));
        }
        out.put_unsigned(alignment | (memory != 0 ? 0x40U : 0U));
        if (memory != 0) {
            out.put_unsigned(memory);
        }
        out.put_unsigned(offset);
    }

    /// A number in front of a lane is a memory only if the lane, or an argument, follows.
    [[nodiscard]] bool is_memory_before_lane() {
        const token& next = tokens_.following();
        return tokens_.at(token_kind::identifier) || next.kind == token_kind::number ||
               (next.kind == token_kind::keyword &&
                (next.text.starts_with("offset=") || next.text.starts_with("align=")));
    }

    [[nodiscard]] std::optional<std::uint64_t> take_argument(std::string_view word) {
        if (!tokens_.at(token_kind::keyword) || !tokens_.current().text.starts_with(word)) {
            return std::nullopt;
        }
        const parsed_number number = parse_unsigned(tokens_.current().text.substr(word.size()), ~std::uint64_t{0});
        if (number.status == number_status::out_of_range) {
            tokens_.fail(tokens_.current().offset, {"i64 constant out of range: ", tokens_.current().text});
        } else if (!number.ok()) {
            tokens_.unexpected("a number behind offset= or align=");
        } else {
            tokens_.advance();
        }
        return number.bits;
    }

    [[nodiscard]] std::uint64_t accept(const parsed_number& number, const char* expected) {
        if (number.ok()) [[likely]] {
            tokens_.advance();
        } else if (number.status == number_status::out_of_range) {
            tokens_.fail(tokens_.current().offset, {"constant out of range: ", tokens_.current().text});
        } else {
            tokens_.unexpected(expected);
        }
        return number.bits;
    }

    [[nodiscard]] std::uint64_t expect_integer(unsigned bits) {
        return accept(tokens_.at(token_kind::number) ? parse_integer(tokens_.current().text, bits) : parsed_number{},
                      "an integer");
    }
    [[nodiscard]] std::uint64_t expect_float(const float_format& format) {
        const bool is_literal = tokens_.at(token_kind::number) || tokens_.at(token_kind::keyword);
        return accept(is_literal ? parse_float(tokens_.current().text, format) : parsed_number{}, "a float");
    }

    void put_lane(byte_buffer& out) { out.put(static_cast<std::uint8_t>(state_.expect_number(0xff, "i8"))); }

    [[nodiscard]] bool at_literal() const {
        return (tokens_.at(token_kind::number) || tokens_.at(token_kind::keyword)) && is_number(tokens_.current().text);
    }

    /// Of `i8x16.shuffle`.
    void parse_lanes(byte_buffer& out) {
        for (unsigned i = 0; i < 16 && tokens_.ok(); ++i) {
            if (!at_literal()) {
                return tokens_.fail(tokens_.current().offset, "invalid lane length: expected 16 lanes");
            }
            const parsed_number lane = parse_unsigned(tokens_.current().text, 0xff);
            if (!lane.ok()) {
                return tokens_.fail(tokens_.current().offset, {"i8 constant out of range: ", tokens_.current().text});
            }
            out.put(static_cast<std::uint8_t>(lane.bits));
            tokens_.advance();
        }
        if (at_literal()) {
            tokens_.fail(tokens_.current().offset, "invalid lane length: expected 16 lanes");
        }
    }

    struct vector_shape {
        std::string_view name;
        unsigned lanes;
        bool is_float;
    };

    /// Of `v128.const`.
    void parse_vector(byte_buffer& out) {
        static constexpr vector_shape shapes[] = {{"i8x16", 16, false}, {"i16x8", 8, false}, {"i32x4", 4, false},
                                                  {"i64x2", 2, false},  {"f32x4", 4, true},  {"f64x2", 2, true}};
        const vector_shape* shape = nullptr;
        for (const vector_shape& each : shapes) {
            shape = tokens_.at_keyword(each.name) ? &each : shape;
        }
        if (shape == nullptr) {
            return tokens_.unexpected("a shape such as i32x4");
        }
        tokens_.advance();
        const token first = tokens_.current();
        const unsigned bytes = 16 / shape->lanes;
        bool fit = true;
        for (unsigned i = 0; i < shape->lanes && tokens_.ok(); ++i) {
            const parsed_number lane = parse_lane(*shape, 8 * bytes);
            if (lane.status == number_status::not_a_number) {
                return at_literal() || is_malformed_word() ? tokens_.unexpected("a lane") : fail_lanes(*shape);
            }
            fit = fit && lane.ok();
            out.put_fixed(lane.bits, bytes);
            tokens_.advance();
        }
        if (at_literal()) {
            fail_lanes(*shape);
        } else if (!fit) {
            tokens_.fail(first.offset, {"constant out of range: a lane of ", shape->name});
        }
    }

    [[nodiscard]] parsed_number parse_lane(const vector_shape& shape, unsigned bits) const {
        const token& next = tokens_.current();
        if (shape.is_float && (next.kind == token_kind::number || next.kind == token_kind::keyword)) {
            return parse_float(next.text, bits == 32 ? format_f32 : format_f64);
        }
        return next.kind == token_kind::number ? parse_integer(next.text, bits) : parsed_number{};
    }

    /// A word that looks like a number and is none; what says so is more to the point than the number of lanes.
    [[nodiscard]] bool is_malformed_word() const {
        return tokens_.at(token_kind::number) || tokens_.at(token_kind::reserved) ||
               (tokens_.at(token_kind::keyword) && !is_known_word(tokens_.current().text));
    }

    void fail_lanes(const vector_shape& shape) {
        tokens_.fail(tokens_.current().offset,
                     {"wrong number of lane literals: ", shape.name, " has ", std::uint64_t{shape.lanes}});
    }

    module_state& state_;
    token_stream& tokens_;
    identifier_map& locals_;
    label_stack& labels_;
    signature signature_;
};

} // namespace riser::inline v0_1::wat::detail

#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/core/wasm/opcode.hpp"
#include "riser/core/wasm/types.hpp"
#include "riser/limits.hpp"
#include "riser/wat/detail/print_context.hpp"
#include "riser/wat/detail/print_types.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace riser::inline v0_1::wat::detail {

/// Names of instructions in rows of one size, which are copied without a loop. Those of the text format end where a type
/// begins: `ref.test` has two binary codes.
struct printed_name {
    char text[48] = {};
    std::uint8_t size = 0;
};

[[nodiscard]] constexpr std::array<printed_name, core::wasm::opcode_count> make_printed_names() noexcept {
    std::array<printed_name, core::wasm::opcode_count> names{};
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string_view name = core::wasm::opcode_infos[i].name;
        for (const char character : name.substr(0, name.find(' '))) {
            names[i].text[names[i].size++] = character;
        }
    }
    return names;
}

inline constexpr auto printed_names = make_printed_names();

/// Prints instructions (6.5) as they are in the bytes, reachable or not, valid or not; only blocks must be nested well,
/// without which no text reads back. Nesting costs a frame here, never one of the native stack.
class code_printer {
public:
    explicit code_printer(print_context& context) noexcept
        : context_(context), scratch_(context.out.like()), frames_(context.memory->source()),
          label_names_(*context.memory), name_of_label_(context.memory->source()),
          innermost_(context.memory->source()) {}

    /// What follows the size of a function's body (5.4.16): locals, then instructions, each on its line.
    /// \returns whether anything was printed.
    bool print_body(core::wasm::byte_reader body, std::uint32_t function, std::uint32_t parameters,
                    const identifier_space& local_names) {
        is_body_ = true;
        local_names_ = &local_names;
        read_label_names(function, body.remaining());
        const bool has_locals = print_locals(body, parameters);
        const std::uint32_t count = print_instructions(body);
        if (body.ok() && !body.at_end()) {
            body.malformed("section size mismatch: bytes after the end of an expression");
        }
        is_body_ = false;
        local_names_ = nullptr;
        label_names_.clear();
        return has_locals || count != 0;
    }

    /// A constant expression, with its `end`: instructions with a space before each. \returns their number.
    std::uint32_t print_expression(core::wasm::byte_reader& reader) { return print_instructions(reader); }

    /// The same in parentheses (6.6.9); `keyword` stands before more instructions than one, or none.
    void print_folded_expression(core::wasm::byte_reader& reader, std::string_view keyword) {
        out_.swap(scratch_);
        const std::uint32_t count = print_expression(reader);
        out_.swap(scratch_);
        std::string_view instructions = scratch_.view();
        out_.add(" (");
        if (count == 1) {
            instructions.remove_prefix(instructions.empty() ? 0 : 1);
        } else {
            out_.add(keyword);
        }
        out_.add(instructions);
        out_.add(')');
        scratch_.clear();
    }

private:
    using byte_reader = core::wasm::byte_reader;
    using opcode = core::wasm::opcode;
    using immediate_kind = core::wasm::immediate_kind;

    /// An open block; the first is the function or the expression itself.
    struct frame {
        opcode what = opcode::block;
        std::uint32_t label = 0;  ///< counts the blocks of the function, from 0
        std::uint32_t hidden = 0; ///< what innermost_ said of the label's name outside of the block
    };

    static constexpr std::size_t body_depth = 2;

    // Locals

    bool print_locals(byte_reader& body, std::uint32_t parameters) {
        const std::uint32_t begin = body.offset();
        std::uint64_t index = parameters;
        bool is_open = false;
        for (std::uint32_t groups = body.read_count("groups of locals", limits::function_size); groups != 0; --groups) {
            const std::uint32_t count = body.read_u32_leb();
            const byte_reader type = take_type(body);
            if (index + count > limits::locals && body.ok()) {
                body.fail(core::wasm::diagnostic_kind::limit, begin,
                          {"too many locals: at most ", limits::locals, " with parameters"});
            }
            if (!body.ok()) {
                break;
            }
            for (std::uint32_t i = 0; i < count && body.ok(); ++i, ++index) {
                print_local(type, static_cast<std::uint32_t>(index), index == parameters, is_open);
            }
        }
        if (is_open) {
            out_.add(')');
        }
        return index != parameters;
    }

    void print_local(byte_reader type, std::uint32_t index, bool is_first, bool& is_open) {
        const identifier name = local_names_->at(index);
        const bool has_name = name.form != identifier_form::none;
        if (is_open && has_name) {
            out_.add(')');
            is_open = false;
        }
        if (is_first) {
            out_.new_line(body_depth);
        }
        if (!is_open) {
            out_.add(is_first ? "(local" : " (local");
        }
        context_.add_identifier(name);
        context_.add_annotation(name);
        print_value_type(context_, type);
        is_open = !has_name;
        if (has_name) {
            out_.add(')');
        }
    }

    // Labels

    void read_label_names(std::uint32_t function, std::size_t bound) {
        const core::wasm::byte_range map = context_.names.labels_of(function);
        next_label_ = 0;
        if (map.size == 0) {
            return;
        }
        byte_reader reader = context_.reader_of(map);
        label_names_.read(reader, bound);
        core::vector<std::uint32_t> order(context_.memory->source());
        name_of_label_.clear();
        if (!label_names_.find_order_of_names(order) || !name_of_label_.try_resize(label_names_.size()) ||
            !innermost_.try_reserve(order.size())) {
            return label_names_.clear();
        }
        std::uint32_t names = 0;
        std::string_view last;
        for (const std::uint32_t label : order) {
            const std::string_view name = label_names_.at(label).name;
            names += names == 0 || name != last ? 1U : 0U;
            name_of_label_[label] = names - 1;
            last = name;
        }
        innermost_.clear();
        static_cast<void>(innermost_.try_resize(names)); // which is no more than there is room for
    }

    void open(opcode what) {
        frame opened{what, next_label_++, 0};
        if (label_names_.at(opened.label).is_usable()) {
            std::uint32_t& innermost = innermost_[name_of_label_[opened.label]];
            opened.hidden = innermost;
            innermost = static_cast<std::uint32_t>(frames_.size());
        }
        static_cast<void>(frames_.try_push_back(opened));
    }

    void close() {
        const frame& closed = frames_.back();
        if (frames_.size() > 1 && label_names_.at(closed.label).is_usable()) {
            innermost_[name_of_label_[closed.label]] = closed.hidden;
        }
        frames_.pop_back();
    }

    void print_label(std::uint32_t depth) {
        if (depth + std::uint64_t{1} < frames_.size()) {
            const std::size_t level = frames_.size() - 1 - depth;
            const std::uint32_t label = frames_[level].label;
            const identifier name = label_names_.at(label);
            if (name.is_usable() && innermost_[name_of_label_[label]] == level) {
                context_.add_identifier(name);
                return;
            }
        }
        out_.add(' ');
        out_.add_number(depth);
        if (is_body_ && depth + std::uint64_t{1} < frames_.size()) {
            out_.add(" (;@");
            out_.add_number(frames_.size() - 1 - depth);
            out_.add(";)");
        }
    }

    // Instructions

    /// Until the `end` of the outermost block, which is not printed. \returns the number of the others.
    std::uint32_t print_instructions(byte_reader& reader) {
        frames_.clear();
        if (!frames_.try_push_back({})) {
            return 0;
        }
        std::uint32_t count = 0;
        for (;; ++count) {
            const std::uint32_t offset = reader.offset();
            const opcode op = read_opcode(reader);
            if (!reader.ok()) {
                return count;
            }
            switch (op) {
            case opcode::end:
                if (frames_.size() == 1) {
                    return count;
                }
                begin_instruction(op, 1);
                close();
                break;
            case opcode::else_: print_arm(reader, op, offset, opcode::if_, opcode::if_); break;
            case opcode::catch_:
            case opcode::catch_all: print_arm(reader, op, offset, opcode::try_, opcode::catch_); break;
            case opcode::delegate: print_delegate(reader, offset); break;
            case opcode::if_:
            case opcode::br_if: print_hint(offset); [[fallthrough]];
            default: begin_instruction(op, 0); print_immediates(reader, op);
            }
            if (reader.at_end()) [[unlikely]] {
                missing_end(reader);
                return count;
            }
        }
    }

    [[gnu::cold]] void missing_end(byte_reader& reader) const {
        reader.malformed(reader.offset() == context_.bytes.size() ? "unexpected end of section or function"
                                                                  : "END opcode expected");
    }

    [[nodiscard]] static opcode read_opcode(byte_reader& reader) {
        const std::uint32_t offset = reader.offset();
        const std::uint8_t first = reader.read_u8();
        const bool has_prefix = core::wasm::is_opcode_prefix(first);
        const std::uint32_t code = has_prefix ? reader.read_u32_leb() : first;
        const opcode op = core::wasm::decode_opcode(has_prefix ? first : std::uint8_t{0}, code);
        if (op == core::wasm::no_opcode) [[unlikely]] {
            reader.malformed_at(offset, {"illegal opcode ", core::wasm::hexadecimal(first), has_prefix ? " " : "",
                                         has_prefix ? core::wasm::hexadecimal(code) : ""});
        }
        return op;
    }

    /// The line, or the space, and the name of an instruction that stands `outdent` levels further out than its block.
    void begin_instruction(opcode op, std::size_t outdent) {
        if (is_body_) {
            out_.new_line(body_depth + frames_.size() - 1 - outdent);
        } else {
            out_.add(' ');
        }
        const printed_name& name = printed_names[static_cast<std::size_t>(op)];
        out_.add_padded(name.text, name.size);
    }

    /// `else`, `catch` and `catch_all`, which are for blocks of one kind or another.
    void print_arm(byte_reader& reader, opcode op, std::uint32_t offset, opcode one, opcode other) {
        opcode& what = frames_.back().what;
        if (frames_.size() == 1 || (what != one && what != other)) {
            reader.malformed_at(offset, {"END opcode expected: found ", core::wasm::name(op)});
            return;
        }
        begin_instruction(op, 1);
        what = op;
        print_immediates(reader, op);
    }

    /// Ends a legacy try. Its label counts from the block around that.
    void print_delegate(byte_reader& reader, std::uint32_t offset) {
        if (frames_.size() == 1 || frames_.back().what != opcode::try_) {
            reader.malformed_at(offset, "END opcode expected: found delegate");
            return;
        }
        begin_instruction(opcode::delegate, 1);
        close();
        print_label(reader.read_u32_leb());
    }

    void print_hint(std::uint32_t offset) {
        const auto& hints = context_.branch_hints;
        while (next_hint_ < hints.size() && hints[next_hint_] >> 1U < offset) {
            ++next_hint_;
        }
        if (next_hint_ < hints.size() && hints[next_hint_] >> 1U == offset) {
            out_.new_line(body_depth + frames_.size() - 1);
            out_.add((hints[next_hint_] & 1U) != 0 ? R"((@metadata.code.branch_hint "\01"))"
                                                   : R"((@metadata.code.branch_hint "\00"))");
        }
    }

    // Immediates

    void print_immediates(byte_reader& reader, opcode op) {
        switch (core::wasm::info(op).immediate) {
        case immediate_kind::none: break;
        case immediate_kind::block: print_block(reader, op); break;
        case immediate_kind::label: print_label(reader.read_u32_leb()); break;
        case immediate_kind::label_table: print_label_table(reader); break;
        case immediate_kind::label_cast: print_label_cast(reader); break;
        case immediate_kind::try_table: print_try_table(reader); break;
        case immediate_kind::function: print_index(reader, space::functions); break;
        case immediate_kind::type: print_index(reader, space::types); break;
        case immediate_kind::type_table: print_type_table(reader); break;
        case immediate_kind::type_field: print_type_field(reader); break;
        case immediate_kind::type_length: print_index(reader, space::types), print_number(reader); break;
        case immediate_kind::type_type: print_index(reader, space::types), print_index(reader, space::types); break;
        case immediate_kind::type_data: print_index(reader, space::types), print_index(reader, space::data); break;
        case immediate_kind::type_element:
            print_index(reader, space::types), print_index(reader, space::elements);
            break;
        case immediate_kind::tag: print_index(reader, space::tags); break;
        case immediate_kind::select_types: print_select_types(reader); break;
        case immediate_kind::local: print_local_index(reader); break;
        case immediate_kind::global: print_index(reader, space::globals); break;
        case immediate_kind::table: print_index(reader, space::tables); break;
        case immediate_kind::table_table: print_pair(reader, space::tables); break;
        case immediate_kind::element: print_index(reader, space::elements); break;
        case immediate_kind::element_table: print_segment_of(reader, space::elements, space::tables); break;
        case immediate_kind::memory: print_unless_zero(space::memories, reader.read_u32_leb()); break;
        case immediate_kind::memory_memory: print_pair(reader, space::memories); break;
        case immediate_kind::data: print_index(reader, space::data); break;
        case immediate_kind::data_memory: print_segment_of(reader, space::data, space::memories); break;
        case immediate_kind::memarg: print_memarg(reader, op); break;
        case immediate_kind::memarg_lane: print_memarg(reader, op), print_lanes(reader, 1); break;
        case immediate_kind::lane: print_lanes(reader, 1); break;
        case immediate_kind::lanes: print_lanes(reader, 16); break;
        case immediate_kind::i32_value: out_.add(' '), out_.add_number(reader.read_s32_leb()); break;
        case immediate_kind::i64_value: out_.add(' '), out_.add_number(reader.read_s64_leb()); break;
        case immediate_kind::f32_value: out_.add(' '), out_.add_f32(reader.read_u32_fixed()); break;
        case immediate_kind::f64_value: out_.add(' '), out_.add_f64(reader.read_u64_fixed()); break;
        case immediate_kind::v128_value: print_vector(reader); break;
        case immediate_kind::heap_type: print_heap_type_immediate(reader, op); break;
        case immediate_kind::fence: print_fence(reader); break;
        }
    }

    void print_index(byte_reader& reader, space which) { context_.add_reference(which, reader.read_u32_leb()); }
    void print_number(byte_reader& reader) { out_.add(' '), out_.add_number(reader.read_u32_leb()); }
    void print_unless_zero(space which, std::uint32_t index) {
        if (index != 0) {
            context_.add_reference(which, index);
        }
    }

    void print_local_index(byte_reader& reader) {
        const std::uint32_t index = reader.read_u32_leb();
        context_.add_reference(local_names_ != nullptr ? local_names_->at(index) : identifier{}, index);
    }

    /// Two indices, which need not be written where both are 0.
    void print_pair(byte_reader& reader, space which) {
        const std::uint32_t to = reader.read_u32_leb();
        const std::uint32_t from = reader.read_u32_leb();
        if (to != 0 || from != 0) {
            context_.add_reference(which, to);
            context_.add_reference(which, from);
        }
    }

    /// The binary format has the segment first, the text has it last.
    void print_segment_of(byte_reader& reader, space segments, space which) {
        const std::uint32_t segment = reader.read_u32_leb();
        print_unless_zero(which, reader.read_u32_leb());
        context_.add_reference(segments, segment);
    }

    void print_type_table(byte_reader& reader) {
        const std::uint32_t type = reader.read_u32_leb();
        print_unless_zero(space::tables, reader.read_u32_leb());
        out_.add(" (type");
        context_.add_reference(space::types, type);
        out_.add(')');
    }

    void print_type_field(byte_reader& reader) {
        const std::uint32_t type = reader.read_u32_leb();
        const std::uint32_t field = reader.read_u32_leb();
        const auto& names = context_.field_names;
        context_.add_reference(space::types, type);
        context_.add_reference(type < names.size() ? names[type].at(field) : identifier{}, field);
    }

    void print_block(byte_reader& reader, opcode op) {
        open(op);
        const identifier name = label_names_.at(frames_.back().label);
        context_.add_identifier(name);
        context_.add_annotation(name);
        print_block_type(reader);
        print_label_comment(name);
    }

    void print_block_type(byte_reader& reader) {
        const std::uint8_t code = reader.peek();
        if (code == 0x40) {
            reader.skip(1);
        } else if (code > 0x40 && code < 0x80) { // a negative number of one byte: the code of a value type
            out_.add(" (result");
            print_value_type(context_, reader);
            out_.add(')');
        } else {
            const std::uint32_t offset = reader.offset();
            const std::int64_t index = reader.read_s33_leb();
            if (index < 0) {
                reader.malformed_at(offset, "malformed block type");
            }
            print_type_use(context_, static_cast<std::uint32_t>(index));
        }
    }

    /// Where a label has no name, says how deep its block is, as branches to it do.
    void print_label_comment(const identifier& name) {
        if (is_body_ && !name.is_usable()) {
            out_.add(" ;; label = @");
            out_.add_number(frames_.size() - 1);
        }
    }

    /// Labels of catch clauses count from the block around the try_table.
    void print_try_table(byte_reader& reader) {
        static constexpr std::string_view forms[] = {"catch", "catch_ref", "catch_all", "catch_all_ref"};
        const identifier name = label_names_.at(next_label_);
        context_.add_identifier(name);
        context_.add_annotation(name);
        print_block_type(reader);
        for (std::uint32_t count = reader.read_count("catch clauses", limits::catch_clauses); count != 0 && reader.ok();
             --count) {
            const std::uint8_t form = reader.read_u8();
            if (form > 3) {
                reader.malformed_at(reader.offset() - 1, "malformed catch clause");
                return;
            }
            out_.add(" (");
            out_.add(forms[form]);
            if (form < 2) {
                print_index(reader, space::tags);
            }
            print_label(reader.read_u32_leb());
            out_.add(')');
        }
        open(opcode::try_table);
        print_label_comment(name);
    }

    void print_label_table(byte_reader& reader) {
        for (std::uint32_t count = reader.read_count("labels", limits::function_size); count != 0 && reader.ok();
             --count) {
            print_label(reader.read_u32_leb());
        }
        print_label(reader.read_u32_leb());
    }

    void print_label_cast(byte_reader& reader) {
        const std::uint8_t flags = reader.read_u8();
        if (flags > 3) {
            reader.malformed_at(reader.offset() - 1, "malformed br_on_cast flags");
        }
        print_label(reader.read_u32_leb());
        print_reference_to(context_, reader, (flags & 1U) != 0);
        print_reference_to(context_, reader, (flags & 2U) != 0);
    }

    void print_heap_type_immediate(byte_reader& reader, opcode op) {
        if (op == opcode::ref_null) {
            print_heap_type(context_, reader);
        } else {
            print_reference_to(context_, reader, op == opcode::ref_test_null || op == opcode::ref_cast_null);
        }
    }

    void print_select_types(byte_reader& reader) {
        out_.add(" (result");
        for (std::uint32_t count = reader.read_count("types", limits::function_size); count != 0 && reader.ok();
             --count) {
            print_value_type(context_, reader);
        }
        out_.add(')');
    }

    void print_memarg(byte_reader& reader, opcode op) {
        const std::uint32_t offset = reader.offset();
        const std::uint32_t flags = reader.read_u32_leb();
        if (flags >= 0x40) [[unlikely]] {
            if (flags >= 0x80) {
                reader.malformed_at(offset, {"malformed memop flags ", flags});
            }
            print_unless_zero(space::memories, reader.read_u32_leb());
        }
        if (const std::uint64_t displacement = reader.read_u64_leb(); displacement != 0) {
            out_.add(" offset=");
            out_.add_number(displacement);
        }
        const std::uint32_t align_log2 = flags & 0x3fU;
        if (align_log2 != core::wasm::info(op).width_log2) {
            out_.add(" align=");
            out_.add_number(std::uint64_t{1} << align_log2);
        }
    }

    void print_lanes(byte_reader& reader, std::size_t count) {
        for (; count != 0; --count) {
            out_.add(' ');
            out_.add_number(unsigned{reader.read_u8()});
        }
    }

    void print_vector(byte_reader& reader) {
        out_.add(" i32x4");
        for (int i = 0; i < 4; ++i) {
            out_.add(' ');
            out_.add_word(reader.read_u32_fixed());
        }
    }

    static void print_fence(byte_reader& reader) {
        if (reader.read_u8() != 0 && reader.ok()) {
            reader.malformed_at(reader.offset() - 1, "zero byte expected");
        }
    }

    print_context& context_;
    text_writer& out_ = context_.out;
    text_writer scratch_;
    bool is_body_ = false; ///< instructions stand on lines of their own
    core::vector<frame> frames_;
    const identifier_space* local_names_ = nullptr;
    identifier_space label_names_;
    core::vector<std::uint32_t> name_of_label_; ///< equal for labels with equal names
    core::vector<std::uint32_t> innermost_; ///< by name_of_label_: position in frames_ of the block it now stands for
    std::uint32_t next_label_ = 0;
    std::size_t next_hint_ = 0;
};

} // namespace riser::inline v0_1::wat::detail

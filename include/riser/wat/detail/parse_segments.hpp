#pragma once

#include "riser/core/wasm/opcode.hpp"
#include "riser/wat/detail/byte_buffer.hpp"
#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/module_state.hpp"
#include "riser/wat/detail/parse_instructions.hpp"
#include "riser/wat/detail/parse_types.hpp"

#include <cstdint>
#include <optional>

// Element and data segments (6.6.8, 6.6.9), on their own and within tables and memories.

namespace riser::inline v0_1::wat::detail {

inline void end_expression(instruction_parser& instructions, byte_buffer& out) {
    instructions.refuse_hints();
    out.put(0x0b);
}

/// Instructions up to a closing parenthesis, with `end`.
inline void parse_expression(instruction_parser& instructions, byte_buffer& out) {
    instructions.begin();
    instructions.parse_sequence(out);
    end_expression(instructions, out);
}

/// `(offset …)` or `(item …)`, or one folded instruction.
inline void parse_wrapped_expression(module_state& state, instruction_parser& instructions, const char* wrapper,
                                     byte_buffer& out) {
    if (state.tokens.take_open(wrapper)) {
        parse_expression(instructions, out);
        state.tokens.expect_close();
        return;
    }
    instructions.begin();
    instructions.parse_folded(out);
    end_expression(instructions, out);
}

/// The constant 0, in the address type of a table or memory.
inline void put_zero_offset(bool is_64, byte_buffer& out) {
    out.put(is_64 ? 0x42 : 0x41);
    out.put(0);
    out.put(0x0b);
}

/// The elements of a segment: functions, or expressions of a type.
struct element_list {
    explicit element_list(const text_memory& memory) noexcept : type(memory), items(memory) {}

    bool are_expressions = false;
    byte_buffer type; ///< of expressions
    item_buffer items;

    void encode(byte_buffer& out, bool states_type) const {
        if (states_type && are_expressions) {
            out.append(type);
        } else if (states_type) {
            out.put(0x00); // of functions
        }
        items.append_to(out);
    }
    [[nodiscard]] bool is_funcref() const noexcept { return type.size() == 1 && type.data()[0] == 0x70; }
};

inline void parse_function_items(module_state& state, element_list& out) {
    for (; state.at_index() && state.tokens.ok(); ++out.items.count) {
        if (out.are_expressions) {
            out.items.bytes.put(0xd2); // ref.func
        }
        out.items.bytes.put_unsigned(state.expect_index(index_space::function));
        if (out.are_expressions) {
            out.items.bytes.put(0x0b);
        }
    }
}

inline void parse_expression_items(module_state& state, instruction_parser& instructions, element_list& out) {
    out.are_expressions = true;
    for (; state.tokens.at(token_kind::open) && state.tokens.ok(); ++out.items.count) {
        parse_wrapped_expression(state, instructions, "item", out.items.bytes);
    }
}

/// `func x*`, or a reference type with expressions; functions alone where `may_omit_func`.
inline void parse_element_list(module_state& state, instruction_parser& instructions, bool may_omit_func,
                               element_list& out) {
    if (state.tokens.take_keyword("func") ||
        (may_omit_func && (state.at_index() || state.tokens.at(token_kind::close)))) {
        return parse_function_items(state, out);
    }
    parse_reference_type(state, out.type);
    parse_expression_items(state, instructions, out);
}

/// `(table x)` or `(memory x)`, or, as in WebAssembly 1.0, the number alone. \returns nothing where neither is there.
[[nodiscard]] inline std::optional<std::uint32_t> parse_place(module_state& state, const char* wrapper,
                                                              index_space space) {
    if (state.tokens.at(token_kind::number)) {
        return state.expect_index(space);
    }
    if (!state.tokens.take_open(wrapper)) {
        return std::nullopt;
    }
    const std::uint32_t index = state.expect_index(space);
    state.tokens.expect_close();
    return index;
}

/// What is behind `(elem`, up to its closing parenthesis.
inline void parse_element_segment(module_state& state, instruction_parser& instructions, byte_buffer& out) {
    token_stream& tokens = state.tokens;
    element_list list(state.memory());
    if (tokens.take_keyword("declare")) {
        parse_element_list(state, instructions, false, list);
        out.put(list.are_expressions ? 7 : 3);
        return list.encode(out, true);
    }
    const bool may_omit_func = !tokens.at_open("table");
    const std::optional<std::uint32_t> table = parse_place(state, "table", index_space::table);
    if (!table && (!tokens.at(token_kind::open) || tokens.at_open("ref"))) {
        parse_element_list(state, instructions, false, list);
        out.put(list.are_expressions ? 5 : 1);
        return list.encode(out, true);
    }
    byte_buffer offset(state.memory());
    parse_wrapped_expression(state, instructions, "offset", offset);
    parse_element_list(state, instructions, may_omit_func, list);
    const bool is_short = !table && (!list.are_expressions || list.is_funcref());
    out.put(static_cast<std::uint8_t>((is_short ? 0U : 2U) | (list.are_expressions ? 4U : 0U)));
    if (!is_short) {
        out.put_unsigned(table.value_or(0));
    }
    out.append(offset);
    list.encode(out, !is_short);
}

/// What is behind `(elem` within a table of `type`. \returns how many there are.
[[nodiscard]] inline std::uint32_t parse_table_elements(module_state& state, instruction_parser& instructions,
                                                        std::uint32_t table, bool is_64, const byte_buffer& type) {
    element_list list(state.memory());
    list.type.append(type);
    if (state.tokens.at(token_kind::open)) {
        parse_expression_items(state, instructions, list);
    } else {
        list.are_expressions = !list.is_funcref(); // functions alone would be of the type (ref func)
        parse_function_items(state, list);
    }
    state.tokens.expect_close();
    item_buffer& section_items = state.at(section::element);
    byte_buffer& out = section_items.bytes;
    out.put(list.are_expressions ? 6 : 2);
    out.put_unsigned(table);
    put_zero_offset(is_64, out);
    list.encode(out, true);
    ++section_items.count;
    ++state.next_index(index_space::element);
    return list.items.count;
}

inline void parse_strings(token_stream& tokens, byte_buffer& out) {
    while (tokens.at(token_kind::string)) {
        tokens.expect_string(out);
    }
}

/// What is behind `(data`, up to its closing parenthesis.
inline void parse_data_segment(module_state& state, instruction_parser& instructions, byte_buffer& out) {
    token_stream& tokens = state.tokens;
    const std::optional<std::uint32_t> memory = parse_place(state, "memory", index_space::memory);
    if (memory || tokens.at(token_kind::open)) {
        out.put(memory.value_or(0) == 0 ? 0 : 2);
        if (memory.value_or(0) != 0) {
            out.put_unsigned(*memory);
        }
        parse_wrapped_expression(state, instructions, "offset", out);
    } else {
        out.put(1);
    }
    byte_buffer bytes(state.memory());
    parse_strings(tokens, bytes);
    out.append_sized(bytes.view());
}

/// What is behind `(data` within a memory. \returns how many bytes there are.
[[nodiscard]] inline std::uint64_t parse_memory_data(module_state& state, std::uint32_t memory, bool is_64) {
    byte_buffer bytes(state.memory());
    parse_strings(state.tokens, bytes);
    state.tokens.expect_close();
    item_buffer& section_items = state.at(section::data);
    byte_buffer& out = section_items.bytes;
    out.put(memory == 0 ? 0 : 2);
    if (memory != 0) {
        out.put_unsigned(memory);
    }
    put_zero_offset(is_64, out);
    out.append_sized(bytes.view());
    ++section_items.count;
    ++state.next_index(index_space::data);
    return bytes.size();
}

} // namespace riser::inline v0_1::wat::detail

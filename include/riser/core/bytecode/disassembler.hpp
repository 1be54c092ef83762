#pragma once

#include "riser/core/bytecode/instruction.hpp"
#include "riser/core/code/code.hpp"

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

/// Bytecode as text, from the same tables as everything else.
namespace riser::inline v0_1::core::bytecode {

namespace detail {

[[nodiscard]] constexpr std::string_view suffix(binary_form form) noexcept {
    constexpr std::string_view names[] = {".ss", ".as", ".sa", ".si", ".ai"};
    return names[static_cast<std::size_t>(form)];
}
[[nodiscard]] constexpr std::string_view suffix(address_form form) noexcept {
    constexpr std::string_view names[] = {".s", ".a", ".i", ".ss", ".as", ".si", ".ai", ".ssx", ".asx", ".six", ".aix"};
    return names[static_cast<std::size_t>(form)];
}

inline void append_slot(std::string& text, std::uint32_t slot) {
    text += " %";
    text += std::to_string(slot);
}
inline void append_immediate(std::string& text, opcode op, code_word fields, const code_word* wide) {
    using kind = wasm::value_type::kind;
    const std::uint32_t narrow = fields_view{fields}.immediate();
    text += " #";
    switch (wasm::info(op).params()[0]) {
    case kind::f64: text += std::to_string(std::bit_cast<double>(*wide)); break;
    case kind::f32: text += std::to_string(std::bit_cast<float>(narrow)); break;
    default: text += std::to_string(static_cast<std::int32_t>(narrow)); break;
    }
}

/// Operands of the binary families: what the form says.
inline void append_binary(std::string& text, const instruction_kind& kind, const code_word* at) {
    const fields_view fields{at[1]};
    const binary_form form = kind.as_binary();
    if (form == binary_form::as || form == binary_form::ai) {
        text += " acc";
    } else {
        append_slot(text, fields.first());
    }
    if (form == binary_form::si || form == binary_form::ai) {
        append_immediate(text, kind.meaning(), at[1], at + 2);
    } else if (form == binary_form::sa) {
        text += " acc";
    } else {
        append_slot(text, fields.second());
    }
}

inline void append_address(std::string& text, const instruction_kind& kind, fields_view fields) {
    const address_form form = kind.as_address();
    text += " [";
    if (form != address_form::i) {
        text += is_accumulated(form) ? "acc" : '%' + std::to_string(fields.first());
        text += is_scaled(form) ? " << " + std::to_string(wasm::info(kind.meaning()).width_log2) + " + " : " + ";
    }
    if (has_second_slot(form)) {
        text += '%' + std::to_string(fields.second()) + " + " + std::to_string(fields.third());
    } else {
        text += std::to_string(has_wrapping_addend(form) ? static_cast<std::int32_t>(fields.immediate())
                                                         : static_cast<std::int64_t>(fields.immediate()));
    }
    text += ']';
}

inline void append_store(std::string& text, const instruction_kind& kind, const code_word* at) {
    const fields_view fields{at[1]};
    append_address(text, kind, fields);
    text += " <-";
    switch (kind.as_value()) {
    case value_form::s: append_slot(text, fields.destination()); break;
    case value_form::a:
    case value_form::f: text += " acc"; break;
    case value_form::i: text += " #" + std::to_string(at[2]); break;
    }
}

/// Whatever the shape has beyond the first fields.
inline void append_words(std::string& text, const code_word* at, std::size_t from) {
    const auto op = static_cast<vm_opcode>(*at);
    const instruction_shape& shape = instruction_infos[op].shape;
    const std::size_t length = instruction_length(at, op);
    for (std::size_t i = from; i < length; ++i) {
        switch (shape.words[i - 1 < shape.count ? i - 1 : shape.count - 1U]) {
        case word_kind::fields: break;
        case word_kind::bits: text += ' ' + std::to_string(at[i]); break;
        case word_kind::target:
        case word_kind::target_table: text += " -> " + std::to_string(at[i]); break;
        case word_kind::function: text += " function+" + std::to_string(at[i]); break;
        case word_kind::type: text += " type " + std::to_string(at[i]); break;
        case word_kind::object: text += " function " + std::to_string(at[i]); break;
        }
    }
}

inline void append_single(std::string& text, const code_word* at) {
    const instruction_shape& shape = instruction_infos[static_cast<vm_opcode>(*at)].shape;
    if (shape.count != 0 && shape.words[0] == word_kind::fields) {
        const fields_view fields{at[1]};
        text += " first " + std::to_string(fields.first()) + " destination " + std::to_string(fields.destination());
        if (fields.immediate() != 0) {
            text += " second " + std::to_string(fields.second()) + " third " + std::to_string(fields.third()) + " (" +
                    std::to_string(fields.immediate()) + ')';
        }
    }
    append_words(text, at, 1);
}

inline void append_select(std::string& text, const instruction_kind& kind, const code_word* at) {
    const fields_view fields{at[1]};
    text += "select ";
    text += kind.takes_accumulated_condition() ? "acc" : '%' + std::to_string(fields.third());
    text += has_immediate_first(kind.as_select()) ? " ? #" + std::to_string(at[2] & 0xffffffffU)
                                                  : " ? %" + std::to_string(fields.first());
    text += has_immediate_second(kind.as_select()) ? " : #" + std::to_string(at[2] >> 32U)
                                                   : " : %" + std::to_string(fields.second());
}

} // namespace detail

/// One instruction of the shared form: "i32.add.as acc %3 => %5". `%` are slots, `#` immediates, `->` word indices.
[[nodiscard]] inline std::string disassemble(const code_word* at) {
    const instruction_kind& kind = instruction_infos[static_cast<vm_opcode>(*at)].kind;
    if (kind.group == family::single) {
        std::string text(single_names[kind.member]);
        detail::append_single(text, at);
        return text;
    }
    const fields_view fields{at[1]};
    std::string text;
    if (kind.group == family::step) {
        text = "step %" + std::to_string(fields.first()) +
               " += " + std::to_string(static_cast<std::int32_t>(fields.immediate())) + ", ";
        text += wasm::name(kind.meaning());
        return text += (kind.as_step() == step_form::i ? " #" : " %") + std::to_string(at[2]) + " -> loop";
    }
    if (kind.group == family::branch || kind.group == family::branch_unordered) {
        text = kind.group == family::branch ? "br_if " : "br_unless ";
    }
    if (kind.group != family::select) {
        text += wasm::name(kind.meaning());
    }
    switch (kind.group) {
    case family::select: detail::append_select(text, kind, at); break;
    case family::unary:
        if (kind.as_unary() == unary_form::s) {
            detail::append_slot(text += ".s", fields.first());
        } else {
            text += ".a acc";
        }
        break;
    case family::load: detail::append_address(text += detail::suffix(kind.as_address()), kind, fields); break;
    case family::store: detail::append_store(text += detail::suffix(kind.as_address()), kind, at); return text;
    default: detail::append_binary(text += detail::suffix(kind.as_binary()), kind, at); break;
    }
    if (kind.group == family::branch || kind.group == family::branch_unordered) {
        return text += kind.variant == 1
                           ? " -> loop"
                           : " -> " + std::to_string(at[instruction_length(at, static_cast<vm_opcode>(*at)) - 1]);
    }
    text += kind.group == family::arithmetic && kind.variant == 1 ? " =>>" : " =>"; // =>>: not to the accumulator
    detail::append_slot(text, fields.destination());
    return text;
}

} // namespace riser::inline v0_1::core::bytecode

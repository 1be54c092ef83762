#pragma once

#include "riser/core/wasm/types.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>

namespace riser::inline v0_1::core::wasm {

/// The instructions, in the order of opcodes.def, which states them. Values are dense, from 0; not binary codes.
enum class opcode : std::uint16_t {
#define RISER_WASM_OPCODE(identifier, text, prefix, code, immediate, signature, width) identifier,
#include "riser/core/wasm/opcodes.def"
#undef RISER_WASM_OPCODE
};

/// What follows the code of an instruction (5.4).
enum class immediate_kind : std::uint8_t {
    none,
    block,       ///< block type
    label,       ///< depth
    label_table, ///< depths, then the default's
    label_cast,  ///< flags, depth, two heap types
    try_table,   ///< block type, then catch clauses
    function,
    type,
    type_table, ///< of call_indirect
    type_field,
    type_length, ///< of array.new_fixed
    type_type,
    type_data,
    type_element,
    tag,
    select_types,
    local,
    global,
    table,
    table_table, ///< to, from
    element,
    element_table,
    memory,
    memory_memory, ///< to, from
    data,
    data_memory,
    memarg, ///< alignment, memory, offset
    memarg_lane,
    lane,
    lanes, ///< 16 of them
    i32_value,
    i64_value,
    f32_value,
    f64_value,
    v128_value,
    heap_type,
    fence, ///< a zero byte
};

/// One row of opcodes.def.
struct opcode_info {
    using kind = value_type::kind;
    /// Stands in signatures for the address type of the memory that the immediate names.
    static constexpr kind address = kind::bottom;

    std::string_view name;   ///< in the text format, where ref.test and select have two binary codes each
    std::uint16_t code = 0;  ///< after the prefix, if there is one
    std::uint8_t prefix = 0; ///< 0 for one-byte codes
    immediate_kind immediate = immediate_kind::none;
    bool has_signature = false;  ///< the types follow from the opcode (and its memory) alone
    std::uint8_t width_log2 = 0; ///< of the bytes that a memory instruction accesses, or of the lane that is named
    std::uint8_t param_count = 0;
    std::uint8_t result_count = 0;
    std::array<kind, 4> param_kinds{};
    std::array<kind, 2> result_kinds{};

    [[nodiscard]] constexpr std::span<const kind> params() const noexcept { return {param_kinds.data(), param_count}; }
    [[nodiscard]] constexpr std::span<const kind> results() const noexcept {
        return {result_kinds.data(), result_count};
    }
};

namespace detail {

[[nodiscard]] constexpr opcode_info::kind kind_of_letter(char letter) noexcept {
    switch (letter) {
    case 'i': return opcode_info::kind::i32;
    case 'l': return opcode_info::kind::i64;
    case 'f': return opcode_info::kind::f32;
    case 'd': return opcode_info::kind::f64;
    case 'v': return opcode_info::kind::v128;
    default: return opcode_info::address;
    }
}

[[nodiscard]] constexpr opcode_info make_opcode_info(std::string_view name, std::uint8_t prefix, std::uint16_t code,
                                                     immediate_kind immediate, std::string_view signature,
                                                     std::uint8_t width_log2) noexcept {
    opcode_info info;
    info.name = name;
    info.code = code;
    info.prefix = prefix;
    info.immediate = immediate;
    info.width_log2 = width_log2;
    info.has_signature = signature != "*";
    if (info.has_signature) {
        std::size_t i = 0;
        for (; signature[i] != ':'; ++i) {
            info.param_kinds[info.param_count++] = kind_of_letter(signature[i]);
        }
        for (++i; i < signature.size(); ++i) {
            info.result_kinds[info.result_count++] = kind_of_letter(signature[i]);
        }
    }
    return info;
}

} // namespace detail

/// All instructions, by the value of their opcode.
inline constexpr opcode_info opcode_infos[] = {
#define RISER_WASM_OPCODE(identifier, text, prefix, code, immediate, signature, width)                                 \
    detail::make_opcode_info(text, prefix, code, immediate_kind::immediate, signature, width),
#include "riser/core/wasm/opcodes.def"
#undef RISER_WASM_OPCODE
};

inline constexpr std::size_t opcode_count = std::size(opcode_infos);

/// What decoding gives where no instruction has the code.
inline constexpr opcode no_opcode{0xffff};

[[nodiscard]] constexpr const opcode_info& info(opcode op) noexcept {
    return opcode_infos[static_cast<std::size_t>(op)];
}

/// Of an instruction without prefix.
[[nodiscard]] constexpr std::uint8_t one_byte_code(opcode op) noexcept {
    return static_cast<std::uint8_t>(info(op).code);
}

[[nodiscard]] constexpr std::string_view name(opcode op) noexcept { return info(op).name; }

namespace detail {

/// From the codes behind one prefix to opcodes.
template <std::size_t Size>
[[nodiscard]] constexpr std::array<opcode, Size> make_decode_table(std::uint8_t prefix) noexcept {
    std::array<opcode, Size> table{};
    table.fill(no_opcode);
    for (std::size_t i = 0; i < opcode_count; ++i) {
        if (opcode_infos[i].prefix == prefix) {
            table[opcode_infos[i].code] = static_cast<opcode>(i);
        }
    }
    return table;
}

inline constexpr auto decode_one_byte = make_decode_table<0x100>(0x00);
inline constexpr auto decode_fb = make_decode_table<0x1f>(0xfb);
inline constexpr auto decode_fc = make_decode_table<0x17>(0xfc);
inline constexpr auto decode_fd = make_decode_table<0x114>(0xfd);
inline constexpr auto decode_fe = make_decode_table<0x4f>(0xfe);

} // namespace detail

[[nodiscard]] constexpr bool is_opcode_prefix(std::uint8_t byte) noexcept { return byte >= 0xfb && byte <= 0xfe; }

/// The instruction with a binary code; no_opcode where there is none. `prefix` is 0 for one-byte codes.
[[nodiscard]] constexpr opcode decode_opcode(std::uint8_t prefix, std::uint32_t code) noexcept {
    const auto look_up = [code](const auto& table) { return code < table.size() ? table[code] : no_opcode; };
    switch (prefix) {
    case 0x00: return look_up(detail::decode_one_byte);
    case 0xfb: return look_up(detail::decode_fb);
    case 0xfc: return look_up(detail::decode_fc);
    case 0xfd: return look_up(detail::decode_fd);
    case 0xfe: return look_up(detail::decode_fe);
    default: return no_opcode;
    }
}

} // namespace riser::inline v0_1::core::wasm

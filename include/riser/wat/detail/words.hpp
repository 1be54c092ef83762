#pragma once

#include "riser/config.hpp"
#include "riser/core/wasm/opcode.hpp"
#include "riser/wat/detail/number.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

// The keywords of the text format: the instructions, found by hashing, and the others, which only error messages list.

namespace riser::inline v0_1::wat::detail {

/// Up to eight characters as a number, the same on every machine.
[[nodiscard]] constexpr std::uint64_t load_characters(std::string_view text) noexcept {
    std::uint64_t value = 0;
    if (text.size() == sizeof value && !std::is_constant_evaluated() && std::endian::native == std::endian::little) {
        std::memcpy(&value, text.data(), text.size());
        return value;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        value |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
    }
    return value;
}

/// Of the first and last eight characters and the size.
[[nodiscard]] constexpr std::uint64_t hash_word(std::string_view word) noexcept {
    constexpr std::uint64_t factor = 0x9e37'79b9'7f4a'7c15;
    std::uint64_t hash = load_characters(word.substr(0, 8)) * factor;
    if (word.size() > 8) {
        hash = (std::rotl(hash, 29) ^ load_characters(word.substr(word.size() - 8))) * factor;
    }
    hash ^= hash >> 32U;
    return (hash ^ word.size()) * factor;
}

/// Instructions by name. Of those with two codes for one name, such as `select`, the first.
class instruction_table {
public:
    constexpr instruction_table() noexcept {
        slots_.fill(none);
        for (std::size_t i = 0; i < core::wasm::opcode_count; ++i) {
            std::size_t slot = first_slot(core::wasm::opcode_infos[i].name);
            while (slots_[slot] != none &&
                   core::wasm::opcode_infos[slots_[slot]].name != core::wasm::opcode_infos[i].name) {
                slot = (slot + 1) % size;
            }
            if (slots_[slot] == none) {
                slots_[slot] = static_cast<std::uint16_t>(i);
            }
        }
    }

    /// \returns no_opcode where no instruction has that name.
    [[nodiscard]] constexpr core::wasm::opcode find(std::string_view name) const noexcept {
        for (std::size_t slot = first_slot(name); slots_[slot] != none; slot = (slot + 1) % size) {
            if (core::wasm::opcode_infos[slots_[slot]].name == name) {
                return static_cast<core::wasm::opcode>(slots_[slot]);
            }
        }
        return core::wasm::no_opcode;
    }

private:
    static constexpr std::size_t size = 4096;
    static constexpr std::uint16_t none = 0xffff;
    static_assert(core::wasm::opcode_count < size / 2);

    [[nodiscard]] static constexpr std::size_t first_slot(std::string_view name) noexcept {
        return core::cast<std::size_t>(hash_word(name) >> 52U);
    }

    std::array<std::uint16_t, size> slots_{};
};

inline constexpr instruction_table instruction_names;

/// Keywords that are no instructions: of modules, of types, of scripts.
inline constexpr std::string_view other_words[] = {
    "any",         "anyref",   "array",      "arrayref",   "binary",   "catch_all_ref", "catch_ref",
    "data",        "declare",  "definition", "do",         "either",   "elem",          "eq",
    "eqref",       "exn",      "exnref",     "export",     "extern",   "externref",     "f32",
    "f32x4",       "f64",      "f64x2",      "field",      "final",    "func",          "funcref",
    "get",         "global",   "i16",        "i16x8",      "i31",      "i31ref",        "i32",
    "i32x4",       "i64",      "i64x2",      "i8",         "i8x16",    "import",        "input",
    "instance",    "invoke",   "item",       "local",      "memory",   "module",        "mut",
    "noexn",       "noextern", "nofunc",     "none",       "null",     "nullexnref",    "nullexternref",
    "nullfuncref", "nullref",  "offset",     "output",     "pagesize", "param",         "quote",
    "rec",         "ref",      "ref.array",  "ref.extern", "ref.host", "ref.struct",    "register",
    "result",      "script",   "shared",     "start",      "struct",   "structref",     "sub",
    "table",       "tag",      "then",       "type",       "unshared", "v128",
};

/// Does a keyword mean something anywhere? Where not, it is an unknown operator rather than an unexpected token.
[[nodiscard, gnu::cold]] inline bool is_known_word(std::string_view word) {
    if (instruction_names.find(word) != core::wasm::no_opcode || word.starts_with("assert_") ||
        word == "nan:canonical" || word == "nan:arithmetic") {
        return true;
    }
    for (const std::string_view argument : {"offset=", "align="}) {
        if (word.starts_with(argument)) {
            return parse_unsigned(word.substr(argument.size()), 0).status != number_status::not_a_number;
        }
    }
    for (const std::string_view other : other_words) {
        if (word == other) {
            return true;
        }
    }
    return is_number(word);
}

} // namespace riser::inline v0_1::wat::detail

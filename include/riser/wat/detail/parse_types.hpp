#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/wat/detail/byte_buffer.hpp"
#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/module_state.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

// Types (6.4), into their binary format.

namespace riser::inline v0_1::wat::detail {

struct type_code {
    std::string_view word;
    std::uint8_t code;
};

/// 5.3.1, 5.3.2
inline constexpr type_code number_types[] = {
    {"i32", 0x7f}, {"i64", 0x7e}, {"f32", 0x7d}, {"f64", 0x7c}, {"v128", 0x7b}};

/// 5.3.3
inline constexpr type_code heap_types[] = {
    {"func", 0x70},  {"extern", 0x6f}, {"any", 0x6e},  {"eq", 0x6d},     {"i31", 0x6c},      {"struct", 0x6b},
    {"array", 0x6a}, {"exn", 0x69},    {"none", 0x71}, {"nofunc", 0x73}, {"noextern", 0x72}, {"noexn", 0x74},
};

/// The abbreviations of nullable references to these (6.4.3), in the same order.
inline constexpr type_code reference_types[] = {
    {"funcref", 0x70}, {"externref", 0x6f},   {"anyref", 0x6e},        {"eqref", 0x6d},
    {"i31ref", 0x6c},  {"structref", 0x6b},   {"arrayref", 0x6a},      {"exnref", 0x69},
    {"nullref", 0x71}, {"nullfuncref", 0x73}, {"nullexternref", 0x72}, {"nullexnref", 0x74},
};

/// \returns 0 where the word is not among them.
template <std::size_t Count>
[[nodiscard]] constexpr std::uint8_t code_of(const type_code (&types)[Count], const token& next) noexcept {
    if (next.kind == token_kind::keyword) {
        for (const type_code& each : types) {
            if (each.word == next.text) {
                return each.code;
            }
        }
    }
    return 0;
}

inline void parse_heap_type(module_state& state, byte_buffer& out) {
    if (const std::uint8_t code = code_of(heap_types, state.tokens.current()); code != 0) {
        state.tokens.advance();
        out.put(code);
    } else if (state.at_index()) {
        out.put_signed(state.expect_index(index_space::type));
    } else {
        state.tokens.unexpected("a heap type");
    }
}

/// What is behind `(ref`. \returns whether the type is nullable; `out` gets the heap type alone.
[[nodiscard]] inline bool parse_reference(module_state& state, byte_buffer& out) {
    const bool is_nullable = state.tokens.take_keyword("null");
    parse_heap_type(state, out);
    state.tokens.expect_close();
    return is_nullable;
}

/// A reference type as nullability and heap type, as casts have it.
[[nodiscard]] inline bool parse_split_reference(module_state& state, byte_buffer& out) {
    if (const std::uint8_t code = code_of(reference_types, state.tokens.current()); code != 0) {
        state.tokens.advance();
        out.put(code);
        return true;
    }
    if (!state.tokens.take_open("ref")) {
        state.tokens.unexpected("a reference type");
        return false;
    }
    return parse_reference(state, out);
}

/// The shortest encoding, so that equal types are equal bytes.
inline void parse_reference_type(module_state& state, byte_buffer& out) {
    byte_buffer heap(state.memory());
    const bool is_nullable = parse_split_reference(state, heap);
    const bool is_abstract = heap.size() == 1 && (heap.data()[0] & 0xc0U) == 0x40;
    if (!is_nullable || !is_abstract) {
        out.put(is_nullable ? 0x63 : 0x64);
    }
    out.append(heap);
}

inline void parse_value_type(module_state& state, byte_buffer& out) {
    if (const std::uint8_t code = code_of(number_types, state.tokens.current()); code != 0) [[likely]] {
        state.tokens.advance();
        out.put(code);
    } else if (code_of(reference_types, state.tokens.current()) != 0 || state.tokens.at_open("ref")) {
        parse_reference_type(state, out);
    } else {
        state.tokens.unexpected("a value type");
    }
}

/// What is behind `(param`, `(result` or `(local`: types up to the closing parenthesis. \returns how many.
inline std::uint32_t parse_value_types(module_state& state, byte_buffer& out) {
    std::uint32_t count = 0;
    for (; !state.tokens.at(token_kind::close) && state.tokens.ok(); ++count) {
        parse_value_type(state, out);
    }
    state.tokens.expect_close();
    return count;
}

/// The parameters and results of a function type, or of a use of one.
struct signature {
    explicit signature(const text_memory& memory) noexcept : params(memory), results(memory) {}

    byte_buffer params;
    byte_buffer results;
    std::uint32_t param_count = 0;
    std::uint32_t result_count = 0;

    void clear() noexcept {
        params.clear();
        results.clear();
        param_count = result_count = 0;
    }
    /// `(param)` and `(result)` state nothing.
    [[nodiscard]] bool is_stated() const noexcept { return param_count != 0 || result_count != 0; }
    void encode(byte_buffer& out) const {
        out.put_unsigned(param_count);
        out.append(params);
        out.put_unsigned(result_count);
        out.append(results);
    }
};

/// `on_name(index)` takes the name of a parameter, which is at the current token; where it is null, they may have none.
template <class OnName>
void parse_signature(module_state& state, signature& out, const OnName& on_name) {
    token_stream& tokens = state.tokens;
    out.clear();
    while (tokens.take_open("param")) {
        if constexpr (!std::is_null_pointer_v<OnName>) {
            if (tokens.at_name()) {
                on_name(out.param_count);
                parse_value_type(state, out.params);
                ++out.param_count;
                tokens.expect_close();
                continue;
            }
        }
        out.param_count += parse_value_types(state, out.params);
    }
    while (tokens.take_open("result")) {
        out.result_count += parse_value_types(state, out.results);
    }
    if (out.result_count != 0 && tokens.at_open("param")) {
        tokens.unexpected(tokens.following(), "results only behind results");
    }
}

/// The index of the first function type that is `shape`; where there is none, of a new one behind all others.
[[nodiscard]] inline std::uint32_t find_function_type(module_state& state, const signature& shape) {
    byte_buffer encoded(state.memory());
    shape.encode(encoded);
    if (const std::uint32_t* const found = state.function_types.find(0, encoded.view())) {
        return *found;
    }
    const auto index = static_cast<std::uint32_t>(state.types.size());
    const std::string_view kept = state.keep(std::move(encoded));
    static_cast<void>(state.types.try_push_back({true, shape.param_count, kept}));
    static_cast<void>(state.function_types.insert(0, kept, index));
    item_buffer& section = state.at(section::type);
    section.bytes.put(0x60);
    section.bytes.append(kept);
    ++section.count;
    return index;
}

/// A `(type x)` where one is stated.
[[nodiscard]] inline std::optional<std::uint32_t> parse_type_reference(module_state& state) {
    if (!state.tokens.take_open("type")) {
        return std::nullopt;
    }
    const std::uint32_t index = state.expect_index(index_space::type);
    state.tokens.expect_close();
    return index;
}

/// The type that a use of it states (6.4.9), by reference or inline, or both, which then must agree. `offset` is where the
/// use begins.
[[nodiscard]] inline std::uint32_t resolve_type_use(module_state& state, std::optional<std::uint32_t> stated,
                                                    const signature& shape, std::uint32_t offset) {
    if (!stated) {
        return state.tokens.ok() ? find_function_type(state, shape) : 0;
    }
    if (shape.is_stated() && state.tokens.ok()) {
        byte_buffer encoded(state.memory());
        shape.encode(encoded);
        if (*stated >= state.types.size()) {
            state.tokens.fail(offset, {"unknown type ", *stated});
        } else if (!state.types[*stated].is_function || state.types[*stated].encoded != encoded.view()) {
            state.tokens.fail(offset, {"inline function type does not match type ", *stated});
        }
    }
    return *stated;
}

/// A use of a function type without identifiers.
[[nodiscard]] inline std::uint32_t parse_type_use(module_state& state, signature& scratch) {
    const std::uint32_t offset = state.tokens.current().offset;
    const std::optional<std::uint32_t> stated = parse_type_reference(state);
    parse_signature(state, scratch, nullptr);
    return resolve_type_use(state, stated, scratch, offset);
}

/// i32 where none is stated. \returns whether it is i64.
[[nodiscard]] inline bool parse_address_type(token_stream& tokens) {
    return !tokens.take_keyword("i32") && tokens.take_keyword("i64");
}

/// Limits of a table or memory while they are read, and what the byte in front of them says (5.3.9).
struct limits_text {
    std::uint64_t min = 0;
    std::optional<std::uint64_t> max;
    bool is_64 = false;
    bool is_shared = false;
    std::optional<std::uint32_t> page_size_log2;

    void encode(byte_buffer& out) const {
        out.put(static_cast<std::uint8_t>((max ? 0x01U : 0U) | (is_shared ? 0x02U : 0U) | (is_64 ? 0x04U : 0U) |
                                          (page_size_log2 ? 0x08U : 0U)));
        out.put_unsigned(min);
        if (max) {
            out.put_unsigned(*max);
        }
        if (page_size_log2) {
            out.put_unsigned(*page_size_log2);
        }
    }
};

/// Of 64 bits whatever the addresses: sizes that are too large are invalid, not malformed.
inline void parse_limits(module_state& state, limits_text& out) {
    out.min = state.expect_u64();
    if (state.tokens.at(token_kind::number)) {
        out.max = state.expect_u64();
    }
}

inline void parse_global_type(module_state& state, byte_buffer& out) {
    const bool is_mutable = state.tokens.take_open("mut");
    parse_value_type(state, out);
    if (is_mutable) {
        state.tokens.expect_close();
    }
    out.put(is_mutable ? 1 : 0);
}

} // namespace riser::inline v0_1::wat::detail

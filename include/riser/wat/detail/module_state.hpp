#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/wat/detail/byte_buffer.hpp"
#include "riser/wat/detail/identifier_map.hpp"
#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/number.hpp"
#include "riser/wat/detail/origin_finder.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace riser::inline v0_1::wat::detail {

/// What has indices of its own in a module (2.5.1), in the order of external kinds (5.5.5) as far as these go.
enum class index_space : std::uint8_t { function, table, memory, global, tag, type, element, data };
inline constexpr std::size_t index_space_count = 8;

/// In the wording of the reference interpreter where identifiers are unknown.
inline constexpr const char* index_space_names[] = {"function", "table", "memory",       "global",
                                                    "tag",      "type",  "elem segment", "data segment"};
/// And where they are given twice, which are the keywords.
inline constexpr const char* index_space_keywords[] = {"func", "table", "memory", "global",
                                                       "tag",  "type",  "elem",   "data"};

/// Sections in the order of the binary format (5.5.2), by what their keywords are in `(@custom … (before …))`.
enum class section : std::uint8_t {
    type,
    import,
    function,
    table,
    memory,
    tag,
    global,
    exports,
    start,
    element,
    data_count,
    code,
    data,
};
inline constexpr std::size_t section_count = 13;
/// In the binary format, by `section`.
inline constexpr std::uint8_t section_ids[section_count] = {1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11};

/// A defined type, as far as text refers to what is in it.
struct type_entry {
    bool is_function = false;
    std::uint32_t params = 0;
    std::string_view encoded; ///< of functions: parameters and results (5.3.6)
};

/// The places between sections that `(@custom …)` names: in front of a section is 2 * its number + 1, behind it one more.
struct custom_section_text {
    explicit custom_section_text(const text_memory& memory) noexcept : contents(memory) {}

    std::uint8_t place = 0; ///< 0 in front of the first, 2 * section_count + 1 behind the last
    bool is_names = false;  ///< it is called "name"
    byte_buffer contents;   ///< with the name in front
};

/// Of the name section (appendix "Custom Sections").
struct module_names {
    explicit module_names(const text_memory& memory) noexcept
        : spaces(make_array<item_buffer, index_space_count>(memory)), locals(memory), labels(memory), fields(memory) {}

    std::optional<byte_buffer> module;
    std::array<item_buffer, index_space_count> spaces;
    item_buffer locals; ///< by function
    item_buffer labels; ///< by function
    item_buffer fields; ///< by type
};

/// A module while it is read: what its text has declared, and the sections that have come out of it.
struct module_state {
    explicit module_state(token_stream& from, std::uint32_t most_depth) noexcept
        : tokens(from), max_depth(most_depth), identifiers(from.memory()), fields(from.memory()),
          types(from.memory().source()), function_types(from.memory()), strings(from.memory().source()),
          sections(make_array<item_buffer, section_count>(from.memory())), branch_hints(from.memory()),
          customs(from.memory().source()), names(from.memory()) {}

    token_stream& tokens;
    std::uint32_t max_depth;
    std::span<origin_finder> origins; ///< mostly none

    identifier_map identifiers;                  ///< the scope is the index space
    identifier_map fields;                       ///< the scope is the index of the structure type
    std::uint32_t declared[index_space_count]{}; ///< by the first pass
    std::uint32_t encoded[index_space_count]{};  ///< by the second: the index of what is read next
    core::vector<type_entry> types;
    identifier_map function_types;     ///< from the encoding of groups of one to the lowest index
    core::vector<byte_buffer> strings; ///< what identifiers and type entries refer to outside of the text

    std::array<item_buffer, section_count> sections; ///< of the code, with sizes
    bool needs_data_count = false;
    item_buffer branch_hints; ///< by function
    core::vector<custom_section_text> customs;
    module_names names;

    [[nodiscard]] const text_memory& memory() const noexcept { return tokens.memory(); }
    [[nodiscard]] item_buffer& at(section which) noexcept { return sections[static_cast<std::size_t>(which)]; }
    /// Notes names or hints of what is in a function or type, under its index, if there are any.
    static void note(item_buffer& all, std::uint32_t owner, const item_buffer& in_it) {
        if (in_it.count != 0) {
            all.bytes.put_unsigned(owner);
            in_it.append_to(all.bytes);
            ++all.count;
        }
    }
    /// Bodies are watched one by one, since their sizes in front of them are not known before they are complete.
    void watch_origins(std::span<origin_finder> finders) noexcept {
        origins = finders;
        for (origin_finder& each : origins) {
            for (std::size_t i = 0; i < section_count; ++i) {
                if (section_ids[i] == static_cast<std::uint8_t>(each.section()) && i != std::size_t(section::code)) {
                    each.watch(&sections[i].bytes);
                }
            }
        }
    }
    /// `token` is what comes next into `out`.
    void note_origin(const byte_buffer& out, std::uint32_t token) const noexcept {
        for (origin_finder& each : origins) {
            each.note(out, token);
        }
    }
    void note_field(std::uint32_t token) const noexcept {
        for (origin_finder& each : origins) {
            each.note_field(token);
        }
    }
    [[nodiscard]] item_buffer& names_of(index_space space) noexcept {
        return names.spaces[static_cast<std::size_t>(space)];
    }
    [[nodiscard]] std::uint32_t& next_index(index_space space) noexcept {
        return encoded[static_cast<std::size_t>(space)];
    }

    /// Empty where there is no memory.
    [[nodiscard]] std::string_view keep(byte_buffer&& text) {
        return strings.try_push_back(std::move(text)) ? strings.back().view() : std::string_view();
    }

    /// The name that an identifier's token has.
    [[nodiscard]] std::string_view name_of(const token& identifier) {
        if (!identifier.escaped) [[likely]] {
            return identifier.text;
        }
        byte_buffer name(memory());
        append_name(identifier, name);
        return keep(std::move(name));
    }

    /// A number of at most `most`, which `what` states in messages: "i32", "i8".
    [[nodiscard]] std::uint64_t expect_number(std::uint64_t most, const char* what) {
        const parsed_number number =
            tokens.at(token_kind::number) ? parse_unsigned(tokens.current().text, most) : parsed_number{};
        if (!number.ok()) [[unlikely]] {
            number.status == number_status::out_of_range
                ? tokens.fail(tokens.current().offset, {what, " constant out of range: ", tokens.current().text})
                : tokens.unexpected("a number");
            return 0;
        }
        tokens.advance();
        return number.bits;
    }
    [[nodiscard]] std::uint64_t expect_u64() { return expect_number(~std::uint64_t{0}, "i64"); }
    [[nodiscard]] std::uint32_t expect_u32() { return static_cast<std::uint32_t>(expect_number(0xffff'ffff, "i32")); }

    [[nodiscard]] static bool is_index(const token& next) noexcept {
        return next.kind == token_kind::number || next.kind == token_kind::identifier;
    }
    [[nodiscard]] bool at_index() const noexcept { return is_index(tokens.current()); }

    /// A number, or an identifier that `map` has in `scope`.
    [[nodiscard]] std::uint32_t expect_index(identifier_map& map, std::uint32_t scope, const char* what) {
        if (!tokens.at(token_kind::identifier)) {
            if (!tokens.at(token_kind::number)) [[unlikely]] {
                tokens.unexpected("an index or identifier");
                return 0;
            }
            return expect_u32();
        }
        const std::uint32_t* const found = map.find(scope, name_of(tokens.current()));
        if (found == nullptr) [[unlikely]] {
            tokens.fail(tokens.current().offset, {"unknown ", what, " $", tokens.current().text});
            return 0;
        }
        tokens.advance();
        return *found;
    }
    [[nodiscard]] std::uint32_t expect_index(index_space space) {
        return expect_index(identifiers, static_cast<std::uint32_t>(space),
                            index_space_names[static_cast<std::size_t>(space)]);
    }
    /// 0 where none is stated.
    [[nodiscard]] std::uint32_t optional_index(index_space space) { return at_index() ? expect_index(space) : 0; }
};

} // namespace riser::inline v0_1::wat::detail

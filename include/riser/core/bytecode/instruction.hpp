#pragma once

#include "riser/core/bytecode/instruction_table.hpp"
#include "riser/core/code/code.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

/// The register VM's instructions. Most come in families: a wasm operator crossed with where its operands are and where
/// its result goes. Opcodes are dense numbers computed from (family, member, forms); nothing lists them one by one, and
/// the interpreter's handler table, resolve_code() and the disassembler all derive from the rows here.
///
/// Every instruction is a word with the opcode (resolved form: the handler's address), then mostly a word of fields:
///
///     bits  0-15  first        first operand's slot; the address of loads and stores
///     bits 16-31  destination  the result's slot; the value of stores
///     bits 32-47  second       second operand's slot
///     bits 48-63  third        a third slot, or a 16-bit offset
///     bits 32-63  immediate    32 bits, in place of second and third
///
/// then 64-bit words: immediates, branch targets (shared form: word index in the function; resolved form: address).
namespace riser::inline v0_1::core::bytecode {

using runtime::code_word;

/// Opcode of the VM. See `families` and `single` for how the numbers are laid out.
using vm_opcode = std::uint16_t;

struct family_row {
    std::size_t members;
    std::size_t forms;
    std::size_t variants;
};

inline constexpr std::array<family_row, static_cast<std::size_t>(family::count_)> families = {{
    {single_count, 1, 1},
    {arithmetic_members.size(), binary_forms, 2},
    {comparison_members.size(), binary_forms, 1},
    {comparison_members.size(), binary_forms, 2},
    {ordering_members.size(), binary_forms, 1},
    {step_members.size(), step_forms, 1},
    {unary_members.size(), unary_forms, 1},
    {1, select_forms, select_variants},
    {load_members.size(), address_forms, 1},
    {store_members.size(), address_forms, value_forms},
}};

/// The first opcode of each family, and behind the last one.
inline constexpr auto family_bases = [] {
    std::array<std::uint16_t, families.size() + 1> bases{};
    for (std::size_t i = 0; i < families.size(); ++i) {
        bases[i + 1] =
            static_cast<std::uint16_t>(bases[i] + families[i].members * families[i].forms * families[i].variants);
    }
    return bases;
}();
inline constexpr std::size_t vm_opcode_count = family_bases.back();

[[nodiscard]] constexpr vm_opcode make_opcode(family f, std::size_t member, std::size_t form,
                                              std::size_t variant) noexcept {
    const family_row& row = families[static_cast<std::size_t>(f)];
    return static_cast<vm_opcode>(family_bases[static_cast<std::size_t>(f)] +
                                  (member * row.forms + form) * row.variants + variant);
}
[[nodiscard]] constexpr vm_opcode make_opcode(single s) noexcept { return static_cast<vm_opcode>(s); }

/// Is the opcode one of the family, or of one of its members?
[[nodiscard]] constexpr bool is_member(vm_opcode op, family f) noexcept {
    return op >= family_bases[static_cast<std::size_t>(f)] && op < family_bases[static_cast<std::size_t>(f) + 1];
}
[[nodiscard]] constexpr bool is_member(vm_opcode op, family f, std::size_t member) noexcept {
    return op >= make_opcode(f, member, 0, 0) && op < make_opcode(f, member + 1, 0, 0);
}

/// An opcode taken apart.
struct instruction_kind {
    family group = family::single;
    std::uint8_t member = 0;
    std::uint8_t form = 0;
    std::uint8_t variant = 0;

    constexpr instruction_kind() noexcept = default;
    constexpr instruction_kind(family f, std::size_t its_member, std::size_t its_form, std::size_t its_variant) noexcept
        : group(f), member(static_cast<std::uint8_t>(its_member)), form(static_cast<std::uint8_t>(its_form)),
          variant(static_cast<std::uint8_t>(its_variant)) {}

    [[nodiscard]] constexpr single as_single() const noexcept { return static_cast<single>(member); }
    [[nodiscard]] constexpr binary_form as_binary() const noexcept { return static_cast<binary_form>(form); }
    [[nodiscard]] constexpr unary_form as_unary() const noexcept { return static_cast<unary_form>(form); }
    [[nodiscard]] constexpr step_form as_step() const noexcept { return static_cast<step_form>(form); }
    [[nodiscard]] constexpr select_form as_select() const noexcept { return static_cast<select_form>(form); }
    // Of a select.
    [[nodiscard]] constexpr bool takes_accumulated_condition() const noexcept { return (variant & 1U) != 0; }
    [[nodiscard]] constexpr bool gives_vector() const noexcept { return (variant & 2U) != 0; }
    [[nodiscard]] constexpr address_form as_address() const noexcept { return static_cast<address_form>(form); }
    [[nodiscard]] constexpr value_form as_value() const noexcept { return static_cast<value_form>(variant); }
    /// The wasm operator whose meaning the member has; no_opcode for `single`.
    [[nodiscard]] constexpr opcode meaning() const noexcept {
        switch (group) {
        case family::arithmetic: return arithmetic_members[member];
        case family::comparison:
        case family::branch: return comparison_members[member];
        case family::branch_unordered: return ordering_members[member];
        case family::step: return step_members[member];
        case family::unary: return unary_members[member];
        case family::load: return load_members[member];
        case family::store: return store_members[member];
        default: return wasm::no_opcode;
        }
    }
};

[[nodiscard]] constexpr instruction_kind take_apart(std::size_t number) noexcept {
    std::size_t f = 0;
    while (number >= family_bases[f + 1]) {
        ++f;
    }
    const std::size_t rest = number - family_bases[f];
    const family_row& row = families[f];
    return {static_cast<family>(f), rest / (row.forms * row.variants), rest / row.variants % row.forms,
            rest % row.variants};
}

[[nodiscard]] constexpr bool takes_vectors(opcode op) noexcept {
    return wasm::bank_of(wasm::info(op).params()[0]) == wasm::bank::vector;
}

/// Whether the translator may emit it: the numbering leaves holes (see operator_row).
[[nodiscard]] constexpr bool exists(const instruction_kind& kind) noexcept {
    if (kind.group == family::single || kind.group == family::step || kind.group == family::select) {
        return true;
    }
    const operator_row& row = row_of(kind.meaning());
    if (!row.forms.has(kind.form)) {
        return false;
    }
    switch (kind.group) {
    case family::arithmetic:
        return kind.variant == 0 || (row.is(operator_row::silent) &&
                                     (kind.as_binary() == binary_form::ss || kind.as_binary() == binary_form::si));
    case family::branch: return kind.variant == 0 || row.is(operator_row::to_loop_head);
    case family::store: {
        const bool takes_accumulator = kind.as_value() == value_form::a;
        const bool takes_immediate = kind.as_value() == value_form::i;
        return row.values.has(kind.as_value()) && !(takes_accumulator && is_accumulated(kind.as_address())) &&
               !(takes_immediate && (is_scaled(kind.as_address()) || has_second_slot(kind.as_address())));
    }
    default: return true;
    }
}

/// What the words behind an instruction's first one hold.
enum class word_kind : std::uint8_t {
    fields,
    bits,     ///< the same in both forms
    target,   ///< word index in the function; resolved: address
    function, ///< index of a defined function, imports not counted; resolved: address of its function_entry
    type, ///< module type index; resolved: the engine's number, and in the upper half the length of its chain of supertypes
    object,       ///< index of a function; resolved: the dense index of its object, or no_object where it is imported
    target_table, ///< as many targets as the immediate says, and one more
};

/// Whether `destination` names the slot of an instruction's one result, which the translator may then change.
enum class result_field : std::uint8_t { unused, written };

/// The words of an instruction.
struct instruction_shape {
    std::uint8_t count = 0;
    std::array<word_kind, 3> words{};

    constexpr instruction_shape(std::initializer_list<word_kind> list) noexcept {
        for (const word_kind word : list) {
            words[count++] = word;
        }
    }
};

namespace detail {

using enum word_kind;
inline constexpr instruction_shape single_shapes[] = {
#define RISER_VM_SINGLE(identifier, result, ...) {__VA_ARGS__},
#include "riser/core/bytecode/singles.def"
#undef RISER_VM_SINGLE
};
inline constexpr bool single_has_result[] = {
#define RISER_VM_SINGLE(identifier, result, ...) result_field::result == result_field::written,
#include "riser/core/bytecode/singles.def"
#undef RISER_VM_SINGLE
};

} // namespace detail

[[nodiscard]] constexpr instruction_shape shape_of(const instruction_kind& kind) noexcept {
    using enum word_kind;
    const bool immediate = kind.as_binary() == binary_form::si || kind.as_binary() == binary_form::ai;
    switch (kind.group) {
    case family::single: return detail::single_shapes[kind.member];
    case family::arithmetic:
    case family::comparison:
        // 32 bits of immediate fit in the fields; i64 immediates are sign-extended from there.
        return immediate && wasm::info(kind.meaning()).params()[0] == wasm::value_type::kind::f64
                   ? instruction_shape{fields, bits}
                   : instruction_shape{fields};
    case family::branch:
    case family::branch_unordered: {
        const bool wide = immediate && wasm::info(kind.meaning()).params()[0] == wasm::value_type::kind::f64;
        const bool to_loop_head = kind.variant == 1;
        if (wide) {
            return to_loop_head ? instruction_shape{fields, bits} : instruction_shape{fields, bits, target};
        }
        return to_loop_head ? instruction_shape{fields} : instruction_shape{fields, target};
    }
    case family::step: return {fields, bits};
    case family::select:
        return kind.as_select() == select_form::ss ? instruction_shape{fields} : instruction_shape{fields, bits};
    case family::store:
        return kind.as_value() == value_form::i ? instruction_shape{fields, bits} : instruction_shape{fields};
    default: return {fields};
    }
}

[[nodiscard]] constexpr bool has_result(const instruction_kind& kind) noexcept {
    switch (kind.group) {
    case family::single: return detail::single_has_result[kind.member];
    case family::arithmetic:
    case family::comparison:
    case family::unary:
    case family::select:
    case family::load: return true;
    default: return false;
    }
}

/// take_apart, shape_of and has_result for all opcodes, as resolve_code() and the disassembler want them.
struct instruction_info {
    instruction_kind kind;
    instruction_shape shape{};
    bool has_result = false;
};
inline constexpr auto instruction_infos = [] {
    std::array<instruction_info, vm_opcode_count> infos{};
    for (std::size_t i = 0; i < vm_opcode_count; ++i) {
        infos[i].kind = take_apart(i);
        infos[i].shape = shape_of(infos[i].kind);
        infos[i].has_result = has_result(infos[i].kind);
    }
    return infos;
}();

/// Packs a word of fields.
[[nodiscard]] constexpr code_word pack_fields(std::uint32_t first, std::uint32_t destination, std::uint32_t second = 0,
                                              std::uint32_t third = 0) noexcept {
    return code_word{first} | code_word{destination} << 16U | code_word{second} << 32U | code_word{third} << 48U;
}
[[nodiscard]] constexpr code_word pack_immediate(std::uint32_t first, std::uint32_t destination,
                                                 std::uint32_t immediate) noexcept {
    return code_word{first} | code_word{destination} << 16U | code_word{immediate} << 32U;
}

/// The 16-bit fields of a word, and its upper half, without touching the rest.
struct fields_view {
    code_word word;
    [[nodiscard]] constexpr std::uint32_t first() const noexcept { return static_cast<std::uint16_t>(word); }
    [[nodiscard]] constexpr std::uint32_t destination() const noexcept {
        return static_cast<std::uint16_t>(word >> 16U);
    }
    [[nodiscard]] constexpr std::uint32_t second() const noexcept { return static_cast<std::uint16_t>(word >> 32U); }
    [[nodiscard]] constexpr std::uint32_t third() const noexcept { return static_cast<std::uint16_t>(word >> 48U); }
    [[nodiscard]] constexpr std::uint32_t immediate() const noexcept { return static_cast<std::uint32_t>(word >> 32U); }
};

/// Words of the instruction at `at`, the first included.
[[nodiscard]] inline std::size_t instruction_length(const code_word* at, vm_opcode op) noexcept {
    const instruction_shape& shape = instruction_infos[op].shape;
    std::size_t length = 1U + shape.count;
    if (shape.count != 0 && shape.words[shape.count - 1] == word_kind::target_table) {
        length += fields_view{at[1]}.immediate();
    }
    return length;
}

} // namespace riser::inline v0_1::core::bytecode

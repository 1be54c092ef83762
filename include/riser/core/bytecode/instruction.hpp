#pragma once

#include "riser/core/code/code.hpp"
#include "riser/core/wasm/opcode.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string_view>

/// The register VM's instructions. Most come in families: a wasm operator crossed with where its operands are and where
/// its result goes. Opcodes are dense numbers computed from (family, member, forms); nothing lists them one by one, and
/// the interpreter's handler table, the linker and the disassembler all derive from the rows here.
///
/// Every instruction is a word with the opcode (linked form: the handler's address), then mostly a word of lanes:
///
///     bits  0-15  a   first operand's slot; the address of loads and stores
///     bits 16-31  d   the result's slot; the value of stores
///     bits 32-47  b   second operand's slot
///     bits 48-63  c   a third slot, or a 16-bit offset
///     bits 32-63      or, in place of b and c, a 32-bit immediate
///
/// then 64-bit words: immediates, branch targets (shared form: word index in the function; linked form: address).
namespace riser::inline v0::core::bytecode {

using runtime::code_word;
using wasm::opcode;

/// Opcode of the VM. See `families` and `single` for how the numbers are laid out.
using vm_opcode = std::uint16_t;

/// Where the two operands of a binary instruction are: s a slot, a the accumulator (integer or float, as the operand's
/// type says), i an immediate. `sa` exists only where swapping does not express it.
enum class binary_form : std::uint8_t { ss, as, sa, si, ai };
inline constexpr std::size_t binary_forms = 5;

enum class unary_form : std::uint8_t { s, a };
inline constexpr std::size_t unary_forms = 2;

/// What a step compares with: a slot or an immediate.
enum class step_form : std::uint8_t { s, i };
inline constexpr std::size_t step_forms = 2;

/// The two values of a select: slots, or 32-bit immediates that share a word (the first in its low half).
enum class select_form : std::uint8_t { ss, si, is, ii };
inline constexpr std::size_t select_forms = 4;

/// 32-bit addresses of memory 0. `s` and `a` are a slot and the accumulator, to which an offset is added without wrapping;
/// `i` is constant. The others are wrapping sums that the program wrote as instructions of their own: of a and b (`ss`, `as`,
/// which have room for an offset), of a and the immediate (`si`, `ai`). With an x, a is first shifted left by the access's
/// width, as an index is.
enum class address_form : std::uint8_t { s, a, i, ss, as, si, ai, ssx, asx, six, aix };
inline constexpr std::size_t address_forms = 11;

/// The value that is stored: a slot, the integer accumulator, the float accumulator, an immediate.
enum class value_form : std::uint8_t { s, a, f, i };
inline constexpr std::size_t value_forms = 4;

/// Members of the families, by the wasm operator whose meaning they have.
/// Results go to a slot and to the accumulator of their type, but for silent arithmetic (see exists_silent).
inline constexpr std::array arithmetic_members = {
    opcode::i32_add,      opcode::i32_sub,   opcode::i32_mul,   opcode::i32_and,      opcode::i32_or,
    opcode::i32_xor,      opcode::i32_shl,   opcode::i32_shr_s, opcode::i32_shr_u,    opcode::i64_add,
    opcode::i64_sub,      opcode::i64_mul,   opcode::i64_and,   opcode::i64_or,       opcode::i64_xor,
    opcode::i64_shl,      opcode::i64_shr_s, opcode::i64_shr_u, opcode::f32_add,      opcode::f32_sub,
    opcode::f32_mul,      opcode::f32_div,   opcode::f64_add,   opcode::f64_sub,      opcode::f64_mul,
    opcode::f64_div,      opcode::i32_div_s, opcode::i32_div_u, opcode::i32_rem_s,    opcode::i32_rem_u,
    opcode::i32_rotl,     opcode::i32_rotr,  opcode::i64_div_s, opcode::i64_div_u,    opcode::i64_rem_s,
    opcode::i64_rem_u,    opcode::i64_rotl,  opcode::i64_rotr,  opcode::f32_min,      opcode::f32_max,
    opcode::f32_copysign, opcode::f64_min,   opcode::f64_max,   opcode::f64_copysign,
};
inline constexpr std::array comparison_members = {
    opcode::i32_eq,   opcode::i32_ne,   opcode::i32_lt_s, opcode::i32_lt_u, opcode::i32_gt_s, opcode::i32_gt_u,
    opcode::i32_le_s, opcode::i32_le_u, opcode::i32_ge_s, opcode::i32_ge_u, opcode::i64_eq,   opcode::i64_ne,
    opcode::i64_lt_s, opcode::i64_lt_u, opcode::i64_gt_s, opcode::i64_gt_u, opcode::i64_le_s, opcode::i64_le_u,
    opcode::i64_ge_s, opcode::i64_ge_u, opcode::f32_eq,   opcode::f32_ne,   opcode::f32_lt,   opcode::f32_gt,
    opcode::f32_le,   opcode::f32_ge,   opcode::f64_eq,   opcode::f64_ne,   opcode::f64_lt,   opcode::f64_gt,
    opcode::f64_le,   opcode::f64_ge,
};
/// The last thing that a counting loop does: adds to a local and goes round again if the sum compares so.
inline constexpr std::array step_members = {
    opcode::i32_ne, opcode::i32_lt_s, opcode::i32_lt_u, opcode::i32_ge_s, opcode::i32_ge_u,
};
/// Branches where the comparison is false are needed for the orderings of floats alone; others have an inverse.
inline constexpr std::array ordering_members = {
    opcode::f32_lt, opcode::f32_gt, opcode::f32_le, opcode::f32_ge,
    opcode::f64_lt, opcode::f64_gt, opcode::f64_le, opcode::f64_ge,
};
inline constexpr std::array unary_members = {
    opcode::i32_clz,
    opcode::i32_ctz,
    opcode::i32_popcnt,
    opcode::i32_extend8_s,
    opcode::i32_extend16_s,
    opcode::i64_clz,
    opcode::i64_ctz,
    opcode::i64_popcnt,
    opcode::i64_extend8_s,
    opcode::i64_extend16_s,
    opcode::i64_extend32_s,
    opcode::i32_wrap_i64,
    opcode::i64_extend_i32_s,
    opcode::f32_abs,
    opcode::f32_neg,
    opcode::f32_ceil,
    opcode::f32_floor,
    opcode::f32_trunc,
    opcode::f32_nearest,
    opcode::f32_sqrt,
    opcode::f64_abs,
    opcode::f64_neg,
    opcode::f64_ceil,
    opcode::f64_floor,
    opcode::f64_trunc,
    opcode::f64_nearest,
    opcode::f64_sqrt,
    opcode::i32_trunc_f32_s,
    opcode::i32_trunc_f32_u,
    opcode::i32_trunc_f64_s,
    opcode::i32_trunc_f64_u,
    opcode::i64_trunc_f32_s,
    opcode::i64_trunc_f32_u,
    opcode::i64_trunc_f64_s,
    opcode::i64_trunc_f64_u,
    opcode::i32_trunc_sat_f32_s,
    opcode::i32_trunc_sat_f32_u,
    opcode::i32_trunc_sat_f64_s,
    opcode::i32_trunc_sat_f64_u,
    opcode::i64_trunc_sat_f32_s,
    opcode::i64_trunc_sat_f32_u,
    opcode::i64_trunc_sat_f64_s,
    opcode::i64_trunc_sat_f64_u,
    opcode::f32_convert_i32_s,
    opcode::f32_convert_i32_u,
    opcode::f32_convert_i64_s,
    opcode::f32_convert_i64_u,
    opcode::f64_convert_i32_s,
    opcode::f64_convert_i32_u,
    opcode::f64_convert_i64_s,
    opcode::f64_convert_i64_u,
    opcode::f32_demote_f64,
    opcode::f64_promote_f32,
    opcode::i32_reinterpret_f32,
    opcode::i64_reinterpret_f64,
    opcode::f32_reinterpret_i32,
    opcode::f64_reinterpret_i64,
};
/// Loads that differ in what they leave in a slot; the others are aliases (see canonical_load).
inline constexpr std::array load_members = {
    opcode::i32_load,    opcode::i64_load,     opcode::f32_load,     opcode::f64_load,
    opcode::i32_load8_s, opcode::i32_load8_u,  opcode::i32_load16_s, opcode::i32_load16_u,
    opcode::i64_load8_s, opcode::i64_load16_s, opcode::i64_load32_s,
};
inline constexpr std::array store_members = {
    opcode::i32_store8, opcode::i32_store16, opcode::i32_store, opcode::i64_store, opcode::f32_store, opcode::f64_store,
};

/// Instructions outside the families.
enum class single : std::uint8_t {
#define RISER_VM_SINGLE(identifier, ...) identifier,
#include "riser/core/bytecode/singles.def"
#undef RISER_VM_SINGLE
};
inline constexpr std::string_view single_names[] = {
#define RISER_VM_SINGLE(identifier, ...) #identifier,
#include "riser/core/bytecode/singles.def"
#undef RISER_VM_SINGLE
};
inline constexpr std::size_t single_count = std::size(single_names);

/// Ranges of opcodes. Within a family the number is ((member * forms + form) * variants + variant).
enum class family : std::uint8_t {
    single,
    arithmetic,       ///< binary forms x {result to slot and accumulator, to the slot alone}
    comparison,       ///< binary forms
    branch,           ///< comparison members x binary forms x {to the target, to the loop head}
    branch_unordered, ///< ordering members x binary forms: branch where the comparison is false
    step,             ///< step forms: slot a += immediate; compares with the slot or immediate in the next word
    unary,            ///< unary forms
    select,           ///< select forms x {condition in a slot, in the accumulator}
    load,             ///< address forms
    store,            ///< address forms x value forms
    count_,
};

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
    {1, select_forms, 2},
    {load_members.size(), address_forms, 1},
    {store_members.size(), address_forms, value_forms},
}};

[[nodiscard]] constexpr std::size_t family_base(family f) noexcept {
    std::size_t base = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(f); ++i) {
        base += families[i].members * families[i].forms * families[i].variants;
    }
    return base;
}
inline constexpr std::size_t vm_opcode_count = family_base(family::count_);

[[nodiscard]] constexpr vm_opcode make_opcode(family f, std::size_t member, std::size_t form,
                                              std::size_t variant) noexcept {
    const family_row& row = families[static_cast<std::size_t>(f)];
    return static_cast<vm_opcode>(family_base(f) + (member * row.forms + form) * row.variants + variant);
}
[[nodiscard]] constexpr vm_opcode make_opcode(single s) noexcept { return static_cast<vm_opcode>(s); }

/// An opcode taken apart.
struct instruction_kind {
    family group = family::single;
    std::size_t member = 0;
    std::size_t form = 0;
    std::size_t variant = 0;

    [[nodiscard]] constexpr single as_single() const noexcept { return static_cast<single>(member); }
    [[nodiscard]] constexpr binary_form as_binary() const noexcept { return static_cast<binary_form>(form); }
    [[nodiscard]] constexpr unary_form as_unary() const noexcept { return static_cast<unary_form>(form); }
    [[nodiscard]] constexpr step_form as_step() const noexcept { return static_cast<step_form>(form); }
    [[nodiscard]] constexpr select_form as_select() const noexcept { return static_cast<select_form>(form); }
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
    std::size_t rest = number;
    for (; rest >= families[f].members * families[f].forms * families[f].variants; ++f) {
        rest -= families[f].members * families[f].forms * families[f].variants;
    }
    const family_row& row = families[f];
    return {static_cast<family>(f), rest / (row.forms * row.variants), rest / row.variants % row.forms,
            rest % row.variants};
}

[[nodiscard]] constexpr bool is_float(wasm::value_type::kind kind) noexcept {
    return kind == wasm::value_type::kind::f32 || kind == wasm::value_type::kind::f64;
}
[[nodiscard]] constexpr bool takes_floats(opcode op) noexcept { return is_float(wasm::info(op).params()[0]); }

/// a op b == b op a
[[nodiscard]] constexpr bool is_commutative(opcode op) noexcept {
    switch (op) {
    case opcode::i32_add:
    case opcode::i32_mul:
    case opcode::i32_and:
    case opcode::i32_or:
    case opcode::i32_xor:
    case opcode::i64_add:
    case opcode::i64_mul:
    case opcode::i64_and:
    case opcode::i64_or:
    case opcode::i64_xor:
    case opcode::f32_add:
    case opcode::f32_mul:
    case opcode::f64_add:
    case opcode::f64_mul: return true;
    default: return false;
    }
}

[[nodiscard]] constexpr bool has_immediate_first(select_form form) noexcept { return form >= select_form::is; }
[[nodiscard]] constexpr bool has_immediate_second(select_form form) noexcept {
    return form == select_form::si || form == select_form::ii;
}

[[nodiscard]] constexpr bool is_scaled(address_form form) noexcept { return form >= address_form::ssx; }
/// Adds slot b, and has room for a 16-bit offset.
[[nodiscard]] constexpr bool has_second_slot(address_form form) noexcept {
    return form == address_form::ss || form == address_form::as || form == address_form::ssx ||
           form == address_form::asx;
}
/// Adds the immediate, wrapping; has no offset.
[[nodiscard]] constexpr bool has_wrapping_addend(address_form form) noexcept {
    return form == address_form::si || form == address_form::ai || form == address_form::six ||
           form == address_form::aix;
}
/// The accumulator has the address or a part of it.
[[nodiscard]] constexpr bool is_accumulated(address_form form) noexcept {
    return form == address_form::a || form == address_form::as || form == address_form::ai ||
           form == address_form::asx || form == address_form::aix;
}

namespace detail {

[[nodiscard]] constexpr bool exists_binary(opcode op, binary_form form) noexcept {
    const bool immediate = form == binary_form::si || form == binary_form::ai;
    switch (op) {
    case opcode::f32_min: // long, or rare
    case opcode::f32_max:
    case opcode::f32_copysign:
    case opcode::f64_min:
    case opcode::f64_max:
    case opcode::f64_copysign: return form == binary_form::ss;
    case opcode::i32_sub: // of an immediate: add its negative
    case opcode::i64_sub:
    case opcode::f32_sub:
    case opcode::f64_sub: return !immediate;
    case opcode::i32_rotr: // by an immediate: rotate left
    case opcode::i64_rotr: return form == binary_form::ss;
    case opcode::i32_rotl: // mostly by an immediate
    case opcode::i64_rotl: return form == binary_form::ss || immediate;
    case opcode::i32_shl:
    case opcode::i32_shr_s:
    case opcode::i32_shr_u:
    case opcode::i64_shl:
    case opcode::i64_shr_s:
    case opcode::i64_shr_u: return form != binary_form::sa;
    case opcode::i32_div_s: // long: where its operands are does not show
    case opcode::i32_div_u:
    case opcode::i32_rem_s:
    case opcode::i32_rem_u:
    case opcode::i64_div_s:
    case opcode::i64_div_u:
    case opcode::i64_rem_s:
    case opcode::i64_rem_u: return form == binary_form::ss || form == binary_form::si;
    default: return form != binary_form::sa || !is_commutative(op);
    }
}

/// Integers are ordered by lt and ge alone: the others are these with operands exchanged or the next immediate. Floats have
/// no such immediates. Only i32 has forms with the accumulator: what others are compared for is mostly a branch, which is
/// predicted long before its operand is there.
[[nodiscard]] constexpr bool exists_comparison(opcode op, binary_form form) noexcept {
    const bool of_slots = form == binary_form::ss || form == binary_form::si;
    switch (op) {
    case opcode::i32_gt_s:
    case opcode::i32_gt_u:
    case opcode::i32_le_s:
    case opcode::i32_le_u:
    case opcode::i64_gt_s:
    case opcode::i64_gt_u:
    case opcode::i64_le_s:
    case opcode::i64_le_u: return false;
    case opcode::i32_lt_s:
    case opcode::i32_lt_u:
    case opcode::i32_ge_s:
    case opcode::i32_ge_u: return true;
    case opcode::i32_eq:
    case opcode::i32_ne: return form != binary_form::sa;
    default: return of_slots;
    }
}

/// Arithmetic that leaves the accumulator to what came before it: of two operands, the one that is ready last should be
/// there. Not shl, which an address takes back.
[[nodiscard]] constexpr bool exists_silent(opcode op, binary_form form) noexcept {
    if (form != binary_form::ss && form != binary_form::si) {
        return false;
    }
    switch (op) {
    case opcode::i32_add:
    case opcode::i32_sub:
    case opcode::i32_mul:
    case opcode::i32_and:
    case opcode::i32_xor:
    case opcode::i32_shr_u:
    case opcode::f64_add:
    case opcode::f64_sub:
    case opcode::f64_mul: return exists_binary(op, form);
    default: return false;
    }
}

/// Roundings and conversions are calls or long, and an operand from a slot does not show; the others are rare.
[[nodiscard]] constexpr bool is_rarely_accumulated(opcode op) noexcept {
    switch (op) {
    case opcode::i32_clz:
    case opcode::i32_ctz:
    case opcode::i32_popcnt:
    case opcode::i64_clz:
    case opcode::i64_ctz:
    case opcode::i64_popcnt:
    case opcode::i64_extend8_s:
    case opcode::i64_extend16_s:
    case opcode::i64_extend32_s:
    case opcode::f32_ceil:
    case opcode::f32_floor:
    case opcode::f32_trunc:
    case opcode::f32_nearest:
    case opcode::f64_ceil:
    case opcode::f64_floor:
    case opcode::f64_trunc:
    case opcode::f64_nearest:
    case opcode::i32_trunc_f32_s:
    case opcode::i32_trunc_f32_u:
    case opcode::i32_trunc_f64_s:
    case opcode::i32_trunc_f64_u:
    case opcode::i64_trunc_f32_s:
    case opcode::i64_trunc_f32_u:
    case opcode::i64_trunc_f64_s:
    case opcode::i64_trunc_f64_u:
    case opcode::f32_convert_i64_s:
    case opcode::f32_convert_i64_u:
    case opcode::f64_convert_i64_u:
    case opcode::i32_trunc_sat_f32_s:
    case opcode::i32_trunc_sat_f32_u:
    case opcode::i32_trunc_sat_f64_s:
    case opcode::i32_trunc_sat_f64_u:
    case opcode::i64_trunc_sat_f32_s:
    case opcode::i64_trunc_sat_f32_u:
    case opcode::i64_trunc_sat_f64_s:
    case opcode::i64_trunc_sat_f64_u: return true;
    default: return false;
    }
}

/// Comparisons whose branches to the loop head have handlers of their own: those that compilers end loops with. The others
/// take one instruction more each time round.
[[nodiscard]] constexpr bool ends_loops(opcode op) noexcept {
    return wasm::info(op).params()[0] == wasm::value_type::kind::i32 || op == opcode::i64_eq || op == opcode::i64_ne;
}

/// The address forms of loads and stores, by how often programs have them.
[[nodiscard]] constexpr bool exists_access(opcode op, address_form form) noexcept {
    switch (op) {
    case opcode::i32_load: return true;
    case opcode::f64_load:
    case opcode::i64_load:
    case opcode::f32_load:
    case opcode::i32_store:
    case opcode::i64_store: return form != address_form::six && form != address_form::aix;
    case opcode::i32_load8_s:
    case opcode::i32_load8_u:
    case opcode::i32_store8: return !is_scaled(form);
    case opcode::i32_load16_s:
    case opcode::i32_load16_u:
    case opcode::i32_store16: return !is_scaled(form) && form != address_form::i && form != address_form::ss;
    case opcode::f32_store: // from the accumulator; other floats are stored as integers
    case opcode::f64_store: return form == address_form::s || form == address_form::a || form == address_form::si;
    default: return form == address_form::s || form == address_form::a;
    }
}

[[nodiscard]] constexpr bool exists_store(opcode op, address_form address, value_form value) noexcept {
    if (!exists_access(op, address)) {
        return false;
    }
    if (op == opcode::f32_store || op == opcode::f64_store) {
        return value == value_form::f;
    }
    switch (value) {
    case value_form::s: return true;
    case value_form::a: return !is_accumulated(address);
    case value_form::f: return false;
    case value_form::i: return !is_scaled(address) && !has_second_slot(address);
    }
    return false;
}

} // namespace detail

/// Whether the translator may emit it. The numbering leaves holes where operands cannot be so, and where they are too rarely
/// so for a handler of their own: handlers are what an engine takes time to compile. Everything has a form that reads slots.
[[nodiscard]] constexpr bool exists(const instruction_kind& kind) noexcept {
    const opcode op = kind.meaning();
    switch (kind.group) {
    case family::arithmetic:
        return kind.variant == 0 ? detail::exists_binary(op, kind.as_binary())
                                 : detail::exists_silent(op, kind.as_binary());
    case family::comparison:
    case family::branch_unordered: return detail::exists_comparison(op, kind.as_binary());
    case family::branch:
        return detail::exists_comparison(op, kind.as_binary()) && (kind.variant == 0 || detail::ends_loops(op));
    case family::unary: return kind.as_unary() == unary_form::s || !detail::is_rarely_accumulated(op);
    case family::load: return detail::exists_access(op, kind.as_address());
    case family::store: return detail::exists_store(op, kind.as_address(), kind.as_value());
    default: return true;
    }
}

/// What the words behind an instruction's first one hold.
enum class word_kind : std::uint8_t {
    lanes,
    bits,         ///< the same in both forms
    target,       ///< word index in the function; linked: address
    function,     ///< index of a defined function, imports not counted; linked: address of its function_entry
    type,         ///< module type index; linked: the engine's number
    target_table, ///< as many targets as the immediate says, and one more
};

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
#define RISER_VM_SINGLE(identifier, ...) {__VA_ARGS__},
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
        // 32 bits of immediate fit in the lanes; i64 immediates are sign-extended from there.
        return immediate && wasm::info(kind.meaning()).params()[0] == wasm::value_type::kind::f64
                   ? instruction_shape{lanes, bits}
                   : instruction_shape{lanes};
    case family::branch:
    case family::branch_unordered: {
        const bool wide = immediate && wasm::info(kind.meaning()).params()[0] == wasm::value_type::kind::f64;
        const bool to_loop_head = kind.variant == 1;
        if (wide) {
            return to_loop_head ? instruction_shape{lanes, bits} : instruction_shape{lanes, bits, target};
        }
        return to_loop_head ? instruction_shape{lanes} : instruction_shape{lanes, target};
    }
    case family::step: return {lanes, bits};
    case family::select:
        return kind.as_select() == select_form::ss ? instruction_shape{lanes} : instruction_shape{lanes, bits};
    case family::store:
        return kind.as_value() == value_form::i ? instruction_shape{lanes, bits} : instruction_shape{lanes};
    default: return {lanes};
    }
}

/// take_apart and shape_of for all opcodes, as the linker and the disassembler want them.
struct instruction_info {
    instruction_kind kind;
    instruction_shape shape{};
};
inline constexpr auto instruction_infos = [] {
    std::array<instruction_info, vm_opcode_count> infos{};
    for (std::size_t i = 0; i < vm_opcode_count; ++i) {
        infos[i].kind = take_apart(i);
        infos[i].shape = shape_of(infos[i].kind);
    }
    return infos;
}();

/// Packs a word of lanes.
[[nodiscard]] constexpr code_word pack_lanes(std::uint32_t a, std::uint32_t d, std::uint32_t b = 0,
                                             std::uint32_t c = 0) noexcept {
    return code_word{a} | code_word{d} << 16U | code_word{b} << 32U | code_word{c} << 48U;
}
[[nodiscard]] constexpr code_word pack_immediate(std::uint32_t a, std::uint32_t d, std::uint32_t immediate) noexcept {
    return code_word{a} | code_word{d} << 16U | code_word{immediate} << 32U;
}

/// The 16-bit lanes of a word, and its upper half, without touching the rest.
struct lanes_view {
    code_word word;
    [[nodiscard]] constexpr std::uint32_t a() const noexcept { return static_cast<std::uint16_t>(word); }
    [[nodiscard]] constexpr std::uint32_t d() const noexcept { return static_cast<std::uint16_t>(word >> 16U); }
    [[nodiscard]] constexpr std::uint32_t b() const noexcept { return static_cast<std::uint16_t>(word >> 32U); }
    [[nodiscard]] constexpr std::uint32_t c() const noexcept { return static_cast<std::uint16_t>(word >> 48U); }
    [[nodiscard]] constexpr std::uint32_t immediate() const noexcept { return static_cast<std::uint32_t>(word >> 32U); }
};

/// Words of the instruction at `at`, the first included.
[[nodiscard]] inline std::size_t instruction_length(const code_word* at, vm_opcode op) noexcept {
    const instruction_shape& shape = instruction_infos[op].shape;
    std::size_t length = 1U + shape.count;
    if (shape.count != 0 && shape.words[shape.count - 1] == word_kind::target_table) {
        length += lanes_view{at[1]}.immediate();
    }
    return length;
}

} // namespace riser::inline v0::core::bytecode

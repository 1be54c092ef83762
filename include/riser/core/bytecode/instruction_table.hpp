#pragma once

#include "riser/core/bytecode/forms.hpp"
#include "riser/core/wasm/opcode.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

/// The VM's instructions, each stated once: those that cross a wasm operator with forms as rows here, the others in
/// singles.def. What is true of an instruction is a column; nothing else lists them.
namespace riser::inline v0_1::core::bytecode {

using wasm::opcode;

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
    select,           ///< select forms x select_variants
    load,             ///< address forms
    store,            ///< address forms x value forms
    count_,
};

/// A wasm operator that the VM has instructions for.
///
/// Forms are missing where operands cannot be so, and where they are too rarely so for a handler of their own: handlers are
/// what an engine takes time to compile. Everything that is emitted has a form that reads slots.
struct operator_row {
    /// What else exists, or is true, for the translator to choose by.
    enum trait : std::uint8_t {
        no_trait = 0,
        /// Arithmetic whose forms of slots may leave the accumulator to what came before: of two operands, the one that is
        /// ready last should be there. Not shl, which an address takes back.
        silent = 1,
        commutative = 2,
        /// A comparison whose branches to the loop head have handlers of their own: those that compilers end loops with. The
        /// others take one instruction more each time round.
        to_loop_head = 4,
        /// The last comparison of a counting loop, which is one instruction with the addition before it.
        ends_step = 8,
    };

    opcode meaning = wasm::no_opcode;
    family group = family::single;
    form_set forms;
    form_set values; ///< of a store
    std::uint8_t traits = no_trait;
    opcode inverse = wasm::no_opcode;   ///< of a comparison: true where this is false; orderings of floats have none
    opcode exchanged = wasm::no_opcode; ///< of a comparison: the same with its operands exchanged

    [[nodiscard]] constexpr bool is(trait t) const noexcept { return (traits & t) != 0; }
};

inline constexpr auto operator_table = [] {
    using enum wasm::opcode;
    using enum operator_row::trait;
    using wasm::no_opcode;
    using b = binary_form;
    using a = address_form;

    const auto arithmetic = [](opcode op, form_set forms, int traits = no_trait) {
        return operator_row{op, family::arithmetic, forms, {}, static_cast<std::uint8_t>(traits), no_opcode, no_opcode};
    };
    const auto comparison = [](opcode op, form_set forms, opcode inverse, opcode exchanged, int traits = no_trait) {
        return operator_row{op, family::comparison, forms, {}, static_cast<std::uint8_t>(traits), inverse, exchanged};
    };
    const auto unary = [](opcode op, form_set forms) {
        return operator_row{op, family::unary, forms, {}, no_trait, no_opcode, no_opcode};
    };
    const auto load = [](opcode op, form_set forms) {
        return operator_row{op, family::load, forms, {}, no_trait, no_opcode, no_opcode};
    };
    const auto store = [](opcode op, form_set forms, form_set values) {
        return operator_row{op, family::store, forms, values, no_trait, no_opcode, no_opcode};
    };

    constexpr form_set none;
    constexpr form_set all = form_set::of(b::ss, b::as, b::sa, b::si, b::ai);
    constexpr form_set no_sa = form_set::of(b::ss, b::as, b::si, b::ai);  // commutative, or rare
    constexpr form_set no_immediates = form_set::of(b::ss, b::as, b::sa); // a difference is a sum
    constexpr form_set of_slots = form_set::of(b::ss, b::si);             // long: where operands are does not show
    constexpr form_set slots = form_set::of(b::ss);                       // long and rare
    constexpr form_set rotations = form_set::of(b::ss, b::si, b::ai);     // mostly by an immediate, to the left
    constexpr form_set from_both = form_set::of(unary_form::s, unary_form::a);
    constexpr form_set from_slot =
        form_set::of(unary_form::s); // calls or long, as roundings and conversions are, or rare
    // By how often programs have them.
    constexpr form_set everywhere =
        form_set::of(a::s, a::a, a::i, a::ss, a::as, a::si, a::ai, a::ssx, a::asx, a::six, a::aix);
    constexpr form_set words = form_set::of(a::s, a::a, a::i, a::ss, a::as, a::si, a::ai, a::ssx, a::asx);
    constexpr form_set unscaled = form_set::of(a::s, a::a, a::i, a::ss, a::as, a::si, a::ai);
    constexpr form_set halves = form_set::of(a::s, a::a, a::as, a::si, a::ai);
    constexpr form_set floats = form_set::of(a::s, a::a, a::si);
    constexpr form_set plain = form_set::of(a::s, a::a);
    constexpr form_set integers = form_set::of(value_form::s, value_form::a, value_form::i);
    // From slots and as immediates, floats are stored as integers.
    constexpr form_set accumulated_float = form_set::of(value_form::f);

    return std::to_array<operator_row>({
        // Results go to a slot and to the accumulator of their bank.
        arithmetic(i32_add, no_sa, silent | commutative),
        arithmetic(i32_sub, no_immediates, silent),
        arithmetic(i32_mul, no_sa, silent | commutative),
        arithmetic(i32_and, no_sa, silent | commutative),
        arithmetic(i32_or, no_sa, commutative),
        arithmetic(i32_xor, no_sa, silent | commutative),
        arithmetic(i32_shl, no_sa),
        arithmetic(i32_shr_s, no_sa),
        arithmetic(i32_shr_u, no_sa, silent),
        arithmetic(i64_add, no_sa, commutative),
        arithmetic(i64_sub, no_immediates),
        arithmetic(i64_mul, no_sa, commutative),
        arithmetic(i64_and, no_sa, commutative),
        arithmetic(i64_or, no_sa, commutative),
        arithmetic(i64_xor, no_sa, commutative),
        arithmetic(i64_shl, no_sa),
        arithmetic(i64_shr_s, no_sa),
        arithmetic(i64_shr_u, no_sa),
        arithmetic(f32_add, no_sa, commutative),
        arithmetic(f32_sub, no_immediates),
        arithmetic(f32_mul, no_sa, commutative),
        arithmetic(f32_div, all),
        arithmetic(f64_add, no_sa, silent | commutative),
        arithmetic(f64_sub, no_immediates, silent),
        arithmetic(f64_mul, no_sa, silent | commutative),
        arithmetic(f64_div, all),
        arithmetic(i32_div_s, of_slots),
        arithmetic(i32_div_u, of_slots),
        arithmetic(i32_rem_s, of_slots),
        arithmetic(i32_rem_u, of_slots),
        arithmetic(i32_rotl, rotations),
        arithmetic(i32_rotr, slots),
        arithmetic(i64_div_s, of_slots),
        arithmetic(i64_div_u, of_slots),
        arithmetic(i64_rem_s, of_slots),
        arithmetic(i64_rem_u, of_slots),
        arithmetic(i64_rotl, rotations),
        arithmetic(i64_rotr, slots),
        arithmetic(f32_min, slots),
        arithmetic(f32_max, slots),
        arithmetic(f32_copysign, slots),
        arithmetic(f64_min, slots),
        arithmetic(f64_max, slots),
        arithmetic(f64_copysign, slots),

        // Integers are ordered by lt and ge alone: the others are these with operands exchanged or the next immediate. Only
        // i32 has forms with the accumulator: what others are compared for is mostly a branch, which is predicted long
        // before its operand is there.
        comparison(i32_eq, no_sa, i32_ne, i32_eq, to_loop_head),
        comparison(i32_ne, no_sa, i32_eq, i32_ne, to_loop_head | ends_step),
        comparison(i32_lt_s, all, i32_ge_s, i32_gt_s, to_loop_head | ends_step),
        comparison(i32_lt_u, all, i32_ge_u, i32_gt_u, to_loop_head | ends_step),
        comparison(i32_gt_s, none, i32_le_s, i32_lt_s),
        comparison(i32_gt_u, none, i32_le_u, i32_lt_u),
        comparison(i32_le_s, none, i32_gt_s, i32_ge_s),
        comparison(i32_le_u, none, i32_gt_u, i32_ge_u),
        comparison(i32_ge_s, all, i32_lt_s, i32_le_s, to_loop_head | ends_step),
        comparison(i32_ge_u, all, i32_lt_u, i32_le_u, to_loop_head | ends_step),
        comparison(i64_eq, of_slots, i64_ne, i64_eq, to_loop_head),
        comparison(i64_ne, of_slots, i64_eq, i64_ne, to_loop_head),
        comparison(i64_lt_s, of_slots, i64_ge_s, i64_gt_s),
        comparison(i64_lt_u, of_slots, i64_ge_u, i64_gt_u),
        comparison(i64_gt_s, none, i64_le_s, i64_lt_s),
        comparison(i64_gt_u, none, i64_le_u, i64_lt_u),
        comparison(i64_le_s, none, i64_gt_s, i64_ge_s),
        comparison(i64_le_u, none, i64_gt_u, i64_ge_u),
        comparison(i64_ge_s, of_slots, i64_lt_s, i64_le_s),
        comparison(i64_ge_u, of_slots, i64_lt_u, i64_le_u),
        comparison(f32_eq, of_slots, f32_ne, f32_eq),
        comparison(f32_ne, of_slots, f32_eq, f32_ne),
        comparison(f32_lt, of_slots, no_opcode, f32_gt),
        comparison(f32_gt, of_slots, no_opcode, f32_lt),
        comparison(f32_le, of_slots, no_opcode, f32_ge),
        comparison(f32_ge, of_slots, no_opcode, f32_le),
        comparison(f64_eq, of_slots, f64_ne, f64_eq),
        comparison(f64_ne, of_slots, f64_eq, f64_ne),
        comparison(f64_lt, of_slots, no_opcode, f64_gt),
        comparison(f64_gt, of_slots, no_opcode, f64_lt),
        comparison(f64_le, of_slots, no_opcode, f64_ge),
        comparison(f64_ge, of_slots, no_opcode, f64_le),

        unary(i32_clz, from_slot),
        unary(i32_ctz, from_slot),
        unary(i32_popcnt, from_slot),
        unary(i32_extend8_s, from_both),
        unary(i32_extend16_s, from_both),
        unary(i64_clz, from_slot),
        unary(i64_ctz, from_slot),
        unary(i64_popcnt, from_slot),
        unary(i64_extend8_s, from_slot),
        unary(i64_extend16_s, from_slot),
        unary(i64_extend32_s, from_slot),
        unary(i32_wrap_i64, from_both),
        unary(i64_extend_i32_s, from_both),
        unary(f32_abs, from_both),
        unary(f32_neg, from_both),
        unary(f32_ceil, from_slot),
        unary(f32_floor, from_slot),
        unary(f32_trunc, from_slot),
        unary(f32_nearest, from_slot),
        unary(f32_sqrt, from_both),
        unary(f64_abs, from_both),
        unary(f64_neg, from_both),
        unary(f64_ceil, from_slot),
        unary(f64_floor, from_slot),
        unary(f64_trunc, from_slot),
        unary(f64_nearest, from_slot),
        unary(f64_sqrt, from_both),
        unary(i32_trunc_f32_s, from_slot),
        unary(i32_trunc_f32_u, from_slot),
        unary(i32_trunc_f64_s, from_slot),
        unary(i32_trunc_f64_u, from_slot),
        unary(i64_trunc_f32_s, from_slot),
        unary(i64_trunc_f32_u, from_slot),
        unary(i64_trunc_f64_s, from_slot),
        unary(i64_trunc_f64_u, from_slot),
        unary(i32_trunc_sat_f32_s, from_slot),
        unary(i32_trunc_sat_f32_u, from_slot),
        unary(i32_trunc_sat_f64_s, from_slot),
        unary(i32_trunc_sat_f64_u, from_slot),
        unary(i64_trunc_sat_f32_s, from_slot),
        unary(i64_trunc_sat_f32_u, from_slot),
        unary(i64_trunc_sat_f64_s, from_slot),
        unary(i64_trunc_sat_f64_u, from_slot),
        unary(f32_convert_i32_s, from_both),
        unary(f32_convert_i32_u, from_both),
        unary(f32_convert_i64_s, from_slot),
        unary(f32_convert_i64_u, from_slot),
        unary(f64_convert_i32_s, from_both),
        unary(f64_convert_i32_u, from_both),
        unary(f64_convert_i64_s, from_both),
        unary(f64_convert_i64_u, from_slot),
        unary(f32_demote_f64, from_both),
        unary(f64_promote_f32, from_both),
        unary(i32_reinterpret_f32, from_both),
        unary(i64_reinterpret_f64, from_both),
        unary(f32_reinterpret_i32, from_both),
        unary(f64_reinterpret_i64, from_both),

        // Loads that differ in what they leave in a slot; the others are aliases (see canonical_access).
        load(i32_load, everywhere),
        load(i64_load, words),
        load(f32_load, words),
        load(f64_load, words),
        load(i32_load8_s, unscaled),
        load(i32_load8_u, unscaled),
        load(i32_load16_s, halves),
        load(i32_load16_u, halves),
        load(i64_load8_s, plain),
        load(i64_load16_s, plain),
        load(i64_load32_s, plain),

        store(i32_store8, unscaled, integers),
        store(i32_store16, halves, integers),
        store(i32_store, words, integers),
        store(i64_store, words, integers),
        store(f32_store, floats, accumulated_float),
        store(f64_store, floats, accumulated_float),
    });
}();

namespace detail {

template <bool (*Belongs)(const operator_row&)>
inline constexpr auto members = [] {
    constexpr std::size_t count = [] {
        std::size_t n = 0;
        for (const operator_row& row : operator_table) {
            n += Belongs(row) ? 1U : 0U;
        }
        return n;
    }();
    std::array<opcode, count> list{};
    std::size_t next = 0;
    for (const operator_row& row : operator_table) {
        if (Belongs(row)) {
            list[next++] = row.meaning;
        }
    }
    return list;
}();

template <family Group>
[[nodiscard]] constexpr bool is_in(const operator_row& row) noexcept {
    return row.group == Group;
}
[[nodiscard]] constexpr bool is_step(const operator_row& row) noexcept { return row.is(operator_row::ends_step); }
/// Branches where the comparison is false are needed for the orderings of floats alone; others have an inverse.
[[nodiscard]] constexpr bool is_ordering(const operator_row& row) noexcept {
    return row.group == family::comparison && row.inverse == wasm::no_opcode;
}

inline constexpr auto row_numbers = [] {
    std::array<std::uint8_t, wasm::opcode_count> numbers{};
    static_assert(operator_table.size() < 0xff);
    numbers.fill(0xff);
    for (std::size_t i = 0; i < operator_table.size(); ++i) {
        numbers[static_cast<std::size_t>(operator_table[i].meaning)] = static_cast<std::uint8_t>(i);
    }
    return numbers;
}();

} // namespace detail

/// The members of the families, in the order of their numbers.
inline constexpr auto arithmetic_members = detail::members<detail::is_in<family::arithmetic>>;
inline constexpr auto comparison_members = detail::members<detail::is_in<family::comparison>>;
inline constexpr auto step_members = detail::members<detail::is_step>;
inline constexpr auto ordering_members = detail::members<detail::is_ordering>;
inline constexpr auto unary_members = detail::members<detail::is_in<family::unary>>;
inline constexpr auto load_members = detail::members<detail::is_in<family::load>>;
inline constexpr auto store_members = detail::members<detail::is_in<family::store>>;

/// \param op of an operator that has a row
[[nodiscard]] constexpr const operator_row& row_of(opcode op) noexcept {
    return operator_table[detail::row_numbers[static_cast<std::size_t>(op)]];
}

} // namespace riser::inline v0_1::core::bytecode

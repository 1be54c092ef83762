#pragma once

#include "riser/core/interpreter/exits.hpp"
#include "riser/core/interpreter/semantics.hpp"

#include "riser/core/interpreter/begin_handlers.hpp"

/// Handlers of the families arithmetic, comparison, branch, branch_unordered and unary.
namespace riser::inline v0_1::core::interpreter {

using bytecode::binary_form;
using bytecode::family;
using bytecode::instruction_infos;
using bytecode::instruction_kind;
using bytecode::step_form;
using bytecode::unary_form;

/// Words of instruction n, which is not a br_table.
[[nodiscard]] consteval std::size_t length_of(std::size_t n) noexcept { return 1U + instruction_infos[n].shape.count; }

template <binary_form Form, class T>
[[nodiscard]] RISER_HELPER T left_operand(const code_word* pc, const slot* frame, std::uint64_t integer,
                                          vector_accumulator vector) noexcept {
    if constexpr (Form == binary_form::as || Form == binary_form::ai) {
        return accumulated<T>(integer, vector);
    } else {
        return read_slot<T>(frame + first_of(pc));
    }
}

template <binary_form Form, class T>
[[nodiscard]] RISER_HELPER T right_operand(const code_word* pc, const slot* frame, std::uint64_t integer,
                                           vector_accumulator vector) noexcept {
    if constexpr (Form == binary_form::sa) {
        return accumulated<T>(integer, vector);
    } else if constexpr (Form == binary_form::ss || Form == binary_form::as) {
        return read_slot<T>(frame + second_of(pc));
    } else if constexpr (__is_same(T, double)) {
        return from_bits<double>(pc[2]);
    } else if constexpr (__is_same(T, std::uint64_t)) {
        return static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(immediate_of(pc))));
    } else {
        return from_bits<T>(immediate_of(pc));
    }
}

template <dispatch D, std::size_t N>
RISER_HANDLER void arithmetic(RISER_STATE) {
    constexpr instruction_kind kind = instruction_infos[N].kind;
    constexpr opcode op = kind.meaning();
    using T = parameter_type<op>;
    const T x = left_operand<kind.as_binary(), T>(pc, frame, integer, vector);
    const T y = right_operand<kind.as_binary(), T>(pc, frame, integer, vector);
    T result;
    if constexpr (is_division<op>) {
        const trap_kind trap = divide<op>(x, y, result);
        if (trap != trap_kind::none) [[unlikely]] {
            integer = static_cast<std::uint64_t>(trap);
            RISER_CONTINUE(trap_exit<D>);
        }
    } else {
        result = binary<op>(x, y);
    }
    write_slot(frame + destination_of(pc), result);
    if constexpr (kind.variant == 0) {
        accumulate(result, integer, vector);
    }
    RISER_NEXT(pc + length_of(N));
}

template <dispatch D, std::size_t N>
RISER_HANDLER void comparison(RISER_STATE) {
    constexpr instruction_kind kind = instruction_infos[N].kind;
    constexpr opcode op = kind.meaning();
    using T = parameter_type<op>;
    const T x = left_operand<kind.as_binary(), T>(pc, frame, integer, vector);
    const T y = right_operand<kind.as_binary(), T>(pc, frame, integer, vector);
    integer = compare<op>(x, y) ? 1 : 0;
    frame[destination_of(pc)] = integer;
    RISER_NEXT(pc + length_of(N));
}

/// Two exits, not one with a selected pc: each then has a prediction of its own.
template <dispatch D, std::size_t N>
RISER_HANDLER void branch(RISER_STATE) {
    constexpr instruction_kind kind = instruction_infos[N].kind;
    constexpr opcode op = kind.meaning();
    using T = parameter_type<op>;
    const T x = left_operand<kind.as_binary(), T>(pc, frame, integer, vector);
    const T y = right_operand<kind.as_binary(), T>(pc, frame, integer, vector);
    if (compare<op>(x, y) == (kind.group == family::branch)) {
        if constexpr (kind.variant == 1) {
            pc = head;
            if (charge(context, loop_weight(head))) [[unlikely]] {
                RISER_CONTINUE(poll<D>);
            }
            RISER_CONTINUE(handler_at(pc));
        } else {
            RISER_NEXT(target_at(pc + (length_of(N) - 1)));
        }
    }
    RISER_NEXT(pc + length_of(N));
}

template <dispatch D, std::size_t N>
RISER_HANDLER void step(RISER_STATE) {
    constexpr instruction_kind kind = instruction_infos[N].kind;
    const std::uint32_t at = first_of(pc);
    const std::uint32_t x = static_cast<std::uint32_t>(frame[at]) + immediate_of(pc);
    const auto y = static_cast<std::uint32_t>(kind.as_step() == step_form::i ? pc[2] : frame[pc[2]]);
    integer = x;
    frame[at] = x;
    if (compare<kind.meaning()>(x, y)) {
        pc = head;
        if (charge(context, loop_weight(head))) [[unlikely]] {
            RISER_CONTINUE(poll<D>);
        }
        RISER_CONTINUE(handler_at(pc));
    }
    RISER_NEXT(pc + length_of(N));
}

template <dispatch D, std::size_t N>
RISER_HANDLER void unary_operator(RISER_STATE) {
    constexpr instruction_kind kind = instruction_infos[N].kind;
    constexpr opcode op = kind.meaning();
    using T = parameter_type<op>;
    T x;
    if constexpr (kind.as_unary() == unary_form::a) {
        x = accumulated<T>(integer, vector);
    } else {
        x = read_slot<T>(frame + first_of(pc));
    }
    result_type<op> result;
    const trap_kind trap = unary<op>(x, result);
    if (trap != trap_kind::none) [[unlikely]] {
        integer = static_cast<std::uint64_t>(trap);
        RISER_CONTINUE(trap_exit<D>);
    }
    write_slot(frame + destination_of(pc), result);
    accumulate(result, integer, vector);
    RISER_NEXT(pc + length_of(N));
}

} // namespace riser::inline v0_1::core::interpreter

#include "riser/core/interpreter/end_handlers.hpp"

#pragma once

#include "riser/core/interpreter/exits.hpp"
#include "riser/core/interpreter/handlers_numeric.hpp"
#include "riser/core/interpreter/memory_access.hpp"

#include "riser/core/interpreter/begin_handlers.hpp"

/// Handlers of the families load and store, and of far_load and far_store.
namespace riser::inline v0_1::core::interpreter {

using bytecode::value_form;

template <dispatch D, memory_mode M, std::size_t N>
RISER_HANDLER void load(RISER_STATE) {
    constexpr instruction_kind kind = instruction_infos[N].kind;
    constexpr opcode op = kind.meaning();
    constexpr unsigned scale = wasm::info(op).width_log2;
    result_type<op> result;
    if (!load_from<M, op>(pc, frame, context, address_of<kind.as_address()>(scale, pc, frame, integer),
                          offset_of<kind.as_address()>(pc), result)) [[unlikely]] {
        RISER_CONTINUE(access_exit<D>);
    }
    write_slot(frame + destination_of(pc), result);
    accumulate(result, integer, vector);
    RISER_NEXT(pc + length_of(N));
}

template <dispatch D, memory_mode M, std::size_t N>
RISER_HANDLER void store(RISER_STATE) {
    constexpr instruction_kind kind = instruction_infos[N].kind;
    constexpr opcode op = kind.meaning();
    constexpr unsigned scale = wasm::info(op).width_log2;
    using value_type = memory_type_of<op>;
    value_type value;
    if constexpr (kind.as_value() == value_form::s) {
        value = static_cast<value_type>(frame[destination_of(pc)]);
    } else if constexpr (kind.as_value() == value_form::i) {
        value = static_cast<value_type>(pc[2]);
    } else if constexpr (kind.as_value() == value_form::a) {
        value = static_cast<value_type>(integer);
    } else {
        value = first_lane(vector, value_type{});
    }
    if (!store_to<M, op>(pc, frame, context, address_of<kind.as_address()>(scale, pc, frame, integer),
                         offset_of<kind.as_address()>(pc), value)) [[unlikely]] {
        RISER_CONTINUE(access_exit<D>);
    }
    RISER_NEXT(pc + length_of(N));
}

/// Calls `action.template operator()<Op>()` for the member's operator, which is known at run time only.
template <const auto& Members, std::size_t I = 0, class Action>
RISER_HELPER bool for_member(std::size_t member, Action action) noexcept {
    if constexpr (I < Members.size()) {
        return member == I ? action.template operator()<Members[I]>() : for_member<Members, I + 1>(member, action);
    } else {
        return false;
    }
}

/// linear_memory::size() for handlers.
[[nodiscard]] RISER_HELPER std::uint64_t size_of(const memory::linear_memory& memory) noexcept {
    return __atomic_load_n(&memory.bytes, __ATOMIC_ACQUIRE);
}

/// Memories other than 32-bit memory 0, and offsets beyond the guard: always checked, one handler for all widths.
template <dispatch D>
RISER_HANDLER void far_load(RISER_STATE) {
    const memory::linear_memory& memory = *context->stack.instance->memories[pc[3]];
    const std::uint64_t size = size_of(memory);
    const bool done = for_member<bytecode::load_members>(
        immediate_of(pc), [&]<opcode Op>() __attribute__((always_inline, no_instrument_function)) {
            if (!in_bounds(size, frame[first_of(pc)], pc[2], access_width(Op))) {
                return false;
            }
            const auto value =
                widen<Op>(read_unaligned<memory_type_of<Op>>(memory.base + (frame[first_of(pc)] + pc[2])));
            accumulate(value, integer, vector);
            write_slot(frame + destination_of(pc), value);
            return true;
        });
    if (!done) [[unlikely]] {
        RISER_CONTINUE(access_exit<D>);
    }
    RISER_NEXT(pc + 4);
}

template <dispatch D>
RISER_HANDLER void far_store(RISER_STATE) {
    const memory::linear_memory& memory = *context->stack.instance->memories[pc[3]];
    const std::uint64_t size = size_of(memory);
    const bool done = for_member<bytecode::store_members>(immediate_of(pc), [&]<opcode Op>() __attribute__((
                                                                                always_inline,
                                                                                no_instrument_function)) {
        if (!in_bounds(size, frame[first_of(pc)], pc[2], access_width(Op))) {
            return false;
        }
        using bits =
            std::conditional_t<sizeof(memory_type_of<Op>) == 4, std::uint32_t,
                               std::conditional_t<sizeof(memory_type_of<Op>) == 8, std::uint64_t, memory_type_of<Op>>>;
        write_unaligned(memory.base + (frame[first_of(pc)] + pc[2]), static_cast<bits>(frame[destination_of(pc)]));
        return true;
    });
    if (!done) [[unlikely]] {
        RISER_CONTINUE(access_exit<D>);
    }
    RISER_NEXT(pc + 4);
}

} // namespace riser::inline v0_1::core::interpreter

#include "riser/core/interpreter/end_handlers.hpp"

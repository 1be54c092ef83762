#pragma once

#include "riser/core/interpreter/semantics.hpp"
#include "riser/core/memory/linear_memory.hpp"

#include "riser/core/interpreter/begin_handlers.hpp"

/// Single accesses to linear memory: conversions between what lies in memory and what lies in slots (Core specification
/// 4.4.7), checked by comparison or by the guard pages behind the memory.
namespace riser::inline v0_1::core::interpreter {

using bytecode::address_form;
using bytecode::has_second_slot;
using bytecode::has_wrapping_addend;
using memory::memory_mode;

[[nodiscard]] constexpr std::uint64_t access_width(opcode op) noexcept {
    return std::uint64_t{1} << wasm::info(op).width_log2;
}

/// What a load or store has in memory: little endian, of the access's width.
template <class Memory>
[[nodiscard]] RISER_HELPER Memory to_little_endian(Memory value) noexcept {
    if constexpr (std::endian::native == std::endian::little || sizeof(Memory) == 1) {
        return value;
    } else if constexpr (sizeof(Memory) == 2) {
        return static_cast<Memory>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
    } else if constexpr (sizeof(Memory) == 4) {
        return __builtin_bit_cast(Memory, __builtin_bswap32(__builtin_bit_cast(std::uint32_t, value)));
    } else {
        return __builtin_bit_cast(Memory, __builtin_bswap64(__builtin_bit_cast(std::uint64_t, value)));
    }
}

/// The type that a load reads, by opcode: signed where it extends the sign.
template <opcode Op>
[[nodiscard]] consteval auto memory_value() noexcept {
    using enum opcode;
    if constexpr (is_one_of<Op, i32_load8_s, i64_load8_s>) {
        return std::int8_t{};
    } else if constexpr (is_one_of<Op, i32_load8_u, i32_store8>) {
        return std::uint8_t{};
    } else if constexpr (is_one_of<Op, i32_load16_s, i64_load16_s>) {
        return std::int16_t{};
    } else if constexpr (is_one_of<Op, i32_load16_u, i32_store16>) {
        return std::uint16_t{};
    } else if constexpr (Op == i64_load32_s) {
        return std::int32_t{};
    } else if constexpr (is_one_of<Op, f32_load, f32_store>) {
        return float{};
    } else if constexpr (is_one_of<Op, f64_load, f64_store>) {
        return double{};
    } else if constexpr (is_one_of<Op, i32_load, i32_store>) {
        return std::uint32_t{};
    } else {
        static_assert(is_one_of<Op, i64_load, i64_store>);
        return std::uint64_t{};
    }
}
template <opcode Op>
using memory_type_of = decltype(memory_value<Op>());

/// Widens what was read as the operator says.
template <opcode Op>
[[nodiscard]] RISER_HELPER result_type<Op> widen(memory_type_of<Op> value) noexcept {
    if constexpr (in_vector_bank<memory_type_of<Op>>) {
        return value;
    } else {
        return static_cast<result_type<Op>>(static_cast<signed_of<result_type<Op>>>(value));
    }
}

template <class Memory>
[[nodiscard]] RISER_HELPER Memory read_unaligned(const std::byte* at) noexcept {
    Memory value;
    __builtin_memcpy(&value, at, sizeof(Memory));
    return to_little_endian(value);
}
template <class Memory>
RISER_HELPER void write_unaligned(std::byte* at, Memory value) noexcept {
    value = to_little_endian(value);
    __builtin_memcpy(at, &value, sizeof(Memory));
}

#if defined(__x86_64__)

/// An instruction that may fault, written down in the table of those that do, which lives and dies with the function around it
/// (a section of the same group).
#    define RISER_MAY_FAULT(instruction)                                                                               \
        "661: " instruction "\n\t.pushsection riser_fault_sites,\"a?\",@progbits\n\t.long 661b - .\n\t.popsection"

/// A load that may fault. The fault landing finds pc, frame and context where this instruction keeps them: in rdi, rsi
/// and rdx, where the calling convention brought them.
template <opcode Op>
[[nodiscard]] RISER_HELPER result_type<Op> read_guarded(const std::byte* base, std::uint64_t at, const code_word* pc,
                                                        slot* frame, execution_context* context) noexcept {
    using memory_value_type = memory_type_of<Op>;
    if constexpr (__is_same(memory_value_type, float)) {
        vector_accumulator value;
        asm volatile(RISER_MAY_FAULT("movss (%1,%2), %0")
                     : "=x"(value)
                     : "r"(base), "r"(at), "D"(pc), "S"(frame), "d"(context));
        return value[0];
    } else if constexpr (__is_same(memory_value_type, double)) {
        f64_vector value;
        asm volatile(RISER_MAY_FAULT("movsd (%1,%2), %0")
                     : "=x"(value)
                     : "r"(base), "r"(at), "D"(pc), "S"(frame), "d"(context));
        return value[0];
    } else {
        result_type<Op> value;
        constexpr std::size_t width = sizeof(memory_value_type);
        constexpr bool is_wide = sizeof(value) == 8;
        if constexpr (width == 8) {
            asm volatile(RISER_MAY_FAULT("movq (%1,%2), %0")
                         : "=r"(value)
                         : "r"(base), "r"(at), "D"(pc), "S"(frame), "d"(context));
        } else if constexpr (width == 4 && is_wide) {
            asm volatile(RISER_MAY_FAULT("movslq (%1,%2), %0")
                         : "=r"(value)
                         : "r"(base), "r"(at), "D"(pc), "S"(frame), "d"(context));
        } else if constexpr (width == 4) {
            asm volatile(RISER_MAY_FAULT("movl (%1,%2), %0")
                         : "=r"(value)
                         : "r"(base), "r"(at), "D"(pc), "S"(frame), "d"(context));
        } else if constexpr (width == 2 && std::is_signed_v<memory_value_type>) {
            if constexpr (is_wide) {
                asm volatile(RISER_MAY_FAULT("movswq (%1,%2), %0")
                             : "=r"(value)
                             : "r"(base), "r"(at), "D"(pc), "S"(frame), "d"(context));
            } else {
                asm volatile(RISER_MAY_FAULT("movswl (%1,%2), %0")
                             : "=r"(value)
                             : "r"(base), "r"(at), "D"(pc), "S"(frame), "d"(context));
            }
        } else if constexpr (width == 2) {
            asm volatile(RISER_MAY_FAULT("movzwl (%1,%2), %k0")
                         : "=r"(value)
                         : "r"(base), "r"(at), "D"(pc), "S"(frame), "d"(context));
        } else if constexpr (std::is_signed_v<memory_value_type>) {
            if constexpr (is_wide) {
                asm volatile(RISER_MAY_FAULT("movsbq (%1,%2), %0")
                             : "=r"(value)
                             : "r"(base), "r"(at), "D"(pc), "S"(frame), "d"(context));
            } else {
                asm volatile(RISER_MAY_FAULT("movsbl (%1,%2), %0")
                             : "=r"(value)
                             : "r"(base), "r"(at), "D"(pc), "S"(frame), "d"(context));
            }
        } else {
            asm volatile(RISER_MAY_FAULT("movzbl (%1,%2), %k0")
                         : "=r"(value)
                         : "r"(base), "r"(at), "D"(pc), "S"(frame), "d"(context));
        }
        return value;
    }
}

/// A store that may fault, see read_guarded.
template <opcode Op, class Memory>
RISER_HELPER void write_guarded(std::byte* base, std::uint64_t at, Memory value, const code_word* pc, slot* frame,
                                execution_context* context) noexcept {
    if constexpr (__is_same(Memory, float)) {
        asm volatile(RISER_MAY_FAULT("movss %0, (%1,%2)")
                     :
                     : "x"(value), "r"(base), "r"(at), "D"(pc), "S"(frame), "d"(context)
                     : "memory");
    } else if constexpr (__is_same(Memory, double)) {
        asm volatile(RISER_MAY_FAULT("movsd %0, (%1,%2)")
                     :
                     : "x"(value), "r"(base), "r"(at), "D"(pc), "S"(frame), "d"(context)
                     : "memory");
    } else if constexpr (sizeof(Memory) == 8) {
        asm volatile(RISER_MAY_FAULT("movq %0, (%1,%2)")
                     :
                     : "r"(value), "r"(base), "r"(at), "D"(pc), "S"(frame), "d"(context)
                     : "memory");
    } else if constexpr (sizeof(Memory) == 4) {
        asm volatile(RISER_MAY_FAULT("movl %0, (%1,%2)")
                     :
                     : "r"(value), "r"(base), "r"(at), "D"(pc), "S"(frame), "d"(context)
                     : "memory");
    } else if constexpr (sizeof(Memory) == 2) {
        asm volatile(RISER_MAY_FAULT("movw %0, (%1,%2)")
                     :
                     : "r"(value), "r"(base), "r"(at), "D"(pc), "S"(frame), "d"(context)
                     : "memory");
    } else {
        asm volatile(RISER_MAY_FAULT("movb %0, (%1,%2)")
                     :
                     : "q"(value), "r"(base), "r"(at), "D"(pc), "S"(frame), "d"(context)
                     : "memory");
    }
}

#    undef RISER_MAY_FAULT

#endif

/// The 32-bit address that an instruction of the form has, for an access of 1 << scale bytes.
template <address_form Form>
[[nodiscard]] RISER_HELPER std::uint64_t address_of(unsigned scale, const code_word* pc, const slot* frame,
                                                    std::uint64_t integer) noexcept {
    if constexpr (Form == address_form::i) {
        return 0;
    } else {
        const auto first = static_cast<std::uint32_t>(bytecode::is_accumulated(Form) ? integer : frame[first_of(pc)]);
        const unsigned shift = bytecode::is_scaled(Form) ? scale : 0;
        if constexpr (has_second_slot(Form)) {
            return (first << shift) + static_cast<std::uint32_t>(frame[second_of(pc)]);
        } else if constexpr (has_wrapping_addend(Form)) {
            return (first << shift) + immediate_of(pc);
        } else {
            return first;
        }
    }
}
/// What is added to it without wrapping.
template <address_form Form>
[[nodiscard]] RISER_HELPER std::uint64_t offset_of(const code_word* pc) noexcept {
    if constexpr (has_second_slot(Form)) {
        return third_of(pc);
    } else {
        return has_wrapping_addend(Form) ? 0 : immediate_of(pc);
    }
}

/// Loads from memory 0 at `address + offset`, where neither addend exceeds 32 bits. \returns false where that is out of
/// bounds; in signaling memories an access within the guard's reach does not return then.
template <memory_mode M, opcode Op>
[[nodiscard]] RISER_HELPER bool load_from([[maybe_unused]] const code_word* pc, [[maybe_unused]] slot* frame,
                                          execution_context* context, std::uint64_t address, std::uint64_t offset,
                                          result_type<Op>& result) noexcept {
    const std::uint64_t at = address + offset;
#if defined(__x86_64__)
    if constexpr (M == memory_mode::signaling) {
        result = read_guarded<Op>(context->memory_base, at, pc, frame, context);
        return true;
    }
#endif
    if (at + access_width(Op) > context->memory_bytes) [[unlikely]] {
        return false;
    }
    result = widen<Op>(read_unaligned<memory_type_of<Op>>(context->memory_base + at));
    return true;
}

template <memory_mode M, opcode Op>
[[nodiscard]] RISER_HELPER bool store_to([[maybe_unused]] const code_word* pc, [[maybe_unused]] slot* frame,
                                         execution_context* context, std::uint64_t address, std::uint64_t offset,
                                         memory_type_of<Op> value) noexcept {
    const std::uint64_t at = address + offset;
#if defined(__x86_64__)
    if constexpr (M == memory_mode::signaling) {
        write_guarded<Op>(context->memory_base, at, value, pc, frame, context);
        return true;
    }
#endif
    if (at + access_width(Op) > context->memory_bytes) [[unlikely]] {
        return false;
    }
    write_unaligned(context->memory_base + at, value);
    return true;
}

/// Whether [address + offset, + width) lies in a memory of `size` bytes, for any 64-bit address and offset.
[[nodiscard]] RISER_HELPER bool in_bounds(std::uint64_t size, std::uint64_t address, std::uint64_t offset,
                                          std::uint64_t width) noexcept {
    std::uint64_t at = 0;
    return !__builtin_add_overflow(address, offset, &at) && at <= size && size - at >= width;
}

} // namespace riser::inline v0_1::core::interpreter

#include "riser/core/interpreter/end_handlers.hpp"

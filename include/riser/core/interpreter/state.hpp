#pragma once

#include "riser/core/bytecode/instruction.hpp"
#include "riser/core/execute/context.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__clang__) && __FINITE_MATH_ONLY__
#    error "wasm has NaNs and infinities: with clang, add -fno-finite-math-only behind -ffast-math for riser"
#endif

namespace riser::inline v0_1::core::interpreter {

using bytecode::code_word;
using runtime::execution_context;
using runtime::slot;
using runtime::vector_accumulator;
using wasm::opcode;

/// One instruction's code. Arguments: the instruction's first word, the frame, the context, the integer accumulator, the
/// loop head register (first instruction of the innermost loop that is running), the vector accumulator.
using runtime::handler;

/// Most handlers fit a cache line, and are to lie in one: worth 7% on the kernels with GCC, 4% with clang.
inline constexpr std::size_t handler_alignment = 64;

/// How handlers reach the next one: by tail calls, or by returning to a loop where the compiler cannot make them, or
/// not be trusted to.
/// The third is for engines that have backends: handlers are on a stack of the engine then, under native frames or above them,
/// and leave from any depth.
enum class dispatch : std::uint8_t { tail_call, trampoline, beside_native };

/// Sanitizers instrument the frames that tail calls would drop.
inline constexpr bool keeps_frames =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    true;
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
    true;
#    else
    false;
#    endif
#else
    false;
#endif

/// Whether the calling convention has registers for a handler's arguments, five words and a vector, that a tail call may
/// change. That of s390x keeps the fifth word for the caller, that of Windows has four; others have not been looked at.
inline constexpr bool has_registers_for_state =
#if defined(__aarch64__) || (defined(__x86_64__) && !defined(_WIN32) && !defined(__CYGWIN__))
    true;
#else
    false;
#endif

inline constexpr dispatch default_dispatch =
    has_registers_for_state && !keeps_frames ? dispatch::tail_call : dispatch::trampoline;

} // namespace riser::inline v0_1::core::interpreter

#include "riser/core/interpreter/begin_handlers.hpp"

namespace riser::inline v0_1::core::interpreter {

[[nodiscard]] RISER_HELPER handler handler_at(const code_word* pc) noexcept {
    using word [[gnu::may_alias]] = code_word;
    const word* const first = pc;
    return reinterpret_cast<handler>(static_cast<std::uintptr_t>(*first));
}

/// Fields are read as the 16- or 32-bit units they are: shifting them out of a 64-bit load costs more.
[[nodiscard]] RISER_HELPER std::uint32_t field_of(const code_word* pc, std::size_t index) noexcept {
    using unit [[gnu::may_alias]] = std::uint16_t;
    return reinterpret_cast<const unit*>(pc + 1)[std::endian::native == std::endian::little ? index : 3 - index];
}
[[nodiscard]] RISER_HELPER std::uint32_t first_of(const code_word* pc) noexcept { return field_of(pc, 0); }
[[nodiscard]] RISER_HELPER std::uint32_t destination_of(const code_word* pc) noexcept { return field_of(pc, 1); }
[[nodiscard]] RISER_HELPER std::uint32_t second_of(const code_word* pc) noexcept { return field_of(pc, 2); }
[[nodiscard]] RISER_HELPER std::uint32_t third_of(const code_word* pc) noexcept { return field_of(pc, 3); }
[[nodiscard]] RISER_HELPER std::uint32_t immediate_of(const code_word* pc) noexcept {
    using unit [[gnu::may_alias]] = std::uint32_t;
    return reinterpret_cast<const unit*>(pc + 1)[std::endian::native == std::endian::little ? 1 : 0];
}

/// Where a branch goes: the resolved form's absolute address.
[[nodiscard]] RISER_HELPER const code_word* target_at(const code_word* word) noexcept {
    return reinterpret_cast<const code_word*>(static_cast<std::uintptr_t>(*word));
}

// Values in slots and accumulators. Doubles are read through may_alias types: copied by memcpy they go through integer
// registers in GCC.

using f32_alias [[gnu::may_alias]] = float;
using f64_alias [[gnu::may_alias]] = double;
using f64_vector [[gnu::vector_size(16)]] = double;

template <class T>
[[nodiscard]] RISER_HELPER T read_slot(const slot* at) noexcept {
    if constexpr (__is_same(T, float)) {
        return reinterpret_cast<const f32_alias*>(at)[std::endian::native == std::endian::little ? 0 : 1];
    } else if constexpr (__is_same(T, double)) {
        return *reinterpret_cast<const f64_alias*>(at);
    } else {
        return static_cast<T>(*at);
    }
}

template <class T>
RISER_HELPER void write_slot(slot* at, T value) noexcept {
    if constexpr (__is_same(T, float)) {
        *at = __builtin_bit_cast(std::uint32_t, value);
    } else if constexpr (__is_same(T, double)) {
        *reinterpret_cast<f64_alias*>(at) = value;
    } else {
        *at = value;
    }
}

template <class T>
[[nodiscard]] RISER_HELPER T from_bits(std::uint64_t bits) noexcept {
    if constexpr (__is_same(T, float)) {
        return __builtin_bit_cast(float, static_cast<std::uint32_t>(bits));
    } else if constexpr (__is_same(T, double)) {
        return __builtin_bit_cast(double, bits);
    } else {
        return static_cast<T>(bits);
    }
}

/// An f32 lies in the vector accumulator where the low half of a slot's bits would, so that a slot can be put there without
/// its type being known.
inline constexpr std::size_t f32_lane = std::endian::native == std::endian::little ? 0 : 1;

[[nodiscard]] RISER_HELPER float first_lane(vector_accumulator vector, float) noexcept { return vector[f32_lane]; }
[[nodiscard]] RISER_HELPER double first_lane(vector_accumulator vector, double) noexcept {
    return reinterpret_cast<f64_vector>(vector)[0];
}

/// A vector with `value` in its first lane and anything in the others, which costs no instruction where it can be said.
[[nodiscard]] RISER_HELPER vector_accumulator as_vector(float value) noexcept {
#if defined(__clang__)
    vector_accumulator vector = __builtin_shufflevector(vector_accumulator{}, vector_accumulator{}, -1, -1, -1, -1);
    vector[f32_lane] = value;
    return vector;
#elif defined(__x86_64__)
    vector_accumulator vector;
    asm("" : "=x"(vector) : "0"(value));
    return vector;
#else
    vector_accumulator vector{};
    vector[f32_lane] = value;
    return vector;
#endif
}
[[nodiscard]] RISER_HELPER vector_accumulator as_vector(double value) noexcept {
#if defined(__clang__)
    f64_vector vector = __builtin_shufflevector(f64_vector{}, f64_vector{}, -1, -1);
    vector[0] = value;
    return reinterpret_cast<vector_accumulator>(vector);
#elif defined(__x86_64__)
    f64_vector vector;
    asm("" : "=x"(vector) : "0"(value));
    return reinterpret_cast<vector_accumulator>(vector);
#else
    return reinterpret_cast<vector_accumulator>(f64_vector{value, 0});
#endif
}

template <class T>
inline constexpr bool in_vector_bank = __is_same(T, float) || __is_same(T, double);

/// The accumulator that holds values of type T.
template <class T>
[[nodiscard]] RISER_HELPER T accumulated(std::uint64_t integer, vector_accumulator vector) noexcept {
    if constexpr (in_vector_bank<T>) {
        return first_lane(vector, T{});
    } else {
        return static_cast<T>(integer);
    }
}
template <class T>
RISER_HELPER void accumulate(T value, std::uint64_t& integer, vector_accumulator& vector) noexcept {
    if constexpr (in_vector_bank<T>) {
        vector = as_vector(value);
    } else {
        integer = value;
    }
}

/// The C++ type of a wasm number as handlers compute with it.
template <wasm::value_type::kind K>
struct number;
template <>
struct number<wasm::value_type::kind::i32> {
    using type = std::uint32_t;
};
template <>
struct number<wasm::value_type::kind::i64> {
    using type = std::uint64_t;
};
template <>
struct number<wasm::value_type::kind::f32> {
    using type = float;
};
template <>
struct number<wasm::value_type::kind::f64> {
    using type = double;
};

template <opcode Op>
using parameter_type = typename number<wasm::info(Op).params()[0]>::type;
template <opcode Op>
using result_type = typename number<wasm::info(Op).results()[0]>::type;

/// Trampoline dispatch: leaves the state where run_trampoline finds it.
inline void save_state(handler next, RISER_STATE) noexcept {
    context->resume = {next, pc, frame, integer, head, vector};
}

} // namespace riser::inline v0_1::core::interpreter

#include "riser/core/interpreter/end_handlers.hpp"

#pragma once

#include <cstddef>
#include <cstdint>

namespace riser::inline v0_1::core::runtime {

/// Unit of bytecode. An instruction is one word that selects the handler (shared form: the opcode; resolved form: the
/// handler's address), then operand words of up to four 16-bit fields, or a 64-bit immediate or branch target.
using code_word = std::uint64_t;

/// A 64-bit frame slot: a local, an operand, half a v128.
using slot = std::uint64_t;

/// The two words in front of a function's first instruction: code[-2] has the function's index in its module, code[-1]
/// what whoever enters the function checks and charges.
inline constexpr std::size_t preamble_words = 2;
[[nodiscard]] constexpr code_word make_preamble(std::uint32_t frame_slots, std::uint32_t weight) noexcept {
    return code_word{frame_slots} | code_word{weight} << 32U;
}
[[nodiscard, gnu::always_inline, gnu::no_profile_instrument_function,
  gnu::no_instrument_function]] constexpr std::uint32_t
preamble_frame_slots(code_word preamble) noexcept {
    return static_cast<std::uint32_t>(preamble);
}
/// Operators outside loops.
[[nodiscard, gnu::always_inline, gnu::no_profile_instrument_function,
  gnu::no_instrument_function]] constexpr std::uint32_t
preamble_weight(code_word preamble) noexcept {
    return static_cast<std::uint32_t>(preamble >> 32U);
}

/// The current best ways to run a function of (module, memory mode), one for each calling convention of the canonical frame. Zero
/// where there is none yet, so that an array of entries is untouched zero pages until functions are called or hot. Any thread
/// may read it. Builtins, because members of std::atomic are calls in an unoptimised build, in the middle of handlers.
class function_entry {
public:
    /// For handlers; null where the function has not been translated.
    [[nodiscard, gnu::always_inline, gnu::no_profile_instrument_function, gnu::no_instrument_function]] const code_word*
    code() const noexcept {
        return __atomic_load_n(&code_, __ATOMIC_ACQUIRE);
    }
    /// For native callers; null where nobody expects any, else a routine where the function has no native code. See native_abi.hpp.
    [[nodiscard]] const void* native() const noexcept { return __atomic_load_n(&native_, __ATOMIC_ACQUIRE); }

    /// Written once per tier, behind a lock.
    void publish(const code_word* code) noexcept { __atomic_store_n(&code_, code, __ATOMIC_RELEASE); }
    /// Native code calls `unready` from now on, until there is native code. Behind the same lock.
    void expect_native_calls(const void* unready) noexcept {
        if (native() == nullptr) {
            __atomic_store_n(&native_, unready, __ATOMIC_RELEASE);
        }
    }
    /// The same for native code: `code` are words that enter it.
    void publish_native(const void* native, const code_word* code) noexcept {
        __atomic_store_n(&native_, native, __ATOMIC_RELEASE);
        publish(code);
    }

private:
    friend struct native_layout;
    const code_word* code_;
    const void* native_;
};

/// In place of a function's dense index: there is no object of it (see module_data::object_indices).
inline constexpr std::uint32_t no_object = UINT32_MAX;

/// Slots of a defined global in instance_data::globals, whatever its type.
inline constexpr std::uint32_t slots_per_global = 2;

/// Constant offsets below this need no check in signaling memories of 32-bit addresses: the guard is this long, plus
/// the widest access. Larger offsets use checked handlers.
inline constexpr std::uint64_t guarded_offset_limit = std::uint64_t{32} << 20U;

struct execution_context;

/// The vector accumulator's type: 16 bytes, so that v128 lives there too.
using vector_accumulator [[gnu::vector_size(16)]] = float;

/// One instruction's code, as the interpreter defines it (see interpreter/state.hpp).
using handler = void (*)(const code_word*, slot*, execution_context*, std::uint64_t, const code_word*,
                         vector_accumulator);
static_assert(sizeof(handler) == sizeof(code_word), "resolved code holds handlers in 64-bit words");

/// Where to continue after a call. Links lie apart from the slots, so that tail calls can move arguments.
struct link {
    const code_word* pc;
    slot* frame;
};

} // namespace riser::inline v0_1::core::runtime

#pragma once

#include "riser/core/base/allocator.hpp"
#include "riser/core/code/native_chunk.hpp"
#include "riser/core/tiering/memory_modes.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace riser::inline v0_1::core::runtime {

struct module_data;

/// What a backend is to compile.
struct compile_task {
    const module_data& module; ///< decoded; bodies may not have been validated
    std::uint32_t function;    ///< index in the module, of a function that it defines
    memory_modes modes;        ///< in which the code will run: one of them where the backend is mode-specific, else all
};

/// Where a running call goes on that was interpreted so far (on-stack replacement).
struct loop_entry {
    std::uint32_t wasm_offset; ///< of the `loop` operator, in the module
    /// In the code, in bytes. Entered by a call from enter_native at the loop's head: all values are in their slots, as at a call, and the
    /// loop's weight has been charged. The slots fit, and the native stack has been looked at as in a prologue.
    std::uint32_t offset;
};

/// What became of a compile_task. The memory is the compiler's, valid until it compiles the next function.
struct compiled_code {
    std::span<const std::byte> bytes{};   ///< position-independent, see native_abi.hpp
    std::span<const native_site> sites{}; ///< ascending
    std::span<const loop_entry> loops{};  ///< ascending offsets of operators; loops may be left out
    /// Why the function stays in the tier below, in words that live as long as the program; then there is nothing else. Null: it is
    /// compiled.
    const char* refusal = nullptr;
    std::uint32_t entry = 0;          ///< where calls enter the code, in bytes
    std::uint32_t constant_bytes = 0; ///< of those at the end, which are no instructions
};

/// A compiler of native code for basic_engine. An object of it is used by one thread at a time; the engine makes as many as it has
/// threads that compile, and none before the first function is compiled. A body that is invalid must be refused, as by the parser of
/// functions, which validates: with compile_mode::eager_native nobody else does. No exception leaves.
template <class Compiler>
concept backend =
    std::constructible_from<Compiler, const allocator&> && requires(Compiler& compiler, const compile_task& task) {
        /// For statistics and options, as `baseline`.
        { Compiler::name } -> std::convertible_to<std::string_view>;
        /// Whether code runs in the one memory mode only that it was compiled for.
        { Compiler::is_mode_specific } -> std::convertible_to<bool>;
        /// Why it can compile nothing, as where the processor lacks something; null where it can. Lives as long as the program.
        { compiler.unusable() } noexcept -> std::same_as<const char*>;
        /// Out of memory is a refusal.
        { compiler.compile(task) } noexcept -> std::same_as<compiled_code>;
    };

} // namespace riser::inline v0_1::core::runtime

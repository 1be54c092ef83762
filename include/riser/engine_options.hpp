#pragma once

#include "riser/core/base/allocator.hpp"
#include "riser/core/base/protection.hpp"
#include "riser/core/code/code_listener.hpp"

#include <cstddef>
#include <cstdint>

namespace riser::inline v0_1 {

using allocator = core::allocator;
using protection = core::protection;
using code_listener = core::runtime::code_listener;
using published_code = core::runtime::published_code;

/// How much of a module's work is done when it is compiled, and how much when a function is first called.
enum class compile_mode : std::uint8_t {
    eager,            ///< validates and translates everything
    lazy_translation, ///< validates everything; translates a function when it is first called
    lazy_validation,  ///< validates everything but function bodies; a bad body is a trap when it is first called
    eager_native, ///< validates everything; compiles what no backend refuses, the rest as lazy_translation, which it is without backends
};

/// What becomes of a thread that blocks SIGSEGV or SIGBUS and calls a guest. Where a guarded memory is exceeded, the system would end
/// the process. Of no concern where memories are bounds-checked.
enum class blocked_fault_signals : std::uint8_t {
    unblock, ///< its first call unblocks both, and leaves them so
    refuse,  ///< its calls fail with usage_error; its signal mask stays as it is
};

struct engine_options {
    /// Of everything whose size a guest decides. Must outlive the engine and all that was made with it.
    riser::allocator allocator;
    /// Of the wasm stack of stores whose limits do not say otherwise. Taken lazily, page by page, by most systems.
    std::size_t stack_bytes = std::size_t{1} << 20U;
    /// What guarded memories may reserve together where protection::adaptive chooses, beside what the system allows: bytes of address
    /// space, and mappings.
    std::uint64_t reserved_bytes = UINT64_MAX;
    std::uint64_t reserved_mappings = UINT64_MAX;
    /// Of module::compile and module::load without a mode.
    riser::compile_mode compile_mode = riser::compile_mode::lazy_translation;
    /// Of stores whose limits do not say otherwise. What the engine's memory policy has not compiled is a usage_error of making a store.
    riser::protection protection = riser::protection::adaptive;
    /// Looked at when a thread first calls a guest after the process's first guarded memory was made: two system calls. Who blocks the
    /// signals in a thread later must unblock them before its next call.
    riser::blocked_fault_signals blocked_fault_signals = riser::blocked_fault_signals::unblock;
    /// In engines with backends: when a function is compiled to native code, in wasm operators that were interpreted in it, by samples of
    /// some 16,000. A low number makes the samples shorter: below some hundred they take most of the time, in native code, too, as tests may
    /// want; 1 compiles what is entered. 0 compiles each function at its first call in place of translating it. Each further backend wants
    /// 16 times as many. More than 2^31: never.
    std::uint64_t tier_up = 16384;
    /// Threads of the engine that compile in the background, at most 1,024; 0: who finds a function hot compiles it. They are made when there
    /// is something to compile. A process that forks and goes on with the engine in the child wants none.
    unsigned jit_threads = 0;
    /// Of address space for native code, at most 2 GiB; past it functions stay interpreted. Reserved when the first function is compiled.
    std::uint64_t code_bytes = std::uint64_t{128} << 20U;
    /// Who is told of native code, in this order: see riser/native_symbols/. What `user` points to must outlive the engine and all that
    /// was made with it.
    riser::code_listener code_listeners[core::runtime::most_code_listeners] = {};
    /// For debugging: a call into a store in which another thread's call runs throws a usage_error, or ends the process with its words
    /// where exceptions are off. It sees what happens at the same time only, and no use but calls.
    bool check_threads = false;
};

} // namespace riser::inline v0_1

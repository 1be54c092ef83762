#pragma once

#include "riser/core/base/allocator.hpp"

#include <cstddef>
#include <cstdint>

namespace riser::inline v0_1 {

using allocator = core::allocator;

/// How much of a module's work is done when it is compiled, and how much when a function is first called.
enum class compile_mode : std::uint8_t {
    eager,            ///< validates and translates everything
    lazy_translation, ///< validates everything; translates a function when it is first called
    lazy_validation,  ///< validates everything but function bodies; a bad body is a trap when it is first called
};

struct engine_options {
    /// Of everything whose size a guest decides. Must outlive the engine and all that was made with it.
    riser::allocator allocator;
    /// Of the wasm stack of stores whose limits do not say otherwise. Taken lazily, page by page, by most systems.
    std::size_t stack_bytes = std::size_t{1} << 20U;
    /// What guarded memories may reserve together, beside what the system allows: bytes of address space, and mappings.
    std::uint64_t reserved_bytes = UINT64_MAX;
    std::uint64_t reserved_mappings = UINT64_MAX;
    /// Of module::compile and module::load without a mode.
    riser::compile_mode compile_mode = riser::compile_mode::lazy_translation;
    /// For debugging: a call into a store in which another thread's call runs throws a usage_error, or ends the process with its words
    /// where exceptions are off. It sees what happens at the same time only, and no use but calls.
    bool check_threads = false;
};

} // namespace riser::inline v0_1

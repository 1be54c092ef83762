#pragma once

#include "riser/core/code/code.hpp"
#include "riser/core/code/trap_kind.hpp"
#include "riser/core/memory/linear_memory.hpp"
#include "riser/fwd.hpp"

#include <cstdint>

namespace riser::inline v0_1::core {

namespace memory {
class address_space;
struct memory_request;
} // namespace memory

namespace runtime {

struct native_services;
struct tiering_ops;

/// Everything that depends on the policies of basic_engine, as constants: the one door between the plain classes and
/// the templates. Whoever calls through it needs none of what is behind it.
struct engine_ops {
    /// By mode, then by bytecode opcode; null for modes that the memory policy never chooses.
    const handler* handlers[memory::memory_mode_count];

    /// Calls `callee`, a function of a module, with its parameters in slots[0...]; results replace them. `slots` lies in the
    /// context's stack, with everything above free. May be nested: a host function may call again. \returns how it ended.
    /// The caller brings the context back to where it was.
    trap_kind (*run)(execution_context& context, function_object& callee, slot* slots);

    /// What native code calls; null in engines without backends, which have no stack for it.
    const native_services& (*services)() noexcept;

    // The memory policy; see memory/policy.hpp.
    bool (*make_memory)(memory::address_space&, const memory::memory_request&, memory::linear_memory&);
    bool (*grow_memory)(memory::address_space&, memory::linear_memory&, std::uint64_t bytes);
    void (*destroy_memory)(memory::address_space&, memory::linear_memory&);

    const tiering_ops* tiering; ///< null in engines without backends
};

} // namespace runtime
} // namespace riser::inline v0_1::core

#pragma once

#include "riser/core/memory/address_space.hpp"
#include "riser/core/runtime/engine_ops.hpp"
#include "riser/core/runtime/stack_pool.hpp"
#include "riser/core/runtime/type_registry.hpp"
#include "riser/engine_options.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace riser::inline v0::core::runtime {

/// What modules and stores of an engine share. Lives as long as the last of them.
struct engine_state {
    engine_state(const engine_ops& ops_, const engine_options& options_)
        : ops(&ops_), options(options_), space(options_.allocator, {options_.reserved_bytes, options_.reserved_mappings}),
          stacks(options_.allocator, options_.stack_bytes) {}
    engine_state(const engine_state&) = delete;
    engine_state& operator=(const engine_state&) = delete;
    virtual ~engine_state() = default; ///< virtual: who only drops a reference need not compile it

    const engine_ops* ops;
    engine_options options;
    type_registry types;
    memory::address_space space;
    stack_pool stacks;
    mutable std::atomic<std::uint32_t> references{1};
};

} // namespace riser::inline v0::core::runtime

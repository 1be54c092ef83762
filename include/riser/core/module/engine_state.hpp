#pragma once

#include "riser/core/base/shared_ref.hpp"
#include "riser/core/code/code_map.hpp"
#include "riser/core/memory/guest_scope.hpp"
#include "riser/core/memory/stack_pool.hpp"
#include "riser/core/module/engine_ops.hpp"
#include "riser/core/module/type_registry.hpp"
#include "riser/engine_options.hpp"

#include <atomic>
#include <cstdint>

namespace riser::inline v0_1::core::runtime {

class engine_tiers;

/// What modules and stores of an engine share. Lives as long as the last of them. Always an engine_parts, which is apart so
/// that calling into wasm takes no compiling of what makes types and memories.
struct engine_state {
    engine_state(const engine_ops& ops_, const engine_options& options_, type_registry& types_,
                 memory::address_space& space_) noexcept
        : ops(&ops_), options(options_), types(types_), space(space_), code(options_.allocator),
          stacks(options_.allocator) {}
    engine_state(const engine_state&) = delete;
    engine_state& operator=(const engine_state&) = delete;

    const engine_ops* ops;
    engine_options options;
    type_registry& types;
    memory::address_space& space;
    std::uint64_t (*now)() noexcept = nullptr; ///< the monotonic clock, in nanoseconds
    std::uint64_t (*recently)() noexcept =
        nullptr;                              ///< the same as of the system's last tick, in a fraction of the time
    std::atomic<std::uint32_t> interrupts{0}; ///< of all stores, so far; see engine_base::interrupt_all
    code_map code;                            ///< whose code an address belongs to
    stack_pool stacks;
    engine_tiers* tiers = nullptr; ///< of engine_ops::tiering; null where there was no memory for it
    const memory::guarded_code* guarded =
        nullptr; ///< handlers and native code, where there are tiers and memories may signal
    mutable std::atomic<std::uint32_t> references{1};
    destroyer<engine_state> destroy = nullptr;

protected:
    ~engine_state() = default;
};

} // namespace riser::inline v0_1::core::runtime

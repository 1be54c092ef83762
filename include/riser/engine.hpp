#pragma once

#include "riser/config.hpp"
#include "riser/core/base/references.hpp"
#include "riser/engine_options.hpp"
#include "riser/fwd.hpp"
#include "riser/tier_statistics.hpp"

#include <cstdint>

namespace riser::inline v0_1 {

struct engine_statistics {
    std::uint64_t checked_memories = 0;   ///< linear memories made with bounds checks, ever
    std::uint64_t signaling_memories = 0; ///< linear memories made with guard pages, ever
    std::uint64_t fallbacks = 0;          ///< checked ones that would have been signaling, had there been address space
    std::uint64_t reserved_bytes = 0;     ///< address space that guarded memories hold now, idle ones included
    std::uint64_t reserved_mappings = 0;  ///< of the system's count of mappings, what reserved_bytes may take
    std::uint64_t page_table_bytes = 0;   ///< what the system's page tables may take for guarded memories
    std::uint64_t idle_reservations = 0;  ///< reservations of guarded memories that ended, kept for others
};

/// What modules and stores are made with: type identities, the reservations of memories, stacks to lend. Modules and
/// stores keep what they need of it alive, so that the engine may go first. Thread-safe.
///
/// This base knows no policy; make a `riser::engine` (riser/default_engine.hpp) or a `basic_engine`.
class engine_base {
public:
    engine_base(const engine_base&) = delete;
    engine_base& operator=(const engine_base&) = delete;

    /// What the engine's memories take at the moment; see core::memory::address_space.
    [[nodiscard]] RISER_INLINE engine_statistics statistics() const noexcept;

    /// What its backends have compiled, and whether they can.
    [[nodiscard]] RISER_INLINE riser::native_statistics native_statistics() const;

    /// Interrupts all stores there are, each as by its interrupt_handle. Async-signal-safe.
    RISER_INLINE void interrupt_all() const noexcept;

    [[nodiscard]] const core::runtime::shared_ref<core::runtime::engine_state>& state() const noexcept {
        return state_;
    }

protected:
    RISER_INLINE engine_base(const core::runtime::engine_ops& operations, const engine_options& options);
    ~engine_base() = default;

private:
    core::runtime::shared_ref<core::runtime::engine_state> state_;
};

} // namespace riser::inline v0_1

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/engine.hpp"
#endif

#pragma once

#include "riser/config.hpp"
#include "riser/core/base/shared_ref.hpp"
#include "riser/fwd.hpp"

// Counting references to what threads share; see shared_ref.

namespace riser::inline v0_1::core::runtime {

RISER_INLINE void retain(const engine_state* state) noexcept;
RISER_INLINE void release(const engine_state* state) noexcept;
RISER_INLINE void retain(const module_state* state) noexcept;
RISER_INLINE void release(const module_state* state) noexcept;
RISER_INLINE void retain(const linked_state* state) noexcept;
RISER_INLINE void release(const linked_state* state) noexcept;
RISER_INLINE void retain(const host_definition* definition) noexcept;
RISER_INLINE void release(const host_definition* definition) noexcept;
RISER_INLINE void retain(const interrupt_flag* flag) noexcept;
RISER_INLINE void release(const interrupt_flag* flag) noexcept;
RISER_INLINE void retain(const error_state* state) noexcept;
RISER_INLINE void release(const error_state* state) noexcept;

} // namespace riser::inline v0_1::core::runtime

#pragma once

#include "riser/core/base/references.hpp"
#include "riser/core/module/engine_state.hpp"
#include "riser/core/module/module_state.hpp"
#include "riser/core/store/host_definition.hpp"
#include "riser/core/store/interrupt_flag.hpp"
#include "riser/core/store/linked_state.hpp"
#include "riser/error.hpp"

#include <atomic>

namespace riser::inline v0_1::core::runtime {

template <class T>
void count_up(const T* object) noexcept {
    object->references.fetch_add(1, std::memory_order_relaxed);
}
/// Not inlined: GCC 12 sees a write beyond an object where a null check has been merged away, and says so at every holder.
template <class T>
[[gnu::noinline]] void count_down(const T* object) noexcept {
    if (object->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        if constexpr (requires { object->destroy; }) {
            object->destroy(object);
        } else {
            delete object;
        }
    }
}

RISER_INLINE void retain(const engine_state* state) noexcept { count_up(state); }
RISER_INLINE void release(const engine_state* state) noexcept { count_down(state); }
RISER_INLINE void retain(const module_state* state) noexcept { count_up(state); }
RISER_INLINE void release(const module_state* state) noexcept { count_down(state); }
RISER_INLINE void retain(const linked_state* state) noexcept { count_up(state); }
RISER_INLINE void release(const linked_state* state) noexcept { count_down(state); }
RISER_INLINE void retain(const host_definition* definition) noexcept { count_up(definition); }
RISER_INLINE void release(const host_definition* definition) noexcept { count_down(definition); }
RISER_INLINE void retain(const interrupt_flag* flag) noexcept { count_up(flag); }
RISER_INLINE void release(const interrupt_flag* flag) noexcept { count_down(flag); }
RISER_INLINE void retain(const error_state* state) noexcept { count_up(state); }
RISER_INLINE void release(const error_state* state) noexcept { count_down(state); }

} // namespace riser::inline v0_1::core::runtime

#pragma once

#include "riser/core/base/references.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/store/host_definition.hpp"
#include "riser/fwd.hpp"

#include <atomic>
#include <cstdint>

namespace riser::inline v0_1::core::runtime {

/// A module and the host functions for its imports. Immutable.
struct linked_state {
    linked_state(const shared_ref<module_state>& module_, const allocator& source,
                 destroyer<linked_state> destroy_) noexcept
        : module(module_), definitions(source), destroy(destroy_) {}

    shared_ref<module_state> module;
    vector<shared_ref<host_definition>> definitions; ///< by import; null where the linker has none
    mutable std::atomic<std::uint32_t> references{1};
    destroyer<linked_state> destroy;
};

} // namespace riser::inline v0_1::core::runtime

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/references.hpp"
#endif

#pragma once

#include "riser/basic_engine.hpp"

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/memory_policy/adaptive.hpp"
#endif

namespace riser::inline v0_1 {

#if defined(RISER_SEPARATE_COMPILATION) && !defined(RISER_SOURCE)
extern template class basic_engine<memory_policy::adaptive>;
#endif

/// The engine for everyone: guard pages while there is plenty of address space, bounds checks from then on.
using engine = basic_engine<memory_policy::adaptive>;

} // namespace riser::inline v0_1

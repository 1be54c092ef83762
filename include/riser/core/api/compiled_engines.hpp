#pragma once

#include "riser/custom_engine.hpp"
#include "riser/default_engine.hpp"

// The engines that riser/source.hpp compiles: those that are asked for, which is the default one where none is.
#if !defined(RISER_ADAPTIVE) && !defined(RISER_BOUNDS_CHECKING) && !defined(RISER_SIGNALING) &&                        \
    !defined(RISER_JIT_BASELINE)
#    define RISER_ADAPTIVE
#endif

namespace riser::inline v0_1 {

#if defined(RISER_ADAPTIVE)
template class basic_engine<memory_policy::adaptive>;
#endif
#if defined(RISER_BOUNDS_CHECKING)
template class basic_engine<memory_policy::bounds_checking>;
#endif
#if defined(RISER_SIGNALING)
template class basic_engine<memory_policy::signaling>;
#endif
#if defined(RISER_JIT_BASELINE)
template class basic_engine<memory_policy::adaptive, x64::baseline>;
#endif

} // namespace riser::inline v0_1

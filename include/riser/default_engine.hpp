#pragma once

#include "riser/basic_engine.hpp"

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/memory_policy/adaptive.hpp"
#    if defined(RISER_JIT_BASELINE)
#        if !defined(RISER_AMALGAMATED) && !__has_include("riser_x64/baseline.hpp")
#            error                                                                                                     \
                "RISER_JIT_BASELINE: riser's backends/ is not among the include directories (-Ibackends; see docs/tiers.md)"
#        endif
#        include "riser_x64/baseline.hpp"
#    endif
#endif

namespace riser::inline v0_1 {

#if defined(RISER_JIT_BASELINE)
namespace x64 {
class baseline;
} // namespace x64
#endif

#if defined(RISER_SEPARATE_COMPILATION) && !defined(RISER_SOURCE)
extern template class basic_engine<memory_policy::adaptive>;
#    if defined(RISER_JIT_BASELINE)
extern template class basic_engine<memory_policy::adaptive, x64::baseline>;
#    endif
#endif

/// The engine for everyone: guard pages while there is plenty of address space, bounds checks from then on. Where RISER_JIT_BASELINE is
/// defined, hot functions become native code; this is another type then, so that translation units which disagree about the macro do not
/// link where they hand an engine to each other. What takes an `engine_base&` links with both.
#if defined(RISER_JIT_BASELINE)
using engine = basic_engine<memory_policy::adaptive, x64::baseline>;
#else
using engine = basic_engine<memory_policy::adaptive>;
#endif

} // namespace riser::inline v0_1

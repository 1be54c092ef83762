#pragma once

/// Marks the definitions of public functions: `inline` where the engine is header-only; ordinary definitions in the one
/// translation unit that includes riser/source.hpp while the others define RISER_SEPARATE_COMPILATION.
#if defined(RISER_SOURCE) || defined(RISER_SEPARATE_COMPILATION)
#    define RISER_INLINE
#else
#    define RISER_INLINE inline
#endif

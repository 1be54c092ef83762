#pragma once

/// `riser::x64::baseline`, a backend for basic_engine. Needs xbyak (6.68 or newer) among the include directories. riser/default_engine.hpp
/// includes it where RISER_JIT_BASELINE is defined; include it to make another basic_engine with it.

#if !defined(__linux__) || !defined(__x86_64__) || defined(__ILP32__)
#    error "the baseline backend is for Linux on x86-64: do not define RISER_JIT_BASELINE here"
#endif

// The conditions of what is included, for the amalgamation.
#if defined(__x86_64__) && defined(__ELF__)
#    include "riser/backend.hpp"
#    include "riser_x64/baseline/baseline.hpp"
#endif

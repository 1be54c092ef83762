#pragma once

/// `riser::x64::baseline`, a backend for basic_engine on Linux, on x86-64. Needs xbyak (6.68 or newer) among the
/// include directories. riser/default_engine.hpp includes it where RISER_JIT_BASELINE is defined; include it to make another
/// basic_engine with it.

#include "riser/backend.hpp"
#include "riser_x64/baseline/baseline.hpp"

#pragma once

/// The engine, compiled: included by exactly one translation unit of a program whose others define
/// RISER_SEPARATE_COMPILATION. What is compiled, macros say that are defined before:
///
///     RISER_ADAPTIVE, RISER_BOUNDS_CHECKING, RISER_SIGNALING    engines of these memory policies; where none is defined, the first,
///                                                               which is `riser::engine`
///     RISER_JIT_BASELINE                                        `riser::engine` with the baseline backend, of which the plain one is then
///                                                               compiled only with RISER_ADAPTIVE; the others define it, too
///     RISER_WASI                                                what riser/wasi/wasi.hpp declares; needs POSIX
///     RISER_WAT                                                 what the headers in riser/wat/ declare
///
/// Where the linker misses something of riser, one of these is missing.
#define RISER_SOURCE
#include "riser/core/api/compiled_engines.hpp"
#include "riser/host_function.hpp"
#include "riser/riser.hpp"
#if defined(RISER_WASI)
#    include "riser/wasi/wasi.hpp"
#endif
#if defined(RISER_WAT)
#    include "riser/wat/script.hpp"
#    include "riser/wat/wat.hpp"
#endif

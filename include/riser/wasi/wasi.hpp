#pragma once

/// WASI preview 1 (`wasi_snapshot_preview1`), and its predecessor (`wasi_unstable`): what programs compiled for wasm32-wasi
/// import.
///
///     riser::linker linker(engine);
///     riser::wasi::add_to(linker);
///     riser::store store(engine);
///     store.emplace<riser::wasi::context>(riser::wasi::options().arguments({"app"}).inherit_stdio());
///     riser::instance app = linker.instantiate(store, module);
///     std::uint32_t code = riser::wasi::run(app);
///
/// Needs POSIX. The engine does not need this; whoever includes it compiles it, unless riser/source.hpp does, with RISER_WASI.
#include "riser/caller.hpp"
#include "riser/config.hpp"
#include "riser/error.hpp"
#include "riser/instance.hpp"
#include "riser/linker.hpp"
#include "riser/wasi/context.hpp"
#include "riser/wasi/errc.hpp"
#include "riser/wasi/exit_status.hpp"
#include "riser/wasi/options.hpp"

#include <cstdint>

namespace riser::inline v0_1::wasi {

/// Defines the functions of WASI preview 1 (`wasi_snapshot_preview1`) and of its predecessor, which programs built before 2020 import
/// (`wasi_unstable`). Each store in which they run needs a wasi::context.
RISER_INLINE linker& add_to(linker& to);

/// Prepares a library ("reactor") for calls of its other exports: calls `_initialize` where there is one, unless it has run
/// before. Where it fails, it has not.
[[nodiscard]] RISER_INLINE result<void> try_initialize(const instance& library);

/// Runs a program ("command"): calls `_initialize` as try_initialize() does, then `_start`, and drops what `_start` returns.
/// \returns its exit code, which is 0 where it does not call proc_exit; or what else a call fails with.
[[nodiscard]] RISER_INLINE result<std::uint32_t> try_run(const instance& program);

#if defined(__cpp_exceptions)
inline std::uint32_t run(const instance& program) { return try_run(program).value(); }
inline void initialize(const instance& library) { try_initialize(library).value(); }
#endif

} // namespace riser::inline v0_1::wasi

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/wasi/detail/wasi.hpp"
#endif

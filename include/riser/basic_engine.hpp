#pragma once

#include "riser/engine.hpp"

namespace riser::inline v0 {

/// The engine, with a memory policy (riser/memory_policy.hpp) and native backends in rising order. Adds nothing to
/// engine_base but the code that belongs to them; only a translation unit that constructs one compiles an interpreter.
///
/// With RISER_SEPARATE_COMPILATION only `riser::engine` is compiled elsewhere; whoever wants another includes
/// riser/custom_engine.hpp.
template <class MemoryPolicy, class... Backends>
class basic_engine : public engine_base {
public:
    explicit basic_engine(const engine_options& options = {});
};

} // namespace riser::inline v0

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/basic_engine.hpp"
#endif

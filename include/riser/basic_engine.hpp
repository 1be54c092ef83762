#pragma once

#include "riser/engine.hpp"

namespace riser::inline v0_1 {

// Those of riser/memory_policy.hpp: whoever has engines compiled elsewhere needs their names only.
namespace memory_policy {
struct adaptive;
struct bounds_checking;
struct signaling;
} // namespace memory_policy

/// The engine, with a memory policy (riser/memory_policy.hpp) and native backends (riser/backend.hpp) in rising order. Adds nothing to
/// engine_base but the code that belongs to them; only a translation unit that constructs one compiles an interpreter.
///
/// With RISER_SEPARATE_COMPILATION the engines are compiled elsewhere whose policies riser/source.hpp was told, `riser::engine` by
/// default; whoever wants another includes riser/custom_engine.hpp.
template <class MemoryPolicy, class... Backends>
class basic_engine : public engine_base {
public:
    explicit basic_engine(const engine_options& options = {});
};

} // namespace riser::inline v0_1

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/basic_engine.hpp"
#endif

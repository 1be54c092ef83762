#pragma once

/// For backends, and for whoever constructs an engine with one.

#include "riser/core/tiering/backend.hpp"
#include "riser/core/tiering/tiering_for.hpp"

namespace riser::inline v0_1 {

/// What compiles native code for a basic_engine; see core/tiering/backend.hpp. There are native tiers on Linux, on x86-64.
template <class Compiler>
concept backend = core::runtime::backend<Compiler>;

} // namespace riser::inline v0_1

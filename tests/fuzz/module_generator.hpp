#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fuzz {

/// A valid module of a few functions, all exported, beside everything they write to: many values wait below blocks, in more locals
/// than there are registers, and calls, traps and endless loops come up. Always the same for a seed. The bits of NaNs, which tiers may
/// choose, show in results, globals and arguments of the host alone, never in integers or memory. It wants one import: a function.
[[nodiscard]] std::vector<std::byte> generate_module(std::uint64_t seed);

} // namespace fuzz

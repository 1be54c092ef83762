#pragma once

#include "engines/engines.hpp"
#include "riser/engine_options.hpp"

#include <array>

namespace test {

/// The tiers of make_mixed_engine: a function's name begins with the letter of the one in which it runs from its first call on. `i` is the
/// interpreter, `b` the baseline tier, and `s` a tier above that has code for each memory mode, by the same compiler.
inline constexpr std::array<char, 3> mixed_tiers = {'i', 'b', 's'};

/// An engine of all memory policies in which functions of different tiers meet; null where this was built without backends. Not `moving`.
[[nodiscard]] engine_pointer make_mixed_engine(riser::protection protection = riser::protection::adaptive);

} // namespace test

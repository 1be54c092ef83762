#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace riser::inline v0_1 {

/// Functions that a backend refused for the same reason.
struct tier_refusal {
    std::string_view reason;
    std::uint64_t functions = 0;
    std::uint32_t first = 0; ///< one of them, by its index in the module
};

/// What a backend has done, for a module or for all of an engine. A function is counted once for each memory mode that it was compiled
/// for.
struct tier_statistics {
    std::string_view name;
    std::uint64_t functions = 0;        ///< compiled, ever
    std::uint64_t code_bytes = 0;       ///< of their native code
    std::uint64_t nanoseconds = 0;      ///< spent in compiling, refused functions included
    std::uint64_t refused = 0;          ///< functions that stay in the tier below
    std::vector<tier_refusal> refusals; ///< why; of a module only
};

/// What an engine has of native code.
struct native_statistics {
    std::vector<tier_statistics> tiers; ///< of its backends, in rising order; empty where it has none
    std::string_view way;               ///< how its memory becomes executable; empty while it has none
    std::uint64_t limit_bytes = 0;      ///< see engine_options::code_bytes
    std::uint64_t taken_bytes = 0;      ///< of them, by modules that live
    std::uint64_t threads = 0;          ///< that compile in the background
    std::uint64_t waiting = 0;          ///< functions that they have not come to yet
    std::string warning; ///< why functions stay interpreted that should not; empty where nothing is amiss
};

} // namespace riser::inline v0_1

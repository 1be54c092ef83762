#pragma once

#include "riser/module.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

/// A function that is valid and would trap when it is called, since riser cannot run what it uses, or it is beyond riser's own
/// limits.
struct refused_function {
    std::uint32_t index;
    std::string_view name; ///< the module's; may be empty
    std::string reason;
    std::size_t offset; ///< of what is refused, in the module's bytes
};

/// All of them, for which every function is translated.
[[nodiscard]] std::vector<refused_function> refused_functions(const riser::module& module);

} // namespace cli

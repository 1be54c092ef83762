#pragma once

#include <stdexcept>

namespace wast {

/// The command at hand did not do what the script says.
struct failure : std::runtime_error {
    using runtime_error::runtime_error;
};

/// The command at hand needs what this build does not have.
struct skip : std::runtime_error {
    using runtime_error::runtime_error;
};

} // namespace wast

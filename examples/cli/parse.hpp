#pragma once

#include "description.hpp"

#include <stdexcept>
#include <string>

namespace cli {

/// The command line is wrong.
struct usage_error : std::runtime_error {
    usage_error(const std::string& what, const command* used_) : std::runtime_error(what), used(used_) {}
    const command* used; ///< the command it is about; null where there is none
};

/// What was understood.
struct parsed {
    command_line line;
    const command* chosen = nullptr; ///< null where only help or the version is wanted
    bool wants_help = false;
};

/// \throws usage_error
[[nodiscard]] parsed parse(int count, const char* const* arguments);

} // namespace cli

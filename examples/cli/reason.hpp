#pragma once

#include "riser/error.hpp"

namespace cli {

/// What a module is that was refused.
[[nodiscard]] constexpr const char* to_string(riser::compile_error::reason why) noexcept {
    switch (why) {
    case riser::compile_error::reason::malformed: return "malformed";
    case riser::compile_error::reason::invalid: return "invalid";
    case riser::compile_error::reason::unsupported: return "unsupported";
    case riser::compile_error::reason::limit: return "over a limit";
    }
    return "bad";
}

} // namespace cli

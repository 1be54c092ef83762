#pragma once

#include "riser/error.hpp"

#include <string_view>

namespace test {

/// What a trap says, without the function that stands behind it: see trap_messages.cpp. Valid as long as the error.
[[nodiscard]] inline std::string_view cause_of(const riser::error& failure) {
    const std::string_view whole = failure.message();
    return whole.substr(0, whole.find(" (in function "));
}

} // namespace test

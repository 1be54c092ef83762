#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace test {

/// The binary of a module that a test has as text.
[[nodiscard]] std::vector<std::byte> wat(std::string_view text);

} // namespace test

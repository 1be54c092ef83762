#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// A way to make much work with few bytes.
struct kind {
    std::string name;
    std::function<std::string(std::uint32_t)> text; ///< of a module with n of what the name says
    std::uint32_t most = 1'000'000;                 ///< that limits allow
};

[[nodiscard]] std::vector<kind> kinds_of_types();
[[nodiscard]] std::vector<kind> kinds_of_functions();
[[nodiscard]] std::vector<kind> kinds_of_definitions();
/// That take long to read as text, if anything; the modules are small.
[[nodiscard]] std::vector<kind> kinds_of_texts();

[[nodiscard]] std::string repeat(std::uint32_t times, std::string_view text);
/// What `text` makes of 0, 1, … `times` - 1.
[[nodiscard]] std::string each(std::uint32_t times, const std::function<std::string(std::uint32_t)>& text);

} // namespace bench

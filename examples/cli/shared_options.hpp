#pragma once

#include "description.hpp"

#include <optional>
#include <string>
#include <string_view>

// Options that mean the same to several commands.

namespace cli {

/// For the member of command_line that has the command's options.
template <auto Options>
std::optional<std::string> set_memory(command_line& line, const std::string& word) {
    (line.*Options).memory = word == "signaling"         ? memory_choice::signaling
                             : word == "bounds-checking" ? memory_choice::bounds_checking
                                                         : memory_choice::adaptive;
    return std::nullopt;
}

[[nodiscard]] constexpr option memory_option(std::string_view group, setter set) {
    return {.group = group,
            .name = "memory",
            .kind = value_kind::words,
            .value = "adaptive|signaling|bounds-checking",
            .summary = "How accesses are kept inside linear memory (default: adaptive)",
            .details = "signaling reserves address space, and turns the fault into a trap; bounds-checking checks each "
                       "access; adaptive is signaling while address space suffices. Programs cannot tell them apart.",
            .set = set};
}

[[nodiscard]] constexpr option tier_option(std::string_view group) {
    return {.group = group,
            .name = "tier",
            .kind = value_kind::words,
            .value = "interpreter",
            .summary = "How code is run",
            .set = [](command_line&, const std::string&) -> std::optional<std::string> {
                return std::nullopt;
            }}; // there is one
}

} // namespace cli

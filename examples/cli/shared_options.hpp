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

/// For the member of command_line that has the command's options.
template <auto Options>
std::optional<std::string> set_tier(command_line& line, const std::string& word) {
    (line.*Options).tier = word == "interpreter" ? tier_choice::interpreter
                           : word == "baseline"  ? tier_choice::baseline
                                                 : tier_choice::automatic;
    return std::nullopt;
}

[[nodiscard]] constexpr option tier_option(std::string_view group, setter set) {
    return {.group = group,
            .name = "tier",
            .kind = value_kind::words,
            .value = "auto|interpreter|baseline",
            .summary = "How functions are run (default: auto)",
            .details =
                "auto interprets them, and compiles hot ones to native code; baseline compiles each before it runs "
                "for the first time; interpreter compiles none. Programs cannot tell them apart, but by the bits of "
                "NaNs and by how deep they may recurse. A riser that was built without native code has the interpreter "
                "for auto, and refuses baseline.",
            .set = set};
}

/// What is wrong with an option that asks for native code, where the tool makes none.
[[nodiscard]] inline std::optional<std::string> refuse_native(std::string_view option) {
    return std::string(option) +
           " asks for native code, and this riser was built without (-Djit=baseline builds it with)";
}

} // namespace cli

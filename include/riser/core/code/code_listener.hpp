#pragma once

#include "riser/core/code/native_site.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace riser::inline v0_1::core::runtime {

/// The native code of a function, which runs from now on.
struct published_code {
    std::span<const std::byte> bytes; ///< where they run; readable
    /// The module's and the function's name, the latter as in backtraces (name section, else an export); empty where there is none. The
    /// module has chosen them: well-formed UTF-8 of any length, with any control character. Valid during the call.
    std::string_view module;
    std::string_view name;
    std::uint32_t function; ///< index in the module
    std::string_view tier;  ///< the backend's name; lives as long as the program
    /// Where frames can stand, ascending. Valid during the call.
    std::span<const native_site> sites;
};

/// Who wants to know what native code there is: profilers, debuggers. Nothing of it is called for interpreted functions.
///
/// The functions are called from any thread that compiles or ends modules, also at the same time. They must neither throw nor call the engine.
/// Null ones are not called.
struct code_listener {
    /// Before the code runs for the first time. It may turn out that there is no memory to publish it, so that it never runs.
    void (*published)(void* user, const published_code& code) = nullptr;

    /// Native code in `memory` has run for the last time: its module ends, and other code may come to lie there. A range has the code of
    /// many functions, and only whole ones.
    void (*freed)(void* user, std::span<const std::byte> memory) = nullptr;

    void* user = nullptr; ///< handed to the functions

    /// Whether the code must lie in anonymous memory of the process where the system allows it, as that is where profilers look for
    /// generated code, and debuggers can write breakpoints. Each function that is compiled for itself then takes pages of its own.
    bool wants_anonymous_memory = false;
};

/// As many as an engine tells.
inline constexpr std::size_t most_code_listeners = 4;

} // namespace riser::inline v0_1::core::runtime

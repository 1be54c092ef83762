#pragma once

#include "engines.hpp"
#include "riser/engine.hpp"
#include "riser/module.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cli {

/// What the tool exits with, beside what the guest's program says.
namespace exit_code {
inline constexpr int success = 0;
inline constexpr int failure = 1; ///< a bad module, missing imports, a file that cannot be read
inline constexpr int usage = 2;   ///< a bad command line
inline constexpr int trap = 134;  ///< as a shell says of a program that abort() has ended
} // namespace exit_code

struct run_options {
    std::string tier = "interpreter"; ///< the only one
    memory_choice memory = memory_choice::adaptive;
    riser::compile_mode compile_mode = riser::compile_mode::lazy_translation;
    std::optional<std::string> invoke;    ///< an export to call instead of `_start`
    std::vector<std::string> directories; ///< HOST or HOST::GUEST
    std::vector<std::string> environment; ///< NAME=VALUE, or NAME for what it is here
    std::optional<std::string> argv0;
    bool has_statistics = false;
    std::string file;
    std::vector<std::string> arguments; ///< of the program or of the export
};

struct inspect_options {
    std::string file;
    bool has_bytecode = false;           ///< print wasm and bytecode side by side, nothing else
    std::optional<std::string> function; ///< the only one to print: index or name
};

// The subcommands. \returns what the process exits with.
[[nodiscard]] int run(const run_options& options);
[[nodiscard]] int inspect(const inspect_options& options);

/// `riser inspect --bytecode`: of all functions, or of one. \returns what the process exits with.
[[nodiscard]] int print_bytecode(const riser::module& module, const std::optional<std::string>& function);

} // namespace cli

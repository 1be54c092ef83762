#pragma once

#include "engines.hpp"
#include "riser/engine.hpp"
#include "riser/module.hpp"
#include "riser/store_limits.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cli {

/// What the tool exits with, beside what the guest's program says.
namespace exit_code {
inline constexpr int success = 0;
inline constexpr int failure = 1; ///< a bad module, missing imports, a file that cannot be read or written
inline constexpr int usage = 2;   ///< a bad command line
inline constexpr int trap = 134;  ///< as a shell says of a program that abort() has ended
} // namespace exit_code

enum class wasi_choice { full, stdio_only, none };

/// What is written for perf of native code.
enum class profile_choice {
    none,
    perf,     ///< all of what follows: `perf report` works with and without `perf inject`
    perf_map, ///< /tmp/perf-PID.map
    jitdump,  ///< jit-PID.dump
};

/// A directory of the host, and what the guest calls it.
struct shared_directory {
    std::string host;
    std::string guest;
    bool is_read_only = false;
};

struct run_options {
    memory_choice memory = memory_choice::adaptive;
    tier_choice tier = tier_choice::automatic;
    std::optional<std::uint64_t> tier_up; ///< interpreted operators that make a function hot
    std::optional<unsigned> jit_threads;  ///< that compile in the background
    profile_choice profile = profile_choice::none;
    bool tells_gdb = false; ///< of functions of native code
    riser::compile_mode compile_mode = riser::compile_mode::lazy_translation;
    std::optional<std::string> invoke; ///< an export to call instead of `_start`

    wasi_choice wasi = wasi_choice::full;
    std::vector<shared_directory> directories;
    std::vector<std::string> environment; ///< NAME=VALUE, or NAME for what it is here
    bool inherits_environment = false;
    bool inherits_stdin = true;
    bool inherits_stdout = true;
    bool inherits_stderr = true;
    std::optional<std::string> argv0;

    riser::store_limits limits;
    std::optional<std::uint64_t> most_elements; ///< of all tables; where not given, limits says it
    std::optional<std::uint64_t> fuel;
    std::optional<std::chrono::nanoseconds> timeout; ///< for instantiation and the call

    bool has_statistics = false;
    std::string file;
    std::vector<std::string> arguments; ///< of the program or of the export
};

struct inspect_options {
    std::string file;
    bool has_imports = false;            ///< print the imports; with exports: both, and nothing else
    bool has_exports = false;            ///< print the exports
    bool is_json = false;                ///< print JSON
    bool has_bytecode = false;           ///< print wasm and bytecode side by side, nothing else
    bool has_native = false;             ///< print machine code, too
    std::optional<std::string> function; ///< the only one to print: index or name
};

struct wast_options {
    memory_choice memory = memory_choice::adaptive;
    tier_choice tier = tier_choice::automatic;
    riser::compile_mode compile_mode = riser::compile_mode::lazy_translation;
    bool lists_skips = false; ///< print a line for each command that is skipped
    std::vector<std::string> files;
};

struct convert_options {
    std::string file;
    std::optional<std::string> output;
    bool has_names = true;  ///< the name section is written, or what it says
    bool is_checked = true; ///< an invalid module is not written
};

// The subcommands. \returns what the process exits with.
[[nodiscard]] int run(const run_options& options);
[[nodiscard]] int inspect(const inspect_options& options);
[[nodiscard]] int run_scripts(const wast_options& options);
[[nodiscard]] int text_to_binary(const convert_options& options);
[[nodiscard]] int binary_to_text(const convert_options& options);

// What `inspect` prints, in its other forms.
[[nodiscard]] int print_bytecode(const riser::module& module, const std::optional<std::string>& function,
                                 bool has_native);
[[nodiscard]] std::string to_json(const riser::module& module, const inspect_options& options);

} // namespace cli

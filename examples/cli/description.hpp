#pragma once

#include "commands.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The one description of the command line: the parser, `--help`, the manual page and the completion scripts are made of it.

namespace cli {

/// All that a command line can say.
struct command_line {
    run_options run;
    inspect_options inspect;
    wast_options wast;
    convert_options convert; ///< of wat2wasm and wasm2wat
    std::string word;        ///< what the other commands are about
};

/// Takes a value (empty for flags). \returns what is wrong with it: "a number" is expected, say.
using setter = std::optional<std::string> (*)(command_line& line, const std::string& value);

/// What a shell can offer as a value.
enum class value_kind : std::uint8_t {
    none, ///< a flag
    text,
    words, ///< one of option::value, between bars
    keys,  ///< some of option::keys
    directory,
    file,
};

/// One of the settings in a list such as `-W fuel=N,timeout=2s`.
struct key {
    std::string_view name;
    std::string_view value; ///< "=N"; "[=N]" where it may be left out; empty where it has none
    std::string_view summary;
    setter set;
};

struct option {
    std::string_view group; ///< the heading in the help
    std::string_view name;  ///< without the dashes
    char letter = 0;        ///< the short form
    value_kind kind = value_kind::none;
    bool repeats = false;
    std::string_view value = "";   ///< what its value is called
    std::string_view summary;      ///< one line, for shells too
    std::string_view details = ""; ///< sentences that follow the summary
    setter set = nullptr;          ///< null where there are keys
    std::span<const key> keys = {};
};

struct example {
    std::string_view command;
    std::string_view meaning;
};

struct command {
    std::string_view name;
    std::string_view arguments; ///< what follows the options, for the usage line
    std::string_view summary;
    std::string_view description; ///< a paragraph
    std::span<const option> options;
    std::span<const example> examples;
    std::string_view words;    ///< what its argument may be, between bars; empty: a file
    bool ends_at_file = false; ///< what comes after the first argument is left as it is
    /// Takes the arguments. \returns what is wrong with them.
    std::optional<std::string> (*take)(command_line& line, const std::vector<std::string>& arguments);
    int (*execute)(const command_line& line);
};

[[nodiscard]] std::span<const command> commands();
[[nodiscard]] const command* find_command(std::string_view name);

[[nodiscard]] const command& describe_run();
[[nodiscard]] const command& describe_inspect();
[[nodiscard]] const command& describe_wast();
[[nodiscard]] const command& describe_wat2wasm();
[[nodiscard]] const command& describe_wasm2wat();

inline constexpr std::string_view about_riser =
    "riser runs WebAssembly: programs for WASI preview 1, or single functions.";

/// What the process exits with, for the help and the manual.
struct exit_meaning {
    std::string_view code;
    std::string_view meaning;
};
[[nodiscard]] std::span<const exit_meaning> exit_meanings();

/// The parts of "a|b|c".
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);

/// "-W, --wasm KEY=VALUE", "--dir HOST"; "fuel=N".
[[nodiscard]] std::string title(const option& described);
[[nodiscard]] std::string title(const key& described);

/// The summary, and the details where there are any.
[[nodiscard]] std::string full_text(const option& described);

} // namespace cli

// What `riser wast` takes.
#include "description.hpp"
#include "shared_options.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using cli::command_line;
using complaint = std::optional<std::string>;

constexpr std::string_view manner = "How scripts are run";

constexpr cli::option wast_table[] = {
    cli::tier_option(manner, cli::set_tier<&command_line::wast>),
    cli::memory_option(manner, cli::set_memory<&command_line::wast>),
    {.group = manner,
     .name = "mode",
     .kind = cli::value_kind::words,
     .value = "eager|lazy",
     .summary = "When functions are translated: all at once, or each when it is first called (default: lazy)",
     .set = [](command_line& line, const std::string& word) -> complaint {
         line.wast.compile_mode = word == "eager" ? riser::compile_mode::eager : riser::compile_mode::lazy_translation;
         return std::nullopt;
     }},
    {.group = manner,
     .name = "list-skips",
     .summary = "Print a line for each command that is skipped",
     .set = [](command_line& line, const std::string&) -> complaint {
         line.wast.lists_skips = true;
         return std::nullopt;
     }},
};

constexpr cli::example wast_examples[] = {
    {"riser wast test.wast", "Does everything go as the script says?"},
    {"riser wast --memory bounds-checking testsuite/*.wast", "The official suite, with bounds checks."},
};

complaint take_scripts(command_line& line, const std::vector<std::string>& arguments) {
    line.wast.files = arguments;
    if (line.wast.tier == cli::tier_choice::baseline && !cli::has_baseline) {
        return cli::refuse_native("--tier baseline");
    }
    return arguments.empty() ? complaint("FILE is missing: the script to run") : std::nullopt;
}

constexpr cli::command described = {
    .name = "wast",
    .arguments = "FILE...",
    .summary = "Run scripts of modules and assertions, as the official test suite has them",
    .description =
        "FILE is a script in the text form of the official test suite (.wast), or - for standard input: modules, "
        "calls, and what is to come of them. The modules can import `spectest`, the functions of which print nothing. "
        "Each script has a process of its own, which is ended after five minutes. A line is printed for each command "
        "that does not do what the script says; the last line is \"N passed, N failed, N skipped\". Skipped is what "
        "needs an instruction that riser does not run yet. The exit status is 1 where something failed.",
    .options = wast_table,
    .examples = wast_examples,
    .words = "",
    .ends_at_file = false,
    .take = take_scripts,
    .execute = [](const command_line& line) { return cli::run_scripts(line.wast); },
};

} // namespace

const cli::command& cli::describe_wast() { return described; }

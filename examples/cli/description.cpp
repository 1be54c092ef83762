#include "description.hpp"

#include "completion.hpp"
#include "help.hpp"
#include "manual.hpp"

#include <algorithm>
#include <cstdio>

namespace {

using cli::command_line;
using complaint = std::optional<std::string>;

complaint take_nothing(command_line&, const std::vector<std::string>& arguments) {
    return arguments.empty() ? std::nullopt : complaint("'" + arguments.front() + "' is one argument too many");
}

/// One word, or none.
complaint take_word(command_line& line, const std::vector<std::string>& arguments) {
    line.word = arguments.empty() ? "" : arguments.front();
    return arguments.size() > 1 ? complaint("'" + arguments[1] + "' is one argument too many") : std::nullopt;
}

complaint take_shell(command_line& line, const std::vector<std::string>& arguments) {
    complaint wrong = take_word(line, arguments);
    const auto shells = cli::split(cli::completion_shells, '|');
    if (!wrong && std::find(shells.begin(), shells.end(), line.word) == shells.end()) {
        wrong = "the shell is to be one of bash, zsh and fish";
    }
    return wrong;
}

complaint take_topic(command_line& line, const std::vector<std::string>& arguments) {
    complaint wrong = take_word(line, arguments);
    if (!wrong && !line.word.empty() && cli::find_command(line.word) == nullptr) {
        wrong = "there is no command '" + line.word + "'";
    }
    return wrong;
}

int print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return cli::exit_code::success;
}

constexpr cli::example completion_examples[] = {
    {"source <(riser completion bash)", "In this shell; meson install puts the scripts where shells look for them."},
    {"riser completion fish > ~/.config/fish/completions/riser.fish", "For good."},
};

constexpr cli::example manual_examples[] = {
    {"riser man | man -l -", "Read it; where riser is installed, man riser does."},
};

constexpr cli::exit_meaning meanings[] = {
    {"0", "success"},
    {"1", "FILE cannot be read, is no valid module, or lacks imports; or output could not be written; or the program "
          "exited with a code above 255, which a process cannot have; or a command of a script failed"},
    {"2", "the command line is wrong"},
    {"134", "a trap: the program failed, or met a limit (--timeout, --fuel, --stack-size)"},
    {"other", "the exit code of the program"},
};

} // namespace

std::span<const cli::command> cli::commands() {
    static const command all_commands[] = {
        cli::describe_run(),
        cli::describe_inspect(),
        cli::describe_wast(),
        cli::describe_wat2wasm(),
        cli::describe_wasm2wat(),
        {.name = "completion",
         .arguments = "bash|zsh|fish",
         .summary = "Print a script that completes riser's command lines in a shell",
         .description = "",
         .options = {},
         .examples = completion_examples,
         .words = cli::completion_shells,
         .ends_at_file = false,
         .take = take_shell,
         .execute = [](const command_line& line) { return print(cli::completion_script(line.word)); }},
        {.name = "man",
         .arguments = "",
         .summary = "Print the manual page",
         .description = "",
         .options = {},
         .examples = manual_examples,
         .words = "",
         .ends_at_file = false,
         .take = take_nothing,
         .execute = [](const command_line&) { return print(cli::manual_page()); }},
        {.name = "help",
         .arguments = "[COMMAND]",
         .summary = "Print what riser, or one of its commands, can do",
         .description = "",
         .options = {},
         .examples = {},
         .words = "run|inspect|wast|wat2wasm|wasm2wat|completion|man",
         .ends_at_file = false,
         .take = take_topic,
         .execute = [](const command_line& line) { return print(cli::help_text(cli::find_command(line.word))); }},
    };
    return all_commands;
}

const cli::command* cli::find_command(std::string_view name) {
    for (const command& each : commands()) {
        if (each.name == name) {
            return &each;
        }
    }
    return nullptr;
}

std::span<const cli::exit_meaning> cli::exit_meanings() { return meanings; }

std::vector<std::string> cli::split(std::string_view text, char separator) {
    std::vector<std::string> all;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(separator, begin), text.size());
        all.emplace_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return all;
}

std::string cli::title(const option& described) {
    std::string text = described.letter != 0 ? std::string("-") + described.letter + ", " : "";
    text.append("--").append(described.name);
    return described.value.empty() ? text : text.append(" ").append(described.value);
}

std::string cli::title(const key& described) { return std::string(described.name).append(described.value); }

std::string cli::full_text(const option& described) {
    return std::string(described.summary) + (described.details.empty() ? "" : ". " + std::string(described.details));
}

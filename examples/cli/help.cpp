#include "help.hpp"

namespace {

constexpr std::size_t width = 80;
constexpr std::size_t column = 26; // where descriptions begin

/// A title, and what it means beside it or, where it is long, below.
std::string entry(std::string_view title, std::string_view meaning) {
    std::string text = "  " + std::string(title);
    const std::string right = cli::wrapped(meaning, column);
    if (text.size() + 2 > column) {
        return text + "\n" + right;
    }
    return text + right.substr(text.size());
}

std::string describe_option(const cli::option& option) {
    std::string text = entry(title(option), full_text(option));
    for (const cli::key& key : option.keys) {
        text += entry("  " + title(key), key.summary);
    }
    return text;
}

std::string describe_options(const cli::command& command) {
    std::string text;
    std::string_view group;
    for (const cli::option& option : command.options) {
        if (option.group != group) {
            group = option.group;
            text.append("\n").append(group).append(":\n");
        }
        text += describe_option(option);
    }
    return text;
}

std::string describe_exits() {
    std::string text = "\nExit status:\n";
    for (const cli::exit_meaning& each : cli::exit_meanings()) {
        text += entry(each.code, each.meaning);
    }
    return text;
}

std::string describe_command(const cli::command& command) {
    std::string text = "Usage: riser " + std::string(command.name);
    text += command.options.empty() ? "" : " [OPTIONS]";
    text += command.arguments.empty() ? "\n\n" : " " + std::string(command.arguments) + "\n\n";
    text += cli::wrapped(std::string(command.summary) + ".", 0);
    if (!command.description.empty()) {
        text += "\n" + cli::wrapped(command.description, 0);
    }
    text += describe_options(command);
    for (const cli::example& each : command.examples) {
        text += &each == command.examples.data() ? "\nExamples:\n" : "";
        text.append("  ").append(each.command).append("\n").append(cli::wrapped(each.meaning, 6));
    }
    return command.ends_at_file ? text + describe_exits() : text;
}

} // namespace

std::string cli::wrapped(std::string_view text, std::size_t indentation) {
    std::string lines;
    std::string line;
    const auto end_line = [&] {
        lines += std::string(line.empty() ? 0 : indentation, ' ') + line + "\n";
        line.clear();
    };
    for (const std::string& word : split(text, ' ')) {
        if (!line.empty() && indentation + line.size() + 1 + word.size() > width) {
            end_line();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    end_line();
    return lines;
}

std::string cli::help_text(const command* about) {
    if (about != nullptr) {
        return describe_command(*about);
    }
    std::string text = "Usage: riser COMMAND [ARGS...]\n\n" + wrapped(cli::about_riser, 0) + "\nCommands:\n";
    for (const command& each : commands()) {
        text += entry(each.name, each.summary);
    }
    text += "\nOptions:\n" + entry("-h, --help", "Print this, or with a command: what it takes") +
            entry("-V, --version", "Print riser's version") + "\nExamples:\n";
    for (const command& each : commands()) {
        if (!each.examples.empty()) {
            text.append("  ").append(each.examples.front().command).append("\n");
        }
    }
    return text + "\n`riser COMMAND --help` has all options, with examples; `riser man` is the manual page.\n";
}

#include "parse.hpp"

#include "suggest.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>

namespace {

/// The parser's view of the description: it splits the command line, what the words mean is said there.
struct parser {
    CLI::App app{"", "riser"};
    CLI::Option* version = app.add_flag("-V,--version");
    std::map<const cli::command*, CLI::App*> commands;
    std::map<const cli::option*, CLI::Option*> options;
};

CLI::Option* add_option(CLI::App& app, const cli::option& described) {
    std::string names = "--" + std::string(described.name);
    if (described.letter != 0) {
        names += std::string(",-") + described.letter;
    }
    if (described.kind == cli::value_kind::none) {
        return app.add_flag(names);
    }
    return app.add_option(names)
        ->type_name(std::string(described.value)) // named where it is missing
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false);
}

std::unique_ptr<parser> make_parser() {
    auto made = std::make_unique<parser>();
    made->app.set_help_flag();
    made->app.add_flag("-h,--help");
    made->app.require_subcommand(0, 1);
    made->app.prefix_command();
    for (const cli::command& command : cli::commands()) {
        CLI::App* const app = made->app.add_subcommand(std::string(command.name));
        app->set_help_flag();
        app->add_flag("-h,--help");
        app->allow_extras();
        app->prefix_command(command.ends_at_file);
        for (const cli::option& option : command.options) {
            made->options[&option] = add_option(*app, option);
        }
        made->commands[&command] = app;
    }
    return made;
}

/// CLI11 takes the word after `--name=` for the value, which is to be empty there. So it gets such a word with a NUL behind
/// it, which no word of a command line has; without_mark() takes it away.
std::string with_mark(const std::string& word) {
    const bool has_empty_value = word.starts_with("--") && word.find('=') == word.size() - 1;
    return has_empty_value ? word + '\0' : word;
}

std::string without_mark(std::string word) {
    if (word.ends_with('\0')) {
        word.pop_back();
    }
    return word;
}

bool looks_like_option(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

[[noreturn]] void refuse_option(const std::string& word, const cli::command* command) {
    std::vector<std::string> names = {"--help"};
    if (command == nullptr) {
        names.emplace_back("--version");
    } else {
        for (const cli::option& option : command->options) {
            names.push_back("--" + std::string(option.name));
        }
    }
    const std::string name = word.substr(0, word.find('='));
    throw cli::usage_error("unknown option '" + name + "'" + cli::suggestion(name, names), command);
}

[[noreturn]] void refuse_command(const std::string& word) {
    struct stat status{};
    if (::stat(word.c_str(), &status) == 0) {
        throw cli::usage_error("unknown command '" + word + "'; to run that file: riser run " + word, nullptr);
    }
    std::vector<std::string> names;
    for (const cli::command& command : cli::commands()) {
        names.emplace_back(command.name);
    }
    throw cli::usage_error("unknown command '" + word + "'" + cli::suggestion(word, names), nullptr);
}

/// "fuel=10,timeout=2s".
std::optional<std::string> set_keys(cli::command_line& line, const cli::option& option, const std::string& text) {
    for (const std::string& part : cli::split(text, ',')) {
        const std::size_t equals = std::min(part.find('='), part.size());
        const std::string name = part.substr(0, equals);
        const auto key = std::find_if(option.keys.begin(), option.keys.end(),
                                      [&](const cli::key& each) { return each.name == name; });
        if (key == option.keys.end()) {
            std::vector<std::string> names;
            std::string all;
            for (const cli::key& each : option.keys) {
                names.emplace_back(each.name);
                all.append(all.empty() ? "" : ", ").append(each.name);
            }
            return "there is no key '" + name + "'" + cli::suggestion(name, names) + "\nThe keys are " + all + ".";
        }
        if (auto wrong = key->set(line, part.substr(std::min(equals + 1, part.size())))) {
            return name + " is to be " + *wrong + ", which '" + part + "' is not";
        }
    }
    return std::nullopt;
}

void set_value(cli::command_line& line, const cli::command& command, const cli::option& option,
               const std::string& text) {
    const std::string name = "--" + std::string(option.name);
    if (option.kind == cli::value_kind::none && text != "true") {
        throw cli::usage_error(name + " takes no value", &command);
    }
    if (option.kind == cli::value_kind::keys) {
        // Of -W=fuel=1 the first = is left; -Wfuel=1 has none.
        if (const auto wrong = set_keys(line, option, text.substr(text.starts_with('=') ? 1 : 0))) {
            throw cli::usage_error(name + ": " + *wrong, &command);
        }
        return;
    }
    if (option.kind == cli::value_kind::words) {
        const std::vector<std::string> words = cli::split(option.value, '|');
        if (std::find(words.begin(), words.end(), text) == words.end()) {
            throw cli::usage_error(name + " is to be " + std::string(option.value) + ", which '" + text + "' is not" +
                                       cli::suggestion(text, words),
                                   &command);
        }
    }
    if (const auto wrong = option.set(line, text)) {
        throw cli::usage_error(name + " is to be " + *wrong + ", which '" + text + "' is not", &command);
    }
}

void set_options(const parser& from, const cli::command& command, cli::command_line& line) {
    for (const cli::option& option : command.options) {
        const std::vector<std::string>& given = from.options.at(&option)->results();
        if (given.size() > 1 && !option.repeats && option.kind != cli::value_kind::none) {
            throw cli::usage_error("--" + std::string(option.name) + " is given more than once", &command);
        }
        for (const std::string& text : given) {
            set_value(line, command, option, without_mark(text));
        }
    }
}

/// What is left of the command line for the command itself; `behind` begins with the first `--`, which CLI11 has not seen.
std::vector<std::string> arguments_of(const CLI::App& app, const cli::command& command,
                                      std::span<const char* const> behind) {
    std::vector<std::string> all = app.remaining();
    std::transform(all.begin(), all.end(), all.begin(), without_mark);
    const std::size_t checked = command.ends_at_file ? std::min<std::size_t>(all.size(), 1) : all.size();
    for (std::size_t i = 0; i < checked; ++i) {
        if (looks_like_option(all[i])) {
            refuse_option(all[i], &command);
        }
    }
    const bool is_the_programs = command.ends_at_file && !all.empty();
    for (const char* const word : behind.subspan(is_the_programs || behind.empty() ? 0 : 1)) {
        all.emplace_back(word);
    }
    return all;
}

const cli::command* command_of(const parser& from) {
    for (const auto& [command, app] : from.commands) {
        if (app->parsed()) {
            return command;
        }
    }
    return nullptr;
}

} // namespace

cli::parsed cli::parse(int count, const char* const* arguments) {
    const std::unique_ptr<parser> with = make_parser();
    const std::span<const char* const> all(arguments, static_cast<std::size_t>(count));
    const auto mark = static_cast<std::size_t>(std::find(all.begin(), all.end(), std::string_view("--")) - all.begin());
    std::vector<std::string> words(all.begin() + 1, all.begin() + static_cast<std::ptrdiff_t>(mark));
    std::transform(words.begin(), words.end(), words.begin(), with_mark);
    std::reverse(words.begin(), words.end()); // as CLI11 wants them
    parsed result;
    try {
        with->app.parse(std::move(words));
    } catch (const CLI::ParseError& failure) {
        throw usage_error(failure.what(), command_of(*with));
    }
    result.chosen = command_of(*with);
    const CLI::App& asked = result.chosen != nullptr ? *with->commands.at(result.chosen) : with->app;
    result.wants_help = asked.count("--help") != 0;
    if (result.wants_help || (result.chosen == nullptr && with->version->count() != 0)) {
        return result;
    }
    if (result.chosen == nullptr) {
        const std::vector<std::string> rest = with->app.remaining();
        if (rest.empty()) {
            throw usage_error("COMMAND is missing: run, inspect, ...", nullptr);
        }
        const std::string first = without_mark(rest.front());
        looks_like_option(first) ? refuse_option(first, nullptr) : refuse_command(first);
    }
    set_options(*with, *result.chosen, result.line);
    if (const auto wrong = result.chosen->take(result.line, arguments_of(asked, *result.chosen, all.subspan(mark)))) {
        throw usage_error(*wrong, result.chosen);
    }
    return result;
}

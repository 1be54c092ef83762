#include "completion.hpp"

#include "description.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace {

/// In single quotes, for all three shells: descriptions are the project's own and have no backslash.
std::string quoted(std::string_view text) {
    std::string made = "'";
    for (const char character : text) {
        made += character == '\'' ? std::string("'\\''") : std::string(1, character);
    }
    return made + "'";
}

/// The words that a value, or a list of keys, may begin with.
std::vector<std::string> words_of(const cli::option& option) {
    if (option.kind == cli::value_kind::words) {
        return cli::split(option.value, '|');
    }
    std::vector<std::string> words;
    for (const cli::key& key : option.keys) {
        words.push_back(std::string(key.name) + (key.value.starts_with('=') ? "=" : ""));
    }
    return words;
}

std::string join(const std::vector<std::string>& words, std::string_view separator) {
    std::string text;
    for (const std::string& word : words) {
        text.append(text.empty() ? "" : separator).append(word);
    }
    return text;
}

std::vector<std::string> names_of(const cli::option& option) {
    std::vector<std::string> names = {"--" + std::string(option.name)};
    if (option.letter != 0) {
        names.push_back(std::string("-") + option.letter);
    }
    return names;
}

std::vector<std::string> command_names() {
    std::vector<std::string> names;
    for (const cli::command& each : cli::commands()) {
        names.emplace_back(each.name);
    }
    return names;
}

// bash

/// What completes the value of an option, as the body of a case.
std::string bash_value(const cli::option& option) {
    switch (option.kind) {
    case cli::value_kind::directory: return "_riser_offer -d";
    case cli::value_kind::file: return "_riser_offer -f";
    case cli::value_kind::words: return "_riser_offer -W " + quoted(join(words_of(option), " "));
    case cli::value_kind::keys: return "_riser_keys " + quoted(join(words_of(option), " "));
    default: return ":";
    }
}

std::string bash_command(const cli::command& command) {
    std::string valued;
    std::string cases;
    std::vector<std::string> names = {"--help"};
    for (const cli::option& option : command.options) {
        const std::vector<std::string> all = names_of(option);
        names.insert(names.end(), all.begin(), all.end());
        if (option.kind != cli::value_kind::none) {
            valued.append(valued.empty() ? "" : "|").append(join(all, "|"));
            cases.append("                ").append(join(all, "|")).append(") ");
            cases.append(bash_value(option)).append("; return ;;\n");
        }
    }
    std::string text = "        " + std::string(command.name) + ")\n";
    text += "            case $previous in\n" + cases + "            esac\n";
    if (command.ends_at_file) {
        // Behind the first argument, words are the program's.
        text += "            for ((i = 2; i < COMP_CWORD; i++)); do\n"
                "                case ${COMP_WORDS[i]} in\n"
                "                    " +
                valued +
                ") ((i++)) ;;\n"
                "                    -*) ;;\n"
                "                    *) _riser_offer -f; return ;;\n"
                "                esac\n"
                "            done\n";
    }
    text += "            if [[ $current == -* ]]; then _riser_offer -W " + quoted(join(names, " ")) + "; return; fi\n";
    if (!command.words.empty()) {
        text += "            _riser_offer -W " + quoted(join(cli::split(command.words, '|'), " ")) + "\n";
    } else if (!command.arguments.empty()) {
        text += "            _riser_offer -f\n";
    }
    return text + "            ;;\n";
}

std::string bash_script() {
    std::string text = R"(# bash completion for riser; made by `riser completion bash`.

_riser_offer() { mapfile -t COMPREPLY < <(compgen "$@" -- "$current"); }

# The last of a list of keys.
_riser_keys() {
    local before=''
    [[ $current == *,* ]] && before=${current%,*},
    current=${current##*,}
    _riser_offer -W "$1"
    COMPREPLY=("${COMPREPLY[@]/#/$before}")
    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
}

_riser() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} i
    COMPREPLY=()
    # bash takes --memory=sig for three words.
    if [[ $current == = ]]; then
        current=''
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD-2]}
    fi
    if ((COMP_CWORD == 1)); then
)";
    text += "        _riser_offer -W " + quoted(join(command_names(), " ") + " --help --version") + "\n";
    text += "        return\n    fi\n    case ${COMP_WORDS[1]} in\n";
    for (const cli::command& each : cli::commands()) {
        text += bash_command(each);
    }
    return text + "    esac\n}\n\ncomplete -o filenames -F _riser riser\n";
}

// zsh

/// A description in a specification of _arguments.
std::string zsh_text(std::string_view text) {
    std::string made;
    for (const char character : text) {
        made += character == ':' || character == '[' || character == ']' ? std::string("\\") + character
                                                                         : std::string(1, character);
    }
    return made;
}

std::string zsh_option(const cli::option& option) {
    std::string action;
    switch (option.kind) {
    case cli::value_kind::directory: action = ":" + zsh_text(option.value) + ":_files -/"; break;
    case cli::value_kind::file: action = ":" + zsh_text(option.value) + ":_files"; break;
    case cli::value_kind::words:
        action = ":" + std::string(option.name) + ":(" + join(words_of(option), " ") + ")";
        break;
    case cli::value_kind::keys: action = ":keys:_riser_" + std::string(option.name); break;
    case cli::value_kind::text: action = ":" + zsh_text(option.value) + ":"; break;
    case cli::value_kind::none: break;
    }
    std::string text;
    for (const std::string& name : names_of(option)) {
        text += "                " +
                quoted((option.repeats ? "*" : "") + name + "[" + zsh_text(option.summary) + "]" + action) + " \\\n";
    }
    return text;
}

/// A function that completes the keys of an option; empty where it has none.
std::string zsh_keys(const cli::option& option) {
    if (option.keys.empty()) {
        return "";
    }
    std::string text = "_riser_" + std::string(option.name) + "() {\n    _values -s , key";
    for (const cli::key& key : option.keys) {
        const std::string argument = key.value.starts_with('=') ? ":value:" : key.value.empty() ? "" : "::y or n:(y n)";
        text += " \\\n        " + quoted(std::string(key.name) + "[" + zsh_text(key.summary) + "]" + argument);
    }
    return text + "\n}\n\n";
}

std::string zsh_command(const cli::command& command) {
    std::string text = "        " + std::string(command.name) + ")\n            _arguments " +
                       (command.ends_at_file ? "-A '-*' " : "") +
                       "\\\n                '(-)'{-h,--help}'[Print help]' \\\n";
    for (const cli::option& option : command.options) {
        text += zsh_option(option);
    }
    if (!command.words.empty()) {
        text += "                '1:word:(" + join(cli::split(command.words, '|'), " ") + ")'\n";
    } else if (!command.arguments.empty()) {
        text += "                '1:module:_files' \\\n                '*::argument:_files'\n";
    } else {
        text += "                ':'\n";
    }
    return text + "            ;;\n";
}

std::string zsh_script() {
    std::string text = "#compdef riser\n# zsh completion for riser; made by `riser completion zsh`.\n\n";
    for (const cli::command& each : cli::commands()) {
        for (const cli::option& option : each.options) {
            text += zsh_keys(option);
        }
    }
    text += "_riser() {\n    local -a commands=(\n";
    for (const cli::command& each : cli::commands()) {
        text += "        " + quoted(std::string(each.name) + ":" + zsh_text(each.summary)) + "\n";
    }
    text += "    )\n    if ((CURRENT == 2)); then\n        _describe command commands\n"
            "        _arguments '(-)'{-h,--help}'[Print help]' '(-)'{-V,--version}'[Print the version]'\n"
            "        return\n    fi\n    shift words\n    ((CURRENT--))\n    case $words[1] in\n";
    for (const cli::command& each : cli::commands()) {
        text += zsh_command(each);
    }
    // Sourced, it registers itself; found by compinit, it is called.
    return text + "    esac\n}\n\n"
                  "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n    _riser \"$@\"\n"
                  "else\n    compdef _riser riser\nfi\n";
}

// fish

std::string fish_option(const cli::command& command, const cli::option& option) {
    std::string text = "complete -c riser -n '__fish_seen_subcommand_from " + std::string(command.name) + "' -l " +
                       std::string(option.name);
    if (option.letter != 0) {
        text += std::string(" -s ") + option.letter;
    }
    switch (option.kind) {
    case cli::value_kind::directory: text += " -x -a '(__fish_complete_directories)'"; break;
    case cli::value_kind::file: text += " -r -F"; break;
    case cli::value_kind::words:
    case cli::value_kind::keys: text += " -x -a " + quoted(join(words_of(option), " ")); break;
    case cli::value_kind::text: text += " -x"; break;
    case cli::value_kind::none: break;
    }
    return text + " -d " + quoted(option.summary) + "\n";
}

std::string fish_script() {
    const std::string none = "not __fish_seen_subcommand_from " + join(command_names(), " ");
    std::string text = "# fish completion for riser; made by `riser completion fish`.\n";
    text += "complete -c riser -s h -l help -d 'Print help'\n";
    text += "complete -c riser -n " + quoted(none) + " -s V -l version -d 'Print the version'\n";
    for (const cli::command& command : cli::commands()) {
        text += "complete -c riser -f -n " + quoted(none) + " -a " + std::string(command.name) + " -d " +
                quoted(command.summary) + "\n";
        for (const cli::option& option : command.options) {
            text += fish_option(command, option);
        }
        if (!command.words.empty()) {
            text += "complete -c riser -f -n '__fish_seen_subcommand_from " + std::string(command.name) + "' -a " +
                    quoted(join(cli::split(command.words, '|'), " ")) + "\n";
        }
    }
    return text;
}

} // namespace

std::string cli::completion_script(std::string_view shell) {
    return shell == "bash" ? bash_script() : shell == "zsh" ? zsh_script() : fish_script();
}

#include "manual.hpp"

#include "description.hpp"

#include "riser/version.hpp"

#include <string_view>

namespace {

/// Text as roff shows it unchanged. A hyphen is a minus, which can be copied to a shell.
std::string escaped(std::string_view text) {
    std::string made;
    for (const char character : text) {
        switch (character) {
        case '\\': made += "\\e"; break;
        case '-': made += "\\-"; break;
        case '.': made += "\\&."; break;
        case '\'': made += "\\(aq"; break;
        default: made += character;
        }
    }
    return made;
}

std::string line(std::string_view macro, std::string_view text) {
    return std::string(macro) + " \"" + escaped(text) + "\"\n";
}

std::string paragraph(std::string_view text) { return text.empty() ? "" : ".PP\n" + escaped(text) + "\n"; }

std::string entry(std::string_view title, std::string_view meaning) {
    return ".TP\n" + line(".B", title) + escaped(meaning) + "\n";
}

std::string describe(const cli::option& option) {
    std::string text = entry(title(option), full_text(option));
    for (const cli::key& key : option.keys) {
        text += ".RS\n" + entry(title(key), key.summary) + ".RE\n";
    }
    return text;
}

std::string describe(const cli::command& command) {
    std::string usage = "riser " + std::string(command.name) + (command.options.empty() ? "" : " [OPTIONS]");
    usage += command.arguments.empty() ? "" : " " + std::string(command.arguments);
    std::string text = line(".SS", usage) + escaped(command.summary) + ".\n" + paragraph(command.description);
    std::string_view group;
    for (const cli::option& option : command.options) {
        if (option.group != group) {
            group = option.group;
            text += ".PP\n" + line(".I", group);
        }
        text += describe(option);
    }
    return text;
}

} // namespace

std::string cli::manual_page() {
    std::string text = std::string(".TH RISER 1 \"\" \"riser ") + RISER_VERSION + "\" \"User Commands\"\n";
    text += ".SH NAME\nriser \\- run and inspect WebAssembly modules\n";
    text += ".SH SYNOPSIS\n.B riser\n.I COMMAND\n[\\fIARGS\\fR...]\n";
    text += ".SH DESCRIPTION\n" + escaped(about_riser) + "\n";
    text += ".SH COMMANDS\n";
    for (const command& each : commands()) {
        text += describe(each);
    }
    text += ".SH EXIT STATUS\n";
    for (const exit_meaning& each : exit_meanings()) {
        text += entry(each.code, each.meaning);
    }
    text += ".SH ENVIRONMENT\n" + entry("NO_COLOR", "Messages on a terminal have no colour where this is set.");
    text += ".SH EXAMPLES\n";
    for (const command& command : commands()) {
        for (const example& each : command.examples) {
            text += entry(each.command, each.meaning);
        }
    }
    return text;
}

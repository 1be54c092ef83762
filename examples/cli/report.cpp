#include "report.hpp"

#include "commands.hpp"
#include "module_file.hpp"
#include "reason.hpp"
#include "riser/dwarf/line_table.hpp"
#include "riser/module.hpp"
#include "riser/trap.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace {

/// "function 7 (name)". The name section comes last in a module, so that a bad body need not hide it.
std::string describe_function(const riser::engine_base& engine, const std::string& file, std::uint32_t function) {
    std::string text = "function " + std::to_string(function);
    riser::result<cli::module_file> content = cli::read_module_file(file);
    riser::result<std::vector<std::byte>> binary =
        content ? cli::to_binary(file, *std::move(content)) : content.error();
    if (!binary) {
        return text;
    }
    const auto module = riser::module::try_compile(engine, *std::move(binary), riser::compile_mode::lazy_validation);
    if (module && !module->function_name(function).empty()) {
        text.append(" (").append(cli::printable(module->function_name(function))).append(")");
    }
    return text;
}

void report_compile_error(const riser::engine_base& engine, const std::string& file, std::string_view text,
                          const riser::compile_error& failure) {
    const auto place = cli::find_in_text(file, text, failure.offset());
    std::string where =
        place ? "" : ", at byte " + std::to_string(failure.offset()) + (text.empty() ? "" : " of its binary form");
    if (const std::optional<std::uint32_t> function = failure.function()) {
        // What can be read only once, a pipe, is not read again for what it says about itself.
        where += ", in " + (std::filesystem::is_regular_file(file) ? describe_function(engine, file, *function)
                                                                   : "function " + std::to_string(*function));
    }
    cli::say((place ? place->where + ": " : file + " is ") + cli::to_string(failure.why()) + where + ": " +
             std::string(failure.description()) + (place ? place->excerpt : ""));
}

void report_link_error(const std::string& file, const riser::link_error& failure) {
    if (failure.unsatisfied().empty()) {
        cli::say(file + ": " + failure.what());
        return;
    }
    std::string text = file + " needs what there is not:\n";
    for (const riser::unsatisfied_import& import : failure.unsatisfied()) {
        text += "  " + cli::quoted(import.module) + "." + cli::quoted(import.name) + " " + import.expected +
                (import.found.empty() ? "" : ", where there is " + import.found) + "\n";
    }
    cli::say(
        text +
        "riser run provides wasi_snapshot_preview1 and wasi_unstable, unless --wasi none is given, and nothing else.");
}

std::string describe(const std::string& file, std::uint64_t line, std::uint64_t column) {
    return file + ":" + std::to_string(line) + (column == 0 ? "" : ":" + std::to_string(column));
}

/// Where in the source of a module its frames are, as far as its debug information says.
std::vector<std::string> lines_of(const riser::module& module, const std::vector<riser::trap_frame>& frames) {
    std::vector<std::uint32_t> offsets;
    for (const riser::trap_frame& frame : frames) {
        offsets.push_back(frame.offset);
    }
    std::vector<std::string> lines;
    for (const auto& where : riser::dwarf::line_table(module).find(offsets)) {
        lines.push_back(where ? describe(cli::printable(where->file), where->line, where->column) : "");
    }
    return lines;
}

/// Where frames are: in the text, or an offset in the binary.
std::vector<std::string> places_of(const std::string& file, std::string_view text,
                                   const std::vector<riser::trap_frame>& frames) {
    std::vector<std::size_t> offsets; // of a recursion there is one
    for (const riser::trap_frame& frame : frames) {
        offsets.push_back(frame.offset);
    }
    std::sort(offsets.begin(), offsets.end());
    offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
    const auto found = text.empty() ? std::vector<std::optional<riser::wat::position>>(offsets.size())
                                    : cli::find_in_text(text, offsets);
    std::vector<std::string> places;
    for (const riser::trap_frame& frame : frames) {
        const auto at = std::lower_bound(offsets.begin(), offsets.end(), frame.offset) - offsets.begin();
        if (const auto& where = found[static_cast<std::size_t>(at)]) {
            places.push_back(describe(file, where->line, where->column));
        } else {
            char offset[16];
            std::snprintf(offset, sizeof offset, "0x%06x", static_cast<unsigned>(frame.offset));
            places.emplace_back(offset);
        }
    }
    return places;
}

std::string qualified_name(const std::string& file, const riser::trap_frame& frame) {
    const std::string name = frame.name.empty() ? "function " + std::to_string(frame.function) : frame.name;
    const std::string module = frame.module.empty() ? cli::file_name(file) : frame.module;
    return cli::printable(module) + "!" + cli::printable(name);
}

void report_trap(const std::string& file, std::string_view source, const riser::module& module,
                 const riser::trap& failure) {
    std::string text = file + " trapped: " + cli::printable(failure.what());
    const std::vector<riser::trap_frame> frames = failure.backtrace();
    std::vector<std::string> lines = places_of(file, source, frames);
    const std::vector<std::string> source_lines =
        source.empty() ? lines_of(module, frames) : std::vector<std::string>(frames.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
        lines[i] += " " + qualified_name(file, frames[i]);
        lines[i] += source_lines[i].empty() ? "" : " at " + source_lines[i];
    }
    constexpr std::size_t most_alike = 3; // of a recursion, the rest is counted
    for (std::size_t i = 0; i < frames.size();) {
        std::size_t end = i + 1;
        while (end < frames.size() && lines[end] == lines[i]) {
            ++end;
        }
        const std::size_t shown = end - i > most_alike + 1 ? i + most_alike : end;
        for (std::size_t j = i; j < shown; ++j) {
            text.append(j < 10 ? "\n   " : "\n  ").append(std::to_string(j)).append(": ").append(lines[j]);
        }
        text += shown < end ? "\n      and " + std::to_string(end - shown) + " more of these" : "";
        i = end;
    }
    cli::say(text);
}

} // namespace

bool cli::is_terminal() {
    const char* const kind = std::getenv("TERM");
    return ::isatty(STDERR_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

void cli::say(const std::string& text) {
    const char* const no_color = std::getenv("NO_COLOR"); // https://no-color.org
    const bool in_color = is_terminal() && (no_color == nullptr || *no_color == '\0');
    std::fprintf(stderr, "%s %s\n", in_color ? "\x1b[1;31mriser:\x1b[0m" : "riser:", text.c_str());
}

std::string cli::file_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

int cli::report(const std::string& file, std::string_view text, const riser::module& module,
                const riser::error& failure) {
    if (const auto link_error = failure.as<riser::link_error>()) {
        report_link_error(file, *link_error);
    } else if (const auto trap = failure.as<riser::trap>()) {
        report_trap(file, text, module, *trap);
        return exit_code::trap;
    } else {
        say(file + ": " + failure.what());
    }
    return exit_code::failure;
}

int cli::report_unusable(const riser::engine_base& engine, const std::string& file, std::string_view text,
                         const riser::error& failure) {
    if (const auto compile_error = failure.as<riser::compile_error>()) {
        report_compile_error(engine, file, text, *compile_error);
    } else {
        say(failure.what());
    }
    return exit_code::failure;
}

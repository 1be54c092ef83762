#include "report.hpp"

#include "commands.hpp"
#include "riser/module.hpp"
#include "riser/trap.hpp"

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace {

const char* to_string(riser::compile_error::reason why) {
    switch (why) {
    case riser::compile_error::reason::malformed: return "malformed";
    case riser::compile_error::reason::invalid: return "invalid";
    case riser::compile_error::reason::unsupported: return "unsupported";
    case riser::compile_error::reason::limit: return "over a limit";
    }
    return "bad";
}

/// "function 7 (name)". The name section comes last in a module, so that a bad body need not hide it.
std::string describe_function(const riser::engine_base& engine, const std::string& file, std::uint32_t function) {
    std::string text = "function " + std::to_string(function);
    const auto module = riser::module::try_load(engine, file, riser::compile_mode::lazy_validation);
    if (module && !module->function_name(function).empty()) {
        text.append(" (").append(cli::printable(module->function_name(function))).append(")");
    }
    return text;
}

void report_compile_error(const riser::engine_base& engine, const std::string& file,
                          const riser::compile_error& failure) {
    std::string where = "at byte " + std::to_string(failure.offset());
    if (const std::optional<std::uint32_t> function = failure.function()) {
        where += ", in " + describe_function(engine, file, *function);
    }
    std::fprintf(stderr, "riser: %s is %s, %s: %s\n", file.c_str(), to_string(failure.why()), where.c_str(),
                 failure.what());
}

void report_link_error(const std::string& file, const riser::link_error& failure) {
    if (failure.unsatisfied().empty()) {
        std::fprintf(stderr, "riser: %s: %s\n", file.c_str(), failure.what());
        return;
    }
    std::fprintf(stderr, "riser: %s needs what there is not:\n", file.c_str());
    for (const riser::unsatisfied_import& import : failure.unsatisfied()) {
        const std::string found = import.found.empty() ? "" : ", where there is " + import.found;
        std::fprintf(stderr, "  %s.%s %s%s\n", cli::printable(import.module).c_str(),
                     cli::printable(import.name).c_str(), import.expected.c_str(), found.c_str());
    }
}

void report_trap(const std::string& file, const riser::trap& failure) {
    std::fprintf(stderr, "riser: %s trapped: %s\n", file.c_str(), failure.what());
    int depth = 0;
    for (const riser::trap_frame& frame : failure.backtrace()) {
        const std::string name = frame.name.empty() ? "function " + std::to_string(frame.function) : frame.name;
        const std::string module = frame.module.empty() ? cli::file_name(file) : frame.module;
        std::fprintf(stderr, "  %2d: 0x%06x %s!%s\n", depth++, static_cast<unsigned>(frame.offset),
                     cli::printable(module).c_str(), cli::printable(name).c_str());
    }
}

} // namespace

std::string cli::printable(std::string_view name) {
    std::string text;
    for (const char character : name) {
        const auto byte = static_cast<unsigned char>(character);
        if (byte >= 0x20 && byte != 0x7f) {
            text += character;
        } else {
            char escaped[5];
            std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(byte));
            text += escaped;
        }
    }
    return text;
}

std::string cli::file_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

int cli::report(const riser::engine_base& engine, const std::string& file, const riser::error& failure) {
    if (const auto compile_error = failure.as<riser::compile_error>()) {
        report_compile_error(engine, file, *compile_error);
    } else if (const auto link_error = failure.as<riser::link_error>()) {
        report_link_error(file, *link_error);
    } else if (const auto trap = failure.as<riser::trap>()) {
        report_trap(file, *trap);
        return exit_code::trap;
    } else {
        std::fprintf(stderr, "riser: %s: %s\n", file.c_str(), failure.what());
    }
    return exit_code::failure;
}

// `riser wast`: scripts of the official test suite.
#include "commands.hpp"
#include "engines.hpp"
#include "printable.hpp"
#include "report.hpp"
#include "wast/isolation.hpp"
#include "wast/runner.hpp"
#include "wast/tally.hpp"

#include "riser/error.hpp"
#include "riser/wat/script.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace {

/// \returns nothing where it cannot be read; errno says why.
std::optional<std::string> read_file(const std::string& file) {
    std::ifstream stream(file == "-" ? "/dev/stdin" : file, std::ios::binary);
    std::string text;
    do {
        char part[65536];
        stream.read(part, sizeof part);
        text.append(part, static_cast<std::size_t>(stream.gcount()));
    } while (stream);
    return stream.eof() ? std::optional(text) : std::nullopt;
}

wast::tally run_script(const std::string& file, const cli::wast_options& options, wast::progress& where) {
    const std::optional<std::string> text = read_file(file);
    if (!text) {
        cli::say("cannot read " + cli::printable(file) + ": " + std::strerror(errno));
        return {.failed = 1, .unread = 1};
    }
    const auto commands = riser::wat::try_parse_script(*text);
    if (!commands) {
        return {.failed = 1, .text = cli::printable(file + ":" + commands.error().what()) + "\n"};
    }
    wast::settings how;
    how.engine = cli::make_engine(options.memory, options.tier);
    how.mode = cli::mode_for(options.tier, options.compile_mode);
    how.lists_skips = options.lists_skips;
    wast::runner runner(file, how, where);
    for (const riser::wat::script::command& command : *commands) {
        runner.run(command);
    }
    if (options.tier == cli::tier_choice::baseline) {
        if (const std::string warning = how.engine->native_statistics().warning; !warning.empty()) {
            cli::say("warning: " + warning);
        }
    }
    return runner.result();
}

} // namespace

int cli::run_scripts(const wast_options& options) {
    const std::vector<std::filesystem::path> files(options.files.begin(), options.files.end());
    const wast::tally sum = wast::run_isolated(files, 1, [&](const std::filesystem::path& file, wast::progress& where) {
        return run_script(file.string(), options, where);
    });
    std::fputs(wast::summary(sum).c_str(), stdout);
    if (sum.failed == 0) {
        return exit_code::success;
    }
    if (const std::size_t failed = sum.failed - sum.unread; failed != 0) {
        std::fflush(stdout); // what failed is told before how much
        say(std::to_string(failed) + " of " + std::to_string(sum.passed + failed) +
            " commands failed; standard output says which, and why");
    }
    return exit_code::failure;
}

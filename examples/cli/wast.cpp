// `riser wast`: scripts of the official test suite.
#include "commands.hpp"
#include "engines.hpp"
#include "wast/isolation.hpp"
#include "wast/runner.hpp"
#include "wast/tally.hpp"

#include "riser/error.hpp"
#include "riser/wat/script.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

wast::tally failed(const std::string& why) {
    wast::tally tally;
    tally.failed = 1;
    tally.text = why + "\n";
    return tally;
}

wast::tally run_script(const std::string& file, const cli::wast_options& options, wast::progress& where) {
    std::ifstream stream(file == "-" ? "/dev/stdin" : file, std::ios::binary);
    std::ostringstream text;
    if (!stream || (text << stream.rdbuf()).bad()) {
        return failed(file + ": cannot be read: " + std::strerror(errno));
    }
    const auto commands = riser::wat::try_parse_script(text.view());
    if (!commands) {
        return failed(file + ":" + commands.error().what());
    }
    wast::settings how;
    how.engine = cli::make_engine(options.memory);
    how.mode = options.compile_mode;
    how.lists_skips = options.lists_skips;
    wast::runner runner(file, how, where);
    for (const riser::wat::script::command& command : *commands) {
        runner.run(command);
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
    return sum.failed == 0 ? exit_code::success : exit_code::failure;
}

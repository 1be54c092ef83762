// The command line tool `riser`.
#include "commands.hpp"
#include "help.hpp"
#include "parse.hpp"
#include "report.hpp"

#include "riser/version.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

#include <fcntl.h>

namespace {

int parse_and_do(int count, char** arguments) {
    const cli::parsed what = cli::parse(count, arguments);
    if (what.wants_help) {
        std::fputs(cli::help_text(what.chosen).c_str(), stdout);
        return cli::exit_code::success;
    }
    if (what.chosen == nullptr) {
        std::printf("riser %s\n", RISER_VERSION);
        return cli::exit_code::success;
    }
    return what.chosen->execute(what.line);
}

/// What was printed is to have arrived. \returns what to exit with.
int finish(int code) {
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        cli::say(std::string("cannot write to standard output: ") + std::strerror(errno));
        return code == cli::exit_code::success ? cli::exit_code::failure : code;
    }
    return code;
}

/// Takes the numbers of standard streams that were closed, or what is opened next would get them, and the guest's output
/// would go into one of the guest's files. Reading and writing them fails as before.
void take_closed_streams() {
    for (int stream = 0; stream <= 2; ++stream) {
        if (::fcntl(stream, F_GETFD) < 0) {
            ::open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY); // becomes the lowest that is closed: this one
        }
    }
}

} // namespace

int main(int count, char** arguments) {
    take_closed_streams();
    try {
        return finish(parse_and_do(count, arguments));
    } catch (const cli::usage_error& failure) {
        const std::string command = failure.used != nullptr ? " " + std::string(failure.used->name) : "";
        cli::say(std::string(failure.what()) + "\n" + "Try: riser" + command + " --help");
        return cli::exit_code::usage;
    } catch (const std::exception& failure) { // no memory, most likely
        cli::say(failure.what());
        return cli::exit_code::failure;
    }
}

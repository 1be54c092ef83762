#include "isolation.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <memory>
#include <poll.h>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace wast {
namespace {

constexpr unsigned seconds_per_script = 300;

struct job {
    std::filesystem::path script;
    pid_t process = -1;
    int output = -1; ///< read end of the pipe that brings the tally
    std::string received;
    progress* where = nullptr; ///< shared with the process
};

std::string encode(const tally& result) {
    return nlohmann::json{{"passed", result.passed},
                          {"failed", result.failed},
                          {"unread", result.unread},
                          {"skipped", result.skipped},
                          {"text", result.text}}
        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

tally decode(const std::string& text) {
    const auto json = nlohmann::json::parse(text);
    return {json["passed"], json["failed"], json["unread"], json["skipped"], json["text"]};
}

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(2);
}

job start(const std::filesystem::path& script, const script_function& run) {
    job started;
    started.script = script;
    void* const shared = mmap(nullptr, sizeof(progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    std::array<int, 2> ends{};
    if (shared == MAP_FAILED || pipe(ends.data()) != 0) {
        fail("cannot start a script");
    }
    started.where = new (shared) progress;
    std::fflush(nullptr);
    started.process = fork();
    if (started.process < 0) {
        fail("fork");
    }
    if (started.process == 0) {
        close(ends[0]);
        alarm(seconds_per_script);
        const std::string result = encode(run(script, *started.where));
        for (std::size_t written = 0; written < result.size();) {
            const ssize_t count = write(ends[1], result.data() + written, result.size() - written);
            if (count <= 0) {
                fail("write");
            }
            written += static_cast<std::size_t>(count);
        }
        std::exit(0); // not _exit: a leak check runs at exit
    }
    close(ends[1]);
    started.output = ends[0];
    return started;
}

/// \returns false at the end of what the process sends.
bool receive(job& from) {
    std::array<char, 65536> buffer{};
    const ssize_t count = read(from.output, buffer.data(), buffer.size());
    if (count > 0) {
        from.received.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return count > 0;
}

tally finish(job& done) {
    int status = 0;
    waitpid(done.process, &status, 0);
    close(done.output);
    tally result;
    const bool whole = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (whole) {
        result = decode(done.received);
    } else {
        result.failed = 1;
        result.text = done.script.string() + ":" + std::to_string(done.where->line) + ": " +
                      (WIFSIGNALED(status) ? std::string("ended by signal: ") + strsignal(WTERMSIG(status))
                                           : "ended with status " + std::to_string(WEXITSTATUS(status))) +
                      "; the rest of the script did not run\n";
    }
    munmap(done.where, sizeof(progress));
    return result;
}

} // namespace

tally run_isolated(const std::vector<std::filesystem::path>& scripts, unsigned jobs, const script_function& run) {
    tally sum;
    std::vector<job> running;
    auto next = scripts.begin();
    while (next != scripts.end() || !running.empty()) {
        while (next != scripts.end() && running.size() < jobs) {
            running.push_back(start(*next++, run));
        }
        std::vector<pollfd> waiting;
        waiting.reserve(running.size());
        for (const job& each : running) {
            waiting.push_back({each.output, POLLIN, 0});
        }
        poll(waiting.data(), waiting.size(), -1);
        for (std::size_t i = waiting.size(); i-- > 0;) {
            if (waiting[i].revents == 0 || receive(running[i])) {
                continue;
            }
            const tally result = finish(running[i]);
            std::fputs(result.text.c_str(), stdout);
            sum.add(result);
            running.erase(std::next(running.begin(), static_cast<std::ptrdiff_t>(i)));
        }
    }
    return sum;
}

} // namespace wast

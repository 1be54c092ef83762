#pragma once

/// For tests of what a whole process sees: mappings, and children that may die.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace test {

/// Runs `body` in a forked child. \returns what it returned (0 to 99), or 100 + the number of the signal that killed
/// the child
template <class Body>
int in_child(Body body) {
    std::fflush(nullptr); // else the child prints it again
    const ::pid_t child = ::fork();
    if (child == 0) {
        // A failed REQUIRE must not go on as another run of the tests.
        ::_exit([&]() noexcept { return body(); }());
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child) {
        return -1;
    }
    return WIFSIGNALED(status) ? 100 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Mappings of this process.
inline std::size_t mappings() {
    std::ifstream maps("/proc/self/maps");
    std::size_t lines = 0;
    for (std::string line; std::getline(maps, line);) {
        ++lines;
    }
    return lines;
}

/// Bytes of address space that this process has mapped.
inline std::uint64_t mapped_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t pages = 0;
    statm >> pages;
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// Bytes that this process may write to and shares with nobody: what RLIMIT_DATA bounds.
inline std::uint64_t data_bytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmData:")) {
            return std::stoull(line.substr(7)) * 1024;
        }
    }
    return 0;
}

/// Bytes of memory that this process has resident.
inline std::uint64_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t mapped = 0;
    std::uint64_t pages = 0;
    statm >> mapped >> pages;
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

} // namespace test

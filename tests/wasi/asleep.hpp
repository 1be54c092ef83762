#pragma once

/// For tests of what happens while a guest waits.

#include <fstream>
#include <string>
#include <thread>

#include <sys/types.h>

namespace test {

/// Returns when the thread `id` of this process sleeps, as in a system call that waits.
inline void until_asleep(::pid_t id) {
    const std::string path = "/proc/self/task/" + std::to_string(id) + "/stat";
    for (std::string line;; std::this_thread::yield()) {
        std::ifstream stat(path);
        std::getline(stat, line);
        if (line.find(") S ") != std::string::npos) {
            return;
        }
    }
}

} // namespace test

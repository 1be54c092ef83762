#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace cli {

/// A line on a terminal while something takes long; nothing where stderr is no terminal.
class progress {
public:
    explicit progress(const std::string& what);
    progress(const progress&) = delete;
    progress& operator=(const progress&) = delete;
    ~progress();

private:
    void show(const std::string& what);

    std::mutex mutex_;
    std::condition_variable ended_;
    bool has_ended_ = false;
    std::thread thread_;
};

} // namespace cli

#pragma once

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
    bool is_shown_ = false; ///< the thread's, until it has ended
    std::jthread thread_;
};

} // namespace cli

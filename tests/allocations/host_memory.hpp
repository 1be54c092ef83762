#pragma once

#include <cstddef>

namespace test {

/// Memory that comes from no engine: operator new and the C library's heap, as they are called by this program's own code. Both
/// fail when they are told to, while they are watched.
struct host_memory {
    bool is_watched = false;
    std::size_t until_failure = 0; ///< the n-th allocation that is watched fails; 0: none does
    bool has_failed = false;
    std::size_t throwing = 0; ///< calls that would throw, while they are watched: what the engine never does
    std::size_t blocks = 0;   ///< of operator new that nobody has freed yet
};
inline host_memory host;

/// Watches as long as it lives, or looks away.
class watch {
public:
    explicit watch(bool is_watched = true) : was_watched_(host.is_watched) { host.is_watched = is_watched; }
    watch(const watch&) = delete;
    watch& operator=(const watch&) = delete;
    ~watch() { host.is_watched = was_watched_; }

private:
    bool was_watched_;
};

} // namespace test

#pragma once

/// Threads of the engine's own, on Linux. std::thread throws where the system refuses one.

#include <csignal>
#include <mutex>
#include <pthread.h>
#include <unistd.h>

namespace riser::inline v0_1::core::memory::os {

using thread = ::pthread_t;

/// A thread that runs `run(argument)` and takes no signal but those of its own faults: a host's handlers expect its own threads.
/// \returns the system's error number, or 0
[[nodiscard, gnu::cold]] inline int start_thread(thread& started, void* (*run)(void*), void* argument) noexcept {
    ::sigset_t blocked;
    ::sigset_t before;
    ::sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP}) {
        ::sigdelset(&blocked, fault);
    }
    if (const int error = ::pthread_sigmask(SIG_SETMASK, &blocked, &before); error != 0) {
        return error;
    }
    const int error = ::pthread_create(&started, nullptr, run, argument);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return error;
}

[[gnu::cold]] inline void join_thread(thread ended) noexcept { ::pthread_join(ended, nullptr); }

/// Tells a child of fork(), which has one thread only, from its parent.
[[nodiscard, gnu::cold]] inline long process_number() noexcept { return ::getpid(); }

/// std::condition_variable, without <chrono>. Ends with the memory that it lies in: destroying it as the system would waits for threads that a
/// child of fork() does not have.
class condition {
public:
    /// The caller holds the mutex.
    void wait(std::mutex& mutex) noexcept { ::pthread_cond_wait(&condition_, mutex.native_handle()); }
    void notify_all() noexcept { ::pthread_cond_broadcast(&condition_); }

private:
    ::pthread_cond_t condition_ = PTHREAD_COND_INITIALIZER;
};

} // namespace riser::inline v0_1::core::memory::os

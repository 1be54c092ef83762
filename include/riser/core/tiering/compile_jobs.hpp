#pragma once

// Where there is a backend.
#if defined(__linux__) && defined(__x86_64__) && !defined(__ILP32__)

#    include "riser/core/base/allocator.hpp"
#    include "riser/core/base/vector.hpp"
#    include "riser/core/memory/os_linux_threads.hpp"

#    include <cstddef>
#    include <cstdint>
#    include <mutex>
#    include <utility>

namespace riser::inline v0_1::core::runtime {

class module_tiers;

/// Functions to be compiled in the background, one after the other.
struct compile_job {
    module_tiers* module;
    std::uint32_t first; ///< by defined function
    std::uint32_t count;
    std::uint8_t backend; ///< which has been claimed for them; or all_backends, of which nothing is
    std::uint8_t index;   ///< of the state in module_tiers

    static constexpr std::uint8_t all_backends = UINT8_MAX;
};

/// Threads of an engine that compile, and what they have to do, the oldest first. Thread-safe.
///
/// A module that ends cancels its jobs, and waits for the one that is being done, because its memory belongs to an allocator that the host may end
/// next. So nobody but the host ends modules and engines, and no thread of the engine is left behind by it.
///
/// In a child of fork() there are none of the threads: everything fails there, and nothing is waited for.
class compile_jobs {
public:
    using work = void (*)(const compile_job&) noexcept;

    /// \param do_job runs on any of the threads
    compile_jobs(unsigned most_threads, work do_job, const allocator& source) noexcept
        : most_threads_(most_threads), do_job_(do_job), threads_(source), jobs_(source) {}
    compile_jobs(const compile_jobs&) = delete;
    compile_jobs& operator=(const compile_jobs&) = delete;

    /// All modules have ended.
    [[gnu::cold]] ~compile_jobs() {
        if (is_forked()) {
            return;
        }
        {
            const std::lock_guard lock(mutex_);
            is_ending_ = true;
            changed_.notify_all();
        }
        for (const memory::os::thread each : threads_) {
            memory::os::join_thread(each);
        }
    }

    /// \returns false where there is no thread for it, or no memory: the caller does it
    [[nodiscard, gnu::cold]] bool add(const compile_job& job) noexcept {
        if (most_threads_ == 0 || is_forked()) {
            return false;
        }
        const std::lock_guard lock(mutex_);
        if (!has_threads() || !jobs_.try_push_back(job)) {
            return false;
        }
        changed_.notify_all();
        return true;
    }

    /// Does what is left to do of the module, beside the threads that do, and waits for these.
    [[gnu::cold]] void finish(const module_tiers& module) noexcept {
        if (is_forked()) {
            return;
        }
        mutex_.lock();
        for (compile_job job; take_of(module, job);) {
            mutex_.unlock();
            do_job_(job);
            mutex_.lock();
        }
        while (runs(module)) {
            changed_.wait(mutex_);
        }
        mutex_.unlock();
    }

    /// Nothing is done for the module any more.
    [[gnu::cold]] void cancel(const module_tiers& module) noexcept {
        if (is_forked()) {
            return;
        }
        const std::lock_guard lock(mutex_);
        for (compile_job job; take_of(module, job);) {
        }
        while (runs(module)) {
            changed_.wait(mutex_);
        }
    }

    struct counts {
        std::uint64_t threads = 0;
        std::uint64_t waiting = 0; ///< functions
        int error = 0;             ///< the system's, of the newest thread that it refused
    };
    [[nodiscard, gnu::cold]] counts count() const noexcept {
        if (is_forked()) {
            return {};
        }
        const std::lock_guard lock(mutex_);
        counts counted{threads_.size(), 0, thread_error_};
        for (std::size_t i = next_; i < jobs_.size(); ++i) {
            counted.waiting += jobs_[i].count;
        }
        return counted;
    }

private:
    [[nodiscard]] bool is_forked() const noexcept {
        return most_threads_ != 0 && memory::os::process_number() != process_;
    }

    /// Makes as many threads as are wanted and the system lets there be. \returns whether there is one
    [[nodiscard, gnu::cold]] bool has_threads() noexcept {
        while (threads_.size() < most_threads_ && thread_error_ == 0) {
            memory::os::thread started{};
            if (!threads_.try_reserve(threads_.size() + 1) || !running_.try_reserve(threads_.size() + 1)) {
                break;
            }
            thread_error_ = memory::os::start_thread(started, &run, this);
            if (thread_error_ == 0) {
                threads_.push_back_reserved(started);
            }
        }
        return !threads_.empty();
    }

    static void* run(void* self) noexcept {
        static_cast<compile_jobs*>(self)->do_jobs();
        return nullptr;
    }
    void do_jobs() noexcept {
        mutex_.lock();
        while (!is_ending_) {
            if (next_ == jobs_.size()) {
                changed_.wait(mutex_);
                continue;
            }
            const compile_job job = take_next();
            running_.push_back_reserved(job.module);
            mutex_.unlock();
            do_job_(job);
            mutex_.lock();
            std::size_t at = 0;
            while (running_[at] != job.module) {
                ++at;
            }
            running_[at] = running_.back();
            running_.pop_back();
            changed_.notify_all();
        }
        mutex_.unlock();
    }

    /// There is one. The caller holds the mutex, as in what follows.
    [[nodiscard]] compile_job take_next() noexcept {
        const compile_job job = jobs_[next_++];
        if (next_ == jobs_.size()) {
            jobs_.clear();
            next_ = 0;
        }
        return job;
    }
    /// \returns whether there was one of the module, which is the caller's now
    [[nodiscard]] bool take_of(const module_tiers& module, compile_job& job) noexcept {
        for (std::size_t i = next_; i < jobs_.size(); ++i) {
            if (jobs_[i].module == &module) {
                std::swap(jobs_[i], jobs_[next_]);
                job = take_next();
                return true;
            }
        }
        return false;
    }
    [[nodiscard]] bool runs(const module_tiers& module) const noexcept {
        for (const module_tiers* const each : running_) {
            if (each == &module) {
                return true;
            }
        }
        return false;
    }

    unsigned most_threads_;
    work do_job_;
    long process_ = memory::os::process_number();
    mutable std::mutex mutex_;      // guards what follows
    memory::os::condition changed_; ///< a job was added or done, or all ends
    vector<memory::os::thread> threads_;
    vector<const module_tiers*> running_; ///< what threads are at; has room for all of them
    vector<compile_job> jobs_;
    std::size_t next_ = 0; ///< of jobs_; those before were taken
    int thread_error_ = 0;
    bool is_ending_ = false;
};

} // namespace riser::inline v0_1::core::runtime

#endif

#pragma once

// Where there is a backend.
#if defined(__linux__) && defined(__x86_64__) && !defined(__ILP32__)

#    include "riser/core/base/algorithm.hpp"
#    include "riser/core/base/allocator.hpp"
#    include "riser/core/memory/code_pages.hpp"
#    include "riser/core/memory/library.hpp"
#    include "riser/core/memory/os_linux_code.hpp"

#    include <atomic>
#    include <cerrno>
#    include <cstddef>
#    include <cstdint>
#    include <cstring>
#    include <mutex>
#    include <span>
#    include <utility>

namespace riser::inline v0_1::core::runtime {

/// Why there is no memory for native code. The function stays in the tier below.
enum class code_memory_failure : std::uint8_t {
    none,
    full,      ///< no free run of pages within the limit is long enough
    no_memory, ///< neither the engine's allocator nor the system has any; may pass
    refused,   ///< the system lets no memory be reserved, or none become executable, in any way that we know
    forked,    ///< this process was forked, and its parent's code could not be copied
};

struct code_memory_error {
    code_memory_failure failure = code_memory_failure::none;
    int number = 0; ///< the system's, of `no_memory`, `refused` and `forked`; 0: the allocator failed

    [[nodiscard]] explicit operator bool() const noexcept { return failure != code_memory_failure::none; }
};

struct code_memory_statistics {
    const char* way = nullptr;      ///< code_page_operations::name; null while there is no reservation
    std::uint64_t limit_bytes = 0;  ///< of address space
    std::uint64_t taken_bytes = 0;  ///< of it, committed for chunks
    std::uint64_t failures = 0;     ///< how often code_memory::take had none
    code_memory_error last_failure; ///< the newest of them
};

/// Whole pages, at the address where they are executable.
struct code_run {
    std::byte* begin = nullptr;
    std::size_t bytes = 0;
    code_memory_error error; ///< why there are none
};

/// Memory for native code of an engine: one reservation, made at first use, out of which chunks take runs of pages and give them
/// back. Any two bytes of it are within reach of a 32-bit displacement. Thread-safe.
///
/// - No mapping is writable and executable. See os_linux_code.hpp for the ways to that.
/// - Free pages are inaccessible where they would be executable, and take no memory. Bytes of a run that nobody has written are int3.
/// - A run is the first free one that is long enough; free neighbours are one run. So a piece of n pages finds room unless
///   every free run is shorter than n pages.
/// - Whoever gives a run back knows that no thread runs in it or returns to it. Code dies with its module, and a call that
///   runs, is suspended or compiles holds the module.
/// - A child of fork() gets a copy of the code, which fork() waits for. Where the system has no memory for it, code cannot run there: the
///   child ends with SIGSEGV when it calls into it, and gets no more. It may compile unless another thread of the parent was in
///   the engine, and maybe held a lock. A child of another making, as by clone(), must leave the engine alone: what it runs may
///   end in the parent. It cannot write the parent's code, for which it has no mapping.
class code_memory {
public:
    static constexpr std::uint64_t page_bytes = 4096;
    static constexpr std::uint64_t default_limit = std::uint64_t{128} << 20U;
    static constexpr std::uint64_t most_bytes = std::uint64_t{1} << 31U; ///< the reach of a 32-bit displacement
    static constexpr std::byte int3{0xcc};

    using ways = std::span<const memory::code_page_operations* const>;

    /// \param limit bytes of address space, rounded down to pages; 0: there is never memory
    /// \param tried one after the other, until one is not refused
    explicit code_memory(const allocator& source, std::uint64_t limit = default_limit,
                         ways tried = memory::os::code_pages) noexcept
        : source_(source), tried_(tried), page_count_(lesser(limit, most_bytes) / page_bytes) {}
    code_memory(const code_memory&) = delete;
    code_memory& operator=(const code_memory&) = delete;
    [[gnu::cold]] ~code_memory();

    /// A run of `wanted` bytes, or where there is none, of `least`, which is not 0; both rounded up to pages.
    [[nodiscard, gnu::cold]] code_run take(std::size_t least, std::size_t wanted) noexcept {
        code_run taken;
        if (page_count_ == 0) {
            taken.error = {code_memory_failure::full};
        } else {
            taken.error = open();
        }
        const std::lock_guard lock(mutex_);
        if (!taken.error) {
            taken = take_pages(pages_of(least), pages_of(greater(least, wanted)));
        }
        if (taken.error) {
            ++failures_;
            last_failure_ = taken.error;
        }
        return taken;
    }

    [[gnu::cold]] void give_back(std::byte* begin, std::size_t bytes) noexcept {
        const std::lock_guard lock(mutex_);
        const std::uint64_t offset = offset_of(begin);
        // Where the system refuses, the run is nobody's from now on.
        if (is_lost_ || operations_->decommit(views_, offset, bytes) == 0) {
            mark(offset / page_bytes, bytes / page_bytes, false);
            is_stale_ = true;
            times_given_back_.fetch_add(1, std::memory_order_relaxed);
        }
    }
    /// Whoever found no room may find it when this has changed.
    [[nodiscard]] std::uint32_t times_given_back() const noexcept {
        return times_given_back_.load(std::memory_order_relaxed);
    }

    /// Where a byte of a run is written. Null where that must not be any more: code_memory_failure::forked.
    [[nodiscard]] std::byte* writable(std::byte* executable) const noexcept {
        return is_lost_ ? nullptr : views_.writable + offset_of(executable);
    }

    /// Whether pages that were sealed cannot be written, so that whoever writes later begins at the next page.
    [[nodiscard]] bool seals() const noexcept { return operations_->seals; }

    /// Makes what was written executable. What runs it learns of it by a load that acquires a store that the caller makes.
    /// x86-64 needs no more than that for addresses at which there was no code; for others see take_pages.
    [[nodiscard, gnu::cold]] code_memory_error seal(const std::byte* begin, std::size_t bytes) noexcept {
        const std::uint64_t behind = offset_of(begin) % page_bytes;
        const int number = operations_->seals
                               ? operations_->seal(views_, offset_of(begin) - behind, round_to_pages(behind + bytes))
                               : 0;
        return number == 0 ? code_memory_error{} : code_memory_error{code_memory_failure::no_memory, number};
    }

    [[nodiscard, gnu::cold]] code_memory_statistics statistics() const noexcept {
        const std::lock_guard lock(mutex_);
        return {operations_ == nullptr ? nullptr : operations_->name, page_count_ * page_bytes,
                taken_pages_ * page_bytes, failures_, last_failure_};
    }

    [[nodiscard]] static constexpr std::size_t round_to_pages(std::size_t bytes) noexcept {
        return (bytes + page_bytes - 1) / page_bytes * page_bytes;
    }

private:
    class forking;
    static constexpr std::size_t word_bits = 64;

    [[nodiscard]] static constexpr std::size_t pages_of(std::size_t bytes) noexcept {
        return bytes / page_bytes + (bytes % page_bytes != 0 ? 1 : 0);
    }
    [[nodiscard]] std::uint64_t offset_of(const std::byte* executable) const noexcept {
        return static_cast<std::uint64_t>(executable - views_.executable);
    }
    [[nodiscard]] std::size_t bitmap_bytes() const noexcept {
        return (page_count_ + word_bits - 1) / word_bits * sizeof(std::uint64_t);
    }

    [[nodiscard]] code_memory_error open() noexcept;

    /// Tries one way after the other. \returns why the last one failed
    [[nodiscard, gnu::cold]] code_memory_error reserve() noexcept;

    /// Pages of which some were code before come with the promise that no processor has fetched what was there and not yet run it:
    /// between decommit and commit they could not be fetched, and `synchronize` has thrown away what was fetched before. So they are as
    /// fresh ones. Behind the same lock nobody commits them before.
    [[nodiscard, gnu::cold]] code_run take_pages(std::size_t least, std::size_t wanted) noexcept {
        if (is_lost_) {
            return {.error = {code_memory_failure::forked, copy_error_}};
        }
        std::size_t pages = wanted;
        std::size_t first = find_free(pages);
        if (first == page_count_) {
            pages = least;
            first = find_free(pages);
        }
        if (first == page_count_) {
            return {.error = {code_memory_failure::full}};
        }
        if (std::exchange(is_stale_, false)) {
            operations_->synchronize();
        }
        const std::uint64_t offset = first * page_bytes;
        const int number = operations_->commit(views_, offset, pages * page_bytes);
        if (number != 0) {
            return {.error = {code_memory_failure::no_memory, number}};
        }
        std::memset(views_.writable + offset, std::to_integer<int>(int3), pages * page_bytes);
        mark(first, pages, true);
        return {views_.executable + offset, pages * page_bytes, {}};
    }

    [[nodiscard]] bool is_taken(std::size_t page) const noexcept {
        return (taken_[page / word_bits] >> page % word_bits & 1U) != 0;
    }

    /// The first of so many free pages in a row; page_count_ where there are none.
    [[nodiscard, gnu::cold]] std::size_t find_free(std::size_t pages) const noexcept {
        std::size_t found = 0;
        for (std::size_t page = first_free_; page < page_count_; ++page) {
            found = is_taken(page) ? 0 : found + 1;
            if (found == pages) {
                return page + 1 - pages;
            }
        }
        return page_count_;
    }

    [[gnu::cold]] void mark(std::size_t first, std::size_t pages, bool are_taken) noexcept {
        for (std::size_t page = first; page < first + pages; ++page) {
            taken_[page / word_bits] ^= std::uint64_t{1} << page % word_bits;
        }
        taken_pages_ = are_taken ? taken_pages_ + pages : taken_pages_ - pages;
        if (are_taken) {
            first_free_ = first == first_free_ ? first + pages : first_free_;
        } else {
            first_free_ = lesser(first_free_, first);
        }
    }

    /// Calls `each(offset, bytes)` for the runs of taken pages, until one returns an error number, which it returns.
    template <class Each>
    [[nodiscard]] int for_taken(const Each& each) const noexcept {
        int error = 0;
        for (std::size_t page = 0; error == 0 && page < page_count_; ++page) {
            const std::size_t first = page;
            while (page < page_count_ && is_taken(page)) {
                ++page;
            }
            error = page == first ? 0 : each(first * page_bytes, (page - first) * page_bytes);
        }
        return error;
    }

    /// Before a fork: makes the child's copy.
    [[gnu::cold]] void prepare_fork() noexcept {
        mutex_.lock();
        if (is_lost_) {
            return;
        }
        copy_error_ = operations_->open_copy(views_, copy_);
        if (copy_error_ == 0) {
            copy_error_ = for_taken([this](std::uint64_t offset, std::uint64_t bytes) {
                return operations_->copy(views_, copy_, offset, bytes);
            });
            if (copy_error_ != 0) {
                close_copy();
            }
        }
    }
    [[gnu::cold]] void close_copy() noexcept {
        if (copy_ >= 0) {
            operations_->close_copy(std::exchange(copy_, -1));
        }
    }
    [[gnu::cold]] void stay_parent() noexcept {
        close_copy();
        mutex_.unlock();
    }

    /// The copy is at the addresses of what was copied; or nothing is there.
    [[gnu::cold]] void become_child() noexcept {
        if (!is_lost_) {
            const int error = operations_->adopt(views_, std::exchange(copy_, -1));
            copy_error_ = copy_error_ == 0 ? error : copy_error_;
            if (copy_error_ == 0) {
                copy_error_ = for_taken([this](std::uint64_t offset, std::uint64_t bytes) {
                    return operations_->commit(views_, offset, bytes);
                });
            }
            is_lost_ = copy_error_ != 0;
            if (is_lost_) {
                operations_->abandon(views_);
            }
        }
        mutex_.unlock();
    }

    allocator source_;
    ways tried_;
    std::size_t page_count_;
    std::atomic<bool> is_open_ = false; ///< or is known to be refused
    std::atomic<std::uint32_t> times_given_back_ = 0;
    mutable std::mutex mutex_; // guards what follows, which is written once where no lock is taken to read it
    code_memory_error refusal_;
    const memory::code_page_operations* operations_ = nullptr;
    memory::code_views views_;
    std::uint64_t* taken_ = nullptr; ///< a bit for each page
    std::size_t first_free_ = 0;     ///< no page before it is free
    std::size_t taken_pages_ = 0;
    bool is_stale_ = false; ///< pages were given back since processors were synchronized
    bool is_lost_ = false;  ///< see code_memory_failure::forked
    int copy_ = -1;         ///< between the handlers of a fork
    int copy_error_ = 0;
    std::uint64_t failures_ = 0;
    code_memory_error last_failure_;
    code_memory* next_ = nullptr; ///< of `forking`
};

/// The code memories of the process whose pages a forked child would share, and what becomes of them when it forks.
class code_memory::forking {
public:
    /// Locked before the mutex of any code memory.
    static inline constinit std::mutex mutex;

    /// Watches the process's forks from the first call on. \returns the system's error number, or 0
    [[nodiscard, gnu::cold]] static int watch(const memory::code_page_operations& way) noexcept {
        for (void (*const each)() noexcept : {&prepare, &in_parent, &in_child}) {
            memory::os::keep_loaded(reinterpret_cast<const void*>(each));
        }
        static const int error = way.at_fork(&prepare, &in_parent, &in_child);
        return error;
    }

    // Both with the mutex locked.
    [[gnu::cold]] static void join(code_memory& joining) noexcept { joining.next_ = std::exchange(first_, &joining); }
    [[gnu::cold]] static void leave(const code_memory& leaving) noexcept {
        code_memory** at = &first_;
        while (*at != nullptr && *at != &leaving) {
            at = &(*at)->next_;
        }
        if (*at != nullptr) {
            *at = leaving.next_;
        }
    }

private:
    [[gnu::cold]] static void prepare() noexcept {
        mutex.lock();
        for (code_memory* each = first_; each != nullptr; each = each->next_) {
            each->prepare_fork();
        }
    }
    [[gnu::cold]] static void in_parent() noexcept {
        for (code_memory* each = first_; each != nullptr; each = each->next_) {
            each->stay_parent();
        }
        mutex.unlock();
    }
    [[gnu::cold]] static void in_child() noexcept {
        for (code_memory* each = first_; each != nullptr; each = each->next_) {
            each->become_child();
        }
        mutex.unlock();
    }

    static inline constinit code_memory* first_ = nullptr;
};

inline code_memory::~code_memory() {
    {
        const std::lock_guard list_lock(forking::mutex);
        forking::leave(*this);
    }
    if (operations_ != nullptr) {
        operations_->release(views_);
    }
    if (taken_ != nullptr) {
        source_.deallocate(source_.user, taken_, bitmap_bytes(), alignof(std::uint64_t));
    }
}

inline code_memory_error code_memory::open() noexcept {
    if (is_open_.load(std::memory_order_acquire)) {
        return refusal_;
    }
    // Not while a lock is held that fork() waits for: the allocator may have locks of its own that fork() takes first.
    void* unused = source_.allocate(source_.user, bitmap_bytes(), alignof(std::uint64_t));
    if (unused == nullptr) {
        return {code_memory_failure::no_memory};
    }
    {
        const std::lock_guard list_lock(forking::mutex);
        const std::lock_guard lock(mutex_);
        if (!is_open_.load(std::memory_order_relaxed)) {
            refusal_ = reserve();
            if (!refusal_) {
                taken_ = static_cast<std::uint64_t*>(std::exchange(unused, nullptr));
                if (operations_->at_fork != nullptr) {
                    forking::join(*this);
                }
            }
            is_open_.store(true, std::memory_order_release);
        }
    }
    if (unused != nullptr) {
        source_.deallocate(source_.user, unused, bitmap_bytes(), alignof(std::uint64_t));
    }
    return refusal_;
}

inline code_memory_error code_memory::reserve() noexcept {
    code_memory_error error{code_memory_failure::refused};
    for (const memory::code_page_operations* const way : tried_) {
        views_ = {.bytes = page_count_ * page_bytes};
        error.number = way->at_fork == nullptr ? 0 : forking::watch(*way);
        error.number = error.number == 0 ? way->reserve(views_) : error.number;
        if (error.number != 0) {
            continue;
        }
        // Some systems let address space be reserved and no page of it run.
        error.number = way->commit(views_, 0, page_bytes);
        error.number = error.number == 0 ? way->seal(views_, 0, page_bytes) : error.number;
        error.number = error.number == 0 ? way->decommit(views_, 0, page_bytes) : error.number;
        if (error.number == 0) {
            operations_ = way;
            return {};
        }
        way->release(views_);
    }
    return error;
}

} // namespace riser::inline v0_1::core::runtime

#endif

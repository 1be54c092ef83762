#pragma once

#include "riser/core/base/allocator.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/code/code.hpp"

#include <atomic>
#include <cstddef>
#include <mutex>

namespace riser::inline v0::core::runtime {

/// Value stacks that an engine lends to its stores while they run, so that an idle store owns none. Thread-safe.
class stack_pool {
public:
    stack_pool(const allocator& source, std::size_t bytes) noexcept : source_(source), bytes_(rounded(bytes)) {}
    stack_pool(const stack_pool&) = delete;
    stack_pool& operator=(const stack_pool&) = delete;
    ~stack_pool() {
        free(recent_.load(std::memory_order_relaxed), bytes_);
        for (slot* const stack : idle_) {
            free(stack, bytes_);
        }
    }

    /// Sizes in bytes as they are lent.
    [[nodiscard]] static constexpr std::size_t rounded(std::size_t bytes) noexcept {
        constexpr std::size_t least = 4096;
        constexpr std::size_t most = static_cast<std::size_t>(PTRDIFF_MAX) / 2;
        return (bytes < least ? least : bytes > most ? most : bytes) / sizeof(link) * sizeof(link);
    }
    [[nodiscard]] std::size_t default_bytes() const noexcept { return bytes_; }

    /// A stack of rounded(bytes) bytes with anything in it; null where there is no memory.
    [[nodiscard, gnu::cold]] slot* lend(std::size_t bytes) noexcept {
        if (bytes != bytes_) {
            return allocate(bytes);
        }
        if (slot* const recent = recent_.exchange(nullptr, std::memory_order_acquire)) {
            return recent;
        }
        {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                slot* const stack = idle_.back();
                idle_.pop_back();
                return stack;
            }
        }
        return allocate(bytes);
    }

    [[gnu::cold]] void give_back(slot* stack, std::size_t bytes) noexcept {
        if (bytes != bytes_) {
            free(stack, bytes);
            return;
        }
        slot* none = nullptr;
        if (recent_.compare_exchange_strong(none, stack, std::memory_order_release, std::memory_order_relaxed)) {
            return;
        }
        {
            const std::lock_guard lock(mutex_);
            if (idle_.size() < most_idle && idle_.try_push_back(stack)) {
                return;
            }
        }
        free(stack, bytes);
    }

private:
    static constexpr std::size_t most_idle = 32;
    static constexpr std::size_t alignment = 16;

    [[nodiscard]] slot* allocate(std::size_t bytes) const noexcept {
        return static_cast<slot*>(source_.allocate(source_.user, bytes, alignment));
    }
    void free(slot* stack, std::size_t bytes) const noexcept {
        if (stack != nullptr) {
            source_.deallocate(source_.user, stack, bytes, alignment);
        }
    }

    allocator source_;
    std::size_t bytes_;
    std::atomic<slot*> recent_ = nullptr; ///< the one given back last: no lock in the common case
    std::mutex mutex_;
    vector<slot*> idle_{source_};
};

} // namespace riser::inline v0::core::runtime

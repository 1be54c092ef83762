#pragma once

#include "riser/config.hpp"
#include "riser/core/base/allocator.hpp"
#include "riser/core/code/code.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace riser::inline v0_1::core::runtime {

/// Value stacks that an engine lends to its stores while they run, so that an idle store owns none. Whatever a store's limit, a
/// call finds one that an earlier call has given back: they are of powers of two, each with idle ones of its own, and lent
/// in part where the limit is less. Thread-safe.
class stack_pool {
public:
    explicit stack_pool(const allocator& source) noexcept : source_(source) {}
    stack_pool(const stack_pool&) = delete;
    stack_pool& operator=(const stack_pool&) = delete;
    ~stack_pool() {
        for (std::size_t i = 0; i < classes_.size(); ++i) {
            free(classes_[i].recent.load(std::memory_order_relaxed), i);
            while (classes_[i].idle != nullptr) {
                free(take_idle(classes_[i]), i);
            }
        }
    }

    /// Sizes in bytes as they are lent.
    [[nodiscard]] static constexpr std::size_t rounded(std::size_t bytes) noexcept {
        return (bytes < least_bytes  ? least_bytes
                : bytes > most_bytes ? most_bytes
                                     : bytes) /
               sizeof(link) * sizeof(link);
    }

    /// A stack of rounded(bytes) bytes with anything in it; null where there is no memory.
    [[nodiscard, gnu::cold]] slot* lend(std::size_t bytes) noexcept {
        const std::size_t index = class_of(bytes);
        size_class& stacks = classes_[index];
        if (slot* const recent = stacks.recent.exchange(nullptr, std::memory_order_acquire)) {
            return recent;
        }
        {
            const std::lock_guard lock(mutex_);
            if (stacks.idle != nullptr) {
                idle_bytes_ -= bytes_of(index);
                return take_idle(stacks);
            }
        }
        return static_cast<slot*>(source_.allocate(source_.user, bytes_of(index), alignment));
    }

    /// `bytes` as for lend.
    [[gnu::cold]] void give_back(slot* stack, std::size_t bytes) noexcept {
        const std::size_t index = class_of(bytes);
        size_class& stacks = classes_[index];
        slot* none = nullptr;
        if (stacks.recent.compare_exchange_strong(none, stack, std::memory_order_release, std::memory_order_relaxed)) {
            return;
        }
        {
            const std::lock_guard lock(mutex_);
            if (bytes_of(index) <= most_idle_bytes - idle_bytes_) {
                idle_bytes_ += bytes_of(index);
                *stack = reinterpret_cast<std::uintptr_t>(stacks.idle);
                stacks.idle = stack;
                return;
            }
        }
        free(stack, index);
    }

private:
    /// Stacks of one size.
    struct size_class {
        std::atomic<slot*> recent = nullptr; ///< the one given back last: no lock in the common case
        slot* idle = nullptr;                ///< the others; the first word of each has the next
    };

    static constexpr unsigned least_log2 = 12;
    static constexpr unsigned most_log2 = 40;
    static constexpr std::size_t least_bytes = std::size_t{1} << least_log2;
    static constexpr std::size_t most_bytes = std::size_t{1} << most_log2;
    static constexpr std::size_t most_idle_bytes = std::size_t{64} << 20U; ///< beside the recent ones
    static constexpr std::size_t alignment = 16;

    [[nodiscard]] static constexpr std::size_t class_of(std::size_t bytes) noexcept {
        return core::cast<std::size_t>(std::bit_width(rounded(bytes) - 1)) - least_log2;
    }
    [[nodiscard]] static constexpr std::size_t bytes_of(std::size_t index) noexcept { return least_bytes << index; }

    [[nodiscard]] static slot* take_idle(size_class& stacks) noexcept {
        slot* const first = stacks.idle;
        stacks.idle = reinterpret_cast<slot*>(core::cast<std::uintptr_t>(*first));
        return first;
    }
    void free(slot* stack, std::size_t index) const noexcept {
        if (stack != nullptr) {
            source_.deallocate(source_.user, stack, bytes_of(index), alignment);
        }
    }

    allocator source_;
    std::array<size_class, most_log2 - least_log2 + 1> classes_;
    std::mutex mutex_;
    std::size_t idle_bytes_ = 0;
};

} // namespace riser::inline v0_1::core::runtime

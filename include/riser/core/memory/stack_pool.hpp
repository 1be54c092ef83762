#pragma once

#include "riser/config.hpp"
#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/allocator.hpp"
#include "riser/core/code/code.hpp"
#include "riser/core/memory/thread_shard.hpp"

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace riser::inline v0_1::core::runtime {

/// Value stacks that an engine lends to its stores. Whatever a store's limit, a call finds one that an earlier call has given
/// back: they are of powers of two, each with idle ones of its own, and lent in part where the limit is less. Of each size, each
/// thread has its own recent one, for which it does not wait. Thread-safe.
///
/// A store may keep its stack between calls, while the stores of a thread keep no more than `most_kept_bytes` together, or one
/// stack; see may_keep.
class stack_pool {
public:
    static constexpr std::size_t most_kept_bytes = std::size_t{16} << 20U;

    explicit stack_pool(const allocator& source) noexcept : source_(source) {}
    stack_pool(const stack_pool&) = delete;
    stack_pool& operator=(const stack_pool&) = delete;
    ~stack_pool() { free_unused(); }

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
        if (slot* const recent = recent_of(index).exchange(nullptr, std::memory_order_acquire)) {
            return recent;
        }
        if (slot* const unused = take_unused(index)) {
            return unused;
        }
        const auto fresh = [&] {
            return static_cast<slot*>(source_.allocate(source_.user, bytes_of(index), alignment));
        };
        slot* const stack = fresh();
        if (stack != nullptr) {
            return stack;
        }
        recalls_.fetch_add(1, std::memory_order_relaxed);
        return free_unused() ? fresh() : nullptr;
    }

    /// `bytes` as for lend.
    [[gnu::cold]] void give_back(slot* stack, std::size_t bytes) noexcept {
        const std::size_t index = class_of(bytes);
        slot* none = nullptr;
        if (recent_of(index).compare_exchange_strong(none, stack, std::memory_order_release,
                                                     std::memory_order_relaxed)) {
            return;
        }
        {
            const std::lock_guard lock(mutex_);
            if (bytes_of(index) <= most_idle_bytes - idle_bytes_) {
                idle_bytes_ += bytes_of(index);
                *stack = reinterpret_cast<std::uintptr_t>(idle_[index]);
                idle_[index] = stack;
                return;
            }
        }
        free(stack, index);
    }

    /// The part of what is kept that a stack counts for; null: for none, it is not kept.
    using kept_by = std::atomic<std::size_t>*;

    /// Whether whoever was lent a stack may keep it until end_keeping, though nothing runs on it. It is to be given back when
    /// recalls() is no longer what it was.
    [[nodiscard, gnu::cold]] kept_by may_keep(std::size_t bytes) noexcept {
        std::atomic<std::size_t>& kept = shards_[memory::thread_shard()].kept_bytes;
        const std::size_t before = kept.fetch_add(bytes, std::memory_order_relaxed);
        if (before != 0 && before + bytes > most_kept_bytes) {
            kept.fetch_sub(bytes, std::memory_order_relaxed);
            return nullptr;
        }
        return &kept;
    }
    static void end_keeping(kept_by kept, std::size_t bytes) noexcept {
        kept->fetch_sub(bytes, std::memory_order_relaxed);
    }

    /// How often the allocator has had no memory for a stack.
    [[nodiscard]] std::uint32_t recalls() const noexcept { return recalls_.load(std::memory_order_relaxed); }

private:
    static constexpr unsigned least_log2 = 12;
    static constexpr unsigned most_log2 = 40;
    static constexpr std::size_t least_bytes = std::size_t{1} << least_log2;
    static constexpr std::size_t most_bytes = std::size_t{1} << most_log2;
    static constexpr std::size_t classes = most_log2 - least_log2 + 1;
    static constexpr std::size_t most_idle_bytes = std::size_t{64} << 20U; ///< beside the recent ones
    static constexpr std::size_t alignment = 16;

    /// Of one thread, or of some that share it.
    struct alignas(memory::shard_alignment) shard {
        std::atomic<slot*> recent[classes] = {}; ///< the one given back last, of each size
        std::atomic<std::size_t> kept_bytes = 0; ///< of stacks that stores keep between calls
    };

    [[nodiscard]] static constexpr std::size_t class_of(std::size_t bytes) noexcept {
        return core::cast<std::size_t>(std::bit_width(rounded(bytes) - 1)) - least_log2;
    }
    [[nodiscard]] static constexpr std::size_t bytes_of(std::size_t index) noexcept { return least_bytes << index; }

    /// How many threads have a recent one of that size: as many as make most_idle_bytes together, or one.
    [[nodiscard]] static constexpr std::size_t recents_of(std::size_t index) noexcept {
        const std::size_t fitting = most_idle_bytes / bytes_of(index);
        return fitting == 0 ? 1 : lesser(fitting, memory::thread_shards);
    }
    [[nodiscard]] std::atomic<slot*>& recent_of(std::size_t index) noexcept {
        return shards_[memory::thread_shard() % recents_of(index)].recent[index];
    }

    /// An idle stack, or one that another thread gave back.
    [[nodiscard, gnu::cold]] slot* take_unused(std::size_t index) noexcept {
        {
            const std::lock_guard lock(mutex_);
            if (slot* const first = idle_[index]) {
                idle_bytes_ -= bytes_of(index);
                idle_[index] = reinterpret_cast<slot*>(core::cast<std::uintptr_t>(*first));
                return first;
            }
        }
        for (std::size_t i = 0; i < recents_of(index); ++i) {
            if (slot* const recent = shards_[i].recent[index].exchange(nullptr, std::memory_order_acquire)) {
                return recent;
            }
        }
        return nullptr;
    }

    /// Frees what nobody has. \returns whether there was any
    [[gnu::cold]] bool free_unused() noexcept {
        bool found = false;
        for (std::size_t i = 0; i < classes; ++i) {
            while (slot* const stack = take_unused(i)) {
                free(stack, i);
                found = true;
            }
        }
        return found;
    }

    void free(slot* stack, std::size_t index) const noexcept {
        source_.deallocate(source_.user, stack, bytes_of(index), alignment);
    }

    allocator source_;
    std::atomic<std::uint32_t> recalls_ = 0;
    shard shards_[memory::thread_shards];
    std::mutex mutex_;         // guards what follows
    slot* idle_[classes] = {}; ///< beside recent ones; the first word of each has the next
    std::size_t idle_bytes_ = 0;
};

} // namespace riser::inline v0_1::core::runtime

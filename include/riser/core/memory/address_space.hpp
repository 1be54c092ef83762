#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/allocator.hpp"
#include "riser/core/base/protection.hpp"
#include "riser/core/memory/arena.hpp"
#include "riser/core/memory/idle_reservations.hpp"
#include "riser/core/memory/linear_memory.hpp"
#include "riser/core/memory/page_habit.hpp"
#include "riser/core/memory/thread_shard.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>

namespace riser::inline v0_1::core::memory {

/// What a policy is asked for, in bytes. See request_memory.
struct memory_request {
    std::uint64_t min_bytes = 0;
    std::uint64_t max_bytes = 0; ///< growth beyond fails
    bool is_64 = false;
    bool is_shared = false;
    std::uint8_t page_size_log2 = 16;
    /// May become memory 0 of an instance, whose accesses the mode decides. All other accesses are always checked.
    bool is_memory_0 = true;
    core::protection protection = core::protection::adaptive;
    /// Where there is one, a policy sets it when the system refuses address space, mappings, or what to put there.
    bool* lacks_addresses = nullptr;

    [[gnu::cold]] void note_lack_of_addresses() const noexcept {
        if (lacks_addresses != nullptr) {
            *lacks_addresses = true;
        }
    }
};

/// The request for a memory type (Core specification 2.3.12): limits in pages. Limits that no address space holds
/// become bytes that no policy provides; nothing wraps.
[[nodiscard]] constexpr memory_request request_memory(std::uint64_t min_pages, std::optional<std::uint64_t> max_pages,
                                                      bool is_64, bool is_shared, std::uint8_t page_size_log2,
                                                      bool is_memory_0) noexcept {
    // memory.size must be able to say how many pages there are, so that a memory of 1-byte pages ends one byte earlier.
    const std::uint64_t address_limit =
        is_64 ? std::numeric_limits<std::uint64_t>::max() : (std::uint64_t{1} << 32U) - (page_size_log2 == 0 ? 1 : 0);
    const std::uint64_t most_pages = address_limit >> page_size_log2;
    memory_request request;
    request.min_bytes =
        min_pages <= most_pages ? min_pages << page_size_log2 : std::numeric_limits<std::uint64_t>::max();
    request.max_bytes = lesser(max_pages.value_or(most_pages), most_pages) << page_size_log2;
    request.is_64 = is_64;
    request.is_shared = is_shared;
    request.page_size_log2 = page_size_log2;
    request.is_memory_0 = is_memory_0;
    return request;
}

/// What an engine may reserve for signaling memories, beside what the system allows the process.
struct reservation_budget {
    std::uint64_t bytes = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t mappings = std::numeric_limits<std::uint64_t>::max();
};

/// Figures for `--stats`: a snapshot, or the counters themselves.
template <class Word>
struct memory_figures {
    Word checked_memories{};   ///< made with memory_mode::bounds_checking, ever
    Word signaling_memories{}; ///< made with memory_mode::signaling, ever
    Word fallbacks{};          ///< of the checked ones: could have signaled, had there been address space
    Word moves{};              ///< growths that gave a memory a new address
    Word block_bytes{};        ///< held now in blocks of the allocator
    Word reserved_bytes{};     ///< held now in reservations of address space
    Word reserved_mappings{};  ///< of the system's count of mappings, what reservations may take now
    Word table_pages{};        ///< what the system's page tables may take for signaling memories now, in pages
};

struct memory_statistics : memory_figures<std::uint64_t> {
    arena::figures arenas;
    std::size_t idle_reservations = 0; ///< of those that are counted as reserved: no memory has them
};

/// What memories that one thread makes, or one of some threads, take from and are counted in.
struct alignas(shard_alignment) memory_shard {
    memory_figures<std::atomic<std::uint64_t>>
        counters; ///< their sums count: what is added here may be subtracted elsewhere
    arena small;
    idle_reservations idle;
};

/// The state of one engine's memory policy, whichever it is: where memory comes from, and the accounts. Thread-safe. Threads
/// that make and destroy memories have a part each.
class address_space {
public:
    [[gnu::cold]] explicit address_space(const allocator& source = {}, const reservation_budget& budget = {}) noexcept
        : source_(source), budget_(budget) {
        for (memory_shard& each : shards_) {
            each.small.take_from(source_);
        }
    }
    address_space(const address_space&) = delete;
    address_space& operator=(const address_space&) = delete;

    /// All memories must have been destroyed.
    ~address_space() {
        if (release_ != nullptr) {
            release_(*this);
        }
        if (detach_ != nullptr) {
            detach_();
        }
    }

    [[nodiscard]] const allocator& source() const noexcept { return source_; }
    [[nodiscard]] const reservation_budget& budget() const noexcept { return budget_; }
    [[nodiscard]] memory_shard (&shards() noexcept)[thread_shards] { return shards_; }
    /// This thread's.
    [[nodiscard]] memory_shard& shard() noexcept { return shards_[thread_shard()]; }

    /// For counting; relaxed.
    [[nodiscard]] memory_figures<std::atomic<std::uint64_t>>& counters() noexcept { return shard().counters; }

    /// Where small memories lie; null: in memory of the allocator.
    [[nodiscard]] const page_operations* pages() const noexcept { return pages_.load(std::memory_order_relaxed); }
    /// For policies that know them. Nothing where the embedder brings an allocator, which wants to see all memories.
    void use_pages(const page_operations& pages) noexcept {
        if (source_.allocate == &heap::allocate && this->pages() == nullptr) {
            pages_.store(&pages, std::memory_order_relaxed);
        }
    }

    /// What all threads have counted; relaxed.
    [[nodiscard, gnu::cold]] std::uint64_t
    total(std::atomic<std::uint64_t> memory_figures<std::atomic<std::uint64_t>>::* figure) const noexcept {
        std::uint64_t sum = 0;
        for (const memory_shard& each : shards_) {
            sum += (each.counters.*figure).load(std::memory_order_relaxed);
        }
        return sum;
    }

    [[nodiscard, gnu::cold]] memory_statistics statistics() const noexcept {
        using live = memory_figures<std::atomic<std::uint64_t>>;
        memory_statistics result;
        result.checked_memories = total(&live::checked_memories);
        result.signaling_memories = total(&live::signaling_memories);
        result.fallbacks = total(&live::fallbacks);
        result.moves = total(&live::moves);
        result.block_bytes = total(&live::block_bytes);
        result.reserved_bytes = total(&live::reserved_bytes);
        result.reserved_mappings = total(&live::reserved_mappings);
        result.table_pages = total(&live::table_pages);
        for (const memory_shard& each : shards_) {
            const arena::figures small = each.small.current();
            result.arenas.chunks += small.chunks;
            result.arenas.bytes += small.bytes;
            result.arenas.used += small.used;
            result.idle_reservations += each.idle.count();
        }
        return result;
    }

    /// Ties something of the process, such as the fault handler, to the life of this engine: the first call runs
    /// `attach`, and the engine's end runs `release_idle`, which ends idle reservations, and `detach` if that returned true.
    /// Later calls repeat the first answer; a policy has one such thing at most. Cheap after the first call.
    [[nodiscard]] bool attach_once(bool (*attach)() noexcept, void (*detach)() noexcept,
                                   void (*release_idle)(address_space&) noexcept) noexcept {
        std::call_once(attached_, [&] {
            detach_ = attach() ? detach : nullptr;
            release_ = detach_ != nullptr ? release_idle : nullptr;
        });
        return detach_ != nullptr;
    }

private:
    allocator source_;
    reservation_budget budget_;
    std::atomic<const page_operations*> pages_ = nullptr;
    std::once_flag attached_;
    void (*detach_)() noexcept = nullptr;
    void (*release_)(address_space&) noexcept = nullptr;
    memory_shard shards_[thread_shards];
};

} // namespace riser::inline v0_1::core::memory

#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/allocator.hpp"
#include "riser/core/base/protection.hpp"
#include "riser/core/memory/arena.hpp"
#include "riser/core/memory/linear_memory.hpp"

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
};

struct memory_statistics : memory_figures<std::uint64_t> {
    arena::figures arenas;
};

/// The state of one engine's memory policy, whichever it is: where memory comes from, and the accounts. Thread-safe.
class address_space {
public:
    [[gnu::cold]] explicit address_space(const allocator& source = {}, const reservation_budget& budget = {}) noexcept
        : source_(source), budget_(budget) {}
    address_space(const address_space&) = delete;
    address_space& operator=(const address_space&) = delete;

    /// All memories must have been destroyed.
    ~address_space() {
        if (detach_ != nullptr) {
            detach_();
        }
    }

    [[nodiscard]] const allocator& source() const noexcept { return source_; }
    [[nodiscard]] arena& arenas() noexcept { return arena_; }
    [[nodiscard]] const reservation_budget& budget() const noexcept { return budget_; }

    /// For counting; relaxed.
    [[nodiscard]] memory_figures<std::atomic<std::uint64_t>>& counters() noexcept { return counters_; }

    [[nodiscard, gnu::cold]] memory_statistics statistics() const noexcept {
        memory_statistics result;
        result.checked_memories = counters_.checked_memories.load(std::memory_order_relaxed);
        result.signaling_memories = counters_.signaling_memories.load(std::memory_order_relaxed);
        result.fallbacks = counters_.fallbacks.load(std::memory_order_relaxed);
        result.moves = counters_.moves.load(std::memory_order_relaxed);
        result.block_bytes = counters_.block_bytes.load(std::memory_order_relaxed);
        result.reserved_bytes = counters_.reserved_bytes.load(std::memory_order_relaxed);
        result.reserved_mappings = counters_.reserved_mappings.load(std::memory_order_relaxed);
        result.arenas = arena_.current();
        return result;
    }

    /// Ties something of the process, such as the fault handler, to the life of this engine: the first call runs
    /// `attach`, and the engine's end runs `detach` if that returned true. Later calls repeat the first answer; a
    /// policy has one such thing at most. Cheap after the first call.
    [[nodiscard]] bool attach_once(bool (*attach)() noexcept, void (*detach)() noexcept) noexcept {
        std::call_once(attached_, [&] { detach_ = attach() ? detach : nullptr; });
        return detach_ != nullptr;
    }

private:
    allocator source_;
    reservation_budget budget_;
    arena arena_{source_};
    memory_figures<std::atomic<std::uint64_t>> counters_;
    std::once_flag attached_;
    void (*detach_)() noexcept = nullptr;
};

} // namespace riser::inline v0_1::core::memory

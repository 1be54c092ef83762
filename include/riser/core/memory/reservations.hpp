#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace riser::inline v0_1::core::memory {

/// Which addresses lie in reservations of signaling memories, for the fault handler: it may interrupt anything, so that
/// looking up takes no lock, no allocation and no loop. Adding and removing are thread-safe.
///
/// A reservation is longer than a window of 4 GiB. So in each window at most one ends that began in an earlier window,
/// and at most one begins, and it covers the window's rest.
class reservation_table {
public:
    static constexpr unsigned window_bits = 32;
    static constexpr std::uint64_t window = std::uint64_t{1} << window_bits;
    static constexpr std::size_t windows = std::size_t{1} << (47 - window_bits); // of user space on x86-64

    /// \returns false where the range lies outside the table or is too short for it
    [[nodiscard]] bool add(std::uintptr_t begin, std::uint64_t bytes) noexcept {
        if (bytes <= window || begin >= windows * window || bytes > windows * window - begin) {
            return false;
        }
        set(begin, begin + bytes, begin, begin + bytes);
        return true;
    }

    void remove(std::uintptr_t begin, std::uint64_t bytes) noexcept { set(begin, begin + bytes, 0, 0); }

    [[nodiscard]] bool contains(std::uintptr_t address) const noexcept {
        const std::size_t index = address >> window_bits;
        if (index >= windows) {
            return false;
        }
        const std::uintptr_t begin = entries_[index].begin.load(std::memory_order_relaxed);
        return (begin != 0 && address >= begin) || address < entries_[index].end.load(std::memory_order_relaxed);
    }

private:
    struct entry {
        std::atomic<std::uintptr_t> begin; ///< of the reservation that begins in this window, or 0
        std::atomic<std::uintptr_t> end; ///< of the reservation from an earlier window that reaches into this one, or 0
    };
    static_assert(std::atomic<std::uintptr_t>::is_always_lock_free);

    /// Relaxed, since a thread that uses a memory learned of it in an ordered way, and no other may ask about it.
    void set(std::uintptr_t first, std::uintptr_t last, std::uintptr_t begin, std::uintptr_t end) noexcept {
        const std::size_t index = first >> window_bits;
        entries_[index].begin.store(begin, std::memory_order_relaxed);
        for (std::size_t later = index + 1; later <= (last - 1) >> window_bits; ++later) {
            entries_[later].end.store(end, std::memory_order_relaxed);
        }
    }

    entry entries_[windows]{};
};

/// Of the process. Untouched zero pages until reservations are made.
inline constinit reservation_table reservations;

/// What all engines of the process hold in reservations, to be weighed against what the system allows the process.
struct reservation_totals {
    std::atomic<std::uint64_t> bytes;
    std::atomic<std::uint64_t> mappings;
};
inline constinit reservation_totals all_reservations{};

} // namespace riser::inline v0_1::core::memory

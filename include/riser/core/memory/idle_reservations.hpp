#pragma once

#include "riser/core/memory/page_habit.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

namespace riser::inline v0_1::core::memory {

/// What is known of a signaling memory's reservation, also while no memory has it.
struct reservation_note {
    std::byte* base = nullptr;
    std::uint64_t committed = 0; ///< bytes that are accessible; of an idle one
    std::uint64_t tables = 0;    ///< pages that the system's page tables may have for it, ever
    page_habit habit;
    bool is_inexact = false; ///< more may be accessible than the memory has: nobody may have it again
    reservation_note* next = nullptr;
};

/// Reservations that no memory has: zero where they are accessible, and in the accounts as before. Thread-safe.
class idle_reservations {
public:
    static constexpr std::size_t most = 64;

    /// One with so many bytes committed, else any; null where there is none.
    [[nodiscard, gnu::cold]] reservation_note* take(std::uint64_t committed) noexcept {
        if (count() == 0) {
            return nullptr;
        }
        const std::lock_guard lock(mutex_);
        reservation_note** found = &first_;
        for (reservation_note** each = &first_; *each != nullptr; each = &(*each)->next) {
            if ((*each)->committed == committed) {
                found = each;
                break;
            }
        }
        reservation_note* const result = *found;
        if (result != nullptr) {
            *found = std::exchange(result->next, nullptr);
            count_.store(count() - 1, std::memory_order_relaxed);
        }
        return result;
    }

    /// \returns false where there are enough
    [[nodiscard, gnu::cold]] bool add(reservation_note& note) noexcept {
        const std::lock_guard lock(mutex_);
        if (count() == most) {
            return false;
        }
        note.next = std::exchange(first_, &note);
        count_.store(count() + 1, std::memory_order_relaxed);
        return true;
    }

    [[nodiscard]] std::size_t count() const noexcept { return count_.load(std::memory_order_relaxed); }

private:
    std::mutex mutex_;
    reservation_note* first_ = nullptr;  // the one added last
    std::atomic<std::size_t> count_ = 0; // written under the lock
};

} // namespace riser::inline v0_1::core::memory

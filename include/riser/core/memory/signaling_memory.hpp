#pragma once

#include "riser/core/memory/address_space.hpp"
#include "riser/core/memory/checked_memory.hpp"
#include "riser/core/memory/fault_handler.hpp"
#include "riser/core/memory/linear_memory.hpp"
#include "riser/core/memory/os_linux.hpp"
#include "riser/core/memory/reservations.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace riser::inline v0::core::memory {

/// What a signaling memory reserves: every index, then the guard for offsets below guarded_offset_limit and the widest
/// access. Each memory has a reservation of its own; the kernel merges the guard with what follows if it is of the same
/// kind.
inline constexpr std::uint64_t signaling_reservation =
    (std::uint64_t{1} << 32U) + guarded_offset_limit + (std::uint64_t{64} << 10U);

/// The most that a reservation adds to the process's mappings: the committed part and the rest.
inline constexpr std::uint64_t mappings_per_reservation = 2;

/// Whether the mode may be signaling: memory 0, i32 addresses, 64 KiB pages, unshared.
[[nodiscard]] constexpr bool can_signal(const memory_request& request) noexcept {
    return request.is_memory_0 && !request.is_64 && !request.is_shared && request.page_size_log2 == 16;
}

/// Enters a reservation in the accounts, of the engine and of the process.
inline void count_reservation(address_space& space, std::uint64_t bytes) noexcept {
    space.counters().reserved_bytes.fetch_add(bytes, std::memory_order_relaxed);
    space.counters().reserved_mappings.fetch_add(mappings_per_reservation, std::memory_order_relaxed);
    all_reservations.bytes.fetch_add(bytes, std::memory_order_relaxed);
    all_reservations.mappings.fetch_add(mappings_per_reservation, std::memory_order_relaxed);
}

inline void uncount_reservation(address_space& space, std::uint64_t bytes) noexcept {
    space.counters().reserved_bytes.fetch_sub(bytes, std::memory_order_relaxed);
    space.counters().reserved_mappings.fetch_sub(mappings_per_reservation, std::memory_order_relaxed);
    all_reservations.bytes.fetch_sub(bytes, std::memory_order_relaxed);
    all_reservations.mappings.fetch_sub(mappings_per_reservation, std::memory_order_relaxed);
}

/// What reservations may take of something: half of what others leave of it.
[[nodiscard]] constexpr std::uint64_t half_of_rest(std::uint64_t limit, std::uint64_t others) noexcept {
    return limit > others ? (limit - others) / 2 : 0;
}

/// Whether all reservations together stay below half of the address space that others in the process leave.
[[nodiscard, gnu::cold]] inline bool leaves_address_space() noexcept {
    const std::uint64_t ours = all_reservations.bytes.load(std::memory_order_relaxed);
    const std::uint64_t limit = os::address_space_limit();
    // Where nothing but the hardware limits, what others have does not matter.
    const std::uint64_t mapped = limit == os::user_space ? 0 : os::mapped_bytes();
    const std::uint64_t others = mapped > ours ? mapped - ours : 0;
    return ours + signaling_reservation <= half_of_rest(limit, others);
}

/// The same of mappings. What others have is counted once per process, when the first adaptive memory is made.
[[nodiscard, gnu::cold]] inline bool leaves_mappings() noexcept {
    static const std::uint64_t budget = [] {
        const std::uint64_t limit = os::mapping_limit();
        const std::uint64_t mapped = os::mapping_count();
        const std::uint64_t ours = all_reservations.mappings.load(std::memory_order_relaxed);
        return half_of_rest(limit, mapped > ours ? mapped - ours : 0);
    }();
    return all_reservations.mappings.load(std::memory_order_relaxed) + mappings_per_reservation <= budget;
}

/// Whether one more reservation is within what the embedder gave this engine and half of what the system leaves.
/// Threads that ask at the same time may exceed it by a reservation each.
[[nodiscard, gnu::cold]] inline bool is_within_budget(address_space& space) noexcept {
    const reservation_budget& budget = space.budget();
    const std::uint64_t bytes = space.counters().reserved_bytes.load(std::memory_order_relaxed);
    const std::uint64_t mappings = space.counters().reserved_mappings.load(std::memory_order_relaxed);
    return budget.bytes >= signaling_reservation && bytes <= budget.bytes - signaling_reservation &&
           budget.mappings >= mappings_per_reservation && mappings <= budget.mappings - mappings_per_reservation &&
           leaves_address_space() && leaves_mappings();
}

/// Address space with the first `bytes` committed. \returns null where either is refused.
[[nodiscard, gnu::cold]] inline std::byte* make_reservation(address_space& space, std::uint64_t reserved,
                                                            std::uint64_t bytes) noexcept {
    std::byte* const base = os::reserve(reserved);
    if (base == nullptr) {
        return nullptr;
    }
    if (!os::commit(base, os::round_to_pages(bytes))) {
        os::release(base, reserved);
        return nullptr;
    }
    count_reservation(space, reserved);
    return base;
}

inline void drop_reservation(address_space& space, std::byte* base, std::uint64_t reserved) noexcept {
    os::release(base, reserved);
    uncount_reservation(space, reserved);
}

/// Makes a signaling memory of a request that can_signal.
[[nodiscard, gnu::cold]] inline bool make_signaling(address_space& space, const memory_request& request,
                                                    linear_memory& memory) noexcept {
    linear_memory made;
    if (!describe(request, made) || !space.attach_once(&fault_handler::acquire, &fault_handler::release)) {
        return false;
    }
    made.base = make_reservation(space, signaling_reservation, request.min_bytes);
    if (made.base == nullptr) {
        return false;
    }
    if (!reservations.add(reinterpret_cast<std::uintptr_t>(made.base), signaling_reservation)) {
        drop_reservation(space, made.base, signaling_reservation);
        return false;
    }
    made.bytes = request.min_bytes;
    made.reserved = signaling_reservation;
    made.mode = memory_mode::signaling;
    made.source = memory_source::reservation;
    memory = made;
    space.counters().signaling_memories.fetch_add(1, std::memory_order_relaxed);
    return true;
}

/// Makes a shared memory, which is always bounds-checked: its maximum is reserved and only what is used is committed.
/// Small ones are not worth a mapping. Those that no reservation holds are left to the allocator.
[[nodiscard, gnu::cold]] inline bool make_shared(address_space& space, const memory_request& request,
                                                 linear_memory& memory) noexcept {
    linear_memory made;
    if (!describe(request, made)) {
        return false;
    }
    if (request.max_bytes <= arena::largest || request.max_bytes > os::user_space) {
        return make_checked(space, request, memory);
    }
    made.reserved = os::round_to_pages(request.max_bytes);
    made.base = make_reservation(space, made.reserved, request.min_bytes);
    if (made.base == nullptr) {
        return make_checked(space, request, memory);
    }
    made.bytes = request.min_bytes;
    made.source = memory_source::reservation;
    memory = made;
    space.counters().checked_memories.fetch_add(1, std::memory_order_relaxed);
    return true;
}

/// Grows a memory made by any of these functions.
[[nodiscard, gnu::cold]] inline bool grow_reserved_or_checked(address_space& space, linear_memory& memory,
                                                              std::uint64_t bytes) noexcept {
    if (memory.source != memory_source::reservation) {
        return grow_checked(space, memory, bytes);
    }
    if (bytes < memory.bytes || bytes > memory.max_bytes) {
        return false;
    }
    const std::uint64_t begin = os::round_to_pages(memory.bytes);
    if (!os::commit(memory.base + begin, os::round_to_pages(bytes) - begin)) {
        return false;
    }
    set_size(memory, bytes);
    return true;
}

[[gnu::cold]] inline void destroy_reserved_or_checked(address_space& space, linear_memory& memory) noexcept {
    if (memory.source != memory_source::reservation) {
        destroy_checked(space, memory);
        return;
    }
    if (memory.mode == memory_mode::signaling) {
        reservations.remove(reinterpret_cast<std::uintptr_t>(memory.base), memory.reserved);
    }
    drop_reservation(space, memory.base, memory.reserved);
    memory = linear_memory{};
}

} // namespace riser::inline v0::core::memory

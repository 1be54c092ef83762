#pragma once

#include "riser/config.hpp"
#include "riser/core/base/allocator.hpp"
#include "riser/core/memory/address_space.hpp"
#include "riser/core/memory/checked_memory.hpp"
#include "riser/core/memory/idle_reservations.hpp"
#include "riser/core/memory/linear_memory.hpp"
#include "riser/core/memory/os_linux.hpp"
#include "riser/core/memory/reservations.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace riser::inline v0_1::core::memory {

/// The most that a reservation adds to the process's mappings: the committed part and the rest.
inline constexpr std::uint64_t mappings_per_reservation = 2;

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

inline void drop_reservation(address_space& space, std::byte* base, std::uint64_t reserved) noexcept {
    os::release(base, reserved);
    uncount_reservation(space, reserved);
}

/// What a signaling memory reserves: every index, then the guard for offsets below guarded_offset_limit and the widest
/// access. Each memory has a reservation of its own; the kernel merges the guard with what follows if it is of the same
/// kind.
inline constexpr std::uint64_t signaling_reservation =
    (std::uint64_t{1} << 32U) + guarded_offset_limit + (std::uint64_t{64} << 10U);

/// Enters in the accounts that the first `bytes` of a reservation may be touched: the system then has a table for each 2 MiB, and
/// one for each GiB of these, which last as long as the reservation.
[[gnu::cold]] inline void count_tables(address_space& space, reservation_note& note, std::uint64_t bytes) noexcept {
    const std::uint64_t tables = bytes == 0 ? 0 : ((bytes - 1) >> 21U) + ((bytes - 1) >> 30U) + 2;
    if (tables > note.tables) {
        space.counters().table_pages.fetch_add(tables - note.tables, std::memory_order_relaxed);
        note.tables = tables;
    }
}

/// Ends a signaling memory's reservation for good.
[[gnu::cold]] inline void drop_noted(address_space& space, reservation_note* note) noexcept {
    space.counters().table_pages.fetch_sub(note->tables, std::memory_order_relaxed);
    reservations.remove(reinterpret_cast<std::uintptr_t>(note->base), signaling_reservation);
    drop_reservation(space, note->base, signaling_reservation);
    destroy_object(space.source(), note);
}

/// Ends all idle reservations, where the system is short of address space or mappings. \returns whether there were any
[[gnu::cold]] inline bool drop_idle(address_space& space) noexcept {
    bool found = false;
    for (memory_shard& each : space.shards()) {
        while (reservation_note* const note = each.idle.take(0)) {
            drop_noted(space, note);
            found = true;
        }
    }
    return found;
}

[[nodiscard, gnu::cold]] inline std::byte* try_reservation(std::uint64_t reserved, std::uint64_t bytes) noexcept {
    std::byte* const base = os::reserve(reserved);
    if (base != nullptr && !os::commit(base, os::round_to_pages(bytes))) {
        os::release(base, reserved);
        return nullptr;
    }
    return base;
}

/// Address space with the first `bytes` committed. \returns null where either is refused, though nothing is idle.
[[nodiscard, gnu::cold]] inline std::byte* make_reservation(address_space& space, std::uint64_t reserved,
                                                            std::uint64_t bytes) noexcept {
    std::byte* base = try_reservation(reserved, bytes);
    if (base == nullptr && drop_idle(space)) {
        base = try_reservation(reserved, bytes);
    }
    if (base != nullptr) {
        count_reservation(space, reserved);
    }
    return base;
}

/// A bounds-checked memory with address space of its own, of which only what is used is committed. \returns false where the
/// system refuses.
[[nodiscard, gnu::cold]] inline bool make_reserved(address_space& space, const memory_request& request,
                                                   std::uint64_t reserved, linear_memory& memory) noexcept {
    linear_memory made;
    if (!describe(request, made)) {
        return false;
    }
    made.reserved = os::round_to_pages(reserved);
    made.base = make_reservation(space, made.reserved, request.min_bytes);
    if (made.base == nullptr) {
        request.note_lack_of_addresses();
        return false;
    }
    made.bytes = request.min_bytes;
    made.source = memory_source::reservation;
    memory = made;
    space.counters().checked_memories.fetch_add(1, std::memory_order_relaxed);
    return true;
}

/// Makes a shared memory, which is always bounds-checked and never moves: its maximum is reserved. Small ones are not worth
/// a mapping. Those that no reservation holds are left to the allocator.
[[nodiscard, gnu::cold]] inline bool make_shared(address_space& space, const memory_request& request,
                                                 linear_memory& memory) noexcept {
    space.use_pages(os::pages);
    const bool is_worth_it = request.max_bytes > arena::largest && request.max_bytes <= os::user_space;
    return (is_worth_it && make_reserved(space, request, request.max_bytes, memory)) ||
           make_checked(space, request, memory);
}

/// From here on a bounds-checked memory has a mapping of its own, which counts for the system only where it is touched: what
/// the heap gives out has to be there, or nearly, whatever of it is used.
inline constexpr std::uint64_t least_mapped_bytes = std::uint64_t{1} << 30U;

/// Whether memories of that size have one. Not where the embedder brings an allocator, which wants to see them.
[[nodiscard, gnu::cold]] inline bool is_mapped_size(const address_space& space, std::uint64_t bytes) noexcept {
    return bytes >= least_mapped_bytes && bytes <= os::user_space && space.source().allocate == &heap::allocate;
}

/// Makes a bounds-checked memory that is not shared.
[[nodiscard, gnu::cold]] inline bool make_unshared(address_space& space, const memory_request& request,
                                                   linear_memory& memory) noexcept {
    space.use_pages(os::pages);
    return (is_mapped_size(space, request.min_bytes) && make_reserved(space, request, request.min_bytes, memory)) ||
           make_checked(space, request, memory);
}

/// Copies a memory from wherever it is to a mapping of `bytes`.
[[nodiscard, gnu::cold]] inline bool move_to_mapping(address_space& space, linear_memory& memory,
                                                     std::uint64_t bytes) noexcept {
    std::byte* const base = make_reservation(space, os::round_to_pages(bytes), bytes);
    if (base == nullptr) {
        return false;
    }
    std::memcpy(base, memory.base, core::cast<std::size_t>(memory.bytes));
    give_back_stretch(space, stretch_of(memory));
    set_stretch(memory, {base, os::round_to_pages(bytes), memory_source::reservation, nullptr});
    space.counters().moves.fetch_add(1, std::memory_order_relaxed);
    set_size(memory, bytes);
    return true;
}

/// Makes a mapping longer, which is as long as its memory.
[[nodiscard, gnu::cold]] inline bool extend_mapping(address_space& space, linear_memory& memory,
                                                    std::uint64_t bytes) noexcept {
    const std::uint64_t reserved = os::round_to_pages(bytes);
    std::byte* const base = os::extend(memory.base, memory.reserved, reserved);
    if (base == nullptr) {
        return false;
    }
    space.counters().moves.fetch_add(base == memory.base ? 0 : 1, std::memory_order_relaxed);
    space.counters().reserved_bytes.fetch_add(reserved - memory.reserved, std::memory_order_relaxed);
    all_reservations.bytes.fetch_add(reserved - memory.reserved, std::memory_order_relaxed);
    memory.base = base;
    memory.reserved = reserved;
    set_size(memory, bytes);
    return true;
}

/// Grows a memory made by any of these functions, or a signaling one.
[[nodiscard, gnu::cold]] inline bool grow_reserved_or_checked(address_space& space, linear_memory& memory,
                                                              std::uint64_t bytes) noexcept {
    if (bytes < memory.bytes || bytes > memory.max_bytes) {
        return false;
    }
    if (memory.source != memory_source::reservation) {
        const bool is_mapped = !memory.is_shared && bytes > memory.reserved && is_mapped_size(space, bytes);
        return is_mapped ? move_to_mapping(space, memory, bytes) : grow_checked(space, memory, bytes);
    }
    if (bytes > memory.reserved) {
        return !memory.is_shared && extend_mapping(space, memory, bytes);
    }
    const std::uint64_t begin = os::round_to_pages(memory.bytes);
    const std::uint64_t added = os::round_to_pages(bytes) - begin;
    if (!os::commit(memory.base + begin, added)) {
        // A part of it may have become accessible: the system may have several mappings there.
        const bool is_closed = os::decommit(memory.base + begin, added);
        if (memory.mode == memory_mode::signaling) {
            static_cast<reservation_note*>(memory.owner)->is_inexact |= !is_closed;
        }
        return false;
    }
    if (memory.mode == memory_mode::signaling) {
        count_tables(space, *static_cast<reservation_note*>(memory.owner), bytes);
    }
    set_size(memory, bytes);
    return true;
}

/// Of larger memories the reservation is not kept: giving it back is little beside filling it, and takes its page tables along.
inline constexpr std::uint64_t most_recycled_bytes = std::uint64_t{16} << 20U;

/// Makes a signaling memory's reservation idle, all zero, or ends it.
[[gnu::cold]] inline void recycle(address_space& space, reservation_note* note, std::uint64_t bytes) noexcept {
    note->committed = bytes;
    if (note->is_inexact || bytes > most_recycled_bytes || !os::clear(note->base, bytes, note->habit) ||
        !space.shard().idle.add(*note)) {
        drop_noted(space, note);
    }
}

[[gnu::cold]] inline void destroy_reserved_or_checked(address_space& space, linear_memory& memory) noexcept {
    if (memory.source != memory_source::reservation) {
        destroy_checked(space, memory);
        return;
    }
    if (memory.mode == memory_mode::signaling) {
        recycle(space, static_cast<reservation_note*>(memory.owner), memory.bytes);
    } else {
        drop_reservation(space, memory.base, memory.reserved);
    }
    memory = linear_memory{};
}

} // namespace riser::inline v0_1::core::memory

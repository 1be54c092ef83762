#pragma once

#include "riser/core/memory/address_space.hpp"
#include "riser/core/memory/checked_memory.hpp"
#include "riser/core/memory/fault_handler.hpp"
#include "riser/core/memory/linear_memory.hpp"
#include "riser/core/memory/os_linux.hpp"
#include "riser/core/memory/reservations.hpp"
#include "riser/core/memory/reserved_memory.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace riser::inline v0_1::core::memory {

/// Whether the mode may be signaling: memory 0, i32 addresses, 64 KiB pages, unshared, and not to be checked.
[[nodiscard]] constexpr bool can_signal(const memory_request& request) noexcept {
    return request.is_memory_0 && !request.is_64 && !request.is_shared && request.page_size_log2 == 16 &&
           request.protection != protection::checks;
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
    using live = memory_figures<std::atomic<std::uint64_t>>;
    const std::uint64_t bytes = space.total(&live::reserved_bytes);
    const std::uint64_t mappings = space.total(&live::reserved_mappings);
    return budget.bytes >= signaling_reservation && bytes <= budget.bytes - signaling_reservation &&
           budget.mappings >= mappings_per_reservation && mappings <= budget.mappings - mappings_per_reservation &&
           leaves_address_space() && leaves_mappings();
}

/// Makes exactly the first `bytes` of an idle reservation accessible: a guest relies on the guard right behind its memory.
/// \returns false where the system refuses
[[nodiscard, gnu::cold]] inline bool recommit(reservation_note& note, std::uint64_t bytes) noexcept {
    const bool done = bytes < note.committed ? os::decommit(note.base + bytes, note.committed - bytes)
                                             : os::commit(note.base + note.committed, bytes - note.committed);
    note.committed = bytes;
    return done;
}

/// An idle reservation with so many bytes committed, this thread's before others'; null where there is none.
[[nodiscard, gnu::cold]] inline reservation_note* take_idle(address_space& space, std::uint64_t bytes) noexcept {
    reservation_note* note = space.shard().idle.take(bytes);
    for (std::size_t i = 0; i < thread_shards && note == nullptr; ++i) {
        note = space.shards()[i].idle.take(bytes);
    }
    if (note != nullptr && !recommit(*note, bytes)) {
        drop_noted(space, note);
        return nullptr;
    }
    return note;
}

/// A reservation that no memory has had; null where the system refuses.
[[nodiscard, gnu::cold]] inline reservation_note* make_noted(address_space& space,
                                                             const memory_request& request) noexcept {
    auto* const note = make_object<reservation_note>(space.source());
    if (note == nullptr) {
        return nullptr;
    }
    note->base = make_reservation(space, signaling_reservation, request.min_bytes);
    if (note->base == nullptr) {
        request.note_lack_of_addresses();
        destroy_object(space.source(), note);
        return nullptr;
    }
    if (!reservations.add(reinterpret_cast<std::uintptr_t>(note->base), signaling_reservation)) {
        drop_reservation(space, note->base, signaling_reservation);
        destroy_object(space.source(), note);
        return nullptr;
    }
    return note;
}

[[gnu::cold]] inline void drop_all_idle(address_space& space) noexcept { static_cast<void>(drop_idle(space)); }

/// Makes a signaling memory of a request that can_signal: of an idle reservation, else, where `may_reserve(space)`, of a new one.
[[nodiscard, gnu::cold]] inline bool make_signaling(address_space& space, const memory_request& request,
                                                    linear_memory& memory,
                                                    bool (*may_reserve)(address_space&) noexcept) noexcept {
    linear_memory made;
    if (!describe(request, made) ||
        !space.attach_once(&fault_handler::acquire, &fault_handler::release, &drop_all_idle)) {
        return false;
    }
    reservation_note* note = take_idle(space, request.min_bytes);
    if (note == nullptr && may_reserve(space)) {
        note = make_noted(space, request);
    }
    if (note == nullptr) {
        return false;
    }
    count_tables(space, *note, request.min_bytes);
    made.base = note->base;
    made.owner = note;
    made.bytes = request.min_bytes;
    made.reserved = signaling_reservation;
    made.mode = memory_mode::signaling;
    made.source = memory_source::reservation;
    memory = made;
    space.counters().signaling_memories.fetch_add(1, std::memory_order_relaxed);
    return true;
}

} // namespace riser::inline v0_1::core::memory

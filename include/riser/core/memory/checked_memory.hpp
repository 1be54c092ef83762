#pragma once

#include "riser/config.hpp"
#include "riser/core/base/algorithm.hpp"
#include "riser/core/memory/address_space.hpp"
#include "riser/core/memory/arena.hpp"
#include "riser/core/memory/linear_memory.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace riser::inline v0_1::core::memory {

inline constexpr std::size_t base_alignment = arena::alignment;

/// Where an empty memory begins: nothing is ever read or written there, but arithmetic on null would be undefined.
alignas(base_alignment) inline std::byte nowhere[base_alignment];

/// Fills in what a memory has from its type. \returns false where its size contradicts its maximum.
[[nodiscard, gnu::cold]] inline bool describe(const memory_request& request, linear_memory& memory) noexcept {
    if (request.min_bytes > request.max_bytes) {
        return false;
    }
    memory = linear_memory{};
    memory.base = nowhere;
    memory.max_bytes = request.max_bytes;
    memory.page_size_log2 = request.page_size_log2;
    memory.is_64 = request.is_64;
    memory.is_shared = request.is_shared;
    return true;
}

/// Publishes the size. Threads that share a memory read it while it grows.
inline void set_size(linear_memory& memory, std::uint64_t bytes) noexcept {
    if (memory.is_shared) {
        std::atomic_ref<std::uint64_t>(memory.bytes).store(bytes, std::memory_order_release);
    } else {
        memory.bytes = bytes;
    }
}

/// Memory of a bounds-checked memory, from wherever it fits best.
struct stretch {
    std::byte* base = nullptr;
    std::uint64_t bytes = 0;
    memory_source source = memory_source::none;
    void* owner = nullptr;
};

[[nodiscard]] constexpr bool is_block(memory_source source) noexcept {
    return source == memory_source::block || source == memory_source::reallocated;
}

[[nodiscard]] constexpr std::size_t granules_for(std::uint64_t bytes) noexcept {
    return core::cast<std::size_t>((bytes + arena::granule - 1) / arena::granule);
}

/// A run of this thread's arena; of another's where there is no memory for a new chunk.
[[nodiscard, gnu::cold]] inline arena::run take_run(address_space& space, std::size_t granules) noexcept {
    arena::run result = space.shard().small.take(granules, space.pages());
    for (std::size_t i = 0; i < thread_shards && result.chunk == nullptr; ++i) {
        result = space.shards()[i].small.take_left(granules);
    }
    return result;
}

/// A run of an arena for everything from half a granule to arena::largest, else a block. Zeroed.
[[nodiscard, gnu::cold]] inline bool take_stretch(address_space& space, std::uint64_t bytes, stretch& result) noexcept {
    if (bytes == 0) {
        result = {nowhere, 0, memory_source::none, nullptr};
        return true;
    }
    if (bytes > arena::granule / 2 && bytes <= arena::largest) {
        const arena::run run = take_run(space, granules_for(bytes));
        if (run.base != nullptr) {
            result = {run.base, granules_for(bytes) * arena::granule, memory_source::arena, run.chunk};
            return true;
        }
    }
    if (bytes > static_cast<std::uint64_t>(PTRDIFF_MAX)) {
        return false;
    }
    void* const block = space.source().allocate(space.source().user, core::cast<std::size_t>(bytes), base_alignment);
    if (block == nullptr) {
        return false;
    }
    space.counters().block_bytes.fetch_add(bytes, std::memory_order_relaxed);
    result = {static_cast<std::byte*>(block), bytes, memory_source::block, nullptr};
    return true;
}

[[gnu::cold]] inline void give_back_stretch(address_space& space, const stretch& what) noexcept {
    if (what.source == memory_source::arena) {
        arena::give_back({what.base, static_cast<arena_chunk*>(what.owner)}, granules_for(what.bytes));
    } else if (is_block(what.source)) {
        const allocator& source = space.source();
        source.deallocate(source.user, what.base, static_cast<std::size_t>(what.bytes), base_alignment);
        space.counters().block_bytes.fetch_sub(what.bytes, std::memory_order_relaxed);
    }
}

[[nodiscard]] inline stretch stretch_of(const linear_memory& memory) noexcept {
    return {memory.base, memory.reserved, memory.source, memory.owner};
}

inline void set_stretch(linear_memory& memory, const stretch& what) noexcept {
    memory.base = what.base;
    memory.reserved = what.bytes;
    memory.source = what.source;
    memory.owner = what.owner;
}

/// Makes a bounds-checked memory. Shared ones take their maximum now, since they can never move.
[[nodiscard, gnu::cold]] inline bool make_checked(address_space& space, const memory_request& request,
                                                  linear_memory& memory) noexcept {
    stretch room;
    linear_memory made;
    if (!describe(request, made) ||
        !take_stretch(space, request.is_shared ? request.max_bytes : request.min_bytes, room)) {
        return false;
    }
    set_stretch(made, room);
    made.bytes = request.min_bytes;
    memory = made;
    space.counters().checked_memories.fetch_add(1, std::memory_order_relaxed);
    return true;
}

/// Lengthens a memory's run of granules where it lies.
[[nodiscard, gnu::cold]] inline bool extend_stretch(linear_memory& memory, std::uint64_t bytes) noexcept {
    if (memory.source != memory_source::arena || bytes > arena::largest) {
        return false;
    }
    const arena::run run{memory.base, static_cast<arena_chunk*>(memory.owner)};
    if (!arena::extend(run, granules_for(memory.reserved), granules_for(bytes))) {
        return false;
    }
    memory.reserved = granules_for(bytes) * arena::granule;
    return true;
}

/// Lets the allocator lengthen a block, which it can often do without copying. Not where most of it would be new: a new
/// block is untouched pages, whereas here we must clear what is added.
[[nodiscard, gnu::cold]] inline bool reallocate_block(address_space& space, linear_memory& memory,
                                                      std::uint64_t bytes) noexcept {
    const allocator& source = space.source();
    const bool is_mostly_new = bytes - memory.bytes > memory.bytes;
    if (!is_block(memory.source) || source.reallocate == nullptr || is_mostly_new ||
        bytes > static_cast<std::uint64_t>(PTRDIFF_MAX)) {
        return false;
    }
    void* const block = source.reallocate(source.user, memory.base, core::cast<std::size_t>(memory.reserved),
                                          core::cast<std::size_t>(bytes), base_alignment);
    if (block == nullptr) {
        return false;
    }
    space.counters().block_bytes.fetch_add(bytes - memory.reserved, std::memory_order_relaxed);
    set_stretch(memory, {static_cast<std::byte*>(block), bytes, memory_source::reallocated, nullptr});
    return true;
}

/// Copies the memory to a new stretch.
[[nodiscard, gnu::cold]] inline bool move_stretch(address_space& space, linear_memory& memory,
                                                  std::uint64_t bytes) noexcept {
    stretch room;
    if (!take_stretch(space, bytes, room)) {
        return false;
    }
    std::memcpy(room.base, memory.base, core::cast<std::size_t>(memory.bytes));
    give_back_stretch(space, stretch_of(memory));
    set_stretch(memory, room);
    return true;
}

/// Makes room for at least `bytes`, an eighth more where there is room for that, so that growing page by page costs
/// linear time.
[[nodiscard, gnu::cold]] inline bool make_room(address_space& space, linear_memory& memory,
                                               std::uint64_t bytes) noexcept {
    const std::uint64_t slack = lesser(bytes / 8, memory.max_bytes - bytes);
    const std::byte* const before = memory.base;
    const bool done = extend_stretch(memory, bytes + slack) || extend_stretch(memory, bytes) ||
                      reallocate_block(space, memory, bytes + slack) || move_stretch(space, memory, bytes + slack) ||
                      reallocate_block(space, memory, bytes) || move_stretch(space, memory, bytes);
    if (done && memory.base != before) {
        space.counters().moves.fetch_add(1, std::memory_order_relaxed);
    }
    return done;
}

[[nodiscard, gnu::cold]] inline bool grow_checked(address_space& space, linear_memory& memory,
                                                  std::uint64_t bytes) noexcept {
    if (bytes < memory.bytes || bytes > memory.max_bytes) {
        return false;
    }
    if (bytes > memory.reserved && !make_room(space, memory, bytes)) {
        return false;
    }
    if (memory.source == memory_source::reallocated) {
        std::memset(memory.base + memory.bytes, 0, core::cast<std::size_t>(bytes - memory.bytes));
    }
    set_size(memory, bytes);
    return true;
}

inline void destroy_checked(address_space& space, linear_memory& memory) noexcept {
    give_back_stretch(space, stretch_of(memory));
    memory = linear_memory{};
}

} // namespace riser::inline v0_1::core::memory

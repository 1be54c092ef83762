#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/allocator.hpp"
#include "riser/core/memory/page_habit.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <new>

namespace riser::inline v0_1::core::memory {

/// A block of the engine's allocator that several memories share, in granules. Its bookkeeping lies apart, where no
/// guest address leads.
struct arena_chunk {
    arena_chunk* next = nullptr;
    arena_chunk* previous = nullptr;
    std::byte* base = nullptr;
    std::size_t granules = 0;
    std::size_t free = 0;
    class arena* owner = nullptr;
    const page_operations* pages = nullptr; ///< whence it comes; null: from the allocator
    page_habit* habits = nullptr;           ///< one for each granule, of the run that begins there; behind the bits
    std::uint64_t* bits = nullptr;          ///< one for each granule, set where it is free; behind this struct

    /// First granule at or after `at` whose bit is `value`, or `granules`.
    [[nodiscard, gnu::cold]] std::size_t find(std::size_t at, bool value) const noexcept {
        while (at < granules) {
            const std::uint64_t word = (value ? bits[at / 64] : ~bits[at / 64]) >> at % 64;
            if (word != 0) {
                return lesser(granules, at + static_cast<std::size_t>(std::countr_zero(word)));
            }
            at += 64 - at % 64;
        }
        return granules;
    }

    /// First granule of a free run of `count`, or `granules`.
    [[nodiscard, gnu::cold]] std::size_t find_run(std::size_t count) const noexcept {
        for (std::size_t at = find(0, true); at < granules;) {
            const std::size_t end = find(at, false);
            if (end - at >= count) {
                return at;
            }
            at = find(end, true);
        }
        return granules;
    }

    void mark(std::size_t at, std::size_t count, bool is_free) noexcept {
        for (std::size_t i = at; i < at + count; ++i) {
            const std::uint64_t bit = std::uint64_t{1} << i % 64;
            bits[i / 64] = is_free ? bits[i / 64] | bit : bits[i / 64] & ~bit;
        }
        free = is_free ? free + count : free - count;
    }
};

/// Makes memory zero and touches no page that is zero already, as those are that nobody has touched yet.
[[gnu::cold]] inline void clear_where_not_zero(std::byte* begin, std::size_t bytes) noexcept {
    constexpr std::size_t step = 4096;
    static constexpr std::byte zeros[step]{};
    for (std::size_t at = 0; at < bytes; at += step) {
        const std::size_t count = lesser(step, bytes - at);
        if (std::memcmp(begin + at, zeros, count) != 0) {
            std::memset(begin + at, 0, count);
        }
    }
}

/// Memories of up to arena::largest bytes, packed into shared chunks so that none costs a mapping of its own. What is free is
/// zero, whoever had it before. Thread-safe.
class arena {
public:
    static constexpr std::size_t granule = std::size_t{64} << 10U; ///< the default page size of wasm
    static constexpr std::size_t alignment = 16;                   ///< of what is handed out
    static constexpr std::size_t largest = 32 * granule;           ///< longer runs are the allocator's own business

    struct run {
        std::byte* base = nullptr; ///< null: the allocator failed
        arena_chunk* chunk = nullptr;
    };

    struct figures {
        std::size_t chunks = 0;
        std::size_t bytes = 0; ///< taken from the allocator
        std::size_t used = 0;  ///< handed out
    };

    arena() noexcept = default;
    arena(const arena&) = delete;
    arena& operator=(const arena&) = delete;

    ~arena() {
        while (open_ != nullptr) {
            drop(open_, *open_);
        }
        while (full_ != nullptr) {
            drop(full_, *full_);
        }
    }

    /// Before anything is taken. `source` outlives the arena.
    void take_from(const allocator& source) noexcept { source_ = &source; }

    /// Hands out `granules` zeroed granules, at most `largest` bytes. New chunks come from `pages`, where that is not null.
    [[nodiscard, gnu::cold]] run take(std::size_t granules, const page_operations* pages) noexcept {
        const std::lock_guard lock(mutex_);
        const run found = take_free(granules);
        if (found.chunk != nullptr) {
            return found;
        }
        arena_chunk* const chunk = add_chunk(granules, pages);
        return chunk == nullptr ? run{} : claim(*chunk, 0, granules);
    }

    /// The same without new chunks.
    [[nodiscard, gnu::cold]] run take_left(std::size_t granules) noexcept {
        const std::lock_guard lock(mutex_);
        return take_free(granules);
    }

    /// Lengthens a run where it lies, if what follows it is free. The added granules are zero.
    [[nodiscard, gnu::cold]] static bool extend(run what, std::size_t old_granules, std::size_t granules) noexcept {
        arena& owner = *what.chunk->owner;
        const std::size_t end = index_of(what) + old_granules;
        const std::size_t added = granules - old_granules;
        const std::lock_guard lock(owner.mutex_);
        if (added > what.chunk->granules - end || what.chunk->find(end, false) - end < added) {
            return false;
        }
        static_cast<void>(owner.claim(*what.chunk, end, added));
        return true;
    }

    [[gnu::cold]] static void give_back(run what, std::size_t granules) noexcept {
        arena_chunk& chunk = *what.chunk;
        if (chunk.pages == nullptr ||
            !chunk.pages->clear(what.base, granules * granule, chunk.habits[index_of(what)])) {
            clear_where_not_zero(what.base, granules * granule);
        }
        chunk.owner->release(what, granules);
    }

    [[nodiscard]] figures current() const noexcept {
        const std::lock_guard lock(mutex_);
        return figures_;
    }

private:
    static constexpr std::size_t first_chunk = 16; // granules; each chunk is twice as long as the one before, until
    static constexpr std::size_t last_chunk = 256;

    [[nodiscard]] static std::size_t index_of(run what) noexcept {
        return static_cast<std::size_t>(what.base - what.chunk->base) / granule;
    }

    [[nodiscard]] static constexpr std::size_t bookkeeping(std::size_t granules) noexcept {
        return sizeof(arena_chunk) + (granules + 63) / 64 * sizeof(std::uint64_t) + granules * sizeof(page_habit);
    }

    [[nodiscard, gnu::cold]] run take_free(std::size_t granules) noexcept {
        for (arena_chunk* chunk = open_; chunk != nullptr; chunk = chunk->next) {
            const std::size_t at = chunk->free < granules ? chunk->granules : chunk->find_run(granules);
            if (at != chunk->granules) {
                return claim(*chunk, at, granules);
            }
        }
        return {};
    }

    /// Takes a run that is free.
    [[nodiscard, gnu::cold]] run claim(arena_chunk& chunk, std::size_t at, std::size_t granules) noexcept {
        chunk.mark(at, granules, false);
        figures_.used += granules * granule;
        if (chunk.free == 0) {
            unlink(open_, chunk);
            link(full_, chunk);
        }
        return {chunk.base + at * granule, &chunk};
    }

    [[gnu::cold]] void release(run what, std::size_t granules) noexcept {
        const std::lock_guard lock(mutex_);
        arena_chunk& chunk = *what.chunk;
        if (chunk.free == 0) {
            unlink(full_, chunk);
            link(open_, chunk);
        }
        chunk.mark(index_of(what), granules, true);
        figures_.used -= granules * granule;
        if (chunk.free != chunk.granules) {
            return;
        }
        // One empty chunk is kept, so that a memory that comes and goes does not take a chunk each time.
        if (spare_ != nullptr && spare_ != &chunk && spare_->free == spare_->granules) {
            drop(open_, chunk);
        } else {
            spare_ = &chunk;
        }
    }

    /// A chunk of the next size, or just `granules` where there is no more.
    [[nodiscard, gnu::cold]] arena_chunk* add_chunk(std::size_t granules, const page_operations* pages) noexcept {
        const std::size_t wanted = greater(next_chunk_, granules);
        arena_chunk* chunk = make_chunk(wanted, pages);
        if (chunk == nullptr && wanted > granules) {
            chunk = make_chunk(granules, pages);
        } else {
            next_chunk_ = lesser(next_chunk_ * 2, last_chunk);
        }
        return chunk;
    }

    [[nodiscard, gnu::cold]] arena_chunk* make_chunk(std::size_t granules, const page_operations* pages) noexcept {
        void* const notes = source_->allocate(source_->user, bookkeeping(granules), alignof(arena_chunk));
        if (notes == nullptr) {
            return nullptr;
        }
        void* const base = pages != nullptr ? pages->map(granules * granule)
                                            : source_->allocate(source_->user, granules * granule, alignment);
        if (base == nullptr) {
            source_->deallocate(source_->user, notes, bookkeeping(granules), alignof(arena_chunk));
            return nullptr;
        }
        auto* const chunk = ::new (notes) arena_chunk;
        chunk->base = static_cast<std::byte*>(base);
        chunk->granules = granules;
        chunk->owner = this;
        chunk->pages = pages;
        chunk->bits = reinterpret_cast<std::uint64_t*>(chunk + 1);
        chunk->habits = reinterpret_cast<page_habit*>(chunk->bits + (granules + 63) / 64);
        chunk->mark(0, granules, true);
        link(open_, *chunk);
        ++figures_.chunks;
        figures_.bytes += granules * granule;
        return chunk;
    }

    [[gnu::cold]] void drop(arena_chunk*& list, arena_chunk& chunk) noexcept {
        unlink(list, chunk);
        if (spare_ == &chunk) {
            spare_ = nullptr;
        }
        --figures_.chunks;
        figures_.bytes -= chunk.granules * granule;
        if (chunk.pages != nullptr) {
            chunk.pages->unmap(chunk.base, chunk.granules * granule);
        } else {
            source_->deallocate(source_->user, chunk.base, chunk.granules * granule, alignment);
        }
        source_->deallocate(source_->user, &chunk, bookkeeping(chunk.granules), alignof(arena_chunk));
    }

    [[gnu::cold]] static void link(arena_chunk*& list, arena_chunk& chunk) noexcept {
        chunk.previous = nullptr;
        chunk.next = list;
        if (list != nullptr) {
            list->previous = &chunk;
        }
        list = &chunk;
    }

    static void unlink(arena_chunk*& list, arena_chunk& chunk) noexcept {
        (chunk.previous != nullptr ? chunk.previous->next : list) = chunk.next;
        if (chunk.next != nullptr) {
            chunk.next->previous = chunk.previous;
        }
    }

    const allocator* source_ = &host_allocator;
    mutable std::mutex mutex_;    // guards everything below, and the chunks' bookkeeping
    arena_chunk* open_ = nullptr; // chunks with a free granule
    arena_chunk* full_ = nullptr;
    arena_chunk* spare_ = nullptr; // the last chunk that became empty; null or used again
    std::size_t next_chunk_ = first_chunk;
    figures figures_;
};

} // namespace riser::inline v0_1::core::memory

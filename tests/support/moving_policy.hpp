#pragma once

/// A memory policy written outside of the engine: every growth moves the memory, also a growth by nothing, so that
/// whoever keeps an old base is found out. Old memory faults when it is touched, and so does what lies before and
/// behind the memory.

#include "riser/memory_policy/bounds_checking.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>

#include <sys/mman.h>
#include <unistd.h>

namespace test {

class moving {
public:
    static constexpr bool may_signal = false;
    static constexpr bool may_check = true;

    /// For tests that must notice a broken engine: growth forgets what the memory had.
    static inline std::atomic<bool> loses_contents = false;

    static bool make(riser::memory_policy::address_space& space, const riser::memory_policy::memory_request& request,
                     riser::memory_policy::linear_memory& memory) noexcept {
        if (request.is_shared) { // never moves
            return riser::memory_policy::bounds_checking::make(space, request, memory);
        }
        riser::memory_policy::linear_memory made;
        made.max_bytes = request.max_bytes;
        made.page_size_log2 = request.page_size_log2;
        made.is_64 = request.is_64;
        if (request.min_bytes > request.max_bytes || !place(request.min_bytes, made)) {
            return false;
        }
        memory = made;
        space.counters().checked_memories.fetch_add(1, std::memory_order_relaxed);
        return true;
    }

    static bool grow(riser::memory_policy::address_space& space, riser::memory_policy::linear_memory& memory,
                     std::uint64_t bytes) noexcept {
        if (memory.is_shared) {
            return riser::memory_policy::bounds_checking::grow(space, memory, bytes);
        }
        riser::memory_policy::linear_memory grown = memory;
        if (bytes < memory.bytes || bytes > memory.max_bytes || !place(bytes, grown)) {
            return false;
        }
        if (!loses_contents) {
            copy(memory, grown.base);
        }
        quarantine(memory);
        memory = grown;
        space.counters().moves.fetch_add(1, std::memory_order_relaxed);
        return true;
    }

    static void destroy(riser::memory_policy::address_space& space,
                        riser::memory_policy::linear_memory& memory) noexcept {
        if (memory.is_shared) {
            riser::memory_policy::bounds_checking::destroy(space, memory);
            return;
        }
        quarantine(memory);
        memory = {};
    }

private:
    static constexpr std::uint64_t page = 64 << 10U; // of the system, or a multiple

    /// The memory's end is as near to the inaccessible page behind it as its alignment allows.
    static bool place(std::uint64_t bytes, riser::memory_policy::linear_memory& memory) noexcept {
        if (bytes > (std::uint64_t{1} << 40U)) {
            return false;
        }
        const std::uint64_t room = (bytes + page - 1) / page * page;
        const std::uint64_t aligned = (bytes + 15) / 16 * 16;
        void* const mapping =
            ::mmap(nullptr, room + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapping == MAP_FAILED) {
            return false;
        }
        std::byte* const begin = static_cast<std::byte*>(mapping) + page;
        if (room != 0 && ::mprotect(begin, room, PROT_READ | PROT_WRITE) != 0) {
            ::munmap(mapping, room + 2 * page);
            return false;
        }
        memory.base = begin + (room - aligned);
        memory.bytes = bytes;
        memory.reserved = room + 2 * page;
        memory.source = riser::memory_policy::memory_source::custom;
        memory.owner = mapping;
        return true;
    }

    /// Leaves pages of zeros alone, so that a memory of 4 GiB that is hardly used costs little.
    static void copy(const riser::memory_policy::linear_memory& from, std::byte* to) noexcept {
        static constexpr std::byte zeros[4096]{};
        for (std::uint64_t at = 0; at < from.bytes; at += sizeof zeros) {
            const std::size_t count = std::min<std::uint64_t>(sizeof zeros, from.bytes - at);
            if (std::memcmp(from.base + at, zeros, count) != 0) {
                std::memcpy(to + at, from.base + at, count);
            }
        }
    }

    struct range {
        void* begin = nullptr;
        std::uint64_t bytes = 0;
    };

    /// Old memory stays reserved for a while, so that nothing else is put there.
    static void quarantine(const riser::memory_policy::linear_memory& memory) noexcept {
        ::madvise(memory.owner, memory.reserved, MADV_DONTNEED);
        ::mprotect(memory.owner, memory.reserved, PROT_NONE);
        static std::mutex mutex;
        static std::array<range, 64> ranges;
        static std::size_t next = 0;
        const std::lock_guard lock(mutex);
        if (ranges[next].begin != nullptr) {
            ::munmap(ranges[next].begin, ranges[next].bytes);
        }
        ranges[next] = {memory.owner, memory.reserved};
        next = (next + 1) % ranges.size();
    }
};
static_assert(riser::memory_policy::policy<moving>);

} // namespace test

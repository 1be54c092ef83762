#pragma once

/// What signaling memories need of Linux: address space without memory behind it, and what is left of both. Included by
/// the policies that may signal only.

#include "riser/core/base/algorithm.hpp"
#include "riser/core/memory/page_habit.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace riser::inline v0_1::core::memory::os {

inline constexpr std::uint64_t page_size = 4096; // of x86-64

[[nodiscard]] constexpr std::uint64_t round_to_pages(std::uint64_t bytes) noexcept {
    return (bytes + page_size - 1) / page_size * page_size;
}

/// Address space that faults on every access. \returns null where there is none.
[[nodiscard]] inline std::byte* reserve(std::uint64_t bytes) noexcept {
    void* const base = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return base == MAP_FAILED ? nullptr : static_cast<std::byte*>(base);
}

/// Makes whole pages of a reservation usable; they are zero. \returns false where the system has no memory or mapping
/// left.
[[nodiscard]] inline bool commit(std::byte* begin, std::uint64_t bytes) noexcept {
    return bytes == 0 || ::mprotect(begin, bytes, PROT_READ | PROT_WRITE) == 0;
}

/// Makes whole pages fault again, whose content is no matter any more. \returns false where the system has no memory or mapping left
[[nodiscard]] inline bool decommit(std::byte* begin, std::uint64_t bytes) noexcept {
    return ::mprotect(begin, bytes, PROT_NONE) == 0;
}

/// Makes what is wholly usable longer, at a new address if need be; the pages move without being copied, and what is added
/// is zero. \returns null where there is no address space: everything is as before.
[[nodiscard]] inline std::byte* extend(std::byte* base, std::uint64_t old_bytes, std::uint64_t bytes) noexcept {
    void* const longer = ::mremap(base, old_bytes, bytes, MREMAP_MAYMOVE);
    return longer == MAP_FAILED ? nullptr : static_cast<std::byte*>(longer);
}

inline void release(std::byte* base, std::uint64_t bytes) noexcept { ::munmap(base, bytes); }

/// Zero pages that are usable. \returns null where there are none
[[nodiscard]] inline std::byte* map(std::uint64_t bytes) noexcept {
    void* const base =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return base == MAP_FAILED ? nullptr : static_cast<std::byte*>(base);
}

/// Gives whole pages back, which are then zero. \returns false where the system refuses, as for locked ones
[[nodiscard]] inline bool discard(std::byte* begin, std::uint64_t bytes) noexcept {
    return bytes == 0 || ::madvise(begin, bytes, MADV_DONTNEED) == 0;
}

/// Finds the first pages that are resident, and when to look again: the later, the more often they were the same. What the system
/// swapped out does not look resident: only who clears or discards all pages may rely on it.
[[gnu::cold]] inline void note_resident(std::byte* base, std::uint64_t bytes, page_habit& habit) noexcept {
    constexpr std::uint8_t least_look_log2 = 5;
    constexpr std::uint8_t most_look_log2 = 8;
    unsigned char is_resident[256];
    const std::uint64_t looked_at = lesser(bytes, sizeof is_resident * page_size);
    const page_habit before = habit;
    habit = {};
    if (::mincore(base, looked_at, is_resident) == 0) {
        for (std::uint32_t i = 0; i < looked_at / page_size && habit.kept_count < page_habit::most_kept; ++i) {
            if ((is_resident[i] & 1U) != 0) {
                habit.kept[habit.kept_count++] = i;
            }
        }
    }
    const bool is_as_before = std::memcmp(habit.kept, before.kept, sizeof habit.kept) == 0;
    const std::uint8_t look_log2 = greater(least_look_log2, before.look_log2);
    habit.look_log2 = is_as_before ? lesser(most_look_log2, static_cast<std::uint8_t>(look_log2 + 1)) : least_look_log2;
}

// Whether a page is zero. Asking touches no page that nobody has touched: those are all the same one, in the first cache.

[[nodiscard, gnu::target("avx2")]] inline bool is_zero_page_avx2(const std::byte* page) noexcept {
    using words [[gnu::vector_size(32), gnu::may_alias]] = std::uint64_t;
    const auto* const from = reinterpret_cast<const words*>(page);
    words found[4] = {};
    for (std::size_t i = 0; i < page_size / sizeof(words); i += 4) {
        found[0] |= from[i];
        found[1] |= from[i + 1];
        found[2] |= from[i + 2];
        found[3] |= from[i + 3];
    }
    const words all = found[0] | found[1] | found[2] | found[3];
    return (all[0] | all[1] | all[2] | all[3]) == 0;
}

[[nodiscard]] inline bool is_zero_page(const std::byte* page) noexcept {
    static constexpr std::byte zeros[page_size]{};
    return __builtin_cpu_supports("avx2") ? is_zero_page_avx2(page) : std::memcmp(page, zeros, page_size) == 0;
}

/// Makes whole pages zero that were touched hardly ever: gives them back. Of a few, only those that are not zero: two threads
/// that give pages back at the same time interrupt each other's processors, whether there are any or not.
[[nodiscard, gnu::cold]] inline bool clear_unusual(std::byte* begin, std::uint64_t bytes) noexcept {
    constexpr std::uint64_t few = 16 * page_size;
    if (bytes > few) {
        return discard(begin, bytes);
    }
    for (std::uint64_t at = 0; at < bytes; at += page_size) {
        if (!is_zero_page(begin + at) && !discard(begin + at, page_size)) {
            return false;
        }
    }
    return true;
}

/// See page_operations::clear.
[[nodiscard, gnu::cold]] inline bool clear(std::byte* base, std::uint64_t bytes, page_habit& habit) noexcept {
    if (habit.uses == 0) {
        note_resident(base, bytes, habit);
    }
    habit.uses = static_cast<std::uint16_t>(habit.uses + 1);
    if (habit.uses >> habit.look_log2 != 0) {
        habit.uses = 0;
        return discard(base, bytes); // then the next look finds what one memory has touched
    }
    std::uint64_t cleared = 0;
    for (std::size_t i = 0; i < habit.kept_count && habit.kept[i] * page_size < bytes; ++i) {
        const std::uint64_t kept = habit.kept[i] * page_size;
        if (!clear_unusual(base + cleared, kept - cleared)) {
            return false;
        }
        std::memset(base + kept, 0, page_size);
        cleared = kept + page_size;
    }
    return clear_unusual(base + cleared, bytes - cleared);
}

inline constexpr page_operations pages{&map, &release, &clear};

/// A file of /proc, read in pieces without the heap. Where there is no /proc, it is empty.
class proc_file {
public:
    explicit proc_file(const char* path) noexcept : descriptor_(::open(path, O_RDONLY | O_CLOEXEC)) {}
    proc_file(const proc_file&) = delete;
    proc_file& operator=(const proc_file&) = delete;
    ~proc_file() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }

    /// \returns the next character, or -1 at the end
    [[nodiscard, gnu::cold]] int next() noexcept {
        if (at_ == end_) {
            const ::ssize_t got = descriptor_ >= 0 ? ::read(descriptor_, buffer_, sizeof buffer_) : 0;
            at_ = 0;
            end_ = got > 0 ? static_cast<std::size_t>(got) : 0;
        }
        return at_ == end_ ? -1 : static_cast<unsigned char>(buffer_[at_++]);
    }

    [[nodiscard, gnu::cold]] std::uint64_t number(std::uint64_t otherwise) noexcept {
        int c = next();
        if (c < '0' || c > '9') {
            return otherwise;
        }
        std::uint64_t value = 0;
        for (; c >= '0' && c <= '9'; c = next()) {
            value = value * 10 + static_cast<std::uint64_t>(c - '0');
        }
        return value;
    }

private:
    int descriptor_;
    std::size_t at_ = 0;
    std::size_t end_ = 0;
    char buffer_[4096];
};

/// Bytes of address space that the process has mapped.
[[nodiscard]] inline std::uint64_t mapped_bytes() noexcept {
    return proc_file("/proc/self/statm").number(0) * page_size;
}

/// Mappings that the process has.
[[nodiscard, gnu::cold]] inline std::uint64_t mapping_count() noexcept {
    proc_file maps("/proc/self/maps");
    std::uint64_t lines = 0;
    for (int c = maps.next(); c >= 0; c = maps.next()) {
        lines += c == '\n' ? 1U : 0U;
    }
    return lines;
}

/// Mappings that the process may have.
[[nodiscard]] inline std::uint64_t mapping_limit() noexcept {
    return proc_file("/proc/sys/vm/max_map_count").number(65530); // the kernel's default
}

inline constexpr std::uint64_t user_space = std::uint64_t{1} << 47U; // mmap goes no higher unless asked to

/// Bytes of address space that the process may map: RLIMIT_AS, or all there are.
[[nodiscard]] inline std::uint64_t address_space_limit() noexcept {
    ::rlimit limit{};
    const bool is_limited = ::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur < user_space;
    return is_limited ? limit.rlim_cur : user_space;
}

} // namespace riser::inline v0_1::core::memory::os

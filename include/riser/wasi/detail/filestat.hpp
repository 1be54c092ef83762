#pragma once

#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/filetype_of.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/detail/time.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <sys/stat.h>

namespace riser::inline v0_1::wasi::detail {

/// \param place of filestat_size(version) bytes
/// \param type of the descriptor or, by path, of `status`
inline void put_filestat(snapshot version, const guest_record& place, const struct stat& status,
                         filetype type) noexcept {
    place.clear();
    place.set(0, static_cast<std::uint64_t>(status.st_dev));
    place.set(8, static_cast<std::uint64_t>(status.st_ino));
    place.set(16, static_cast<std::uint8_t>(type));
    std::size_t at = 24;
    if (version == snapshot::preview1) {
        place.set(at, static_cast<std::uint64_t>(status.st_nlink));
        at += 8;
    } else {
        place.set(20, static_cast<std::uint32_t>(std::min<std::uint64_t>(status.st_nlink, UINT32_MAX)));
    }
    place.set(at, static_cast<std::uint64_t>(status.st_size));
    place.set(at + 8, to_nanoseconds(status.st_atim));
    place.set(at + 16, to_nanoseconds(status.st_mtim));
    place.set(at + 24, to_nanoseconds(status.st_ctim));
}

/// What utimensat wants. \returns false where the flags contradict each other.
[[nodiscard]] inline bool to_timespecs(std::uint64_t accessed, std::uint64_t modified, std::uint32_t flags,
                                       timespec (&times)[2]) noexcept {
    const auto convert = [flags](std::uint64_t nanoseconds, std::uint32_t is_stated, std::uint32_t is_now) {
        timespec converted = to_timespec(nanoseconds);
        if ((flags & is_stated) == 0) {
            converted.tv_nsec = (flags & is_now) != 0 ? UTIME_NOW : UTIME_OMIT;
        }
        return converted;
    };
    constexpr std::uint32_t both_accessed = fstflags::atim | fstflags::atim_now;
    constexpr std::uint32_t both_modified = fstflags::mtim | fstflags::mtim_now;
    times[0] = convert(accessed, fstflags::atim, fstflags::atim_now);
    times[1] = convert(modified, fstflags::mtim, fstflags::mtim_now);
    return (flags & ~fstflags::all) == 0 && (flags & both_accessed) != both_accessed &&
           (flags & both_modified) != both_modified;
}

} // namespace riser::inline v0_1::wasi::detail

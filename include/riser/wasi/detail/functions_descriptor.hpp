#pragma once

#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/context.hpp"
#include "riser/wasi/detail/filestat.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/errc.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

// What descriptors are, and what can be done with the descriptors themselves.

namespace riser::inline v0_1::wasi::detail {

/// All but nonblock, which the host's flag does not say (descriptor::is_nonblocking).
[[nodiscard]] constexpr std::uint32_t to_fdflags(int host) noexcept {
    std::uint32_t flags = 0;
    flags |= (host & O_APPEND) != 0 ? fdflags::append : 0;
    flags |= (host & O_SYNC) == O_SYNC ? fdflags::sync : (host & O_DSYNC) == O_DSYNC ? fdflags::dsync : 0;
    return flags;
}

[[nodiscard]] constexpr int from_fdflags(std::uint32_t flags) noexcept {
    int host = 0;
    host |= (flags & fdflags::append) != 0 ? O_APPEND : 0;
    host |= (flags & fdflags::dsync) != 0 ? O_DSYNC : 0;
    host |= (flags & fdflags::sync) != 0 ? O_SYNC : 0;
#if defined(O_RSYNC)
    host |= (flags & fdflags::rsync) != 0 ? O_RSYNC : 0;
#else
    host |= (flags & fdflags::rsync) != 0 ? O_SYNC : 0;
#endif
    return host;
}

/// As the guest is to see them.
[[nodiscard]] inline std::uint32_t flags_of(const descriptor& file) noexcept {
    const int host = file.host < 0 ? -1 : ::fcntl(file.host, F_GETFL);
    return (host < 0 ? 0 : to_fdflags(host)) | (file.is_nonblocking ? fdflags::nonblock : 0);
}

inline errc fd_close(context& self, std::uint32_t fd) {
    if (self.descriptors().find(fd) == nullptr) {
        return errc::badf;
    }
    self.descriptors().close(fd);
    return errc::success;
}

inline errc fd_renumber(context& self, std::uint32_t from, std::uint32_t to) {
    if (self.descriptors().find(from) == nullptr || self.descriptors().find(to) == nullptr) {
        return errc::badf;
    }
    self.descriptors().renumber(from, to);
    return errc::success;
}

inline errc fd_fdstat_get(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t status_at) {
    const descriptor* const file = self.descriptors().find(fd);
    guest_record place;
    if (file == nullptr) {
        return errc::badf;
    }
    if (!memory.find(status_at, fdstat_size, place)) {
        return errc::fault;
    }
    place.clear();
    place.set(0, static_cast<std::uint8_t>(file->type));
    place.set(2, static_cast<std::uint16_t>(flags_of(*file)));
    place.set(8, file->base);
    place.set(16, file->inheriting);
    return errc::success;
}

inline errc fd_fdstat_set_flags(context& self, std::uint32_t fd, std::uint32_t flags) {
    descriptor* file = nullptr;
    if (const errc failure = find_open(self, fd, rights::fd_fdstat_set_flags, file); failure != errc::success) {
        return failure;
    }
    if ((flags & ~fdflags::all) != 0) {
        return errc::inval;
    }
    const std::uint32_t changed = flags ^ flags_of(*file);
    if (!file->owned && (changed & ~fdflags::nonblock) != 0) {
        return errc::notsup; // they are shared with whoever lent it
    }
    if ((changed & (fdflags::dsync | fdflags::rsync | fdflags::sync)) != 0) {
        return errc::inval; // POSIX lets these be set by open only; Linux would ignore them here
    }
    if ((changed & fdflags::append) != 0) {
        const int host = ::fcntl(file->host, F_GETFL);
        if (host < 0 || ::fcntl(file->host, F_SETFL, host ^ O_APPEND) < 0) {
            return last_error();
        }
    }
    file->is_nonblocking = (flags & fdflags::nonblock) != 0;
    return errc::success;
}

inline errc fd_fdstat_set_rights(context& self, std::uint32_t fd, std::uint64_t base, std::uint64_t inheriting) {
    descriptor* const file = self.descriptors().find(fd);
    if (file == nullptr) {
        return errc::badf;
    }
    if ((base & ~file->base) != 0 || (inheriting & ~file->inheriting) != 0) {
        return errc::notcapable;
    }
    file->base = base;
    file->inheriting = inheriting;
    return errc::success;
}

inline errc fd_prestat_get(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t prestat_at) {
    const descriptor* const file = self.descriptors().find(fd);
    guest_record place;
    if (file == nullptr || !file->preopened_as) {
        return errc::badf;
    }
    if (!memory.find(prestat_at, prestat_size, place)) {
        return errc::fault;
    }
    place.clear(); // the tag 0: a directory
    place.set(4, static_cast<std::uint32_t>(file->preopened_as->size()));
    return errc::success;
}

inline errc fd_prestat_dir_name(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t buffer_at,
                                std::uint32_t size) {
    const descriptor* const file = self.descriptors().find(fd);
    guest_record place;
    if (file == nullptr || !file->preopened_as) {
        return errc::badf;
    }
    const std::string& name = *file->preopened_as;
    if (size < name.size()) {
        return errc::nametoolong;
    }
    if (!memory.find(buffer_at, name.size(), place)) {
        return errc::fault;
    }
    std::memcpy(place.bytes().data(), name.data(), name.size());
    return memory.charge(name.size());
}

template <snapshot Version>
errc fd_filestat_get(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t status_at) {
    descriptor* file = nullptr;
    if (const errc failure = find_open(self, fd, rights::fd_filestat_get, file); failure != errc::success) {
        return failure;
    }
    guest_record place;
    if (!memory.find(status_at, filestat_size(Version), place)) {
        return errc::fault;
    }
    struct stat status{};
    if (!file->is_callback() && ::fstat(file->host, &status) != 0) {
        return last_error();
    }
    put_filestat(Version, place, status, file->type);
    return errc::success;
}

inline errc fd_filestat_set_size(context& self, std::uint32_t fd, std::uint64_t size) {
    descriptor* const file = self.descriptors().find(fd);
    if (file == nullptr) {
        return errc::badf;
    }
    if ((rights_of(file->kind) & rights::fd_filestat_set_size) != 0 && (file->possible & rights::fd_write) == 0) {
        return errc::inval; // as ftruncate of what was opened for reading
    }
    if (const errc failure = check_right(*file, rights::fd_filestat_set_size); failure != errc::success) {
        return failure;
    }
    if (size > INT64_MAX) {
        return errc::inval;
    }
    return ::ftruncate(file->host, static_cast<off_t>(size)) == 0 ? errc::success : last_error();
}

inline errc fd_filestat_set_times(context& self, std::uint32_t fd, std::uint64_t accessed, std::uint64_t modified,
                                  std::uint32_t flags) {
    descriptor* file = nullptr;
    if (const errc failure = find_open(self, fd, rights::fd_filestat_set_times, file); failure != errc::success) {
        return failure;
    }
    timespec times[2];
    if (!to_timespecs(accessed, modified, flags, times)) {
        return errc::inval;
    }
    if (file->read_only_mount != 0 && flags != 0) {
        return errc::rofs;
    }
    return ::futimens(file->host, times) == 0 ? errc::success : last_error();
}

} // namespace riser::inline v0_1::wasi::detail

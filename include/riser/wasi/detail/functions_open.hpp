#pragma once

#include "riser/caller.hpp"
#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/context.hpp"
#include "riser/wasi/detail/functions_descriptor.hpp"
#include "riser/wasi/detail/functions_path.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/detail/resolve.hpp"
#include "riser/wasi/detail/waiting.hpp"
#include "riser/wasi/errc.hpp"

#include <cerrno>
#include <cstdint>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace riser::inline v0_1::wasi::detail {

/// What a guest wants of path_open.
struct open_request {
    std::uint32_t oflags;
    std::uint32_t fdflags;
    std::uint64_t rights;

    [[nodiscard]] bool creates() const noexcept { return (oflags & oflags::creat) != 0; }
    [[nodiscard]] bool creates_only() const noexcept { return creates() && (oflags & oflags::excl) != 0; }
    [[nodiscard]] bool truncates() const noexcept { return (oflags & oflags::trunc) != 0; }
    [[nodiscard]] bool is_nonblocking() const noexcept { return (fdflags & fdflags::nonblock) != 0; }
    [[nodiscard]] bool writes() const noexcept { return (rights & rights::fd_write) != 0; }
    /// What wants nothing is opened for reading, which it may do then: programs rely on that.
    [[nodiscard]] bool reads() const noexcept {
        return (rights & (rights::fd_read | rights::fd_readdir)) != 0 || !writes();
    }
};

/// May files be opened like this through the directory?
///
/// The guest states rights for the new descriptor. As in other implementations only those to read and write count, the rest
/// comes by itself; but what the guest has given up for everything below a directory, it does not get back there.
[[nodiscard]] inline errc check_request(const descriptor& directory, const open_request& request) noexcept {
    const std::uint64_t given_up = directory.possible_inheriting & ~directory.inheriting;
    if ((request.rights & given_up) != 0) {
        return errc::notcapable;
    }
    if (request.creates()) {
        if (const errc failure = check_right(directory, rights::path_create_file); failure != errc::success) {
            return failure;
        }
    }
    return request.truncates() ? check_right(directory, rights::path_filestat_set_size) : errc::success;
}

/// On a read-only mount, before anything is opened there. \returns success for what is then only to be read.
///
/// The kernel would let devices and FIFOs be written; that a guest may read a directory is not to open the disk to it.
[[nodiscard]] inline errc check_read_only(const location& where, const open_request& request, bool must_be_directory) {
    struct stat status;
    if (::fstatat(where.directory, where.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        const errc reason = last_error();
        return reason == errc::noent && request.creates() ? errc::rofs : reason;
    }
    if (request.creates_only()) {
        return errc::exist;
    }
    const bool changes = request.writes() || request.truncates();
    if (S_ISDIR(status.st_mode)) {
        return changes || request.creates() ? errc::isdir : errc::success;
    }
    if (must_be_directory) {
        return errc::notdir;
    }
    if (S_ISLNK(status.st_mode)) {
        return errc::loop;
    }
    return changes ? errc::rofs : errc::success;
}

[[nodiscard]] inline int host_flags(const open_request& request, bool must_be_directory) noexcept {
    int flags = O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | from_fdflags(request.fdflags);
    flags |= request.writes() ? (request.reads() ? O_RDWR : O_WRONLY) : O_RDONLY;
    flags |= request.creates() ? O_CREAT : 0;
    flags |= request.creates_only() ? O_EXCL : 0;
    flags |= request.truncates() ? O_TRUNC : 0;
    flags |= must_be_directory ? O_DIRECTORY : 0;
    return flags;
}

/// A descriptor for what has been opened through `directory`.
[[nodiscard]] inline descriptor make_opened(unique_fd opened, mode_t type, const open_request& request,
                                            const descriptor& directory) {
    descriptor made;
    if (S_ISDIR(type)) {
        made = make_directory(std::move(opened), rights::of_directory, rights::of_directory | rights::of_file);
    } else {
        const std::uint64_t mode = (request.reads() ? rights::fd_read : 0) | (request.writes() ? rights::fd_write : 0);
        made = make_file(opened.get(), type, mode);
        made.owned = std::move(opened);
    }
    made.possible &= directory.possible_inheriting;
    made.possible_inheriting &= directory.possible_inheriting;
    made.base = made.possible & directory.inheriting;
    made.inheriting = made.possible_inheriting & directory.inheriting;
    made.read_only_mount = directory.read_only_mount;
    made.is_nonblocking = request.is_nonblocking();
    return made;
}

/// Opens as if `flags` did not have O_NONBLOCK, unless the guest wants that: what others hold up (a FIFO without a reader, a
/// file with a lease) is waited for here.
[[nodiscard]] inline errc open_waiting(const caller& who, const location& where, int flags, bool is_nonblocking,
                                       unique_fd& opened) {
    for (;;) {
        opened = unique_fd(::openat(where.directory, where.name.c_str(), flags, 0666));
        if (opened) {
            return errc::success;
        }
        const int number = errno;
        const bool is_held_up = number == EAGAIN || (number == ENXIO && is_fifo(where));
        if (number != EINTR && (is_nonblocking || !is_held_up)) {
            return from_errno(number);
        }
        pollfd interrupts[1];
        if (const errc failure = wait_a_while(who, interrupts, number == EINTR ? 0 : UINT64_MAX);
            failure != errc::success) {
            return failure;
        }
    }
}

inline errc path_open(context& self, const caller& who, const guest_memory& memory, std::uint32_t fd,
                      std::uint32_t lookup, std::uint32_t path_at, std::uint32_t path_size, std::uint32_t oflags,
                      std::uint64_t base, std::uint64_t /*inheriting*/, std::uint32_t fdflags, std::uint32_t fd_at) {
    open_request request{oflags, fdflags, base};
    descriptor* directory = nullptr;
    guest_record place;
    path_text path;
    location where;
    last_link last;
    const bool directory_only = (oflags & oflags::directory) != 0;
    if (!read_lookup(lookup, last) || (oflags & ~oflags::all) != 0 || (fdflags & ~fdflags::all) != 0 ||
        (directory_only && request.creates())) {
        return errc::inval;
    }
    errc failure = find_directory(self, fd, rights::path_open, directory);
    if (failure == errc::success) {
        failure = memory.find(fd_at, 4, place) ? memory.read_path(path_at, path_size, path) : errc::fault;
    }
    if (failure == errc::success) {
        failure = check_request(*directory, request);
    }
    if (failure == errc::success) {
        // What is to be new is no link, even where one leads to nothing; and nothing new has a slash after its name.
        const bool keeps = request.creates_only() || (request.creates() && path.view().ends_with('/'));
        failure = resolve(memory, directory->host, path.view(), keeps ? last_link::keep : last, where);
    }
    if (failure != errc::success) {
        return failure;
    }
    if (request.creates() && where.must_be_directory) {
        return errc::isdir;
    }
    if (failure = self.descriptors().reserve(); failure != errc::success) {
        return failure;
    }
    unique_fd opened;
    const bool must_be_directory = directory_only || where.must_be_directory;
    if (directory->read_only_mount != 0) {
        if (failure = check_read_only(where, request, must_be_directory); failure != errc::success) {
            return failure;
        }
        request.oflags &= ~(oflags::creat | oflags::excl | oflags::trunc); // whoever changes the name meanwhile
    }
    failure = open_waiting(who, where, host_flags(request, must_be_directory), request.is_nonblocking(), opened);
    if (failure != errc::success) {
        return failure;
    }
    struct stat status;
    if (::fstat(opened.get(), &status) != 0) {
        return last_error();
    }
    place.set(0, self.descriptors().insert(make_opened(std::move(opened), status.st_mode, request, *directory)));
    return errc::success;
}

} // namespace riser::inline v0_1::wasi::detail

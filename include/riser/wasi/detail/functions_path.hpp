#pragma once

#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/context.hpp"
#include "riser/wasi/detail/filestat.hpp"
#include "riser/wasi/detail/functions_descriptor.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/detail/resolve.hpp"
#include "riser/wasi/errc.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

// What is done by path: each path is resolved to a directory and a name in it (resolve.hpp), on which the system calls act
// without following links.

namespace riser::inline v0_1::wasi::detail {

/// As find_open, for the directory that a path begins in. \returns notdir where it is none.
[[nodiscard]] inline errc find_directory(context& self, std::uint32_t number, std::uint64_t right,
                                         descriptor*& found) noexcept {
    const errc failure = find_open(self, number, right, found);
    return found != nullptr && found->kind != descriptor_kind::directory ? errc::notdir : failure;
}

/// A path as the guest states it: descriptor of a directory, address, size.
struct guest_path {
    std::uint32_t fd;
    std::uint32_t at;
    std::uint32_t size;
};

/// Checks the right and resolves the path.
[[nodiscard]] inline errc locate(context& self, const guest_memory& memory, guest_path path, std::uint64_t right,
                                 last_link last, location& found) {
    descriptor* directory = nullptr;
    path_text text;
    if (const errc failure = find_directory(self, path.fd, right, directory); failure != errc::success) {
        return failure;
    }
    if (const errc failure = memory.read_path(path.at, path.size, text); failure != errc::success) {
        return failure;
    }
    found.read_only_mount = directory->read_only_mount;
    return resolve(memory, directory->host, text.view(), last, found);
}

/// How links are followed by the functions that have lookup flags. \returns false for flags that there are not.
[[nodiscard]] inline bool read_lookup(std::uint32_t flags, last_link& last) noexcept {
    last = flags == lookup_symlink_follow ? last_link::follow : last_link::follow_before_slash;
    return flags <= lookup_symlink_follow;
}

// What a read-only mount says, in the kernel's order: whoever makes something new hears first that it exists; whoever removes or
// renames is refused whether it exists or not, unless the name is one that cannot be removed anywhere.

[[nodiscard]] inline errc check_exists(const location& where) noexcept {
    struct stat status;
    return ::fstatat(where.directory, where.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 ? errc::success
                                                                                             : last_error();
}

[[nodiscard]] inline errc check_new(const location& where) noexcept {
    if (where.read_only_mount == 0) {
        return errc::success;
    }
    const errc found = check_exists(where);
    return found == errc::success ? errc::exist : found == errc::noent ? errc::rofs : found;
}

[[nodiscard]] inline errc check_removal(const location& where) noexcept {
    return where.read_only_mount != 0 && where.name.view() != "." ? errc::rofs : errc::success;
}

inline errc path_create_directory(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t path_at,
                                  std::uint32_t path_size) {
    location where;
    errc failure =
        locate(self, memory, {fd, path_at, path_size}, rights::path_create_directory, last_link::keep, where);
    if (failure == errc::success) {
        failure = check_new(where);
    }
    if (failure != errc::success) {
        return failure;
    }
    return ::mkdirat(where.directory, where.name.c_str(), 0777) == 0 ? errc::success : last_error();
}

inline errc path_remove_directory(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t path_at,
                                  std::uint32_t path_size) {
    location where;
    errc failure =
        locate(self, memory, {fd, path_at, path_size}, rights::path_remove_directory, last_link::keep, where);
    if (failure == errc::success) {
        failure = check_removal(where);
    }
    if (failure != errc::success) {
        return failure;
    }
    return ::unlinkat(where.directory, where.name.c_str(), AT_REMOVEDIR) == 0 ? errc::success : last_error();
}

inline errc path_unlink_file(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t path_at,
                             std::uint32_t path_size) {
    location where;
    errc failure = locate(self, memory, {fd, path_at, path_size}, rights::path_unlink_file, last_link::keep, where);
    if (failure == errc::success) {
        failure = check_removal(where);
    }
    if (failure != errc::success) {
        return failure;
    }
    if (where.must_be_directory) {
        const errc found = check_directory(where);
        return found == errc::success ? errc::isdir : found;
    }
    if (::unlinkat(where.directory, where.name.c_str(), 0) == 0) {
        return errc::success;
    }
    const errc reason = last_error();
    // Where POSIX says EPERM of a directory, WASI wants isdir.
    return reason == errc::perm && check_directory(where) == errc::success ? errc::isdir : reason;
}

template <snapshot Version>
errc path_filestat_get(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t lookup,
                       std::uint32_t path_at, std::uint32_t path_size, std::uint32_t status_at) {
    last_link last;
    guest_record place;
    location where;
    if (!read_lookup(lookup, last)) {
        return errc::inval;
    }
    if (!memory.find(status_at, filestat_size(Version), place)) {
        return errc::fault;
    }
    const errc failure = locate(self, memory, {fd, path_at, path_size}, rights::path_filestat_get, last, where);
    if (failure != errc::success) {
        return failure;
    }
    struct stat status;
    if (::fstatat(where.directory, where.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return last_error();
    }
    if (where.must_be_directory && !S_ISDIR(status.st_mode)) {
        return errc::notdir;
    }
    put_filestat(Version, place, status, filetype_of(status.st_mode));
    return errc::success;
}

inline errc path_filestat_set_times(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t lookup,
                                    std::uint32_t path_at, std::uint32_t path_size, std::uint64_t accessed,
                                    std::uint64_t modified, std::uint32_t flags) {
    last_link last;
    location where;
    timespec times[2];
    if (!read_lookup(lookup, last) || !to_timespecs(accessed, modified, flags, times)) {
        return errc::inval;
    }
    errc failure = locate(self, memory, {fd, path_at, path_size}, rights::path_filestat_set_times, last, where);
    if (failure == errc::success && where.must_be_directory) {
        failure = check_directory(where);
    }
    if (failure != errc::success) {
        return failure;
    }
    if (where.read_only_mount != 0 && flags != 0) {
        const errc found = check_exists(where);
        return found == errc::success ? errc::rofs : found;
    }
    return ::utimensat(where.directory, where.name.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0 ? errc::success
                                                                                             : last_error();
}

inline errc path_readlink(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t path_at,
                          std::uint32_t path_size, std::uint32_t buffer_at, std::uint32_t size, std::uint32_t size_at) {
    location where;
    guest_record buffer;
    guest_record used_at;
    if (!memory.find(buffer_at, size, buffer) || !memory.find(size_at, 4, used_at)) {
        return errc::fault;
    }
    errc failure =
        locate(self, memory, {fd, path_at, path_size}, rights::path_readlink, last_link::follow_before_slash, where);
    if (failure == errc::success && where.must_be_directory) {
        failure = check_directory(where);
    }
    if (failure != errc::success) {
        return failure;
    }
    char target[longest_path]; // a buffer of size 0 would not do for the system call
    const ssize_t length = ::readlinkat(where.directory, where.name.c_str(), target, sizeof target);
    if (length < 0) {
        return last_error();
    }
    const std::size_t used = std::min<std::size_t>(static_cast<std::size_t>(length), size);
    if (used != 0) {
        std::memcpy(buffer.bytes().data(), target, used);
    }
    used_at.set(0, static_cast<std::uint32_t>(used));
    return memory.charge(used);
}

/// A link's name must not end in a slash. \returns exist where a directory or a link has the name without it, notdir where
/// something else has (as POSIX wants it; Linux says that it exists), else noent; and as check_new.
[[nodiscard]] inline errc check_new_link(const location& where) noexcept {
    if (!where.must_be_directory) {
        return check_new(where);
    }
    struct stat status;
    if (::fstatat(where.directory, where.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return last_error();
    }
    return S_ISDIR(status.st_mode) || S_ISLNK(status.st_mode) ? errc::exist : errc::notdir;
}

inline errc path_symlink(context& self, const guest_memory& memory, std::uint32_t target_at, std::uint32_t target_size,
                         std::uint32_t fd, std::uint32_t path_at, std::uint32_t path_size) {
    path_text target;
    location where;
    errc failure = memory.read_path(target_at, target_size, target);
    if (failure == errc::success && target.view().starts_with('/')) {
        failure = errc::perm; // it would lead out, for whoever follows it without our care
    }
    if (failure == errc::success) {
        failure = locate(self, memory, {fd, path_at, path_size}, rights::path_symlink, last_link::keep, where);
    }
    if (failure == errc::success) {
        failure = check_new_link(where);
    }
    if (failure != errc::success) {
        return failure;
    }
    return ::symlinkat(target.c_str(), where.directory, where.name.c_str()) == 0 ? errc::success : last_error();
}

inline errc path_link(context& self, const guest_memory& memory, std::uint32_t old_fd, std::uint32_t lookup,
                      std::uint32_t old_at, std::uint32_t old_size, std::uint32_t new_fd, std::uint32_t new_at,
                      std::uint32_t new_size) {
    last_link last;
    location from;
    location to;
    if (!read_lookup(lookup, last)) {
        return errc::inval;
    }
    errc failure = locate(self, memory, {old_fd, old_at, old_size}, rights::path_link_source, last, from);
    if (failure == errc::success) {
        failure = from.must_be_directory ? check_directory(from) : check_exists(from);
    }
    if (failure == errc::success) {
        failure = locate(self, memory, {new_fd, new_at, new_size}, rights::path_link_target, last_link::keep, to);
    }
    if (failure == errc::success) {
        failure = check_new_link(to);
    }
    if (failure == errc::success && from.read_only_mount != to.read_only_mount) {
        failure = check_exists(to) == errc::success ? errc::exist : errc::xdev;
    }
    if (failure != errc::success) {
        return failure;
    }
    return ::linkat(from.directory, from.name.c_str(), to.directory, to.name.c_str(), 0) == 0 ? errc::success
                                                                                              : last_error();
}

inline errc path_rename(context& self, const guest_memory& memory, std::uint32_t old_fd, std::uint32_t old_at,
                        std::uint32_t old_size, std::uint32_t new_fd, std::uint32_t new_at, std::uint32_t new_size) {
    location from;
    location to;
    errc failure = locate(self, memory, {old_fd, old_at, old_size}, rights::path_rename_source, last_link::keep, from);
    if (failure == errc::success) {
        failure = locate(self, memory, {new_fd, new_at, new_size}, rights::path_rename_target, last_link::keep, to);
    }
    if (failure == errc::success) {
        failure = from.read_only_mount != to.read_only_mount ? errc::xdev
                  : to.name.view() == "."                    ? errc::success
                                                             : check_removal(from);
    }
    if (failure == errc::success && (from.must_be_directory || to.must_be_directory)) {
        failure = check_directory(from);
    }
    if (failure != errc::success) {
        return failure;
    }
    return ::renameat(from.directory, from.name.c_str(), to.directory, to.name.c_str()) == 0 ? errc::success
                                                                                             : last_error();
}

} // namespace riser::inline v0_1::wasi::detail

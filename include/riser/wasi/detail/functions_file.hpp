#pragma once

#include "riser/wasi/context.hpp"
#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/buffers.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/errc.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

// What is read and written through descriptors, and where.

namespace riser::inline v0::wasi::detail {

inline constexpr std::uint64_t largest_offset = INT64_MAX;

/// What callbacks transfer at once, through a buffer of the host: they may use the store, which moves the guest's.
inline constexpr std::size_t largest_callback_transfer = 65536;

/// Reads or writes on a descriptor of the host. Where that is not the guest's own, waiting or not is done here: others may
/// have made it non-blocking, and the guest must not.
template <class Transfer>
[[nodiscard]] ssize_t transfer_blocking(const descriptor& file, short readiness, Transfer transfer) {
    pollfd wait{file.host, readiness, 0};
    if (file.is_nonblocking && ::poll(&wait, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    for (;;) {
        const ssize_t size = transfer();
        if (size >= 0 || errno != EAGAIN || file.owned || file.is_nonblocking || ::poll(&wait, 1, -1) < 0) {
            return size;
        }
    }
}

[[nodiscard]] inline errc read_callback(const descriptor& source, const guest_memory& memory, std::uint32_t buffers_at,
                                        std::uint32_t count, std::uint32_t size_at) {
    guest_buffers buffers;
    guest_record place;
    // Looked for before the callback, which is not to give away what then has no place, and again after it.
    const auto find_places = [&] {
        const errc failure = buffers.collect(memory, buffers_at, count, largest_callback_transfer);
        return failure == errc::success && !memory.find(size_at, 4, place) ? errc::fault : failure;
    };
    if (const errc failure = find_places(); failure != errc::success) {
        return failure;
    }
    std::vector<std::byte> content(static_cast<std::size_t>(buffers.total()));
    if (const std::shared_ptr<input::source> reader = source.reader; reader && !content.empty()) {
        const std::size_t size = (*reader)(content);
        content.resize(size < content.size() ? size : content.size());
    } else {
        content.clear();
    }
    if (const errc failure = find_places(); failure != errc::success) {
        return failure;
    }
    std::size_t at = 0;
    for (const iovec& buffer : buffers.list()) {
        const std::size_t part = buffer.iov_len < content.size() - at ? buffer.iov_len : content.size() - at;
        if (part != 0) {
            std::memcpy(buffer.iov_base, content.data() + at, part);
        }
        at += part;
    }
    place.set(0, static_cast<std::uint32_t>(content.size()));
    return errc::success;
}

[[nodiscard]] inline errc write_callback(const descriptor& sink, const guest_memory& memory, std::uint32_t buffers_at,
                                         std::uint32_t count, std::uint32_t size_at) {
    guest_record place;
    guest_buffers buffers;
    const errc failure = buffers.collect(memory, buffers_at, count, largest_callback_transfer);
    if (failure != errc::success) {
        return failure;
    }
    if (!memory.find(size_at, 4, place)) {
        return errc::fault;
    }
    place.set(0, static_cast<std::uint32_t>(buffers.total()));
    if (const std::shared_ptr<output::sink> writer = sink.writer) {
        std::string content;
        content.reserve(static_cast<std::size_t>(buffers.total()));
        for (const iovec& buffer : buffers.list()) {
            content.append(static_cast<const char*>(buffer.iov_base), buffer.iov_len);
        }
        (*writer)(content);
    }
    return errc::success;
}

/// Where a transfer goes to or comes from: the descriptor's position, which moves, or a stated offset.
struct transfer_offset {
    bool is_stated = false;
    std::uint64_t offset = 0;
};

/// What is the same for all four of fd_read, fd_pread, fd_write and fd_pwrite: everything but the system call.
template <class Transfer>
[[nodiscard]] errc transfer(descriptor& file, const guest_memory& memory, std::uint64_t right, std::uint32_t buffers_at,
                            std::uint32_t count, transfer_offset where, std::uint32_t size_at, Transfer system_call) {
    const bool reads = right == rights::fd_read;
    if (where.is_stated) {
        if (!file.has_position()) {
            return errc::spipe;
        }
        if (const errc failure = check_right(file, rights::fd_seek); failure != errc::success) {
            return failure;
        }
        if (where.offset > largest_offset) {
            return errc::inval;
        }
    }
    if (file.is_callback()) {
        return reads ? read_callback(file, memory, buffers_at, count, size_at)
                     : write_callback(file, memory, buffers_at, count, size_at);
    }
    guest_record place;
    guest_buffers buffers;
    if (const errc failure = buffers.collect(memory, buffers_at, count); failure != errc::success) {
        return failure;
    }
    if (!memory.find(size_at, 4, place)) {
        return errc::fault;
    }
    const ssize_t size = buffers.list().empty() ? 0 : transfer_blocking(file, reads ? POLLIN : POLLOUT, [&] {
        return system_call(buffers.list().data(), buffers.count());
    });
    if (size < 0) {
        return last_error();
    }
    place.set(0, static_cast<std::uint32_t>(size));
    return errc::success;
}

inline errc fd_read(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t buffers_at,
                    std::uint32_t count, std::uint32_t size_at) {
    descriptor* file = nullptr;
    if (const errc failure = find_open(self, fd, rights::fd_read, file); failure != errc::success) {
        return failure;
    }
    return transfer(*file, memory, rights::fd_read, buffers_at, count, {}, size_at,
                    [file](const iovec* list, int length) { return ::readv(file->host, list, length); });
}

inline errc fd_pread(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t buffers_at,
                     std::uint32_t count, std::uint64_t offset, std::uint32_t size_at) {
    descriptor* file = nullptr;
    if (const errc failure = find_open(self, fd, rights::fd_read, file); failure != errc::success) {
        return failure;
    }
    return transfer(*file, memory, rights::fd_read, buffers_at, count, {true, offset}, size_at,
                    [file, offset](const iovec* list, int length) {
                        return ::preadv(file->host, list, length, static_cast<off_t>(offset));
                    });
}

/// Writing to a socket whose peer is gone must not raise a signal in the host.
[[nodiscard]] inline ssize_t write_host(const descriptor& file, const iovec* list, int length) noexcept {
    if (file.kind != descriptor_kind::socket) {
        return ::writev(file.host, list, length);
    }
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(list);
    message.msg_iovlen = static_cast<std::size_t>(length);
    return ::sendmsg(file.host, &message, MSG_NOSIGNAL);
}

inline errc fd_write(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t buffers_at,
                     std::uint32_t count, std::uint32_t size_at) {
    descriptor* file = nullptr;
    if (const errc failure = find_open(self, fd, rights::fd_write, file); failure != errc::success) {
        return failure;
    }
    return transfer(*file, memory, rights::fd_write, buffers_at, count, {}, size_at,
                    [file](const iovec* list, int length) { return write_host(*file, list, length); });
}

inline errc fd_pwrite(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t buffers_at,
                      std::uint32_t count, std::uint64_t offset, std::uint32_t size_at) {
    descriptor* file = nullptr;
    if (const errc failure = find_open(self, fd, rights::fd_write, file); failure != errc::success) {
        return failure;
    }
    return transfer(*file, memory, rights::fd_write, buffers_at, count, {true, offset}, size_at,
                    [file, offset](const iovec* list, int length) {
                        return ::pwritev(file->host, list, length, static_cast<off_t>(offset));
                    });
}

/// fd_seek and fd_tell.
[[nodiscard]] inline errc move_position(context& self, const guest_memory& memory, std::uint32_t fd,
                                        std::uint64_t right, std::int64_t offset, int whence,
                                        std::uint32_t position_at) {
    const descriptor* const file = self.descriptors().find(fd);
    guest_record place;
    if (file == nullptr || file->kind == descriptor_kind::directory) {
        return errc::badf;
    }
    if (!file->has_position()) {
        return errc::spipe;
    }
    if (const errc failure = check_right(*file, right); failure != errc::success) {
        return failure;
    }
    if (!memory.find(position_at, 8, place)) {
        return errc::fault;
    }
    const off_t position = ::lseek(file->host, static_cast<off_t>(offset), whence);
    if (position < 0) {
        return last_error();
    }
    place.set(0, static_cast<std::uint64_t>(position));
    return errc::success;
}

inline errc fd_seek(context& self, const guest_memory& memory, std::uint32_t fd, std::int64_t offset,
                    std::uint32_t whence, std::uint32_t position_at) {
    constexpr int host_whence[] = {SEEK_SET, SEEK_CUR, SEEK_END};
    if (whence > 2) {
        return errc::inval;
    }
    const bool only_tells = whence == 1 && offset == 0;
    return move_position(self, memory, fd, only_tells ? rights::fd_tell : rights::fd_seek, offset, host_whence[whence],
                         position_at);
}

inline errc fd_tell(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t position_at) {
    return move_position(self, memory, fd, rights::fd_tell, 0, SEEK_CUR, position_at);
}

inline errc fd_sync(context& self, const guest_memory&, std::uint32_t fd) {
    descriptor* file = nullptr;
    if (const errc failure = find_open(self, fd, rights::fd_sync, file); failure != errc::success) {
        return failure;
    }
    return ::fsync(file->host) == 0 ? errc::success : last_error();
}

inline errc fd_datasync(context& self, const guest_memory&, std::uint32_t fd) {
    descriptor* file = nullptr;
    if (const errc failure = find_open(self, fd, rights::fd_datasync, file); failure != errc::success) {
        return failure;
    }
    return ::fdatasync(file->host) == 0 ? errc::success : last_error();
}

inline errc fd_advise(context& self, const guest_memory&, std::uint32_t fd, std::uint64_t offset, std::uint64_t size,
                      std::uint32_t advice) {
    constexpr int host_advice[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                                   POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
    descriptor* file = nullptr;
    if (const errc failure = find_open(self, fd, rights::fd_advise, file); failure != errc::success) {
        return failure;
    }
    if (advice > 5 || offset > largest_offset || size > largest_offset) {
        return errc::inval;
    }
    return from_errno(
        ::posix_fadvise(file->host, static_cast<off_t>(offset), static_cast<off_t>(size), host_advice[advice]));
}

inline errc fd_allocate(context& self, const guest_memory&, std::uint32_t fd, std::uint64_t offset,
                        std::uint64_t size) {
    descriptor* file = nullptr;
    if (const errc failure = find_open(self, fd, rights::fd_allocate, file); failure != errc::success) {
        return failure;
    }
    if (size == 0) {
        return errc::inval;
    }
    if (offset > largest_offset || size > largest_offset - offset) {
        return errc::fbig;
    }
    return from_errno(::posix_fallocate(file->host, static_cast<off_t>(offset), static_cast<off_t>(size)));
}

} // namespace riser::inline v0::wasi::detail

#pragma once

#include "riser/caller.hpp"
#include "riser/config.hpp"
#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/buffers.hpp"
#include "riser/wasi/detail/context.hpp"
#include "riser/wasi/detail/growing_array.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/detail/waiting.hpp"
#include "riser/wasi/errc.hpp"

#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

// What is read and written through descriptors, and where.

namespace riser::inline v0_1::wasi::detail {

inline constexpr std::uint64_t largest_offset = INT64_MAX;

/// What callbacks transfer at once, through a buffer of the host: they may use the store, which moves the guest's.
inline constexpr std::size_t largest_callback_transfer = 65536;

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
    std::span<const std::byte> content;
    std::unique_ptr<std::byte[]> block;
    if (const std::shared_ptr<input::source> reader = source.reader; reader && buffers.total() != 0) {
        const auto most = core::cast<std::size_t>(buffers.total());
        // Zeros, lest the guest sees the host's memory where the callback says that it stored more than it did.
        block.reset(new (std::nothrow) std::byte[most]());
        if (!block) {
            return errc::nomem;
        }
        const std::size_t size = (*reader)({block.get(), most});
        content = {block.get(), size < most ? size : most};
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
    return memory.charge(content.size());
}

[[nodiscard]] inline errc write_callback(const descriptor& sink, const guest_memory& memory, std::uint32_t buffers_at,
                                         std::uint32_t count, std::uint32_t size_at) {
    guest_record place;
    guest_buffers buffers;
    const std::shared_ptr<const output> writer = sink.writer;
    const std::size_t room = writer ? writer->room() : SIZE_MAX;
    const std::size_t most = room != 0 && room < largest_callback_transfer ? room : largest_callback_transfer;
    errc failure = buffers.collect(memory, buffers_at, count, most);
    if (failure == errc::success) {
        failure = memory.find(size_at, 4, place) ? memory.charge(buffers.total()) : errc::fault;
    }
    if (failure == errc::success && room == 0 && buffers.total() != 0) {
        failure = errc::nospc;
    }
    if (failure != errc::success) {
        return failure;
    }
    growing_array<char> content;
    if (writer) {
        for (const iovec& buffer : buffers.list()) {
            failure = content.append(std::span(static_cast<const char*>(buffer.iov_base), buffer.iov_len));
            if (failure != errc::success) {
                return failure;
            }
        }
    }
    place.set(0, static_cast<std::uint32_t>(buffers.total()));
    if (writer) {
        writer->writer()({content.data(), content.size()});
    }
    return errc::success;
}

/// What fd_read, fd_pread, fd_write and fd_pwrite have in common: where the guest's buffers are, and where it wants the
/// size to be stored.
struct transfer_request {
    std::uint32_t buffers_at;
    std::uint32_t count;
    std::uint32_t size_at;
};

/// A transfer of the host's, all of it by `transfer`.
template <class Transfer>
[[nodiscard]] errc transfer_host(const guest_memory& memory, const transfer_request& request, Transfer transfer) {
    guest_record place;
    guest_buffers buffers;
    std::size_t size = 0;
    errc failure = buffers.collect(memory, request.buffers_at, request.count);
    if (failure == errc::success && !memory.find(request.size_at, 4, place)) {
        failure = errc::fault;
    }
    if (failure == errc::success) {
        failure = transfer(buffers, size);
    }
    if (failure == errc::success) {
        place.set(0, static_cast<std::uint32_t>(size));
    }
    return failure;
}

/// How far a transfer goes.
enum class extent : std::uint8_t {
    some,  ///< what there is: one piece
    file,  ///< as long as pieces are whole: files give and take less at their end, or where the disk is full
    whole, ///< all, or as much as is there before the end
};

/// Transfers by `move(piece, size)`, and charges for each piece. Interrupts end it between two pieces. \returns success where
/// something has been transferred before a failure.
template <class Move>
[[nodiscard]] errc transfer_pieces(const guest_memory& memory, guest_buffers& buffers, std::uint64_t most,
                                   extent how_far, std::size_t& transferred, const Move& move) {
    for (bool goes_on = true; goes_on && buffers.total() != 0;) {
        std::uint64_t asked = 0;
        std::size_t size = 0;
        const std::span<const iovec> piece = buffers.part(most, asked);
        errc failure = move(piece, size);
        if (failure != errc::success) {
            return transferred != 0 && failure != errc::intr ? errc::success : failure;
        }
        transferred += size;
        buffers.drop(size);
        failure = memory.charge(size);
        if (failure != errc::success) {
            return failure;
        }
        goes_on = (how_far == extent::file && size == asked) || (how_far == extent::whole && size != 0);
    }
    return errc::success;
}

[[nodiscard]] inline ssize_t read_at(const descriptor& file, std::span<const iovec> list, off_t offset) noexcept {
    return ::preadv(file.host, list.data(), static_cast<int>(list.size()), offset);
}

/// Writes at `offset`, also where Linux would append. The flag is taken away for that from what is the guest's own; what was
/// lent shares it with others, who rely on it.
[[nodiscard]] inline ssize_t write_at(const descriptor& file, std::span<const iovec> list, off_t offset) noexcept {
    const int flags = file.owned ? ::fcntl(file.host, F_GETFL) : 0;
    const bool appends = flags >= 0 && (flags & O_APPEND) != 0;
    if (appends && ::fcntl(file.host, F_SETFL, flags & ~O_APPEND) < 0) {
        return -1;
    }
    const ssize_t outcome = ::pwritev(file.host, list.data(), static_cast<int>(list.size()), offset);
    if (appends) {
        const int reason = errno;
        ::fcntl(file.host, F_SETFL, flags);
        errno = reason;
    }
    return outcome;
}

/// fd_pread and fd_pwrite, by `transfer`. They never wait: what has positions is a file.
[[nodiscard]] inline errc transfer_at(context& self, const guest_memory& memory, std::uint32_t fd, std::uint64_t right,
                                      const transfer_request& request, std::uint64_t offset,
                                      ssize_t (*transfer)(const descriptor&, std::span<const iovec>, off_t)) {
    descriptor* file = nullptr;
    if (const errc failure = find_open(self, fd, right, file); failure != errc::success) {
        return failure;
    }
    if (!file->has_position()) {
        return errc::spipe;
    }
    if (const errc failure = check_right(*file, rights::fd_seek); failure != errc::success) {
        return failure;
    }
    if (offset > largest_offset) {
        return errc::inval;
    }
    return transfer_host(memory, request, [&](guest_buffers& buffers, std::size_t& transferred) {
        const auto move = [&](std::span<const iovec> piece, std::size_t& size) {
            const ssize_t outcome = transfer(*file, piece, static_cast<off_t>(offset + transferred));
            size = static_cast<std::size_t>(outcome);
            return outcome >= 0 ? errc::success : last_error();
        };
        return transfer_pieces(memory, buffers, largest_piece, extent::file, transferred, move);
    });
}

/// Writing to a socket whose peer is gone must not raise a signal in the host.
[[nodiscard]] inline ssize_t write_host(const descriptor& file, std::span<const iovec> list) noexcept {
    if (file.kind != descriptor_kind::socket) {
        return ::writev(file.host, list.data(), static_cast<int>(list.size()));
    }
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(list.data());
    message.msg_iovlen = list.size();
    return ::sendmsg(file.host, &message, MSG_NOSIGNAL);
}

/// Writes all, unless the guest does not want to wait.
[[nodiscard]] inline errc write_all(const caller& who, const guest_memory& memory, const descriptor& file,
                                    guest_buffers& buffers, std::size_t& written) {
    // A pipe that was lent and is ready takes so much without waiting for its reader.
    const std::uint64_t most = file.owned || file.kind == descriptor_kind::file ? largest_piece : PIPE_BUF;
    const extent how_far = file.kind == descriptor_kind::file ? extent::file
                           : file.is_nonblocking              ? extent::some
                                                              : extent::whole;
    return transfer_pieces(
        memory, buffers, most, how_far, written, [&](std::span<const iovec> piece, std::size_t& size) {
            return transfer_waiting(who, file, POLLOUT, [&] { return write_host(file, piece); }, size);
        });
}

inline errc fd_read(context& self, const caller& who, const guest_memory& memory, std::uint32_t fd,
                    std::uint32_t buffers_at, std::uint32_t count, std::uint32_t size_at) {
    descriptor* file = nullptr;
    if (const errc failure = find_open(self, fd, rights::fd_read, file); failure != errc::success) {
        return failure;
    }
    if (file->is_callback()) {
        return read_callback(*file, memory, buffers_at, count, size_at);
    }
    const extent how_far = file->kind == descriptor_kind::file ? extent::file : extent::some;
    const auto move = [&](std::span<const iovec> piece, std::size_t& size) {
        return transfer_waiting(
            who, *file, POLLIN, [&] { return ::readv(file->host, piece.data(), static_cast<int>(piece.size())); },
            size);
    };
    return transfer_host(memory, {buffers_at, count, size_at}, [&](guest_buffers& buffers, std::size_t& size) {
        return transfer_pieces(memory, buffers, largest_piece, how_far, size, move);
    });
}

inline errc fd_pread(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t buffers_at,
                     std::uint32_t count, std::uint64_t offset, std::uint32_t size_at) {
    return transfer_at(self, memory, fd, rights::fd_read, {buffers_at, count, size_at}, offset, &read_at);
}

inline errc fd_write(context& self, const caller& who, const guest_memory& memory, std::uint32_t fd,
                     std::uint32_t buffers_at, std::uint32_t count, std::uint32_t size_at) {
    descriptor* file = nullptr;
    if (const errc failure = find_open(self, fd, rights::fd_write, file); failure != errc::success) {
        return failure;
    }
    if (file->is_callback()) {
        return write_callback(*file, memory, buffers_at, count, size_at);
    }
    return transfer_host(memory, {buffers_at, count, size_at}, [&](guest_buffers& buffers, std::size_t& size) {
        return write_all(who, memory, *file, buffers, size);
    });
}

inline errc fd_pwrite(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t buffers_at,
                      std::uint32_t count, std::uint64_t offset, std::uint32_t size_at) {
    return transfer_at(self, memory, fd, rights::fd_write, {buffers_at, count, size_at}, offset, &write_at);
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
    const off_t position = ::lseek(file->host, core::cast<off_t>(offset), whence);
    if (position < 0) {
        return last_error();
    }
    place.set(0, static_cast<std::uint64_t>(position));
    return errc::success;
}

template <snapshot Version>
errc fd_seek(context& self, const guest_memory& memory, std::uint32_t fd, std::int64_t offset, std::uint32_t whence,
             std::uint32_t position_at) {
    constexpr int preview1[] = {SEEK_SET, SEEK_CUR, SEEK_END};
    constexpr int unstable[] = {SEEK_CUR, SEEK_END, SEEK_SET};
    if (whence > 2) {
        return errc::inval;
    }
    const int host_whence = Version == snapshot::preview1 ? preview1[whence] : unstable[whence];
    const bool only_tells = host_whence == SEEK_CUR && offset == 0;
    return move_position(self, memory, fd, only_tells ? rights::fd_tell : rights::fd_seek, offset, host_whence,
                         position_at);
}

inline errc fd_tell(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t position_at) {
    return move_position(self, memory, fd, rights::fd_tell, 0, SEEK_CUR, position_at);
}

inline errc fd_sync(context& self, std::uint32_t fd) {
    descriptor* file = nullptr;
    if (const errc failure = find_open(self, fd, rights::fd_sync, file); failure != errc::success) {
        return failure;
    }
    return ::fsync(file->host) == 0 ? errc::success : last_error();
}

inline errc fd_datasync(context& self, std::uint32_t fd) {
    descriptor* file = nullptr;
    if (const errc failure = find_open(self, fd, rights::fd_datasync, file); failure != errc::success) {
        return failure;
    }
    return ::fdatasync(file->host) == 0 ? errc::success : last_error();
}

inline errc fd_advise(context& self, std::uint32_t fd, std::uint64_t offset, std::uint64_t size, std::uint32_t advice) {
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

inline errc fd_allocate(context& self, std::uint32_t fd, std::uint64_t offset, std::uint64_t size) {
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

} // namespace riser::inline v0_1::wasi::detail

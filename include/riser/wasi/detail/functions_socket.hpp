#pragma once

#include "riser/wasi/context.hpp"
#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/buffers.hpp"
#include "riser/wasi/detail/functions_file.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/errc.hpp"

#include <cstdint>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

// Sockets come from listeners that the embedder hands over; preview 1 cannot make any.

namespace riser::inline v0::wasi::detail {

/// As find_open. \returns notsock where it is none.
[[nodiscard]] inline errc find_socket(context& self, std::uint32_t number, std::uint64_t right,
                                      descriptor*& found) noexcept {
    const errc failure = find_open(self, number, right, found);
    const bool is_socket =
        found != nullptr && (found->kind == descriptor_kind::socket || found->kind == descriptor_kind::listener);
    return found != nullptr && !is_socket ? errc::notsock : failure;
}

inline errc sock_accept(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t flags,
                        std::uint32_t fd_at) {
    descriptor* listener = nullptr;
    guest_record place;
    const errc failure = find_socket(self, fd, rights::sock_accept, listener);
    if (failure != errc::success) {
        return failure == errc::badf && listener != nullptr ? errc::inval : failure; // connected already
    }
    if ((flags & ~fdflags::nonblock) != 0) {
        return errc::inval;
    }
    if (!memory.find(fd_at, 4, place)) {
        return errc::fault;
    }
    if (self.descriptors().is_full()) {
        return errc::mfile;
    }
    unique_fd accepted(static_cast<int>(transfer_blocking(
        *listener, POLLIN, [listener] { return ssize_t{::accept(listener->host, nullptr, nullptr)}; })));
    if (!accepted) {
        return last_error();
    }
    const int nonblock = (flags & fdflags::nonblock) != 0 ? O_NONBLOCK : 0;
    if (::fcntl(accepted.get(), F_SETFD, FD_CLOEXEC) != 0 || ::fcntl(accepted.get(), F_SETFL, nonblock) != 0) {
        return last_error();
    }
    place.set(0, self.descriptors().insert(make_socket(std::move(accepted))));
    return errc::success;
}

inline errc sock_recv(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t buffers_at,
                      std::uint32_t count, std::uint32_t flags, std::uint32_t size_at, std::uint32_t flags_at) {
    constexpr std::uint32_t peek = 1;
    constexpr std::uint32_t waitall = 2;
    constexpr std::uint16_t truncated = 1;
    descriptor* socket = nullptr;
    guest_buffers buffers;
    guest_record size_place;
    guest_record flags_place;
    errc failure = find_socket(self, fd, rights::fd_read, socket);
    if (failure == errc::success) {
        failure = (flags & ~(peek | waitall)) != 0 ? errc::inval : buffers.collect(memory, buffers_at, count);
    }
    if (failure != errc::success) {
        return failure;
    }
    if (!memory.find(size_at, 4, size_place) || !memory.find(flags_at, 2, flags_place)) {
        return errc::fault;
    }
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(buffers.list().data());
    message.msg_iovlen = buffers.list().size();
    const ssize_t size = ::recvmsg(socket->host, &message,
                                   ((flags & peek) != 0 ? MSG_PEEK : 0) | ((flags & waitall) != 0 ? MSG_WAITALL : 0));
    if (size < 0) {
        return last_error();
    }
    size_place.set(0, static_cast<std::uint32_t>(size));
    flags_place.set(0, static_cast<std::uint16_t>((message.msg_flags & MSG_TRUNC) != 0 ? truncated : 0));
    return errc::success;
}

inline errc sock_send(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t buffers_at,
                      std::uint32_t count, std::uint32_t flags, std::uint32_t size_at) {
    descriptor* socket = nullptr;
    guest_buffers buffers;
    guest_record place;
    errc failure = find_socket(self, fd, rights::fd_write, socket);
    if (failure == errc::success) {
        failure = flags != 0 ? errc::inval : buffers.collect(memory, buffers_at, count);
    }
    if (failure != errc::success) {
        return failure;
    }
    if (!memory.find(size_at, 4, place)) {
        return errc::fault;
    }
    const ssize_t size = write_host(*socket, buffers.list().data(), buffers.count());
    if (size < 0) {
        return last_error();
    }
    place.set(0, static_cast<std::uint32_t>(size));
    return errc::success;
}

inline errc sock_shutdown(context& self, const guest_memory&, std::uint32_t fd, std::uint32_t how) {
    constexpr int host_how[] = {SHUT_RD, SHUT_WR, SHUT_RDWR};
    descriptor* socket = nullptr;
    const errc failure = find_socket(self, fd, rights::sock_shutdown, socket);
    if (failure != errc::success) {
        return failure == errc::badf && socket != nullptr ? errc::notconn : failure; // a listener
    }
    if (how < 1 || how > 3) {
        return errc::inval;
    }
    return ::shutdown(socket->host, host_how[how - 1]) == 0 ? errc::success : last_error();
}

} // namespace riser::inline v0::wasi::detail

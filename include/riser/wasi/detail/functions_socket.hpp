#pragma once

#include "riser/caller.hpp"
#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/buffers.hpp"
#include "riser/wasi/detail/context.hpp"
#include "riser/wasi/detail/functions_file.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/detail/waiting.hpp"
#include "riser/wasi/errc.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

// Sockets come from listeners that the embedder hands over; preview 1 cannot make any.

namespace riser::inline v0_1::wasi::detail {

/// As find_open. \returns notsock where it is none.
[[nodiscard]] inline errc find_socket(context& self, std::uint32_t number, std::uint64_t right,
                                      descriptor*& found) noexcept {
    const errc failure = find_open(self, number, right, found);
    const bool is_socket =
        found != nullptr && (found->kind == descriptor_kind::socket || found->kind == descriptor_kind::listener);
    return found != nullptr && !is_socket ? errc::notsock : failure;
}

inline errc sock_accept(context& self, const caller& who, const guest_memory& memory, std::uint32_t fd,
                        std::uint32_t flags, std::uint32_t fd_at) {
    descriptor* listener = nullptr;
    guest_record place;
    errc failure = find_socket(self, fd, rights::sock_accept, listener);
    if (failure != errc::success) {
        return failure == errc::badf && listener != nullptr ? errc::inval : failure; // connected already
    }
    if ((flags & ~fdflags::nonblock) != 0) {
        return errc::inval;
    }
    if (!memory.find(fd_at, 4, place)) {
        return errc::fault;
    }
    if (failure = self.descriptors().reserve(); failure != errc::success) {
        return failure;
    }
    std::size_t number = 0;
    failure = transfer_waiting(
        who, *listener, POLLIN, [listener] { return ssize_t{::accept(listener->host, nullptr, nullptr)}; }, number);
    if (failure != errc::success) {
        return failure;
    }
    unique_fd accepted(static_cast<int>(number));
    if (::fcntl(accepted.get(), F_SETFD, FD_CLOEXEC) != 0 || ::fcntl(accepted.get(), F_SETFL, O_NONBLOCK) != 0) {
        return last_error();
    }
    descriptor made = make_socket(std::move(accepted));
    made.is_nonblocking = flags != 0;
    place.set(0, self.descriptors().insert(std::move(made)));
    return errc::success;
}

namespace riflags {
inline constexpr std::uint32_t peek = 1;
inline constexpr std::uint32_t waitall = 2;
} // namespace riflags

/// Receives until the buffers are full where the guest wants to wait for all, else what there is. \param truncated whether
/// a message was longer than the buffers.
[[nodiscard]] inline errc receive(const caller& who, const guest_memory& memory, const descriptor& socket,
                                  std::uint32_t flags, guest_buffers& buffers, std::size_t& received, bool& truncated) {
    const bool peeks = (flags & riflags::peek) != 0;
    const bool wants_all = flags == riflags::waitall && !socket.is_nonblocking; // what is only looked at stays the same
    const auto move = [&](std::span<const iovec> piece, std::size_t& size) {
        msghdr message{};
        message.msg_iov = const_cast<iovec*>(piece.data());
        message.msg_iovlen = piece.size();
        const errc failure = transfer_waiting(
            who, socket, POLLIN, [&] { return ::recvmsg(socket.host, &message, peeks ? MSG_PEEK : 0); }, size);
        truncated = failure == errc::success ? (message.msg_flags & MSG_TRUNC) != 0 : truncated;
        return failure;
    };
    return transfer_pieces(memory, buffers, largest_piece, wants_all ? extent::whole : extent::some, received, move);
}

inline errc sock_recv(context& self, const caller& who, const guest_memory& memory, std::uint32_t fd,
                      std::uint32_t buffers_at, std::uint32_t count, std::uint32_t flags, std::uint32_t size_at,
                      std::uint32_t flags_at) {
    descriptor* socket = nullptr;
    guest_buffers buffers;
    guest_record size_place;
    guest_record flags_place;
    errc failure = find_socket(self, fd, rights::fd_read, socket);
    if (failure == errc::success) {
        failure = flags > (riflags::peek | riflags::waitall) ? errc::inval : buffers.collect(memory, buffers_at, count);
    }
    if (failure != errc::success) {
        return failure;
    }
    if (!memory.find(size_at, 4, size_place) || !memory.find(flags_at, 2, flags_place)) {
        return errc::fault;
    }
    std::size_t size = 0;
    bool truncated = false;
    failure = receive(who, memory, *socket, flags, buffers, size, truncated);
    if (failure == errc::success) {
        size_place.set(0, static_cast<std::uint32_t>(size));
        flags_place.set(0, static_cast<std::uint16_t>(truncated ? 1 : 0));
    }
    return failure;
}

inline errc sock_send(context& self, const caller& who, const guest_memory& memory, std::uint32_t fd,
                      std::uint32_t buffers_at, std::uint32_t count, std::uint32_t flags, std::uint32_t size_at) {
    descriptor* socket = nullptr;
    const errc failure = find_socket(self, fd, rights::fd_write, socket);
    if (failure != errc::success || flags != 0) {
        return failure != errc::success ? failure : errc::inval;
    }
    return transfer_host(memory, {buffers_at, count, size_at}, [&](guest_buffers& buffers, std::size_t& size) {
        return write_all(who, memory, *socket, buffers, size);
    });
}

inline errc sock_shutdown(context& self, std::uint32_t fd, std::uint32_t how) {
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

} // namespace riser::inline v0_1::wasi::detail

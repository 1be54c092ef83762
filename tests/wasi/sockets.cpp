#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>

#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

using riser::wasi::errc;

namespace {

/// A guest with a listening socket, which is a file of the host, and the other side.
struct fixture {
    test::temporary_directory host;
    int listener = test::listen_at(host.path("socket"));
    test::guest guest{riser::wasi::options().listener(listener).preopen(host.path(), ".")};
    int client = -1;
    std::string text;

    ~fixture() {
        ::close(listener);
        if (client >= 0) {
            ::close(client);
        }
    }

    void connect() { client = test::connect_to(host.path("socket")); }

    errc accept(std::uint32_t& fd, std::uint32_t flags = 0) {
        const std::uint32_t result = guest.allocate(4);
        const errc code = guest.call("sock_accept", 3, flags, result);
        fd = guest.load<std::uint32_t>(result);
        return code;
    }

    errc receive(std::uint32_t fd, std::uint32_t size, std::uint32_t flags) {
        const std::uint32_t iovec = guest.allocate(8);
        const std::uint32_t buffer = guest.allocate(size);
        const std::uint32_t results = guest.allocate(8);
        guest.store(iovec, buffer);
        guest.store(iovec + 4, size);
        const errc code = guest.call("sock_recv", fd, iovec, 1, flags, results, results + 4);
        text = guest.text(buffer, guest.load<std::uint32_t>(results));
        CHECK(guest.load<std::uint16_t>(results + 4) == 0);
        return code;
    }

    errc send(std::uint32_t fd, const std::string& content, std::uint32_t flags = 0) {
        const std::uint32_t iovec = guest.allocate(8);
        const test::guest_text placed = guest.put(content);
        guest.store(iovec, placed.at);
        guest.store(iovec + 4, placed.size);
        return guest.call("sock_send", fd, iovec, 1, flags, guest.allocate(4));
    }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "a guest accepts a connection, and both sides talk") {
    connect();
    std::uint32_t fd = 0;
    REQUIRE(accept(fd) == errc::success);
    CHECK(fd == 5);
    test::guest_fdstat status{};
    CHECK(guest.fdstat(fd, status) == errc::success);
    CHECK(status.type == test::filetype::socket_stream);
    REQUIRE(::send(client, "hello", 5, 0) == 5);
    CHECK(receive(fd, 3, 1) == errc::success); // a peek
    CHECK(text == "hel");
    CHECK(receive(fd, 16, 0) == errc::success);
    CHECK(text == "hello");
    CHECK(send(fd, "answer") == errc::success);
    CHECK(guest.write(fd, "!") == errc::success);
    char buffer[16] = {};
    CHECK(::recv(client, buffer, 7, MSG_WAITALL) == 7);
    CHECK(std::string(buffer) == "answer!");
    REQUIRE(::send(client, "x", 1, 0) == 1);
    CHECK(guest.read(fd, 4, text) == errc::success);
    CHECK(text == "x");
    std::uint64_t position = 0;
    CHECK(guest.seek(fd, 0, 1, position) == errc::spipe);
    CHECK(receive(fd, 16, 4) == errc::inval);
    CHECK(send(fd, "x", 1) == errc::inval);
}

TEST_CASE_FIXTURE(fixture, "without a connection, accepting in non-blocking mode has to come again") {
    std::uint32_t fd = 0;
    CHECK(guest.call("fd_fdstat_set_flags", 3, test::fdflags::nonblock) == errc::success);
    CHECK(accept(fd) == errc::again);
    connect();
    CHECK(accept(fd, test::fdflags::nonblock) == errc::success);
    test::guest_fdstat status{};
    CHECK(guest.fdstat(fd, status) == errc::success);
    CHECK(status.flags == test::fdflags::nonblock);
    CHECK(receive(fd, 4, 0) == errc::again);
    CHECK(accept(fd, 1) == errc::inval);
}

TEST_CASE_FIXTURE(fixture, "a guest can wait until its buffer is full, or the other side has ended") {
    constexpr std::uint32_t waitall = 2;
    connect();
    std::uint32_t fd = 0;
    REQUIRE(accept(fd) == errc::success);
    std::thread other([this] {
        for (const char* const part : {"ab", "c", "def", "gh"}) {
            CHECK(::send(client, part, std::strlen(part), 0) > 0);
        }
        ::shutdown(client, SHUT_WR);
    });
    CHECK(receive(fd, 6, waitall) == errc::success);
    CHECK(text == "abcdef");
    CHECK(receive(fd, 6, waitall) == errc::success);
    CHECK(text == "gh");
    CHECK(receive(fd, 6, waitall) == errc::success);
    CHECK(text.empty());
    other.join();
}

TEST_CASE_FIXTURE(fixture, "what is sent arrives whole, also where it is more than the system keeps") {
    connect();
    std::uint32_t fd = 0;
    REQUIRE(accept(fd) == errc::success);
    std::string received;
    std::thread other([&] {
        char buffer[1000];
        for (ssize_t size = 0; (size = ::recv(client, buffer, sizeof buffer, 0)) > 0;) {
            received.append(buffer, static_cast<std::size_t>(size));
        }
    });
    std::string much(100'000, 'x');
    CHECK(send(fd, much) == errc::success);
    std::uint32_t written = 0;
    CHECK(guest.write(fd, std::string(100'000, 'y'), &written) == errc::success);
    CHECK(written == 100'000);
    CHECK(guest.call("fd_close", fd) == errc::success);
    other.join();
    CHECK(received == much.append(100'000, 'y'));
}

TEST_CASE_FIXTURE(fixture, "nothing to transfer is not waited for") {
    connect();
    std::uint32_t fd = 0;
    REQUIRE(accept(fd) == errc::success);
    CHECK(receive(fd, 0, 0) == errc::success);
    CHECK(guest.read(fd, 0, text) == errc::success);
    CHECK(send(fd, "") == errc::success);
    CHECK(guest.write(fd, "") == errc::success);
}

TEST_CASE("a guest accepts no more connections than it may have descriptors") {
    const test::temporary_directory host;
    const int listener = test::listen_at(host.path("socket"));
    const int client = test::connect_to(host.path("socket"));
    test::guest guest(riser::wasi::options().listener(listener).descriptor_limit(4));
    CHECK(guest.call("sock_accept", 3, 0, guest.allocate(4)) == errc::mfile);
    CHECK(guest.call("fd_close", 2) == errc::success);
    CHECK(guest.call("sock_accept", 3, 0, guest.allocate(4)) == errc::success);
    ::close(client);
    ::close(listener);
}

TEST_CASE_FIXTURE(fixture, "shutting down ends a direction") {
    connect();
    std::uint32_t fd = 0;
    REQUIRE(accept(fd) == errc::success);
    CHECK(guest.call("sock_shutdown", fd, 0) == errc::inval);
    CHECK(guest.call("sock_shutdown", fd, 4) == errc::inval);
    CHECK(guest.call("sock_shutdown", fd, 2) == errc::success);
    char buffer[4];
    CHECK(::recv(client, buffer, sizeof buffer, 0) == 0);
    CHECK(send(fd, "x") == errc::pipe);
    CHECK(guest.write(fd, "x") == errc::pipe); // and no signal
    REQUIRE(::send(client, "in", 2, 0) == 2);
    CHECK(receive(fd, 4, 0) == errc::success);
    CHECK(text == "in");
    CHECK(guest.call("sock_shutdown", fd, 1) == errc::success);
    CHECK(receive(fd, 4, 0) == errc::success);
    CHECK(text.empty());
}

TEST_CASE_FIXTURE(fixture, "what is no socket, or not the right kind") {
    host.write("file", "");
    std::uint32_t file = 0;
    REQUIRE(guest.open(4, "file", file, 0, test::rights::read_write) == errc::success);
    const std::uint32_t at = guest.allocate(16);
    for (const std::uint32_t fd : {0U, 1U, 4U, file, 99U}) {
        CAPTURE(fd);
        const errc expected = fd == 99 ? errc::badf : errc::notsock;
        CHECK(guest.call("sock_accept", fd, 0, at) == expected);
        CHECK(guest.call("sock_recv", fd, at, 0, 0, at, at) == expected);
        CHECK(guest.call("sock_send", fd, at, 0, 0, at) == expected);
        CHECK(guest.call("sock_shutdown", fd, 1) == expected);
    }
    CHECK(guest.call("sock_shutdown", 3, 1) == errc::notconn);
    CHECK(guest.call("sock_recv", 3, at, 0, 0, at, at) == errc::badf);
    connect();
    std::uint32_t fd = 0;
    REQUIRE(accept(fd) == errc::success);
    CHECK(guest.call("sock_accept", fd, 0, at) == errc::inval);
    CHECK(guest.call("sock_accept", 3, 0, guest.memory_size()) == errc::fault);
}

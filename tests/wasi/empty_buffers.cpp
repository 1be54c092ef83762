// Buffers without bytes say nothing, however many there are and wherever they are said to be.
#include "riser/error.hpp"
#include "riser/trap.hpp"
#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <string>

#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::uint32_t most_of_a_system_call = 1024;

/// Buffers of which only the last, of `size` bytes at `at`, is not empty.
std::uint32_t after_empty_ones(test::guest& guest, std::uint32_t count, std::uint32_t at, std::uint32_t size) {
    const std::uint32_t buffers = guest.allocate(8 * count);
    guest.store(buffers + 8 * (count - 1), at);
    guest.store(buffers + 8 * (count - 1) + 4, size);
    return buffers;
}

} // namespace

TEST_CASE("what comes after more empty buffers than a system call takes is transferred") {
    constexpr std::uint32_t count = 2 * most_of_a_system_call + 1;
    const test::temporary_directory host;
    host.write("file", "content");
    std::string captured;
    test::guest guest(riser::wasi::options()
                          .standard_input(riser::wasi::input::text("input"))
                          .standard_output(riser::wasi::output::capture(captured))
                          .preopen(host.path(), "."));
    std::uint32_t fd = 0;
    REQUIRE(guest.open(3, "file", fd, 0, test::rights::read_write | test::rights::fd_seek) == test::errc::success);
    const std::uint32_t place = guest.allocate(8);
    const std::uint32_t result = guest.allocate(4);
    const std::uint32_t buffers = after_empty_ones(guest, count, place, 5);
    const auto transfers = [&](const char* name, auto... arguments) {
        CAPTURE(std::string(name));
        CHECK(guest.call(name, arguments..., result) == test::errc::success);
        CHECK(guest.load<std::uint32_t>(result) == 5);
    };
    transfers("fd_read", fd, buffers, count);
    CHECK(guest.text(place, 5) == "conte");
    transfers("fd_pread", fd, buffers, count, 1);
    CHECK(guest.text(place, 5) == "onten");
    transfers("fd_read", 0, buffers, count);
    CHECK(guest.text(place, 5) == "input");
    transfers("fd_write", fd, buffers, count);
    transfers("fd_pwrite", fd, buffers, count, 0);
    transfers("fd_write", 1, buffers, count);
    CHECK(host.read("file") == "inputinput");
    CHECK(captured == "input");
}

TEST_CASE("sockets transfer what comes after more empty buffers than a system call takes") {
    constexpr std::uint32_t count = most_of_a_system_call + 1;
    const test::temporary_directory host;
    const int listener = test::listen_at(host.path("socket"));
    const int client = test::connect_to(host.path("socket"));
    test::guest guest(riser::wasi::options().listener(listener));
    const std::uint32_t result = guest.allocate(8);
    REQUIRE(guest.call("sock_accept", 3, 0, result) == test::errc::success);
    const auto fd = guest.load<std::uint32_t>(result);
    REQUIRE(::send(client, "sent", 4, 0) == 4);
    const std::uint32_t place = guest.allocate(4);
    const std::uint32_t buffers = after_empty_ones(guest, count, place, 4);
    CHECK(guest.call("sock_recv", fd, buffers, count, 0, result, result + 4) == test::errc::success);
    CHECK(guest.load<std::uint32_t>(result) == 4);
    CHECK(guest.text(place, 4) == "sent");
    CHECK(guest.call("sock_send", fd, buffers, count, 0, result) == test::errc::success);
    CHECK(guest.load<std::uint32_t>(result) == 4);
    char received[4] = {};
    CHECK(::recv(client, received, 4, MSG_DONTWAIT) == 4);
    ::close(client);
    ::close(listener);
}

TEST_CASE("an access of no bytes succeeds at any address") {
    test::guest guest{riser::wasi::options()};
    const std::uint32_t result = guest.allocate(4);
    for (const std::uint32_t at : {guest.memory_size(), guest.memory_size() + 1, 0xffff'ffffU}) {
        CAPTURE(at);
        CHECK(guest.call("random_get", at, 0) == test::errc::success);
        CHECK(guest.call("fd_write", 1, at, 0, result) == test::errc::success);
        CHECK(guest.call("fd_write", 1, guest.make_iovec(at, 0), 1, result) == test::errc::success);
        CHECK(guest.call("random_get", at, 1) == test::errc::fault);
    }
}

TEST_CASE("an interrupt ends the making of random bytes, and the passing over of empty buffers") {
    test::guest guest{riser::wasi::options()};
    CHECK(guest.interrupted_within("random_get", {16, 64}) == riser::trap_kind::interrupted);
    CHECK(guest.interrupted_within("fd_write", {1, guest.allocate(8), 1, guest.allocate(4)}) ==
          riser::trap_kind::interrupted);
}

TEST_CASE("an interrupt ends the making of random bytes by the embedder between two parts") {
    int parts = 0;
    const riser::interrupt_handle* handle = nullptr;
    test::guest guest(riser::wasi::options().random([&](std::span<std::byte>) {
        ++parts;
        handle->interrupt();
    }));
    const riser::interrupt_handle made = guest.interrupt_handle();
    handle = &made;
    CHECK_FALSE(guest.call_with("random_get", {16, 100'000}).has_value());
    CHECK(parts == 1);
}

// A guest that waits is stopped like one that computes. Without that these tests would not end.
#include "riser/error.hpp"
#include "support/process.hpp"
#include "wasi/asleep.hpp"
#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

using riser::wasi::errc;
using riser::wasi::options;

namespace {

constexpr std::uint8_t clock_event = 0;
constexpr std::uint8_t read_event = 1;
constexpr std::uint32_t monotonic = 1;

bool is_interrupted(const riser::result<std::uint32_t>& outcome) {
    return !outcome && outcome.error().is<riser::trap>() &&
           outcome.error().as<riser::trap>()->kind() == riser::trap_kind::interrupted;
}

/// Calls a function, and interrupts the store from another thread once this one waits in it.
bool ends_by_interrupt(test::guest& guest, std::string_view name, std::initializer_list<std::uint64_t> arguments) {
    const riser::interrupt_handle handle = guest.interrupt_handle();
    const ::pid_t waiting = ::gettid();
    std::thread other([&] {
        test::until_asleep(waiting);
        handle.interrupt();
    });
    const riser::result<std::uint32_t> outcome = guest.call_with(name, arguments);
    other.join();
    // And it is the only call that ends so.
    return is_interrupted(outcome) && guest.call("sched_yield") == errc::success;
}

/// A subscription of poll_oneoff to a clock that never comes, or to a descriptor.
std::uint32_t make_subscription(test::guest& guest, std::uint8_t type, std::uint32_t clock_or_fd) {
    const std::uint32_t at = guest.allocate(48);
    guest.store(at + 8, type);
    guest.store(at + 16, clock_or_fd);
    guest.store(at + 24, type == clock_event ? UINT64_MAX : 0);
    return at;
}

std::uint32_t make_buffer(test::guest& guest, std::uint32_t size) {
    return guest.make_iovec(guest.allocate(size), size);
}

/// A guest with a listening socket, 3.
struct server {
    test::temporary_directory host;
    int listener = test::listen_at(host.path("socket"));
    test::guest guest{options().listener(listener)};
    int client = -1;

    ~server() {
        ::close(listener);
        ::close(client);
    }

    /// The guest's side of a connection.
    std::uint32_t connect() {
        client = test::connect_to(host.path("socket"));
        const std::uint32_t result = guest.allocate(4);
        REQUIRE(guest.call("sock_accept", 3, 0, result) == errc::success);
        return guest.load<std::uint32_t>(result);
    }
};

} // namespace

TEST_CASE("an interrupt ends a sleep") {
    test::guest guest{options()};
    const std::uint32_t out = guest.allocate(64);
    CHECK(
        ends_by_interrupt(guest, "poll_oneoff", {make_subscription(guest, clock_event, monotonic), out, 1, out + 32}));
}

TEST_CASE("an interrupt that comes early ends the next call that would wait") {
    test::guest guest{options()};
    const std::uint32_t out = guest.allocate(64);
    guest.interrupt_handle().interrupt();
    CHECK(is_interrupted(
        guest.call_with("poll_oneoff", {make_subscription(guest, clock_event, monotonic), out, 1, out + 32})));
    CHECK(guest.call("sched_yield") == errc::success);
}

TEST_CASE("a deadline ends a sleep, and every call until there is none") {
    test::guest guest{options()};
    const std::uint32_t out = guest.allocate(64);
    const std::uint32_t forever = make_subscription(guest, clock_event, monotonic);
    guest.set_timeout(std::chrono::milliseconds(5));
    for (int i = 0; i < 2; ++i) {
        const auto outcome = guest.call_with("poll_oneoff", {forever, out, 1, out + 32});
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().as<riser::trap>()->kind() == riser::trap_kind::deadline_passed);
    }
    guest.clear_deadline();
    CHECK(guest.call("sched_yield") == errc::success);
}

TEST_CASE("a deadline ends a read from a pipe that stays empty") {
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    const int before = ::dup(0);
    ::dup2(pipe[0], 0);
    test::guest guest{options().standard_input(riser::wasi::input::inherit())};
    guest.set_timeout(std::chrono::milliseconds(5));
    const auto outcome = guest.call_with("fd_read", {0, make_buffer(guest, 16), 1, guest.allocate(4)});
    ::dup2(before, 0);
    for (const int each : {before, pipe[0], pipe[1]}) {
        ::close(each);
    }
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().as<riser::trap>()->kind() == riser::trap_kind::deadline_passed);
}

TEST_CASE("a signal handler may interrupt a sleep of its own thread") {
    static std::optional<riser::interrupt_handle> handle;
    test::guest guest{options()};
    handle = guest.interrupt_handle();
    struct sigaction action{};
    struct sigaction before{};
    action.sa_handler = [](int) { handle->interrupt(); };
    REQUIRE(::sigaction(SIGUSR1, &action, &before) == 0);
    const ::pid_t id = ::gettid();
    const ::pthread_t self = ::pthread_self();
    std::thread other([&] {
        test::until_asleep(id);
        ::pthread_kill(self, SIGUSR1);
    });
    const std::uint32_t out = guest.allocate(64);
    CHECK(is_interrupted(
        guest.call_with("poll_oneoff", {make_subscription(guest, clock_event, monotonic), out, 1, out + 32})));
    other.join();
    ::sigaction(SIGUSR1, &before, nullptr);
    handle.reset();
}

TEST_CASE("a signal that is no interrupt leaves a guest waiting") {
    test::guest guest{options()};
    struct sigaction action{};
    struct sigaction before{};
    action.sa_handler = [](int) {};
    REQUIRE(::sigaction(SIGUSR1, &action, &before) == 0);
    const ::pid_t id = ::gettid();
    const ::pthread_t self = ::pthread_self();
    std::thread other([&] {
        for (int i = 0; i < 5; ++i) {
            test::until_asleep(id);
            ::pthread_kill(self, SIGUSR1);
        }
    });
    const std::uint32_t subscription = make_subscription(guest, clock_event, monotonic);
    guest.store(subscription + 24, std::uint64_t{30'000'000});
    const std::uint32_t out = guest.allocate(64);
    CHECK(guest.call("poll_oneoff", subscription, out, 1, out + 32) == errc::success);
    CHECK(guest.load<std::uint32_t>(out + 32) == 1);
    other.join();
    ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_CASE("an interrupt ends a sleep in the embedder's time") {
    std::optional<riser::interrupt_handle> handle;
    riser::wasi::clock_source clock;
    clock.now = [](riser::wasi::clock_id) { return std::uint64_t{0}; };
    clock.wait = [&handle](std::uint64_t) { handle->interrupt(); }; // and time stands still
    test::guest guest(options().clock(clock));
    handle = guest.interrupt_handle();
    const std::uint32_t out = guest.allocate(64);
    CHECK(is_interrupted(
        guest.call_with("poll_oneoff", {make_subscription(guest, clock_event, monotonic), out, 1, out + 32})));
}

TEST_CASE("an interrupt ends the waiting for an inherited pipe") {
    const int status = test::in_child([] {
        int in[2];
        int out[2];
        if (::pipe(in) != 0 || ::pipe(out) != 0) {
            return 1;
        }
        ::dup2(in[0], 0);
        ::dup2(out[1], 1);
        test::guest guest(options().inherit_stdio());
        const std::uint32_t result = guest.allocate(64);
        if (!ends_by_interrupt(guest, "poll_oneoff",
                               {make_subscription(guest, read_event, 0), result, 1, result + 32})) {
            return 2;
        }
        if (!ends_by_interrupt(guest, "fd_read", {0, make_buffer(guest, 8), 1, result})) {
            return 3;
        }
        std::string text;
        if (::write(in[1], "abc", 3) != 3 || guest.read(0, 8, text) != errc::success || text != "abc") {
            return 4; // nothing was lost
        }
        return ends_by_interrupt(guest, "fd_write", {1, make_buffer(guest, 150'000), 1, result}) ? 0 : 5;
    });
    CHECK(status == 0);
}

TEST_CASE_FIXTURE(server, "an interrupt ends the waiting for a connection") {
    CHECK(ends_by_interrupt(guest, "sock_accept", {3, 0, guest.allocate(4)}));
}

TEST_CASE_FIXTURE(server, "an interrupt ends the waiting for a socket") {
    const std::uint32_t fd = connect();
    const std::uint32_t result = guest.allocate(8);
    CHECK(ends_by_interrupt(guest, "fd_read", {fd, make_buffer(guest, 8), 1, result}));
    CHECK(ends_by_interrupt(guest, "sock_recv", {fd, make_buffer(guest, 8), 1, 0, result, result + 4}));
    // Until the system keeps no more for the other side.
    REQUIRE(guest.call("fd_fdstat_set_flags", fd, test::fdflags::nonblock) == errc::success);
    const std::uint32_t much = make_buffer(guest, 100'000);
    while (guest.call("fd_write", fd, much, 1, result) == errc::success) {
    }
    REQUIRE(guest.call("fd_fdstat_set_flags", fd, 0) == errc::success);
    CHECK(ends_by_interrupt(guest, "fd_write", {fd, much, 1, result}));
    CHECK(ends_by_interrupt(guest, "sock_send", {fd, much, 1, 0, result}));
}

TEST_CASE_FIXTURE(server, "an interrupt ends the waiting for the rest of a message") {
    constexpr std::uint32_t waitall = 2;
    const std::uint32_t fd = connect();
    const std::uint32_t result = guest.allocate(8);
    REQUIRE(::send(client, "half", 4, 0) == 4);
    CHECK(ends_by_interrupt(guest, "sock_recv", {fd, make_buffer(guest, 8), 1, waitall, result, result + 4}));
}

TEST_CASE("an interrupt ends the waiting for the other end of a FIFO") {
    const test::temporary_directory host;
    REQUIRE(::mkfifo(host.path("fifo").c_str(), 0600) == 0);
    test::guest guest(options().preopen(host.path(), "."));
    const test::guest_text path = guest.put("fifo");
    const std::uint32_t result = guest.allocate(4);
    CHECK(ends_by_interrupt(guest, "path_open", {3, 0, path.at, path.size, 0, test::rights::fd_write, 0, 0, result}));
    std::uint32_t fd = 0;
    REQUIRE(guest.open(3, "fifo", fd) == errc::success);
    CHECK(ends_by_interrupt(guest, "fd_read", {fd, make_buffer(guest, 8), 1, result}));
}

// Functions are charged by the bytes that they move, and large transfers end where there is no fuel left, or by an interrupt.
#include "riser/error.hpp"
#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include <sys/socket.h>
#include <unistd.h>

using riser::wasi::options;

namespace {

constexpr std::uint32_t mebibyte = 1U << 20U;

/// How a call ends.
riser::trap_kind ending(const riser::result<std::uint32_t>& outcome) {
    return outcome ? riser::trap_kind::none : outcome.error().as<riser::trap>()->kind();
}

/// What a call costs that succeeds, beyond the operators of its wrapper.
std::uint64_t cost(test::guest& guest, std::string_view name, std::initializer_list<std::uint64_t> arguments) {
    constexpr std::uint64_t fuel = 10'000'000;
    const auto used = [&](std::string_view function, std::initializer_list<std::uint64_t> of_function) {
        guest.set_fuel(fuel);
        CHECK(guest.call_with(function, of_function).value() == 0);
        return fuel - guest.fuel();
    };
    // The wrapper has an operator for each argument.
    const std::uint64_t charged = used(name, arguments) - arguments.size();
    return charged - used("sched_yield", {});
}

/// A guest with a file, 4, and room for transfers.
struct guest_with_file {
    test::temporary_directory host;
    test::guest guest{options().preopen(host.path(), ".")};
    std::uint32_t fd = 0;
    std::uint32_t result = guest.allocate(8);
    std::uint32_t place = guest.allocate(65536);

    explicit guest_with_file(std::size_t size) {
        host.write("file", std::string(size, 'x'));
        REQUIRE(
            guest.open(3, "file", fd, 0, test::rights::read_write | test::rights::fd_seek | test::rights::fd_tell) ==
            test::errc::success);
    }

    /// Buffers of a mebibyte each, at one place.
    std::uint32_t make_buffers(std::uint32_t count) {
        const std::uint32_t at = guest.allocate(8 * count);
        static_cast<void>(guest.instance().memory("memory").grow(mebibyte / 65536));
        for (std::uint32_t i = 0; i < count; ++i) {
            guest.store(at + 8 * i, guest.memory_size() - mebibyte);
            guest.store(at + 8 * i + 4, mebibyte);
        }
        return at;
    }
    std::uint64_t position() {
        std::uint64_t at = 0;
        CHECK(guest.seek(fd, 0, 1, at) == test::errc::success);
        return at;
    }
};

} // namespace

TEST_CASE("charging: an operator for every 64 bytes that a function moves") {
    const std::string variable(300, 'v');
    const test::temporary_directory host;
    host.write("file", std::string(5000, 'x'));
    host.make_link(std::string(200, 'l'), "link");
    std::string captured;
    test::guest guest(options()
                          .argument(std::string(640, 'a'))
                          .environment("A", variable)
                          .standard_input(riser::wasi::input::text(std::string(2000, 'i')))
                          .standard_output(riser::wasi::output::capture(captured))
                          .preopen(host.path(), std::string(130, 'n')));
    std::uint32_t fd = 0;
    REQUIRE(guest.open(3, "file", fd, 0, test::rights::read_write | test::rights::fd_seek) == test::errc::success);
    const std::uint32_t place = guest.allocate(8192);
    const std::uint32_t result = guest.allocate(64);
    const std::uint32_t buffer = guest.make_iovec(place, 1000);
    CHECK(cost(guest, "args_get", {result, place}) == 10);
    CHECK(cost(guest, "environ_get", {result, place}) == 4);
    CHECK(cost(guest, "random_get", {place, 6400}) == 100);
    CHECK(cost(guest, "fd_read", {fd, buffer, 1, result}) == 15);
    CHECK(cost(guest, "fd_pread", {fd, buffer, 1, 4800, result}) == 3); // of the 200 that there are
    CHECK(cost(guest, "fd_write", {fd, buffer, 1, result}) == 15);
    CHECK(cost(guest, "fd_pwrite", {fd, buffer, 1, 0, result}) == 15);
    CHECK(cost(guest, "fd_read", {0, buffer, 1, result}) == 15);
    CHECK(cost(guest, "fd_write", {1, buffer, 1, result}) == 15);
    CHECK(cost(guest, "fd_prestat_dir_name", {3, place, 130}) == 2);
    const test::guest_text link = guest.put("link");
    CHECK(cost(guest, "path_readlink", {3, link.at, link.size, place, 8192, result}) == 3);
    const test::guest_text name = guest.put("./././././././././././././././././././././././././././././././file");
    CHECK(cost(guest, "path_filestat_get", {3, 0, name.at, name.size, place}) == 1);
    // Two entries beside . and .., each of which is read from the directory for 16 operators, and then put into memory.
    CHECK(cost(guest, "fd_readdir", {3, place, 8192, 0, result}) == 4 * 16 + (4 * 24 + 1 + 2 + 4 + 4) / 64);
    // Buffers are bytes, too.
    const std::uint32_t many = guest.allocate(80);
    CHECK(cost(guest, "fd_write", {1, many, 10, result}) == 1);
    // A clock that has come, a hundred times.
    const std::uint32_t subscriptions = guest.allocate(4800);
    CHECK(cost(guest, "poll_oneoff", {subscriptions, place, 100, result}) == 75);
}

TEST_CASE("charging: sockets cost what they transfer") {
    const test::temporary_directory host;
    const int listener = test::listen_at(host.path("socket"));
    const int client = test::connect_to(host.path("socket"));
    test::guest guest(options().listener(listener));
    const std::uint32_t result = guest.allocate(8);
    REQUIRE(guest.call("sock_accept", 3, 0, result) == test::errc::success);
    const auto fd = guest.load<std::uint32_t>(result);
    const std::string text(640, 's');
    REQUIRE(::send(client, text.data(), text.size(), 0) == 640);
    const std::uint32_t buffer = guest.make_iovec(guest.allocate(1280), 1280);
    CHECK(cost(guest, "sock_recv", {fd, buffer, 1, 0, result, result + 4}) == 10);
    CHECK(cost(guest, "sock_send", {fd, buffer, 1, 0, result}) == 20);
    ::close(client);
    ::close(listener);
}

TEST_CASE("charging: random bytes that are too dear are not made") {
    test::guest guest{options()};
    const std::uint32_t at = guest.put(std::string(100'000, '\0')).at;
    guest.set_fuel(1000);
    CHECK(ending(guest.call_with("random_get", {at, 100'000})) == riser::trap_kind::out_of_fuel);
    CHECK(guest.fuel() == 0);
    CHECK(guest.text(at, 100'000) == std::string(100'000, '\0'));
}

TEST_CASE("charging: a callback is not called for what the guest cannot pay") {
    std::string captured;
    test::guest guest(options().standard_output(riser::wasi::output::capture(captured)));
    const std::uint32_t buffer = guest.make_iovec(guest.allocate(65536), 65536);
    guest.set_fuel(1000);
    CHECK(ending(guest.call_with("fd_write", {1, buffer, 1, guest.allocate(4)})) == riser::trap_kind::out_of_fuel);
    CHECK(captured.empty());
}

TEST_CASE("charging: a transfer of files ends a mebibyte beyond the fuel at most") {
    guest_with_file with(4 * std::size_t{mebibyte});
    const std::uint32_t buffers = with.make_buffers(4);
    const std::uint64_t one = mebibyte / 64;
    for (const char* const name : {"fd_read", "fd_write"}) {
        CAPTURE(std::string(name));
        std::uint64_t at = 0;
        REQUIRE(with.guest.seek(with.fd, 0, 0, at) == test::errc::success);
        with.guest.set_fuel(one + one / 2);
        CHECK(ending(with.guest.call_with(name, {with.fd, buffers, 4, with.result})) == riser::trap_kind::out_of_fuel);
        with.guest.set_fuel(1000);
        CHECK(with.position() == 2 * mebibyte);
    }
}

TEST_CASE("a transfer of files in pieces is whole") {
    guest_with_file with(3 * std::size_t{mebibyte} + 5);
    const std::uint32_t buffers = with.make_buffers(5);
    const auto transferred = [&](const char* name, auto... arguments) {
        CHECK(with.guest.call(name, with.fd, arguments..., with.result) == test::errc::success);
        return with.guest.load<std::uint32_t>(with.result);
    };
    CHECK(transferred("fd_read", buffers, 5) == 3 * mebibyte + 5);
    CHECK(transferred("fd_read", buffers, 5) == 0);
    CHECK(transferred("fd_pread", buffers, 5, mebibyte) == 2 * mebibyte + 5);
    CHECK(transferred("fd_pread", buffers, 5, 4 * mebibyte) == 0);
    CHECK(transferred("fd_write", buffers, 5) == 5 * mebibyte);
    CHECK(with.host.read("file").size() == 8 * std::size_t{mebibyte} + 5);
    CHECK(transferred("fd_pwrite", buffers, 2, mebibyte / 2) == 2 * mebibyte);
    std::uint64_t at = 0;
    CHECK(with.guest.seek(with.fd, 0, 2, at) == test::errc::success);
    CHECK(at == 8 * std::uint64_t{mebibyte} + 5);
}

TEST_CASE("small buffers are put together to pieces, large ones cut") {
    // 2,000,000 bytes: 600 buffers of 2,000, then one of 800,000.
    guest_with_file with(0);
    test::guest& guest = with.guest;
    constexpr std::uint32_t small = 2000;
    constexpr std::uint32_t count = 600;
    static_cast<void>(guest.instance().memory("memory").grow(32));
    const std::uint32_t content = guest.memory_size() - 2 * mebibyte;
    const std::uint32_t buffers = guest.allocate(8 * (count + 1));
    std::string expected;
    for (std::uint32_t i = 0; i <= count; ++i) {
        const std::uint32_t size = i == count ? 800'000 : small;
        guest.store(buffers + 8 * i, content + small * i);
        guest.store(buffers + 8 * i + 4, size);
        for (std::uint32_t byte = 0; byte < size; byte += 1000) {
            guest.store(content + small * i + byte, i + byte);
        }
    }
    CHECK(guest.call("fd_write", with.fd, buffers, count + 1, with.result) == test::errc::success);
    CHECK(guest.load<std::uint32_t>(with.result) == 2'000'000);
    CHECK(with.host.read("file") == guest.text(content, 2'000'000));
}

TEST_CASE("an interrupt ends a transfer of files between two pieces") {
    guest_with_file with(4 * std::size_t{mebibyte});
    const std::uint32_t buffers = with.make_buffers(4);
    CHECK(with.guest.interrupted_within("fd_read", {with.fd, buffers, 4, with.result}) ==
          riser::trap_kind::interrupted);
    CHECK(with.position() == mebibyte);
    CHECK(with.guest.interrupted_within("fd_pwrite", {with.fd, buffers, 4, 4 * std::uint64_t{mebibyte}, with.result}) ==
          riser::trap_kind::interrupted);
    CHECK(with.host.read("file").size() == 5 * std::size_t{mebibyte});
}

// Pointers that lead out of the guest's memory: the function says `fault` and does nothing.
#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include <sys/socket.h>
#include <unistd.h>

TEST_CASE("pointers out of memory are a fault") {
    const test::temporary_directory host;
    host.write("file", "content");
    test::guest guest(riser::wasi::options()
                          .argument("program")
                          .environment("A", "1")
                          .standard_input(riser::wasi::input::text("input"))
                          .preopen(host.path(), "directory"));
    const std::uint32_t end = guest.memory_size();
    const std::uint64_t outside[] = {end, end - 1, 0xffff'fff0, 0xffff'ffff};
    const test::guest_text file = guest.put("file");
    std::uint32_t fd = 0;
    REQUIRE(guest.open(3, "file", fd, 0, test::rights::read_write) == test::errc::success);
    const std::uint32_t good = guest.allocate(64);
    const std::uint32_t iovec = guest.allocate(8);
    guest.store(iovec, good);
    guest.store(iovec + 4, 16U);

    for (const std::uint64_t bad : outside) {
        CAPTURE(bad);
        struct attempt {
            std::string_view name;
            std::initializer_list<std::uint64_t> arguments;
        };
        const attempt attempts[] = {
            {"args_sizes_get", {bad, good}},
            {"args_sizes_get", {good, bad}},
            {"args_get", {bad, good}},
            {"args_get", {good, bad}},
            {"environ_sizes_get", {bad, good}},
            {"environ_sizes_get", {good, bad}},
            {"environ_get", {bad, good}},
            {"environ_get", {good, bad}},
            {"clock_res_get", {0, bad}},
            {"clock_time_get", {0, 1, bad}},
            {"fd_fdstat_get", {fd, bad}},
            {"fd_filestat_get", {fd, bad}},
            {"fd_prestat_get", {3, bad}},
            {"fd_prestat_dir_name", {3, bad, end}},
            {"fd_read", {fd, bad, 1, good}},
            {"fd_read", {fd, iovec, 0x8000'0000, good}},
            {"fd_read", {fd, iovec, 1, bad}},
            {"fd_read", {0, bad, 1, good}},
            {"fd_read", {0, iovec, 1, bad}},
            {"fd_pread", {fd, bad, 1, 0, good}},
            {"fd_pread", {fd, iovec, 1, 0, bad}},
            {"fd_write", {fd, bad, 1, good}},
            {"fd_write", {fd, iovec, 1, bad}},
            {"fd_write", {1, bad, 1, good}},
            {"fd_write", {1, iovec, 1, bad}},
            {"fd_pwrite", {fd, bad, 1, 0, good}},
            {"fd_pwrite", {fd, iovec, 1, 0, bad}},
            {"fd_readdir", {3, bad, 64, 0, good}},
            {"fd_readdir", {3, good, 64, 0, bad}},
            {"fd_seek", {fd, 0, 0, bad}},
            {"fd_tell", {fd, bad}},
            {"path_create_directory", {3, bad, 8}},
            {"path_filestat_get", {3, 0, bad, 8, good}},
            {"path_filestat_get", {3, 0, file.at, file.size, bad}},
            {"path_filestat_set_times", {3, 0, bad, 8, 0, 0, 2}},
            {"path_link", {3, 0, bad, 8, 3, file.at, file.size}},
            {"path_link", {3, 0, file.at, file.size, 3, bad, 8}},
            {"path_open", {3, 0, bad, 8, 0, 2, 2, 0, good}},
            {"path_open", {3, 0, file.at, file.size, 0, 2, 2, 0, bad}},
            {"path_readlink", {3, bad, 8, good, 8, good}},
            {"path_readlink", {3, file.at, file.size, bad, 8, good}},
            {"path_readlink", {3, file.at, file.size, good, 8, bad}},
            {"path_remove_directory", {3, bad, 8}},
            {"path_rename", {3, bad, 8, 3, file.at, file.size}},
            {"path_rename", {3, file.at, file.size, 3, bad, 8}},
            {"path_symlink", {bad, 8, 3, file.at, file.size}},
            {"path_symlink", {file.at, file.size, 3, bad, 8}},
            {"path_unlink_file", {3, bad, 8}},
            {"poll_oneoff", {bad, good, 1, good}},
            {"poll_oneoff", {good, bad, 1, good}},
            {"poll_oneoff", {good, good, 1, bad}},
            {"random_get", {bad, 64}},
        };
        for (const attempt& each : attempts) {
            CAPTURE(std::string(each.name));
            CHECK(static_cast<test::errc>(guest.call_with(each.name, each.arguments).value()) == test::errc::fault);
        }
    }
    CHECK(host.read("file") == "content");
    std::string text;
    CHECK(guest.read(fd, 64, text) == test::errc::success);
    CHECK(text == "content");
    CHECK(guest.read(0, 64, text) == test::errc::success);
    CHECK(text == "input");
}

TEST_CASE("a buffer that lies partly outside of memory is a fault, an empty one anywhere inside is not") {
    const test::temporary_directory host;
    host.write("file", "content");
    test::guest guest(riser::wasi::options().preopen(host.path(), "."));
    std::uint32_t fd = 0;
    REQUIRE(guest.open(3, "file", fd) == test::errc::success);
    const std::uint32_t iovecs = guest.allocate(16);
    const std::uint32_t size = guest.allocate(4);
    guest.store(iovecs, guest.allocate(4));
    guest.store(iovecs + 4, 4U);
    guest.store(iovecs + 8, guest.memory_size() - 2);
    guest.store(iovecs + 12, 3U);
    CHECK(guest.call("fd_read", fd, iovecs, 2, size) == test::errc::fault);
    guest.store(iovecs + 12, 2U);
    CHECK(guest.call("fd_read", fd, iovecs, 2, size) == test::errc::success);
    CHECK(guest.load<std::uint32_t>(size) == 6);
    guest.store(iovecs + 8, guest.memory_size());
    guest.store(iovecs + 12, 0U);
    CHECK(guest.call("fd_read", fd, iovecs, 2, size) == test::errc::success);
    CHECK(guest.load<std::uint32_t>(size) == 1);
}

TEST_CASE("a fault has no effect on the host, nor on half of the guest's memory") {
    const test::temporary_directory host;
    host.write("file", "content");
    const int listener = test::listen_at(host.path("socket"));
    const int client = test::connect_to(host.path("socket"));
    std::string captured;
    test::guest guest(riser::wasi::options()
                          .arguments({"one", "two"})
                          .standard_output(riser::wasi::output::capture(captured))
                          .listener(listener)
                          .preopen(host.path(), "."));
    const std::uint32_t end = guest.memory_size();
    const std::uint32_t out = guest.allocate(64);
    // The second of two buffers is outside.
    const std::uint32_t iovecs = guest.allocate(16);
    guest.store(iovecs, guest.put("written").at);
    guest.store(iovecs + 4, 7U);
    guest.store(iovecs + 8, end - 2);
    guest.store(iovecs + 12, 3U);
    std::uint32_t fd = 0;
    REQUIRE(guest.open(4, "file", fd, 0, test::rights::read_write) == test::errc::success);
    CHECK(guest.call("fd_write", fd, iovecs, 2, out) == test::errc::fault);
    CHECK(guest.call("fd_pwrite", fd, iovecs, 2, 0, out) == test::errc::fault);
    CHECK(guest.call("fd_write", 1, iovecs, 2, out) == test::errc::fault);
    CHECK(captured.empty());
    const test::guest_text path = guest.put("new");
    CHECK(guest.call("path_open", 4, 0, path.at, path.size, test::oflags::creat, 2, 2, 0, end) == test::errc::fault);
    CHECK_FALSE(host.exists("new"));
    CHECK(host.read("file") == "content");

    // A connection and what it has sent are not lost.
    CHECK(guest.call("sock_accept", 3, 0, end - 3) == test::errc::fault);
    REQUIRE(guest.call("sock_accept", 3, 0, out) == test::errc::success);
    const auto socket = guest.load<std::uint32_t>(out);
    REQUIRE(::send(client, "sent", 4, 0) == 4);
    const std::uint32_t buffer = guest.allocate(8);
    const std::uint32_t good = guest.make_iovec(buffer, 8);
    CHECK(guest.call("sock_recv", socket, iovecs, 2, 0, out, out + 4) == test::errc::fault);
    CHECK(guest.call("sock_recv", socket, good, 1, 0, end, out + 4) == test::errc::fault);
    CHECK(guest.call("sock_recv", socket, good, 1, 0, out, end - 1) == test::errc::fault);
    CHECK(guest.call("sock_send", socket, iovecs, 2, 0, out) == test::errc::fault);
    CHECK(guest.call("sock_send", socket, good, 1, 0, end) == test::errc::fault);
    CHECK(guest.call("sock_recv", socket, good, 1, 0, out, out + 4) == test::errc::success);
    CHECK(guest.text(buffer, guest.load<std::uint32_t>(out)) == "sent");
    char received = 0;
    CHECK(::recv(client, &received, 1, MSG_DONTWAIT) < 0);

    // The last argument does not fit.
    const std::uint32_t pointers = guest.allocate(8);
    CHECK(guest.call("args_get", pointers, end - 7) == test::errc::fault);
    CHECK(guest.load<std::uint64_t>(pointers) == 0);
    CHECK(guest.load<std::uint32_t>(end - 4) == 0);
    CHECK(guest.call("args_get", pointers, end - 8) == test::errc::success);
    CHECK(guest.text(end - 8, 7) == std::string("one\0two", 7));
    ::close(client);
    ::close(listener);
}

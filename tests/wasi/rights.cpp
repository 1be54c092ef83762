// Each function needs its right: what a guest has given up it is refused as `notcapable`, and nothing happens.
#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include <unistd.h>

using riser::wasi::errc;

namespace {

enum right : std::uint32_t { // by bit
    fd_datasync,
    fd_read,
    fd_seek,
    fd_fdstat_set_flags,
    fd_sync,
    fd_tell,
    fd_write,
    fd_advise,
    fd_allocate,
    path_create_directory,
    path_create_file,
    path_link_source,
    path_link_target,
    path_open,
    fd_readdir,
    path_readlink,
    path_rename_source,
    path_rename_target,
    path_filestat_get,
    path_filestat_set_size,
    path_filestat_set_times,
    fd_filestat_get,
    fd_filestat_set_size,
    fd_filestat_set_times,
    path_symlink,
    path_remove_directory,
    path_unlink_file,
    poll_fd_readwrite,
    sock_shutdown,
    sock_accept,
};

struct attempt {
    right needed;
    std::string_view name;
    std::initializer_list<std::uint64_t> arguments;
};

void give_up(test::guest& guest, std::uint32_t fd, right which) {
    test::guest_fdstat status{};
    REQUIRE(guest.fdstat(fd, status) == errc::success);
    REQUIRE((status.base >> which & 1U) == 1); // it had it
    REQUIRE(guest.call("fd_fdstat_set_rights", fd, status.base & ~(std::uint64_t{1} << which), status.inheriting) ==
            errc::success);
}

errc call(test::guest& guest, const attempt& each) {
    return static_cast<errc>(guest.call_with(each.name, each.arguments).value());
}

struct fixture {
    test::temporary_directory host;
    int listener = test::listen_at(host.path("socket"));
    int client = -1;
    test::guest guest{riser::wasi::options().listener(listener).preopen(host.path(), ".")}; // 3 and 4
    std::uint32_t iovec = guest.make_iovec(guest.put("12345678").at, 8);
    std::uint32_t out = guest.allocate(64);

    fixture() {
        host.write("file", "content");
        host.make_directory("dir");
        host.make_link("file", "link");
    }
    ~fixture() {
        ::close(listener);
        ::close(client);
    }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "what has given up a file's right is refused") {
    // Each on a descriptor of its own, which is always this number.
    constexpr std::uint32_t fd = 5;
    const attempt attempts[] = {
        {fd_datasync, "fd_datasync", {fd}},
        {fd_read, "fd_read", {fd, iovec, 1, out}},
        {fd_read, "fd_pread", {fd, iovec, 1, 0, out}},
        {fd_seek, "fd_seek", {fd, 1, 0, out}},
        {fd_seek, "fd_pread", {fd, iovec, 1, 0, out}},
        {fd_seek, "fd_pwrite", {fd, iovec, 1, 0, out}},
        {fd_fdstat_set_flags, "fd_fdstat_set_flags", {fd, 0}},
        {fd_sync, "fd_sync", {fd}},
        {fd_tell, "fd_tell", {fd, out}},
        {fd_tell, "fd_seek", {fd, 0, 1, out}},
        {fd_write, "fd_write", {fd, iovec, 1, out}},
        {fd_write, "fd_pwrite", {fd, iovec, 1, 0, out}},
        {fd_advise, "fd_advise", {fd, 0, 0, 0}},
        {fd_allocate, "fd_allocate", {fd, 0, 100}},
        {fd_filestat_get, "fd_filestat_get", {fd, out}},
        {fd_filestat_set_size, "fd_filestat_set_size", {fd, 0}},
        {fd_filestat_set_times, "fd_filestat_set_times", {fd, 0, 0, 2}},
    };
    for (const attempt& each : attempts) {
        CAPTURE(std::string(each.name));
        std::uint32_t opened = 0;
        REQUIRE(guest.open(4, "file", opened, 0, test::rights::read_write) == errc::success);
        REQUIRE(opened == fd);
        give_up(guest, fd, each.needed);
        CHECK(call(guest, each) == errc::notcapable);
        CHECK(guest.call("fd_close", fd) == errc::success);
        CHECK(host.read("file") == "content");
    }
}

TEST_CASE_FIXTURE(fixture, "what has given up a directory's right is refused") {
    constexpr std::uint32_t fd = 5;
    constexpr std::uint32_t other = 6; // with all rights
    const auto path = [this](std::string_view text) { return guest.put(text); };
    const test::guest_text file = path("file");
    const test::guest_text dir = path("dir");
    const test::guest_text link = path("link");
    const test::guest_text fresh = path("new");
    constexpr std::uint32_t creat = test::oflags::creat;
    constexpr std::uint32_t trunc = test::oflags::trunc;
    const attempt attempts[] = {
        {fd_sync, "fd_sync", {fd}},
        {fd_datasync, "fd_datasync", {fd}},
        {path_create_directory, "path_create_directory", {fd, fresh.at, fresh.size}},
        {path_create_file, "path_open", {fd, 0, fresh.at, fresh.size, creat, 2, 0, 0, out}},
        {path_link_source, "path_link", {fd, 0, file.at, file.size, other, fresh.at, fresh.size}},
        {path_link_target, "path_link", {other, 0, file.at, file.size, fd, fresh.at, fresh.size}},
        {path_open, "path_open", {fd, 0, file.at, file.size, 0, 2, 0, 0, out}},
        {fd_readdir, "fd_readdir", {fd, out, 64, 0, iovec}},
        {path_readlink, "path_readlink", {fd, link.at, link.size, out, 64, iovec}},
        {path_rename_source, "path_rename", {fd, file.at, file.size, other, fresh.at, fresh.size}},
        {path_rename_target, "path_rename", {other, file.at, file.size, fd, fresh.at, fresh.size}},
        {path_filestat_get, "path_filestat_get", {fd, 0, file.at, file.size, out}},
        {path_filestat_set_size, "path_open", {fd, 0, file.at, file.size, trunc, 2, 0, 0, out}},
        {path_filestat_set_times, "path_filestat_set_times", {fd, 0, file.at, file.size, 0, 0, 2}},
        {fd_filestat_get, "fd_filestat_get", {fd, out}},
        {fd_filestat_set_times, "fd_filestat_set_times", {fd, 0, 0, 2}},
        {path_symlink, "path_symlink", {file.at, file.size, fd, fresh.at, fresh.size}},
        {path_remove_directory, "path_remove_directory", {fd, dir.at, dir.size}},
        {path_unlink_file, "path_unlink_file", {fd, file.at, file.size}},
    };
    std::uint32_t opened = 0;
    REQUIRE(guest.open(4, ".", opened) == errc::success);
    REQUIRE(guest.open(4, ".", opened) == errc::success);
    REQUIRE(opened == other);
    for (const attempt& each : attempts) {
        CAPTURE(std::string(each.name));
        CHECK(guest.call("fd_close", fd) == errc::success);
        REQUIRE(guest.open(4, ".", opened) == errc::success);
        REQUIRE(opened == fd);
        give_up(guest, fd, each.needed);
        CHECK(call(guest, each) == errc::notcapable);
        CHECK(host.read("file") == "content");
        CHECK(host.exists("dir"));
        CHECK_FALSE(host.exists("new"));
    }
}

TEST_CASE_FIXTURE(fixture, "what has given up a socket's right is refused") {
    client = test::connect_to(host.path("socket"));
    REQUIRE(guest.call("sock_accept", 3, 0, out) == errc::success);
    const auto fd = guest.load<std::uint32_t>(out);
    const attempt attempts[] = {
        {fd_read, "sock_recv", {fd, iovec, 1, 0, out, out + 4}},
        {fd_write, "sock_send", {fd, iovec, 1, 0, out}},
        {sock_shutdown, "sock_shutdown", {fd, 3}},
        {sock_accept, "sock_accept", {3, 0, out}},
    };
    for (const attempt& each : attempts) {
        CAPTURE(std::string(each.name));
        give_up(guest, each.needed == sock_accept ? 3 : fd, each.needed);
        CHECK(call(guest, each) == errc::notcapable);
    }
}

TEST_CASE_FIXTURE(fixture, "what has given up the right to poll is an event that says so") {
    std::uint32_t fd = 0;
    REQUIRE(guest.open(4, "file", fd, 0, test::rights::read_write) == errc::success);
    give_up(guest, fd, poll_fd_readwrite);
    const std::uint32_t subscription = guest.allocate(48);
    guest.store(subscription + 8, std::uint8_t{1}); // to read
    guest.store(subscription + 16, fd);
    CHECK(guest.call("poll_oneoff", subscription, out, 1, out + 32) == errc::success);
    CHECK(guest.load<std::uint32_t>(out + 32) == 1);
    CHECK(static_cast<errc>(guest.load<std::uint16_t>(out + 8)) == errc::notcapable);
}

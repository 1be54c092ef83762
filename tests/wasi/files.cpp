#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using riser::wasi::errc;
namespace oflags = test::oflags;
namespace fdflags = test::fdflags;
using test::rights::fd_read;
using test::rights::fd_write;
using test::rights::read_write;

namespace {

/// A guest with a directory of the host, in which "file" has ten bytes.
struct fixture {
    test::temporary_directory host;
    test::guest guest{riser::wasi::options().preopen(host.path(), ".")};
    std::uint32_t fd = 0;
    std::string text;
    std::uint64_t position = 0;

    fixture() { host.write("file", "0123456789"); }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "a file is read from its beginning to its end") {
    REQUIRE(guest.open(3, "file", fd) == errc::success);
    CHECK(guest.read(fd, 4, text) == errc::success);
    CHECK(text == "0123");
    CHECK(guest.read(fd, 100, text) == errc::success);
    CHECK(text == "456789");
    CHECK(guest.read(fd, 100, text) == errc::success);
    CHECK(text.empty());
    CHECK(guest.call("fd_close", fd) == errc::success);
    CHECK(guest.read(fd, 1, text) == errc::badf);
}

TEST_CASE_FIXTURE(fixture, "a transfer uses its buffers in order, also more than one system call takes") {
    REQUIRE(guest.open(3, "file", fd, 0, read_write) == errc::success);
    constexpr std::uint32_t count = 3000;
    const std::uint32_t iovecs = guest.allocate(8 * count);
    const std::uint32_t bytes = guest.put(std::string(count, 'x')).at;
    const std::uint32_t size = guest.allocate(4);
    for (std::uint32_t i = 0; i < count; ++i) {
        guest.store(iovecs + 8 * i, bytes + (count - 1 - i)); // backwards
        guest.store(iovecs + 8 * i + 4, 1U);
    }
    REQUIRE(guest.call("fd_read", fd, iovecs, count, size) == errc::success);
    CHECK(guest.load<std::uint32_t>(size) == 10);
    CHECK(guest.text(bytes + count - 12, 12) == "xx9876543210");

    // Writes may be short; what is written is the beginning.
    std::uint32_t written = 0;
    REQUIRE(guest.seek(fd, 0, 0, position) == errc::success);
    while (written < count) {
        REQUIRE(guest.call("fd_write", fd, iovecs + 8 * written, count - written, size) == errc::success);
        REQUIRE(guest.load<std::uint32_t>(size) > 0);
        written += guest.load<std::uint32_t>(size);
    }
    CHECK(host.read("file") == "0123456789" + std::string(count - 10, 'x'));
}

TEST_CASE_FIXTURE(fixture, "a file is created, written and sought") {
    REQUIRE(guest.open(3, "new", fd, oflags::creat, read_write) == errc::success);
    std::uint32_t written = 0;
    CHECK(guest.write(fd, "hello world", &written) == errc::success);
    CHECK(written == 11);
    CHECK(guest.seek(fd, 0, 0, position) == errc::success);
    CHECK(position == 0);
    CHECK(guest.write(fd, "J") == errc::success);
    CHECK(guest.seek(fd, -5, 2, position) == errc::success);
    CHECK(position == 6);
    CHECK(guest.seek(fd, 2, 1, position) == errc::success);
    CHECK(position == 8);
    const std::uint32_t told = guest.allocate(8);
    CHECK(guest.call("fd_tell", fd, told) == errc::success);
    CHECK(guest.load<std::uint64_t>(told) == 8);
    CHECK(guest.read(fd, 8, text) == errc::success);
    CHECK(text == "rld");
    CHECK(host.read("new") == "Jello world");
    CHECK(guest.seek(fd, 100, 0, position) == errc::success); // a hole
    CHECK(guest.write(fd, "!") == errc::success);
    CHECK(host.read("new") == "Jello world" + std::string(89, '\0') + "!");
}

TEST_CASE_FIXTURE(fixture, "seeking before the beginning or in no known way is invalid, and moves nothing") {
    REQUIRE(guest.open(3, "file", fd) == errc::success);
    REQUIRE(guest.seek(fd, 4, 0, position) == errc::success);
    CHECK(guest.seek(fd, -1, 0, position) == errc::inval);
    CHECK(guest.seek(fd, -5, 1, position) == errc::inval);
    CHECK(guest.seek(fd, -11, 2, position) == errc::inval);
    CHECK(guest.seek(fd, 0, 3, position) == errc::inval);
    CHECK(guest.seek(fd, 0, 0x1'0000, position) == errc::inval);
    CHECK(guest.seek(fd, 0, 1, position) == errc::success);
    CHECK(position == 4);
    CHECK(guest.seek(99, 0, 1, position) == errc::badf);
    CHECK(guest.seek(3, 0, 1, position) == errc::badf); // a directory
}

TEST_CASE_FIXTURE(fixture, "pread and pwrite leave the position alone") {
    REQUIRE(guest.open(3, "file", fd, 0, read_write) == errc::success);
    REQUIRE(guest.seek(fd, 2, 0, position) == errc::success);
    CHECK(guest.pread(fd, 3, 5, text) == errc::success);
    CHECK(text == "567");
    CHECK(guest.pread(fd, 3, 100, text) == errc::success);
    CHECK(text.empty());
    CHECK(guest.pwrite(fd, "AB", 8) == errc::success);
    CHECK(guest.pwrite(fd, "C", 12) == errc::success);
    CHECK(host.read("file") == std::string("01234567AB\0\0C", 13));
    CHECK(guest.seek(fd, 0, 1, position) == errc::success);
    CHECK(position == 2);
    CHECK(guest.pread(fd, 3, UINT64_MAX, text) == errc::inval);
    CHECK(guest.pwrite(fd, "x", std::uint64_t{1} << 63U) == errc::inval);
    CHECK(guest.pread(99, 3, 0, text) == errc::badf);
    CHECK(guest.pwrite(99, "x", 0) == errc::badf);
}

TEST_CASE_FIXTURE(fixture, "a file opened one way only does not go the other") {
    REQUIRE(guest.open(3, "file", fd, 0, fd_read) == errc::success);
    CHECK(guest.write(fd, "x") == errc::badf);
    CHECK(guest.pwrite(fd, "x", 0) == errc::badf);
    CHECK(guest.call("fd_filestat_set_size", fd, 1) == errc::inval);
    CHECK(guest.call("fd_allocate", fd, 0, 1) == errc::badf);
    REQUIRE(guest.open(3, "file", fd, 0, fd_write) == errc::success);
    CHECK(guest.read(fd, 1, text) == errc::badf);
    CHECK(guest.pread(fd, 1, 0, text) == errc::badf);
    CHECK(guest.write(fd, "x") == errc::success);
    CHECK(host.read("file") == "x123456789");
}

TEST_CASE_FIXTURE(fixture, "a file opened without any rights can be read, as programs expect") {
    REQUIRE(guest.open(3, "file", fd, 0, 0) == errc::success);
    CHECK(guest.read(fd, 2, text) == errc::success);
    CHECK(text == "01");
    CHECK(guest.write(fd, "x") == errc::badf);
}

TEST_CASE_FIXTURE(fixture, "opening creates, excludes and truncates as asked") {
    CHECK(guest.try_open("new") == errc::noent);
    CHECK(guest.try_open("new", oflags::creat, read_write) == errc::success);
    CHECK(guest.try_open("new", oflags::creat, read_write) == errc::success);
    CHECK(guest.try_open("new", oflags::creat | oflags::excl, read_write) == errc::exist);
    CHECK(guest.try_open("newer", oflags::creat | oflags::excl, read_write) == errc::success);
    CHECK(host.read("file").size() == 10);
    CHECK(guest.try_open("file", oflags::trunc, read_write) == errc::success);
    CHECK(host.read("file").empty());
    CHECK(guest.try_open("file", oflags::directory) == errc::notdir);
    CHECK(guest.try_open(".", oflags::directory) == errc::success);
    CHECK(guest.try_open(".", 0, read_write) == errc::isdir);
    CHECK(guest.try_open("x", oflags::creat | oflags::directory) == errc::inval);
    CHECK(guest.try_open("file", 16) == errc::inval);
    CHECK(guest.try_open("file", 0, fd_read, 2) == errc::inval);
    CHECK(guest.open(3, "file", fd, 0, fd_read, 0, 32) == errc::inval);
    CHECK(guest.open(99, "file", fd) == errc::badf);
    CHECK(guest.open(0, "file", fd) == errc::notdir);
    REQUIRE(guest.open(3, "file", fd) == errc::success);
    CHECK(guest.open(fd, "file", fd) == errc::notdir);
}

TEST_CASE_FIXTURE(fixture, "in append mode everything is written at the end") {
    REQUIRE(guest.open(3, "file", fd, 0, read_write, 0, fdflags::append) == errc::success);
    test::guest_fdstat status{};
    CHECK(guest.fdstat(fd, status) == errc::success);
    CHECK(status.flags == fdflags::append);
    CHECK(guest.write(fd, "a") == errc::success);
    REQUIRE(guest.seek(fd, 0, 0, position) == errc::success);
    CHECK(guest.write(fd, "b") == errc::success);
    CHECK(host.read("file") == "0123456789ab");
    // Switched off and on again.
    CHECK(guest.call("fd_fdstat_set_flags", fd, 0) == errc::success);
    REQUIRE(guest.seek(fd, 0, 0, position) == errc::success);
    CHECK(guest.write(fd, "c") == errc::success);
    CHECK(host.read("file") == "c123456789ab");
    CHECK(guest.call("fd_fdstat_set_flags", fd, fdflags::append) == errc::success);
    CHECK(guest.write(fd, "d") == errc::success);
    CHECK(host.read("file") == "c123456789abd");
}

TEST_CASE_FIXTURE(fixture, "flags are what was opened and set") {
    test::guest_fdstat status{};
    REQUIRE(guest.open(3, "file", fd, 0, read_write, 0, fdflags::nonblock | fdflags::dsync) == errc::success);
    CHECK(guest.fdstat(fd, status) == errc::success);
    CHECK(status.type == test::filetype::regular_file);
    CHECK(status.flags == (fdflags::nonblock | fdflags::dsync));
    CHECK(guest.call("fd_fdstat_set_flags", fd, fdflags::append | fdflags::dsync) == errc::success);
    CHECK(guest.fdstat(fd, status) == errc::success);
    CHECK(status.flags == (fdflags::append | fdflags::dsync));
    CHECK(guest.call("fd_fdstat_set_flags", fd, 0) == errc::inval); // can be stated at opening only
    CHECK(guest.call("fd_fdstat_set_flags", fd, 64) == errc::inval);
    CHECK(guest.call("fd_fdstat_set_flags", 99, 0) == errc::badf);
    CHECK(guest.call("fd_fdstat_set_flags", 3, 0) == errc::badf);
    CHECK(guest.call("fd_fdstat_get", 99, guest.allocate(24)) == errc::badf);
    REQUIRE(guest.open(3, "file", fd, 0, read_write, 0, fdflags::sync) == errc::success);
    CHECK(guest.fdstat(fd, status) == errc::success);
    CHECK(status.flags == fdflags::sync);
}

TEST_CASE_FIXTURE(fixture, "the status of a file is the host's") {
    test::guest_filestat opened{};
    test::guest_filestat named{};
    REQUIRE(guest.open(3, "file", fd) == errc::success);
    CHECK(guest.filestat(fd, opened) == errc::success);
    CHECK(guest.path_filestat("file", named) == errc::success);
    struct stat status{};
    REQUIRE(::stat(host.path("file").c_str(), &status) == 0);
    for (const test::guest_filestat& each : {opened, named}) {
        CHECK(each.device == status.st_dev);
        CHECK(each.inode == status.st_ino);
        CHECK(each.type == test::filetype::regular_file);
        CHECK(each.links == 1);
        CHECK(each.size == 10);
        CHECK(each.modified == static_cast<std::uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000 +
                                   static_cast<std::uint64_t>(status.st_mtim.tv_nsec));
        CHECK(each.changed == static_cast<std::uint64_t>(status.st_ctim.tv_sec) * 1'000'000'000 +
                                  static_cast<std::uint64_t>(status.st_ctim.tv_nsec));
    }
    CHECK(guest.filestat(3, opened) == errc::success);
    CHECK(opened.type == test::filetype::directory);
    CHECK(guest.path_filestat("none", named) == errc::noent);
    CHECK(guest.filestat(99, opened) == errc::badf);
}

TEST_CASE_FIXTURE(fixture, "a file is made longer and shorter") {
    REQUIRE(guest.open(3, "file", fd, 0, read_write) == errc::success);
    CHECK(guest.call("fd_filestat_set_size", fd, 12) == errc::success);
    CHECK(host.read("file") == std::string("0123456789\0\0", 12));
    CHECK(guest.call("fd_filestat_set_size", fd, 3) == errc::success);
    CHECK(host.read("file") == "012");
    CHECK(guest.call("fd_filestat_set_size", fd, UINT64_MAX) == errc::inval);
    CHECK(guest.call("fd_filestat_set_size", 99, 0) == errc::badf);
    CHECK(guest.call("fd_filestat_set_size", 3, 0) == errc::badf);
    CHECK(guest.call("fd_allocate", fd, 0, 100) == errc::success);
    CHECK(host.read("file").size() == 100);
    CHECK(guest.call("fd_allocate", fd, 0, 10) == errc::success);
    CHECK(host.read("file").size() == 100);
    CHECK(guest.call("fd_allocate", fd, 0, 0) == errc::inval);
    CHECK(guest.call("fd_allocate", fd, INT64_MAX, 1) == errc::fbig);
    CHECK(guest.call("fd_allocate", fd, UINT64_MAX, UINT64_MAX) == errc::fbig);
    CHECK(guest.call("fd_allocate", 99, 0, 1) == errc::badf);
    CHECK(guest.call("fd_allocate", 3, 0, 1) == errc::badf);
}

TEST_CASE_FIXTURE(fixture, "times are set as the flags say") {
    constexpr std::uint32_t atim = 1;
    constexpr std::uint32_t atim_now = 2;
    constexpr std::uint32_t mtim = 4;
    constexpr std::uint32_t mtim_now = 8;
    constexpr std::uint64_t first = 1'000'000'001;
    constexpr std::uint64_t second = 2'345'678'901;
    test::guest_filestat status{};
    const test::guest_text name = guest.put("file");
    const auto set_by_path = [&](std::uint64_t accessed, std::uint64_t modified, std::uint32_t flags) {
        return guest.call("path_filestat_set_times", 3, 0, name.at, name.size, accessed, modified, flags);
    };
    const auto set_by_fd = [&](std::uint64_t accessed, std::uint64_t modified, std::uint32_t flags) {
        return guest.call("fd_filestat_set_times", fd, accessed, modified, flags);
    };
    REQUIRE(guest.open(3, "file", fd) == errc::success);
    const auto check = [&](const auto& set) {
        CHECK(set(first, second, atim | mtim) == errc::success);
        CHECK(guest.filestat(fd, status) == errc::success);
        CHECK(status.accessed == first);
        CHECK(status.modified == second);
        CHECK(set(second, second, atim) == errc::success);
        CHECK(set(first, first, 0) == errc::success);
        CHECK(guest.filestat(fd, status) == errc::success);
        CHECK(status.accessed == second);
        CHECK(status.modified == second);
        CHECK(set(first, first, atim_now | mtim) == errc::success);
        CHECK(guest.filestat(fd, status) == errc::success);
        CHECK(status.accessed > 1'000'000'000'000'000'000);
        CHECK(status.modified == first);
        CHECK(set(first, first, mtim_now) == errc::success);
        CHECK(guest.filestat(fd, status) == errc::success);
        CHECK(status.modified > 1'000'000'000'000'000'000);
        CHECK(set(0, 0, atim | atim_now) == errc::inval);
        CHECK(set(0, 0, mtim | mtim_now) == errc::inval);
        CHECK(set(0, 0, 16) == errc::inval);
    };
    check(set_by_path);
    check(set_by_fd);
    CHECK(guest.call("fd_filestat_set_times", 99, 0, 0, atim) == errc::badf);
    CHECK(guest.call("fd_filestat_set_times", 3, first, second, atim | mtim) == errc::success);
    CHECK(guest.filestat(3, status) == errc::success);
    CHECK(status.modified == second);
    const test::guest_text none = guest.put("none");
    CHECK(guest.call("path_filestat_set_times", 3, 0, none.at, none.size, 0, 0, atim) == errc::noent);
}

TEST_CASE_FIXTURE(fixture, "a time before 1970 is the nearest that a guest can be told") {
    const timespec times[2] = {{-100, 0}, {-100, 500}};
    REQUIRE(::utimensat(AT_FDCWD, host.path("file").c_str(), times, 0) == 0);
    test::guest_filestat status{};
    CHECK(guest.path_filestat("file", status) == errc::success);
    CHECK(status.accessed == 0);
    CHECK(status.modified == 0);
}

TEST_CASE_FIXTURE(fixture, "a link's own times are set, or those of what it leads to") {
    host.make_link("file", "link");
    test::guest_filestat status{};
    const test::guest_text name = guest.put("link");
    CHECK(guest.call("path_filestat_set_times", 3, 0, name.at, name.size, 0, 1000, 4) == errc::success);
    CHECK(guest.path_filestat("link", status) == errc::success);
    CHECK(status.modified == 1000);
    CHECK(guest.path_filestat("file", status) == errc::success);
    CHECK(status.modified != 1000);
    CHECK(guest.call("path_filestat_set_times", 3, test::follow, name.at, name.size, 0, 2000, 4) == errc::success);
    CHECK(guest.path_filestat("file", status) == errc::success);
    CHECK(status.modified == 2000);
}

TEST_CASE_FIXTURE(fixture, "files and directories are synchronised, advice is taken for files") {
    REQUIRE(guest.open(3, "file", fd, 0, read_write) == errc::success);
    for (const std::uint32_t number : {fd, 3U}) {
        CHECK(guest.call("fd_sync", number) == errc::success);
        CHECK(guest.call("fd_datasync", number) == errc::success);
    }
    CHECK(guest.call("fd_sync", 99) == errc::badf);
    CHECK(guest.call("fd_datasync", 99) == errc::badf);
    for (std::uint32_t advice = 0; advice < 6; ++advice) {
        CHECK(guest.call("fd_advise", fd, 0, 100, advice) == errc::success);
    }
    CHECK(guest.call("fd_advise", fd, 0, 0, 6) == errc::inval);
    CHECK(guest.call("fd_advise", fd, UINT64_MAX, 0, 0) == errc::inval);
    CHECK(guest.call("fd_advise", 3, 0, 0, 0) == errc::badf);
    CHECK(guest.call("fd_advise", 99, 0, 0, 0) == errc::badf);
}

TEST_CASE_FIXTURE(fixture, "a file lives on without its name") {
    REQUIRE(guest.open(3, "file", fd, 0, read_write) == errc::success);
    CHECK(guest.at_path("path_unlink_file", "file") == errc::success);
    CHECK_FALSE(host.exists("file"));
    CHECK(guest.read(fd, 3, text) == errc::success);
    CHECK(text == "012");
    test::guest_filestat status{};
    CHECK(guest.filestat(fd, status) == errc::success);
    CHECK(status.links == 0);
}

TEST_CASE("what is written at an offset is there, also in a file that is appended to") {
    const test::temporary_directory host;
    host.write("file", "0123456789");
    test::guest guest(riser::wasi::options().preopen(host.path(), "."));
    std::uint32_t fd = 0;
    test::guest_fdstat status{};
    REQUIRE(guest.open(3, "file", fd, 0, test::rights::read_write, 0, test::fdflags::append) == errc::success);
    CHECK(guest.pwrite(fd, "abc", 2) == errc::success);
    CHECK(host.read("file") == "01abc56789");
    CHECK(guest.write(fd, "end") == errc::success);
    CHECK(host.read("file") == "01abc56789end");
    CHECK(guest.fdstat(fd, status) == errc::success);
    CHECK(status.flags == test::fdflags::append);
    // Set later, by the guest.
    REQUIRE(guest.open(3, "file", fd, 0, test::rights::read_write) == errc::success);
    CHECK(guest.call("fd_fdstat_set_flags", fd, test::fdflags::append) == errc::success);
    CHECK(guest.pwrite(fd, "X", 0) == errc::success);
    CHECK(guest.write(fd, "Y") == errc::success);
    CHECK(host.read("file") == "X1abc56789endY");
}

TEST_CASE("a failing write at an offset leaves the file appending") {
    const test::temporary_directory host;
    host.write("file", "0123");
    test::guest guest(riser::wasi::options().preopen(host.path(), "."));
    std::uint32_t fd = 0;
    REQUIRE(guest.open(3, "file", fd, 0, test::rights::read_write, 0, test::fdflags::append) == errc::success);
    CHECK(guest.pwrite(fd, "abc", INT64_MAX) != errc::success);
    CHECK(guest.write(fd, "45") == errc::success);
    CHECK(host.read("file") == "012345");
}

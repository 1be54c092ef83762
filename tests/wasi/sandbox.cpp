// Nothing that a guest does leads out of its preopened directories.
#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

using riser::wasi::access;
using riser::wasi::errc;
using riser::wasi::options;
using test::follow;
using test::rights::fd_read;
using test::rights::read_write;

namespace {

/// outer/secret lies beside outer/inner, which is the guest's.
struct fixture {
    test::temporary_directory outer;
    test::guest guest{make_options()};
    test::guest_filestat status{};
    std::string text;
    std::uint32_t fd = 0;

    options make_options() {
        outer.write("secret", "secret");
        outer.make_directory("inner");
        outer.make_directory("inner/d");
        outer.write("inner/file", "content");
        return options().preopen(outer.path("inner"), ".");
    }

    /// Every function that takes a path is refused with `expected`, and nothing changes.
    void check_refused(const std::string& path, errc expected) {
        CAPTURE(path);
        for (const std::uint32_t lookup : {0U, follow}) {
            CHECK(guest.try_open(path, 0, fd_read, lookup) == expected);
            CHECK(guest.try_open(path, test::oflags::creat, read_write, lookup) == expected);
            CHECK(guest.try_open(path, test::oflags::directory, fd_read, lookup) == expected);
            CHECK(guest.path_filestat(path, status, lookup) == expected);
            CHECK(guest.link(path, "x", lookup) == expected);
            const test::guest_text name = guest.put(path);
            CHECK(guest.call("path_filestat_set_times", 3, lookup, name.at, name.size, 0, 0, 2) == expected);
        }
        for (const char* const name : {"path_create_directory", "path_remove_directory", "path_unlink_file"}) {
            CHECK(guest.at_path(name, path) == expected);
        }
        CHECK(guest.readlink(path, text) == expected);
        CHECK(guest.rename(path, "x") == expected);
        CHECK(guest.rename("file", path) == expected);
        CHECK(guest.link("file", path) == expected);
        CHECK(guest.symlink("file", path) == expected);
        CHECK(outer.read("secret") == "secret");
        CHECK(outer.read("inner/file") == "content");
        CHECK_FALSE(outer.exists("inner/x"));
    }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "paths that go up beyond the directory are not permitted") {
    for (const char* const path :
         {"..", "../", "../secret", "d/../../secret", "./../secret", "d/../..", "../inner/file", ".//..//secret",
          "d/../../inner/d/../../secret", "../../../../../../../../etc/passwd"}) {
        check_refused(path, errc::perm);
    }
    CHECK(guest.try_open("d/../file") == errc::success);
    CHECK(guest.try_open("d/..") == errc::success);
    REQUIRE(guest.open(3, "d", fd) == errc::success);
    std::uint32_t other = 0;
    CHECK(guest.open(fd, "../file", other) == errc::perm); // each directory is a sandbox of its own
    CHECK(guest.open(fd, "..", other) == errc::perm);
}

TEST_CASE_FIXTURE(fixture, "absolute paths are not permitted") {
    for (const std::string& path : {std::string("/"), std::string("//"), std::string("/file"), outer.path("inner/file"),
                                    outer.path("secret"), std::string("/etc/passwd")}) {
        check_refused(path, errc::perm);
    }
}

TEST_CASE_FIXTURE(fixture, "links that lead out are not followed") {
    outer.make_link("../secret", "inner/up");
    outer.make_link(outer.path("secret"), "inner/absolute");
    outer.make_link("/", "inner/root");
    outer.make_link("..", "inner/parent");
    outer.make_link("d/../../secret", "inner/around");
    outer.make_link("parent/secret", "inner/by-link");
    outer.make_link(outer.path("inner/file"), "inner/absolute-inside");
    for (const char* const path : {"up", "absolute", "root", "parent", "around", "by-link", "absolute-inside"}) {
        CAPTURE(path);
        CHECK(guest.try_open(path, 0, fd_read, follow) == errc::perm);
        CHECK(guest.try_open(path, test::oflags::creat, read_write, follow) == errc::perm);
        CHECK(guest.path_filestat(path, status, follow) == errc::perm);
        CHECK(guest.link(path, "x", follow) == errc::perm);
        const std::string below = std::string(path) + "/secret";
        CHECK(guest.try_open(below, 0, fd_read, follow) == errc::perm);
        CHECK(guest.at_path("path_unlink_file", below) == errc::perm);
        CHECK(guest.at_path("path_create_directory", std::string(path) + "/new") == errc::perm);
        CHECK(guest.path_filestat(std::string(path) + "/", status) == errc::perm);
        // The link itself is the guest's.
        CHECK(guest.try_open(path) == errc::loop);
        CHECK(guest.path_filestat(path, status) == errc::success);
        CHECK(guest.readlink(path, text) == errc::success);
    }
    CHECK(outer.read("secret") == "secret");
    CHECK(guest.at_path("path_unlink_file", "up") == errc::success);
    CHECK(outer.exists("secret"));
}

TEST_CASE_FIXTURE(fixture, "links that a guest makes are relative, and do not lead out either") {
    CHECK(guest.symlink("/etc/passwd", "absolute") == errc::perm);
    CHECK(guest.symlink("/", "absolute") == errc::perm);
    CHECK(guest.symlink("../secret", "up") == errc::success);
    CHECK(guest.try_open("up", 0, fd_read, follow) == errc::perm);
    CHECK(guest.rename("up", "d/up") == errc::success); // now it leads to inner/secret
    CHECK(guest.try_open("d/up", 0, fd_read, follow) == errc::noent);
}

TEST_CASE_FIXTURE(fixture, "paths that are no paths") {
    check_refused("", errc::noent);
    check_refused(std::string("fi\0le", 5), errc::inval);
    check_refused(std::string("file\0", 5), errc::inval);
    check_refused("\xff", errc::ilseq);
    check_refused("a\xc0\xaf", errc::ilseq);        // overlong
    check_refused("\xed\xa0\x80", errc::ilseq);     // a surrogate
    check_refused("\xe2\x82", errc::ilseq);         // cut off
    check_refused("\xf4\x90\x80\x80", errc::ilseq); // beyond U+10FFFF
    check_refused(std::string(5000, 'a'), errc::nametoolong);
    check_refused(std::string(300, 'a'), errc::nametoolong);
    CHECK(guest.try_open("h\xc3\xa4\xc3\x9f \xe2\x82\xac \xf0\x9f\x8e\x89", test::oflags::creat, read_write) ==
          errc::success);
}

TEST_CASE_FIXTURE(fixture, "odd paths inside") {
    for (const char* const path :
         {"./file", ".//./file", "d/../file", "d/.././//file", "d//..//file", "./d/./../file"}) {
        CAPTURE(path);
        CHECK(guest.try_open(path) == errc::success);
    }
    CHECK(guest.try_open("none/../file") == errc::noent);
    CHECK(guest.try_open("file/../file") == errc::notdir);
    CHECK(guest.try_open("...") == errc::noent);
}

TEST_CASE("deep paths work without as many descriptors of the host") {
    const test::temporary_directory host;
    test::guest guest(options().preopen(host.path(), "."));
    constexpr int depth = 300;
    constexpr int marked_depth = 100;
    std::string path;
    std::string marked;
    for (int i = 0; i < depth; ++i) {
        path += "d" + std::to_string(i) + "/";
        marked = i < marked_depth ? path : marked;
    }
    std::filesystem::create_directories(host.path(path));
    host.write(marked + "mark", "");
    const int before = ::open("/dev/null", O_RDONLY);
    CHECK(guest.try_open(path + "file", test::oflags::creat, read_write) == errc::success);
    std::string back = path;
    for (int i = depth; i > 0; --i) {
        if (i % 10 == 0) {
            CHECK(guest.try_open(back + "mark") == (i == marked_depth ? errc::success : errc::noent));
        }
        back += "../";
    }
    CHECK(guest.try_open(back + path + "file") == errc::success);
    CHECK(guest.try_open(back + "..") == errc::perm);
    const int after = ::open("/dev/null", O_RDONLY);
    CHECK(after == before + 1); // nothing was left open
    ::close(before);
    ::close(after);
}

TEST_CASE_FIXTURE(fixture, "a directory that turns into a link at any moment does not lead out") {
    // inner/flip is now a directory, now a link to the outer one, as fast as the host can.
    outer.make_directory("inner/flip");
    outer.write("inner/flip/secret", "harmless");
    outer.make_link("..", "inner/other");
    std::atomic<bool> stop = false;
    std::thread flipper([&] {
        while (!stop) {
            ::renameat2(AT_FDCWD, outer.path("inner/flip").c_str(), AT_FDCWD, outer.path("inner/other").c_str(),
                        RENAME_EXCHANGE);
        }
    });
    const test::guest_text path = guest.put("flip/secret");
    const std::uint32_t result = guest.allocate(4);
    const std::uint32_t buffer = guest.allocate(16);
    const std::uint32_t iovec = guest.allocate(8);
    guest.store(iovec, buffer);
    guest.store(iovec + 4, 16U);
    int opened = 0;
    for (int i = 0; i < 20'000; ++i) {
        const errc code = guest.call("path_open", 3, follow, path.at, path.size, 0, fd_read, 0, 0, result);
        if (code != errc::success) {
            REQUIRE((code == errc::perm || code == errc::notdir || code == errc::loop || code == errc::noent));
            continue;
        }
        ++opened;
        const auto file = guest.load<std::uint32_t>(result);
        REQUIRE(guest.call("fd_read", file, iovec, 1, result) == errc::success);
        REQUIRE(guest.text(buffer, 8) == "harmless");
        REQUIRE(guest.call("fd_close", file) == errc::success);
    }
    stop = true;
    flipper.join();
    CHECK(opened > 0);
}

TEST_CASE("a read-only directory is read, and nothing else") {
    const test::temporary_directory host;
    host.write("file", "content");
    host.make_directory("d");
    host.write("d/file", "content");
    host.make_link("file", "link");
    test::guest guest(options().preopen(host.path(), ".", access::read_only));
    std::uint32_t directory = 0;
    std::uint32_t file = 0;
    std::string text;
    test::guest_filestat status{};
    test::guest_fdstat description{};
    std::vector<test::guest_entry> entries;
    REQUIRE(guest.open(3, "d", directory) == errc::success);
    for (const std::uint32_t fd : {3U, directory}) {
        CHECK(guest.open(fd, "file", file) == errc::success);
        CHECK(guest.read(file, 16, text) == errc::success);
        CHECK(text == "content");
        CHECK(guest.call("fd_filestat_set_times", file, 0, 0, 2) == errc::rofs);
        CHECK(guest.call("fd_filestat_set_times", file, 0, 0, 0) == errc::success); // nothing
        CHECK(guest.call("fd_filestat_set_size", file, 0) == errc::inval);
        CHECK(guest.call("fd_allocate", file, 0, 100) == errc::badf);
        CHECK(guest.write(file, "x") == errc::badf);
        CHECK(guest.open(fd, "file", file, 0, read_write) == errc::rofs);
        CHECK(guest.open(fd, "file", file, test::oflags::trunc) == errc::rofs);
        CHECK(guest.open(fd, "new", file, test::oflags::creat) == errc::rofs);
        for (const char* const name : {"path_create_directory", "path_remove_directory", "path_unlink_file"}) {
            CHECK(guest.at_path(name, "new", fd) == errc::rofs);
        }
        CHECK(guest.rename("file", "new", fd, fd) == errc::rofs);
        CHECK(guest.call("fd_filestat_set_times", fd, 0, 0, 2) == errc::rofs);
        CHECK(guest.readdir(fd, 0, 1024, entries) == errc::success);
        CHECK(guest.fdstat(fd, description) == errc::success);
        CHECK((description.base & test::rights::fd_write) == 0);
        // As libc opens: it asks for nothing that is not inherited.
        CHECK(guest.open(fd, "file", file, 0, description.inheriting & test::rights::fd_write) == errc::rofs);
        CHECK(guest.open(fd, ".", file, 0, description.inheriting & test::rights::fd_write) == errc::isdir);
    }
    CHECK(guest.path_filestat("link", status, follow) == errc::success);
    CHECK(guest.readlink("link", text) == errc::success);
    CHECK(guest.symlink("file", "new") == errc::rofs);
    CHECK(guest.link("file", "new") == errc::rofs);
    const test::guest_text name = guest.put("file");
    CHECK(guest.call("path_filestat_set_times", 3, 0, name.at, name.size, 0, 0, 2) == errc::rofs);
    CHECK(host.read("file") == "content");
    CHECK_FALSE(host.exists("new"));
}

TEST_CASE("nothing goes from a read-only directory to another, by renaming or linking") {
    const test::temporary_directory closed;
    const test::temporary_directory open;
    closed.write("file", "content");
    test::guest guest(options().preopen(closed.path(), "closed", access::read_only).preopen(open.path(), "open"));
    CHECK(guest.rename("file", "file", 3, 4) == errc::xdev);
    const test::guest_text name = guest.put("file");
    CHECK(guest.call("path_link", 3, 0, name.at, name.size, 4, name.at, name.size) == errc::xdev);
    CHECK_FALSE(open.exists("file"));
}

TEST_CASE("in a read-only directory nothing is written to a FIFO or a device") {
    const test::temporary_directory host;
    REQUIRE(::mkfifo(host.path("fifo").c_str(), 0600) == 0);
    const int reader = ::open(host.path("fifo").c_str(), O_RDONLY | O_NONBLOCK);
    test::guest guest(options().preopen(host.path(), ".", access::read_only).preopen("/dev", "dev", access::read_only));
    std::uint32_t fd = 0;
    CHECK(guest.open(3, "fifo", fd, 0, test::rights::fd_write) == errc::rofs);
    CHECK(guest.open(3, "fifo", fd, 0, read_write) == errc::rofs);
    CHECK(guest.open(4, "null", fd, 0, test::rights::fd_write) == errc::rofs);
    CHECK(guest.open(4, "null", fd) == errc::success);
    ::close(reader);
}

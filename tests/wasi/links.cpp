#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using riser::wasi::errc;
using test::follow;
using test::rights::fd_read;
using test::rights::read_write;

namespace {

struct fixture {
    test::temporary_directory host;
    test::guest guest{riser::wasi::options().preopen(host.path(), ".")};
    test::guest_filestat status{};
    std::string target;

    fixture() {
        host.write("file", "content");
        host.make_directory("dir");
        host.write("dir/inner", "inner");
    }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "a symbolic link is made, read and followed") {
    CHECK(guest.symlink("file", "link") == errc::success);
    CHECK(guest.symlink("file", "link") == errc::exist);
    CHECK(guest.symlink("file", "none/link") == errc::noent);
    CHECK(guest.symlink("", "empty") == errc::noent);
    CHECK(guest.readlink("link", target) == errc::success);
    CHECK(target == "file");
    CHECK(guest.path_filestat("link", status) == errc::success);
    CHECK(status.type == test::filetype::symbolic_link);
    CHECK(status.size == 4);
    CHECK(guest.path_filestat("link", status, follow) == errc::success);
    CHECK(status.type == test::filetype::regular_file);
    CHECK(status.size == 7);
    CHECK(guest.try_open("link") == errc::loop);
    CHECK(guest.try_open("link", 0, fd_read, follow) == errc::success);
}

TEST_CASE_FIXTURE(fixture, "a link's name has no slash behind it") {
    for (const bool is_hard : {false, true}) {
        const auto link = [&](const char* path) {
            return is_hard ? guest.link("file", path) : guest.symlink("file", path);
        };
        CHECK(link("new/") == errc::noent);
        CHECK(link("dir/") == errc::exist);
        CHECK(link("file/") == errc::notdir);
        CHECK_FALSE(host.exists("new"));
    }
}

TEST_CASE_FIXTURE(fixture, "a link is read as far as the buffer goes") {
    REQUIRE(guest.symlink("dir/inner", "link") == errc::success);
    CHECK(guest.readlink("link", target, 3) == errc::success);
    CHECK(target == "dir");
    CHECK(guest.readlink("link", target, 9) == errc::success);
    CHECK(target == "dir/inner");
    CHECK(guest.readlink("link", target, 0) == errc::success);
    CHECK(target.empty());
    CHECK(guest.readlink("file", target) == errc::inval);
    CHECK(guest.readlink("dir", target) == errc::inval);
    CHECK(guest.readlink("none", target) == errc::noent);
}

TEST_CASE_FIXTURE(fixture, "links in the middle of a path are always followed") {
    host.make_link("dir", "to-dir");
    host.make_link("../file", "dir/to-file");
    host.make_link("dir/.././to-dir/to-file", "far");
    CHECK(guest.try_open("to-dir/inner") == errc::success);
    CHECK(guest.try_open("to-dir/../file") == errc::success);
    CHECK(guest.try_open("to-dir/to-file", 0, fd_read, follow) == errc::success);
    CHECK(guest.try_open("far", 0, fd_read, follow) == errc::success);
    CHECK(guest.try_open("file/x") == errc::notdir);
    CHECK(guest.try_open("far/x") == errc::notdir);
}

TEST_CASE_FIXTURE(fixture, "links that lead in a circle are too many") {
    host.make_link("b", "a");
    host.make_link("a", "b");
    host.make_link("self/x", "self");
    for (const char* const path : {"a", "b", "a/x", "self", "self/x"}) {
        CHECK(guest.try_open(path, 0, fd_read, follow) == errc::loop);
    }
    CHECK(guest.path_filestat("a", status) == errc::success);
}

TEST_CASE_FIXTURE(fixture, "a link that leads to nothing") {
    host.make_link("missing", "dangling");
    CHECK(guest.try_open("dangling", 0, fd_read, follow) == errc::noent);
    CHECK(guest.path_filestat("dangling", status, follow) == errc::noent);
    CHECK(guest.path_filestat("dangling", status) == errc::success);
    CHECK(guest.try_open("dangling", test::oflags::creat | test::oflags::excl, read_write, follow) == errc::exist);
    CHECK(guest.try_open("dangling", test::oflags::creat, read_write) == errc::loop);
    CHECK_FALSE(host.exists("missing"));
    CHECK(guest.try_open("dangling", test::oflags::creat, read_write, follow) == errc::success);
    CHECK(host.exists("missing"));
}

TEST_CASE_FIXTURE(fixture, "what takes away or moves a name does so to the link") {
    host.make_link("dir", "to-dir");
    host.make_link("file", "to-file");
    CHECK(guest.at_path("path_remove_directory", "to-dir") == errc::notdir);
    CHECK(guest.rename("to-file", "moved") == errc::success);
    CHECK(guest.readlink("moved", target) == errc::success);
    CHECK(guest.at_path("path_unlink_file", "to-dir") == errc::success);
    CHECK(guest.at_path("path_unlink_file", "moved") == errc::success);
    CHECK(host.read("file") == "content");
    CHECK(host.exists("dir/inner"));
}

TEST_CASE_FIXTURE(fixture, "a hard link is another name for the file") {
    CHECK(guest.link("file", "other") == errc::success);
    CHECK(guest.link("file", "other") == errc::exist);
    CHECK(guest.link("none", "x") == errc::noent);
    CHECK(guest.link("dir", "x") == errc::perm);
    CHECK(guest.path_filestat("other", status) == errc::success);
    CHECK(status.links == 2);
    std::uint32_t fd = 0;
    REQUIRE(guest.open(3, "other", fd, 0, read_write) == errc::success);
    CHECK(guest.write(fd, "CON") == errc::success);
    CHECK(host.read("file") == "CONtent");
    const test::guest_text name = guest.put("file");
    CHECK(guest.call("path_link", 3, 2, name.at, name.size, 3, name.at, name.size) == errc::inval);
    CHECK(guest.call("path_link", 99, 0, name.at, name.size, 3, name.at, name.size) == errc::badf);
    CHECK(guest.call("path_link", 3, 0, name.at, name.size, 99, name.at, name.size) == errc::badf);
}

TEST_CASE_FIXTURE(fixture, "a hard link is made of a symbolic link or of what it leads to") {
    host.make_link("file", "link");
    CHECK(guest.link("link", "of-link") == errc::success);
    CHECK(guest.path_filestat("of-link", status) == errc::success);
    CHECK(status.type == test::filetype::symbolic_link);
    CHECK(guest.link("link", "of-file", follow) == errc::success);
    CHECK(guest.path_filestat("of-file", status) == errc::success);
    CHECK(status.type == test::filetype::regular_file);
}

#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <sys/stat.h>

using riser::wasi::errc;
using riser::wasi::options;

namespace {

struct fixture {
    test::temporary_directory host;
    test::guest guest{options().preopen(host.path(), ".")};
    std::uint32_t fd = 0;
    std::vector<test::guest_entry> entries;

    /// The names of all entries, read with a buffer of `size`, each from the cookie of the one before.
    std::vector<std::string> names(std::uint32_t number, std::uint32_t size) {
        std::vector<std::string> found;
        std::uint64_t cookie = 0;
        for (;;) {
            std::uint32_t used = 0;
            REQUIRE(guest.readdir(number, cookie, size, entries, &used) == errc::success);
            for (const test::guest_entry& entry : entries) {
                found.push_back(entry.name);
                cookie = entry.next;
            }
            if (used < size) {
                break;
            }
            REQUIRE(!entries.empty());
        }
        std::sort(found.begin(), found.end());
        return found;
    }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "directories are made and removed") {
    CHECK(guest.at_path("path_create_directory", "d") == errc::success);
    CHECK(guest.at_path("path_create_directory", "d") == errc::exist);
    CHECK(guest.at_path("path_create_directory", "d/e") == errc::success);
    CHECK(guest.at_path("path_create_directory", "none/e") == errc::noent);
    host.write("f", "");
    CHECK(guest.at_path("path_create_directory", "f") == errc::exist);
    CHECK(guest.at_path("path_create_directory", "f/e") == errc::notdir);
    CHECK(guest.at_path("path_remove_directory", "d") == errc::notempty);
    CHECK(guest.at_path("path_remove_directory", "f") == errc::notdir);
    CHECK(guest.at_path("path_remove_directory", ".") == errc::inval);
    CHECK(guest.at_path("path_remove_directory", "d/..") == errc::inval);
    CHECK(guest.at_path("path_remove_directory", "d/e") == errc::success);
    CHECK(guest.at_path("path_remove_directory", "d") == errc::success);
    CHECK(guest.at_path("path_remove_directory", "d") == errc::noent);
    for (const char* const name : {"path_create_directory", "path_remove_directory", "path_unlink_file"}) {
        CHECK(guest.at_path(name, "x", 99) == errc::badf);
        CHECK(guest.at_path(name, "x", 0) == errc::notdir);
    }
}

TEST_CASE_FIXTURE(fixture, "files are unlinked, directories are not") {
    host.write("f", "");
    host.make_directory("d");
    CHECK(guest.at_path("path_unlink_file", "d") == errc::isdir);
    CHECK(guest.at_path("path_unlink_file", "f") == errc::success);
    CHECK(guest.at_path("path_unlink_file", "f") == errc::noent);
    CHECK_FALSE(host.exists("f"));
}

TEST_CASE_FIXTURE(fixture, "renaming moves and replaces") {
    host.write("a", "A");
    host.write("b", "B");
    host.make_directory("d");
    host.make_directory("e");
    host.make_directory("g");
    CHECK(guest.rename("a", "c") == errc::success);
    CHECK_FALSE(host.exists("a"));
    CHECK(guest.rename("c", "b") == errc::success);
    CHECK(host.read("b") == "A");
    CHECK(guest.rename("b", "d/b") == errc::success);
    CHECK(host.read("d/b") == "A");
    CHECK(guest.rename("none", "x") == errc::noent);
    CHECK(guest.rename("d", "d/x") == errc::inval);
    CHECK(guest.rename("e", "d") == errc::notempty);
    CHECK(guest.rename("d", "e") == errc::success);
    CHECK(host.read("e/b") == "A");
    CHECK(guest.rename("e/b", "g") == errc::isdir);
    CHECK(guest.rename("g", "e/b") == errc::notdir);
    CHECK(guest.rename("e", "e/b") == errc::inval);
    CHECK(guest.rename("e/b", "x", 99) == errc::badf);
    CHECK(guest.rename("e/b", "x", 3, 99) == errc::badf);
    CHECK(guest.rename("e/b", "x", 3, 0) == errc::notdir);
}

TEST_CASE("renaming goes from one preopened directory to another") {
    const test::temporary_directory first;
    const test::temporary_directory second;
    first.write("a", "A");
    test::guest guest(options().preopen(first.path(), "one").preopen(second.path(), "two"));
    CHECK(guest.rename("a", "b", 3, 4) == errc::success);
    CHECK_FALSE(first.exists("a"));
    CHECK(second.read("b") == "A");
}

TEST_CASE_FIXTURE(fixture, "a directory is read with what each entry is") {
    host.write("file", "");
    host.make_directory("dir");
    host.make_link("file", "link");
    REQUIRE(guest.readdir(3, 0, 4096, entries) == errc::success);
    REQUIRE(entries.size() == 5);
    std::set<std::string> seen;
    for (const test::guest_entry& entry : entries) {
        seen.insert(entry.name);
        const std::uint8_t expected = entry.name == "file"   ? test::filetype::regular_file
                                      : entry.name == "link" ? test::filetype::symbolic_link
                                                             : test::filetype::directory;
        CHECK(entry.type == expected);
        if (entry.name != "..") {
            struct stat status{};
            REQUIRE(::lstat(host.path(entry.name).c_str(), &status) == 0);
            CHECK(entry.inode == status.st_ino);
        }
    }
    CHECK(seen == std::set<std::string>{".", "..", "dir", "file", "link"});
}

TEST_CASE_FIXTURE(fixture, "a directory is read in any number of steps") {
    std::vector<std::string> expected{".", ".."};
    for (int i = 0; i < 100; ++i) {
        expected.push_back("entry-" + std::to_string(i));
        host.write(expected.back(), "");
    }
    std::sort(expected.begin(), expected.end());
    CHECK(names(3, 4096) == expected);
    CHECK(names(3, 100) == expected);
    CHECK(names(3, 40) == expected);
    REQUIRE(guest.open(3, ".", fd) == errc::success);
    CHECK(names(fd, 333) == expected);
    CHECK(names(3, 65536) == expected); // they do not disturb each other
}

TEST_CASE_FIXTURE(fixture, "an entry that does not fit is cut off, and the buffer is full then") {
    host.write("a-longish-name", "");
    for (const std::uint32_t size : {0U, 1U, 23U, 24U, 25U, 30U}) {
        std::uint32_t used = 99;
        CHECK(guest.readdir(3, 0, size, entries, &used) == errc::success);
        CHECK(used == size);
    }
    std::uint32_t used = 99;
    CHECK(guest.readdir(3, 3, 64, entries, &used) == errc::success); // behind the last
    CHECK(used == 0);
    CHECK(guest.readdir(3, UINT64_MAX, 64, entries, &used) == errc::success);
    CHECK(used == 0);
}

TEST_CASE_FIXTURE(fixture, "cookies stay right while entries come and go, until reading begins anew") {
    for (int i = 0; i < 20; ++i) {
        host.write("entry-" + std::to_string(i), "");
    }
    REQUIRE(guest.readdir(3, 0, 65536, entries) == errc::success);
    const std::vector<test::guest_entry> before = entries;
    REQUIRE(before.size() == 22);
    for (int i = 0; i < 20; ++i) {
        CHECK(guest.at_path("path_unlink_file", "entry-" + std::to_string(i)) == errc::success);
    }
    host.write("new", "");
    REQUIRE(guest.readdir(3, before[9].next, 65536, entries) == errc::success);
    REQUIRE(entries.size() == 12);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        CHECK(entries[i].name == before[10 + i].name);
    }
    CHECK(names(3, 4096) == std::vector<std::string>{".", "..", "new"});
}

TEST_CASE("the listings of a guest take no more together than the embedder allows") {
    const test::temporary_directory host;
    for (int i = 0; i < 50; ++i) {
        host.write("a file of the directory, number " + std::to_string(i), "");
    }
    test::guest guest(options().preopen(host.path(), ".").listing_limit(5000));
    std::vector<test::guest_entry> entries;
    std::uint32_t first = 0;
    std::uint32_t second = 0;
    REQUIRE(guest.open(3, ".", first) == errc::success);
    REQUIRE(guest.open(3, ".", second) == errc::success);
    CHECK(guest.readdir(first, 0, 8192, entries) == errc::success);
    CHECK(entries.size() == 52);
    CHECK(guest.readdir(second, 0, 8192, entries) == errc::nomem);
    CHECK(guest.readdir(first, 0, 8192, entries) == errc::success); // in place of its own
    REQUIRE(guest.call("fd_close", first) == errc::success);
    CHECK(guest.readdir(second, 0, 8192, entries) == errc::success);
    CHECK(entries.size() == 52);

    test::guest limited(options().preopen(host.path(), ".").listing_limit(1000));
    CHECK(limited.readdir(3, 0, 8192, entries) == errc::nomem);
}

TEST_CASE_FIXTURE(fixture, "only directories have entries") {
    host.write("f", "");
    REQUIRE(guest.open(3, "f", fd) == errc::success);
    CHECK(guest.readdir(fd, 0, 64, entries) == errc::badf);
    CHECK(guest.readdir(0, 0, 64, entries) == errc::badf);
    CHECK(guest.readdir(99, 0, 64, entries) == errc::badf);
}

TEST_CASE_FIXTURE(fixture, "directories are neither read nor written nor sought like files") {
    host.make_directory("d");
    REQUIRE(guest.open(3, "d", fd, test::oflags::directory) == errc::success);
    test::guest_fdstat status{};
    CHECK(guest.fdstat(fd, status) == errc::success);
    CHECK(status.type == test::filetype::directory);
    CHECK((status.base & test::rights::fd_seek) == 0);
    CHECK((status.inheriting & test::rights::read_write) == test::rights::read_write);
    std::string text;
    std::uint64_t position = 0;
    CHECK(guest.read(fd, 8, text) == errc::badf);
    CHECK(guest.write(fd, "x") == errc::badf);
    CHECK(guest.pread(fd, 8, 0, text) == errc::badf);
    CHECK(guest.pwrite(fd, "x", 0) == errc::badf);
    CHECK(guest.seek(fd, 0, 0, position) == errc::badf);
    CHECK(guest.call("fd_tell", fd, guest.allocate(8)) == errc::badf);
}

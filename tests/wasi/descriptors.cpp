#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using riser::wasi::errc;
using riser::wasi::options;
using test::rights::fd_read;
using test::rights::read_write;

namespace {

struct fixture {
    test::temporary_directory host;
    test::guest guest{options().preopen(host.path(), "data")};
    std::uint32_t fd = 0;
    std::string text;

    fixture() {
        host.write("a", "AAA");
        host.write("b", "BBB");
        host.make_directory("d");
    }
};

} // namespace

TEST_CASE("preopened directories are found by counting up from 3") {
    const test::temporary_directory first;
    const test::temporary_directory second;
    test::guest guest(options().preopen(first.path(), "one").preopen(second.path(), "/two/three"));
    const std::uint32_t at = guest.allocate(64);
    for (const std::uint32_t fd : {0U, 1U, 2U, 5U, 0xffff'ffffU}) {
        CHECK(guest.call("fd_prestat_get", fd, at) == errc::badf);
        CHECK(guest.call("fd_prestat_dir_name", fd, at, 64) == errc::badf);
    }
    const std::string names[] = {"one", "/two/three"};
    for (std::uint32_t i = 0; i < 2; ++i) {
        const auto size = static_cast<std::uint32_t>(names[i].size());
        guest.store(at, UINT64_MAX);
        CHECK(guest.call("fd_prestat_get", 3 + i, at) == errc::success);
        CHECK(guest.load<std::uint32_t>(at) == 0); // a directory
        CHECK(guest.load<std::uint32_t>(at + 4) == size);
        CHECK(guest.call("fd_prestat_dir_name", 3 + i, at, size) == errc::success);
        CHECK(guest.text(at, size) == names[i]);
        CHECK(guest.call("fd_prestat_dir_name", 3 + i, at, size - 1) == errc::nametoolong);
        CHECK(guest.call("fd_prestat_dir_name", 3 + i, at, 64) == errc::success);
    }
}

TEST_CASE_FIXTURE(fixture, "what is opened below a preopened directory is not preopened") {
    REQUIRE(guest.open(3, ".", fd) == errc::success);
    CHECK(guest.call("fd_prestat_get", fd, guest.allocate(8)) == errc::badf);
}

TEST_CASE_FIXTURE(fixture, "the highest number that is free comes next, then new ones") {
    std::uint32_t numbers[4] = {};
    for (std::uint32_t& number : numbers) {
        REQUIRE(guest.open(3, "a", number) == errc::success);
    }
    CHECK(numbers[0] == 4);
    CHECK(numbers[3] == 7);
    CHECK(guest.call("fd_close", 5) == errc::success);
    CHECK(guest.call("fd_close", 4) == errc::success);
    CHECK(guest.call("fd_close", 4) == errc::badf);
    CHECK(guest.open(3, "a", fd) == errc::success);
    CHECK(fd == 5);
    CHECK(guest.call("fd_close", 7) == errc::success);
    for (const std::uint32_t expected : {7U, 4U, 8U}) {
        CHECK(guest.open(3, "a", fd) == errc::success);
        CHECK(fd == expected);
    }
}

// Yosys does so around ABC, and logs and writes its results afterwards.
TEST_CASE_FIXTURE(fixture, "what is opened does not become standard output that was moved away") {
    std::uint32_t place = 0;
    std::uint32_t other = 0;
    REQUIRE(guest.open(3, "a", other) == errc::success);
    REQUIRE(guest.open(3, "a", place) == errc::success);
    REQUIRE(guest.call("fd_renumber", 1, place) == errc::success);
    REQUIRE(guest.call("fd_renumber", other, 1) == errc::badf);
    REQUIRE(guest.call("fd_close", place) == errc::success);
    CHECK(guest.open(3, "a", fd) == errc::success);
    CHECK(fd == place);
    CHECK(guest.write(1, "text") == errc::badf);
}

TEST_CASE_FIXTURE(fixture, "a preopened directory can be closed") {
    CHECK(guest.call("fd_close", 3) == errc::success);
    CHECK(guest.open(3, "a", fd) == errc::badf);
    CHECK(guest.call("fd_prestat_get", 3, guest.allocate(8)) == errc::badf);
}

TEST_CASE("a guest has no more descriptors than its limit") {
    const test::temporary_directory host;
    host.write("a", "");
    test::guest guest(options().preopen(host.path(), ".").descriptor_limit(6));
    std::uint32_t fd = 0;
    CHECK(guest.open(3, "a", fd) == errc::success);
    CHECK(guest.open(3, "a", fd) == errc::success);
    CHECK(guest.open(3, "a", fd) == errc::mfile);
    CHECK(guest.open(3, "new", fd, test::oflags::creat, read_write) == errc::mfile);
    CHECK_FALSE(host.exists("new"));
    CHECK(guest.call("fd_close", 0) == errc::success);
    CHECK(guest.open(3, "a", fd) == errc::success);
    CHECK(fd == 0);
}

TEST_CASE_FIXTURE(fixture, "renumbering replaces one open descriptor by another") {
    std::uint32_t other = 0;
    REQUIRE(guest.open(3, "a", fd) == errc::success);
    REQUIRE(guest.open(3, "b", other) == errc::success);
    CHECK(guest.read(fd, 1, text) == errc::success);
    CHECK(guest.call("fd_renumber", fd, other) == errc::success);
    CHECK(guest.read(fd, 8, text) == errc::badf);
    CHECK(guest.read(other, 8, text) == errc::success);
    CHECK(text == "AA"); // with its position
    CHECK(guest.call("fd_renumber", other, other) == errc::success);
    CHECK(guest.call("fd_renumber", other, fd) == errc::badf); // not open
    CHECK(guest.call("fd_renumber", fd, other) == errc::badf);
    CHECK(guest.call("fd_renumber", other, 0xffff'ffff) == errc::badf);
    CHECK(guest.open(3, "b", fd) == errc::success);
    CHECK(fd == 4); // free again
}

TEST_CASE_FIXTURE(fixture, "renumbering onto standard output redirects it") {
    REQUIRE(guest.open(3, "out", fd, test::oflags::creat, read_write) == errc::success);
    CHECK(guest.call("fd_renumber", fd, 1) == errc::success);
    CHECK(guest.write(1, "redirected") == errc::success);
    CHECK(host.read("out") == "redirected");
}

TEST_CASE_FIXTURE(fixture, "rights can be given up, not taken") {
    test::guest_fdstat status{};
    REQUIRE(guest.open(3, "a", fd, 0, read_write) == errc::success);
    REQUIRE(guest.fdstat(fd, status) == errc::success);
    CHECK((status.base & read_write) == read_write);
    CHECK(guest.call("fd_fdstat_set_rights", fd, status.base, status.inheriting) == errc::success);
    CHECK(guest.call("fd_fdstat_set_rights", fd, status.base | test::rights::path_open, 0) == errc::notcapable);
    CHECK(guest.call("fd_fdstat_set_rights", fd, status.base, UINT64_MAX) == errc::notcapable);
    CHECK(guest.call("fd_fdstat_set_rights", fd, fd_read | test::rights::fd_tell, 0) == errc::success);
    std::uint64_t position = 0;
    CHECK(guest.write(fd, "x") == errc::notcapable);
    CHECK(guest.pwrite(fd, "x", 0) == errc::notcapable);
    CHECK(guest.read(fd, 1, text) == errc::success);
    CHECK(guest.pread(fd, 1, 0, text) == errc::notcapable); // needs the right to seek
    CHECK(guest.seek(fd, 0, 1, position) == errc::success); // tells
    CHECK(guest.seek(fd, 1, 1, position) == errc::notcapable);
    CHECK(guest.call("fd_filestat_set_size", fd, 0) == errc::notcapable);
    CHECK(guest.call("fd_sync", fd) == errc::notcapable);
    CHECK(guest.call("fd_fdstat_set_rights", fd, read_write, 0) == errc::notcapable);
    CHECK(guest.call("fd_close", fd) == errc::success);
    CHECK(guest.call("fd_fdstat_set_rights", 99, 0, 0) == errc::badf);
    CHECK(host.read("a") == "AAA");
}

TEST_CASE_FIXTURE(fixture, "what a directory has given up, what is opened through it does not have") {
    test::guest_fdstat status{};
    std::uint32_t opened = 0;
    REQUIRE(guest.open(3, "d", fd) == errc::success);
    REQUIRE(guest.fdstat(fd, status) == errc::success);
    CHECK(guest.call("fd_fdstat_set_rights", fd, status.base, status.inheriting & ~test::rights::fd_write) ==
          errc::success);
    CHECK(guest.open(fd, "x", opened, test::oflags::creat, read_write) == errc::notcapable);
    CHECK(guest.open(fd, "x", opened, test::oflags::creat, fd_read) == errc::success);
    CHECK(guest.write(opened, "x") == errc::badf);
    CHECK(guest.call("fd_fdstat_set_rights", fd, 0, 0) == errc::success);
    CHECK(guest.open(fd, "x", opened) == errc::notcapable);
    CHECK(guest.at_path("path_create_directory", "y", fd) == errc::notcapable);
    std::vector<test::guest_entry> entries;
    CHECK(guest.readdir(fd, 0, 64, entries) == errc::notcapable);
    CHECK(guest.open(3, "d/x", opened, 0, read_write) == errc::success); // the other directory has not
}

TEST_CASE("a context that was moved from has nothing open, and no arguments") {
    std::string written;
    test::guest guest(riser::wasi::options().argument("program").standard_output(
        riser::wasi::output::callback([&written](std::string_view text) { written += text; })));
    riser::wasi::context moved = std::move(guest.context());
    CHECK(guest.write(1, "text") == errc::badf);
    CHECK(guest.call("args_sizes_get", 0, 4) == errc::success);
    CHECK(guest.load<std::uint32_t>(0) == 0);
    CHECK(moved.arguments().size() == 1);

    guest.context() = std::move(moved);
    CHECK(guest.write(1, "text") == errc::success);
    CHECK(written == "text");
}

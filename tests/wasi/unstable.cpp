#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/wasi/wasi.hpp"
#include "support/wat.hpp"
#include "wasi/guest.hpp"

#include "engines/engines.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include <sys/stat.h>

// `wasi_unstable`, the predecessor of preview 1: numbers and layouts as its own description has them (preview0's
// typenames.witx).

using riser::wasi::errc;
using riser::wasi::options;

namespace {

constexpr std::uint64_t device = 0;
constexpr std::uint64_t inode = 8;
constexpr std::uint64_t nanoseconds = 1'000'000'000;

std::uint64_t to_nanoseconds(const timespec& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * nanoseconds + static_cast<std::uint64_t>(time.tv_nsec);
}

/// The file has two links, and five bytes.
struct box_with_file {
    box_with_file() {
        box.write("file", "12345");
        REQUIRE(::link(box.path("file").c_str(), box.path("other").c_str()) == 0);
    }
    test::temporary_directory box;
};

/// A filestat of 56 bytes with nothing written behind it.
void check_filestat(test::guest& guest, std::uint32_t at, const std::string& path) {
    struct stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    const auto read = [&](std::uint32_t offset) { return guest.load<std::uint64_t>(at + offset); };
    CHECK(read(device) == status.st_dev);
    CHECK(read(inode) == status.st_ino);
    CHECK(guest.load<std::uint8_t>(at + 16) == test::filetype::regular_file);
    CHECK(guest.load<std::uint32_t>(at + 20) == 2);
    CHECK(read(24) == 5);
    CHECK(read(32) == to_nanoseconds(status.st_atim));
    CHECK(read(40) == to_nanoseconds(status.st_mtim));
    CHECK(read(48) == to_nanoseconds(status.st_ctim));
    CHECK(read(56) == UINT64_MAX);
}

std::uint32_t allocate_filestat(test::guest& guest) {
    const std::uint32_t at = guest.allocate(64);
    guest.store(at + 56, UINT64_MAX);
    return at;
}

/// Room for a subscription of 56 bytes.
std::uint32_t subscribe(test::guest& guest, std::uint32_t at, std::uint64_t userdata, std::uint8_t type) {
    guest.store(at, userdata);
    guest.store(at + 8, type);
    return at;
}

} // namespace

TEST_CASE("wasi_unstable: whence counts cur, end, set") {
    const test::temporary_directory box;
    box.write("file", "0123456789");
    test::guest guest(options().preopen(box.path(), "."), test::unstable);
    std::uint32_t fd = 0;
    REQUIRE(guest.open(3, "file", fd, 0, test::rights::fd_read | test::rights::fd_seek | test::rights::fd_tell) ==
            errc::success);
    constexpr std::uint32_t cur = 0;
    constexpr std::uint32_t end = 1;
    constexpr std::uint32_t set = 2;
    std::uint64_t position = 0;
    CHECK(guest.seek(fd, 4, set, position) == errc::success);
    CHECK(position == 4);
    CHECK(guest.seek(fd, 3, cur, position) == errc::success);
    CHECK(position == 7);
    CHECK(guest.seek(fd, -1, end, position) == errc::success);
    CHECK(position == 9);
    CHECK(guest.seek(fd, 0, 3, position) == errc::inval);
}

TEST_CASE("wasi_unstable: to seek nowhere needs the right to tell only") {
    const test::temporary_directory box;
    box.write("file", "0123456789");
    test::guest guest(options().preopen(box.path(), "."), test::unstable);
    std::uint32_t fd = 0;
    REQUIRE(guest.open(3, "file", fd, 0, test::rights::fd_read | test::rights::fd_tell) == errc::success);
    REQUIRE(guest.call("fd_fdstat_set_rights", fd, test::rights::fd_tell, 0) == errc::success);
    std::uint64_t position = 0;
    CHECK(guest.seek(fd, 0, 0, position) == errc::success);
    CHECK(guest.seek(fd, 0, 1, position) == errc::notcapable);
    CHECK(guest.seek(fd, 0, 2, position) == errc::notcapable);
}

TEST_CASE("wasi_unstable: a filestat has 56 bytes, by descriptor and by path") {
    const box_with_file files;
    test::guest guest(options().preopen(files.box.path(), "."), test::unstable);
    const std::uint32_t by_path = allocate_filestat(guest);
    const test::guest_text name = guest.put("file");
    REQUIRE(guest.call("path_filestat_get", 3, 0, name.at, name.size, by_path) == errc::success);
    check_filestat(guest, by_path, files.box.path("file"));

    std::uint32_t fd = 0;
    constexpr std::uint64_t fd_filestat_get = 1U << 21U;
    REQUIRE(guest.open(3, "file", fd, 0, test::rights::fd_read | fd_filestat_get) == errc::success);
    const std::uint32_t by_descriptor = allocate_filestat(guest);
    REQUIRE(guest.call("fd_filestat_get", fd, by_descriptor) == errc::success);
    check_filestat(guest, by_descriptor, files.box.path("file"));

    const std::uint32_t last = guest.memory_size() - 56;
    CHECK(guest.call("fd_filestat_get", fd, last) == errc::success);
    CHECK(guest.call("fd_filestat_get", fd, last + 8) == errc::fault);
    CHECK(guest.call("path_filestat_get", 3, 0, name.at, name.size, last) == errc::success);
    CHECK(guest.call("path_filestat_get", 3, 0, name.at, name.size, last + 8) == errc::fault);
}

TEST_CASE("wasi_unstable: subscriptions have 56 bytes, and clocks an identifier of their own") {
    std::uint64_t now = 1000;
    const riser::wasi::clock_source clock{.now = [&now](riser::wasi::clock_id) { return now; },
                                          .wait = [&now](std::uint64_t left) { now += left; }};
    test::guest guest(options().clock(clock), test::unstable);
    constexpr std::uint32_t size = 56;
    const std::uint32_t list = guest.allocate(2 * size);
    const std::uint32_t events = guest.allocate(2 * 32);
    const std::uint32_t used = guest.allocate(4);

    const std::uint32_t timer = subscribe(guest, list, 77, 0);
    guest.store(timer + 16, UINT64_MAX);          // the identifier, which means nothing
    guest.store(timer + 24, 1U);                  // monotonic
    guest.store(timer + 32, std::uint64_t{5000}); // the time
    guest.store(timer + 40, UINT64_MAX);          // the precision
    guest.store(timer + 48, std::uint16_t{1});    // absolute
    REQUIRE(guest.call("poll_oneoff", list, events, 1, used) == errc::success);
    CHECK(guest.load<std::uint32_t>(used) == 1);
    CHECK(guest.load<std::uint64_t>(events) == 77);
    CHECK(guest.load<std::uint16_t>(events + 8) == 0);
    CHECK(guest.load<std::uint8_t>(events + 10) == 0);
    CHECK(now == 5000);

    guest.store(timer + 48, std::uint16_t{0}); // from now on
    REQUIRE(guest.call("poll_oneoff", list, events, 1, used) == errc::success);
    CHECK(now == 10000);

    // The second of the list comes 56 bytes behind the first.
    constexpr std::uint8_t fd_write = 2;
    guest.store(subscribe(guest, list + size, 78, fd_write) + 16, 1U);
    guest.store(timer + 32, UINT64_MAX);
    REQUIRE(guest.call("poll_oneoff", list, events, 2, used) == errc::success);
    CHECK(guest.load<std::uint32_t>(used) == 1);
    CHECK(guest.load<std::uint64_t>(events) == 78);
    CHECK(guest.load<std::uint8_t>(events + 10) == fd_write);

    const std::uint32_t last = guest.memory_size() - size;
    guest.store(subscribe(guest, last, 79, fd_write) + 16, 1U);
    CHECK(guest.call("poll_oneoff", last, events, 1, used) == errc::success);
    CHECK(guest.call("poll_oneoff", last + 8, events, 1, used) == errc::fault);
}

TEST_CASE("wasi_unstable: what has the same form in preview 1 does the same") {
    std::string written;
    test::guest guest(options().standard_output(riser::wasi::output::capture(written)), test::unstable);
    CHECK(guest.write(1, "some text") == errc::success);
    CHECK(written == "some text");
    const riser::result<std::uint32_t> ended = guest.call_with("proc_exit", {3});
    REQUIRE(!ended);
    CHECK(ended.error().as<riser::wasi::exit_status>()->code() == 3);
}

TEST_CASE("wasi_unstable has no sock_accept") {
    const test::engine_pointer engine = test::make_engine("adaptive");
    riser::linker linker(*engine);
    riser::wasi::add_to(linker);
    const auto link = [&](const std::string& version) {
        return linker.try_link(
            riser::module::compile(*engine, test::wat("(import \"" + version +
                                                      "\" \"sock_accept\" (func (param i32 i32 i32) (result i32)))"
                                                      "(memory (export \"memory\") 1)")));
    };
    CHECK(link("wasi_snapshot_preview1"));
    const auto refused = link("wasi_unstable");
    REQUIRE(!refused);
    CHECK(refused.error().is<riser::link_error>());
}

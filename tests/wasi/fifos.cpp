// FIFOs of the host, which have another end: a guest waits for it, unless it does not want to.
#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include <sys/stat.h>

using riser::wasi::errc;
using test::rights::fd_read;
using test::rights::fd_write;

namespace {

struct fixture {
    test::temporary_directory host;
    test::guest guest{riser::wasi::options().preopen(host.path(), ".")};
    std::uint32_t fd = 0;
    std::string text;

    fixture() { REQUIRE(::mkfifo(host.path("fifo").c_str(), 0600) == 0); }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "a guest reads what is written into a FIFO, to its end") {
    REQUIRE(guest.open(3, "fifo", fd) == errc::success);
    std::thread writer([&] { std::ofstream(host.path("fifo")) << "hello"; });
    std::string all;
    do {
        REQUIRE(guest.read(fd, 64, text) == errc::success); // the first waits for the writer
        all += text;
    } while (!text.empty());
    writer.join();
    CHECK(all == "hello");
    test::guest_fdstat status{};
    CHECK(guest.fdstat(fd, status) == errc::success);
    CHECK(status.type == test::filetype::unknown);
    CHECK(status.flags == 0);
    std::uint64_t position = 0;
    CHECK(guest.seek(fd, 0, 0, position) == errc::spipe);
    CHECK(guest.pread(fd, 4, 0, text) == errc::spipe);
}

TEST_CASE_FIXTURE(fixture, "a guest writes into a FIFO, all of it, more than the system keeps") {
    const std::string much(200'000, 'x');
    std::string received;
    std::thread reader([&] {
        std::ifstream file(host.path("fifo"));
        received.assign(std::istreambuf_iterator<char>(file), {});
    });
    REQUIRE(guest.open(3, "fifo", fd, 0, fd_write) == errc::success); // waits for the reader
    std::uint32_t written = 0;
    CHECK(guest.write(fd, much, &written) == errc::success);
    CHECK(written == much.size());
    CHECK(guest.call("fd_close", fd) == errc::success);
    reader.join();
    CHECK(received == much);
}

TEST_CASE_FIXTURE(fixture, "a guest that does not want to wait does not wait for a FIFO") {
    CHECK(guest.open(3, "fifo", fd, 0, fd_write, 0, test::fdflags::nonblock) == errc::nxio);
    REQUIRE(guest.open(3, "fifo", fd, 0, fd_read, 0, test::fdflags::nonblock) == errc::success);
    CHECK(guest.read(fd, 8, text) == errc::success); // the end, as POSIX says: nobody writes
    CHECK(text.empty());
    std::uint32_t writer = 0;
    REQUIRE(guest.open(3, "fifo", writer, 0, fd_write, 0, test::fdflags::nonblock) == errc::success);
    CHECK(guest.read(fd, 8, text) == errc::again);
    CHECK(guest.write(writer, "abc") == errc::success);
    CHECK(guest.read(fd, 8, text) == errc::success);
    CHECK(text == "abc");
    std::uint32_t written = 0;
    CHECK(guest.write(writer, std::string(100'000, 'x'), &written) == errc::success);
    CHECK(written < 100'000);
    CHECK(guest.write(writer, std::string(100'000, 'x')) == errc::again);
    // Turned into one that waits, it reads what is there.
    CHECK(guest.call("fd_fdstat_set_flags", fd, 0) == errc::success);
    CHECK(guest.read(fd, 8, text) == errc::success);
    CHECK(text == "xxxxxxxx");
}

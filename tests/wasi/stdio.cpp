#include "support/process.hpp"
#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

using riser::wasi::errc;
using riser::wasi::input;
using riser::wasi::options;
using riser::wasi::output;

TEST_CASE("standard input is empty and output goes nowhere, unless stated") {
    test::guest guest{options()};
    std::string text = "x";
    CHECK(guest.read(0, 16, text) == errc::success);
    CHECK(text.empty());
    std::uint32_t written = 0;
    CHECK(guest.write(1, "hello", &written) == errc::success);
    CHECK(written == 5);
    CHECK(guest.write(2, "hello", &written) == errc::success);
    CHECK(written == 5);
}

TEST_CASE("standard input is a text, read in pieces to its end") {
    test::guest guest(options().standard_input(input::text("abcdefg")));
    std::string text;
    CHECK(guest.read(0, 3, text) == errc::success);
    CHECK(text == "abc");
    CHECK(guest.read(0, 100, text) == errc::success);
    CHECK(text == "defg");
    CHECK(guest.read(0, 100, text) == errc::success);
    CHECK(text.empty());
}

TEST_CASE("options with a text serve several guests from its beginning") {
    const options both = options().standard_input(input::text("abc"));
    for (int i = 0; i < 2; ++i) {
        test::guest guest(both);
        std::string text;
        CHECK(guest.read(0, 8, text) == errc::success);
        CHECK(text == "abc");
    }
}

TEST_CASE("standard output and error are captured apart") {
    std::string out;
    std::string error;
    test::guest guest(options().standard_output(output::capture(out)).standard_error(output::capture(error)));
    CHECK(guest.write(1, "one ") == errc::success);
    CHECK(guest.write(2, "bad") == errc::success);
    CHECK(guest.write(1, std::string_view("tw\0o", 4)) == errc::success);
    CHECK(out == std::string("one tw\0o", 8));
    CHECK(error == "bad");
}

TEST_CASE("a text that is captured is full at its limit, like a disk") {
    std::string text = "12345";
    test::guest guest(options().standard_output(output::capture(text, 10)).standard_error(output::capture(text, 12)));
    std::uint32_t written = 0;
    CHECK(guest.write(1, "678", &written) == errc::success);
    CHECK(written == 3);
    CHECK(guest.write(1, "90ab", &written) == errc::success); // short
    CHECK(written == 2);
    CHECK(guest.write(1, "c") == errc::nospc);
    CHECK(guest.write(1, "") == errc::success); // as on a disk
    CHECK(guest.write(2, "cde", &written) == errc::success);
    CHECK(written == 2);
    CHECK(text == "1234567890cd");
    text.clear(); // by the host: there is room again
    CHECK(guest.write(1, "more") == errc::success);
    CHECK(text == "more");
}

TEST_CASE("a text that is captured has a limit, unless one is stated") {
    std::string text;
    test::guest guest(options().standard_output(output::capture(text)));
    constexpr std::uint32_t part = 32768;
    const std::uint32_t buffer = guest.make_iovec(guest.allocate(part), part);
    const std::uint32_t written = guest.allocate(4);
    errc outcome = errc::success;
    for (int i = 0; i < 1000 && outcome == errc::success; ++i) {
        outcome = guest.call("fd_write", 1, buffer, 1, written);
    }
    CHECK(outcome == errc::nospc);
    CHECK(text.size() == output::default_capture_limit);
}

TEST_CASE("callbacks give and take what several buffers hold at once") {
    std::vector<std::string> calls;
    test::guest guest(options()
                          .standard_input(input::callback([](std::span<std::byte> buffer) {
                              std::fill(buffer.begin(), buffer.end(), std::byte{'z'});
                              return std::size_t{5};
                          }))
                          .standard_output(output::callback([&](std::string_view text) { calls.emplace_back(text); })));
    const test::guest_text first = guest.put("abc");
    const test::guest_text second = guest.put("defg");
    const std::uint32_t iovecs = guest.allocate(16);
    const std::uint32_t size = guest.allocate(4);
    guest.store(iovecs, first.at);
    guest.store(iovecs + 4, first.size);
    guest.store(iovecs + 8, second.at);
    guest.store(iovecs + 12, second.size);
    CHECK(guest.call("fd_write", 1, iovecs, 2, size) == errc::success);
    CHECK(guest.load<std::uint32_t>(size) == 7);
    CHECK(calls == std::vector<std::string>{"abcdefg"});
    CHECK(guest.call("fd_read", 0, iovecs, 2, size) == errc::success);
    CHECK(guest.load<std::uint32_t>(size) == 5);
    CHECK(guest.text(first.at, 3) == "zzz");
    CHECK(guest.text(second.at, 4) == "zzfg"); // no more than the callback said
}

TEST_CASE("a callback that says more than it was asked for is not believed") {
    test::guest guest(options().standard_input(input::callback([](std::span<std::byte>) { return SIZE_MAX; })));
    std::string text;
    CHECK(guest.read(0, 4, text) == errc::success);
    CHECK(text.size() == 4);
}

TEST_CASE("what a callback throws arrives at the caller") {
    struct stopped {};
    test::guest guest(options().standard_output(output::callback([](std::string_view) { throw stopped(); })));
    const test::guest_text text = guest.put("x");
    const std::uint32_t iovec = guest.allocate(8);
    guest.store(iovec, text.at);
    guest.store(iovec + 4, text.size);
    CHECK_THROWS_AS(guest.call("fd_write", 1, iovec, 1, guest.allocate(4)), const stopped&);
}

TEST_CASE("standard streams go one way, have no position, and can be closed") {
    test::guest guest(options().standard_input(input::text("abc")));
    std::string text;
    std::uint64_t position = 0;
    CHECK(guest.write(0, "x") == errc::badf);
    CHECK(guest.read(1, 4, text) == errc::badf);
    CHECK(guest.seek(0, 0, 1, position) == errc::spipe);
    CHECK(guest.call("fd_tell", 1, guest.allocate(8)) == errc::spipe);
    CHECK(guest.pread(0, 4, 0, text) == errc::spipe);
    CHECK(guest.pwrite(1, "x", 0) == errc::spipe);
    CHECK(guest.call("fd_close", 0) == errc::success);
    CHECK(guest.read(0, 4, text) == errc::badf);
    CHECK(guest.call("fd_close", 0) == errc::badf);
}

TEST_CASE("standard streams that are no terminal do not look like one") {
    test::guest guest{options()};
    for (std::uint32_t fd = 0; fd < 3; ++fd) {
        test::guest_fdstat status{};
        CHECK(guest.fdstat(fd, status) == errc::success);
        CHECK(status.type == test::filetype::unknown);
        CHECK(status.base == (status.base | (fd == 0 ? test::rights::fd_read : test::rights::fd_write)));
        test::guest_filestat file{};
        CHECK(guest.filestat(fd, file) == errc::success);
        CHECK(file.type == test::filetype::unknown);
        CHECK(file.size == 0);
    }
}

TEST_CASE("inherited standard streams are those of the process") {
    const test::temporary_directory host;
    host.write("in", "from outside");
    const int status = test::in_child([&] {
        const int in = ::open(host.path("in").c_str(), O_RDONLY);
        const int out = ::open(host.path("out").c_str(), O_CREAT | O_RDWR, 0600);
        ::dup2(in, 0);
        ::dup2(out, 1);
        test::guest guest(options().inherit_stdio());
        std::string text;
        std::uint64_t position = 0;
        test::guest_fdstat stat{};
        if (guest.read(0, 5, text) != errc::success || text != "from ") {
            return 1;
        }
        // A regular file has a position.
        if (guest.seek(0, 1, 1, position) != errc::success || position != 6) {
            return 2;
        }
        if (guest.fdstat(1, stat) != errc::success || stat.type != test::filetype::regular_file) {
            return 3;
        }
        if (guest.write(1, "to the outside") != errc::success ||
            guest.call("fd_filestat_set_size", 1, 6) != errc::success ||
            guest.call("fd_filestat_set_times", 1, 0, 0, 2) != errc::success) {
            return 4;
        }
        // Closed for the guest only.
        if (guest.call("fd_close", 1) != errc::success || ::fcntl(1, F_GETFD) < 0) {
            return 5;
        }
        return 0;
    });
    CHECK(status == 0);
    CHECK(host.read("out") == "to the");
}

TEST_CASE("who shares a file that is appended to finds nothing overwritten in it") {
    const test::temporary_directory host;
    host.write("log", "others' lines\n");
    const int status = test::in_child([&] {
        ::dup2(::open(host.path("log").c_str(), O_WRONLY | O_APPEND), 1);
        test::guest guest(options().inherit_stdio());
        return guest.pwrite(1, "mine", 0) == errc::success && (::fcntl(1, F_GETFL) & O_APPEND) != 0 ? 0 : 1;
    });
    CHECK(status == 0);
    CHECK(host.read("log") == "others' lines\nmine");
}

TEST_CASE("a guest's non-blocking mode of an inherited stream stays its own") {
    const int status = test::in_child([] {
        int ends[2];
        if (::pipe(ends) != 0) {
            return 1;
        }
        ::dup2(ends[0], 0);
        test::guest guest(options().inherit_stdio());
        std::string text;
        test::guest_fdstat stat{};
        if (guest.call("fd_fdstat_set_flags", 0, test::fdflags::nonblock) != errc::success ||
            guest.fdstat(0, stat) != errc::success || stat.flags != test::fdflags::nonblock) {
            return 2;
        }
        if (guest.read(0, 4, text) != errc::again || (::fcntl(0, F_GETFL) & O_NONBLOCK) != 0) {
            return 3;
        }
        if (guest.call("fd_fdstat_set_flags", 0, test::fdflags::append) != errc::notsup) {
            return 4;
        }
        if (::write(ends[1], "abc", 3) != 3 || guest.read(0, 4, text) != errc::success || text != "abc") {
            return 5;
        }
        // The other way round: what the host has made non-blocking, the guest waits for.
        if (guest.call("fd_fdstat_set_flags", 0, 0) != errc::success ||
            ::fcntl(0, F_SETFL, ::fcntl(0, F_GETFL) | O_NONBLOCK) != 0 || guest.fdstat(0, stat) != errc::success ||
            stat.flags != 0) {
            return 6;
        }
        if (::fork() == 0) {
            ::usleep(50'000);
            ::_exit(::write(ends[1], "later", 5) == 5 ? 0 : 1);
        }
        return guest.read(0, 8, text) == errc::success && text == "later" ? 0 : 7;
    });
    CHECK(status == 0);
}

TEST_CASE("writing where nobody reads is an error for the guest") {
    const int status = test::in_child([] {
        int ends[2];
        if (::pipe(ends) != 0 || ::signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
            return 1;
        }
        ::dup2(ends[1], 1);
        ::close(ends[0]);
        test::guest guest(options().inherit_stdio());
        return guest.write(1, "x") == errc::pipe ? 0 : 2;
    });
    CHECK(status == 0);
}

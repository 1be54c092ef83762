#include "support/process.hpp"
#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <unistd.h>

using riser::wasi::errc;
using riser::wasi::options;

namespace {

constexpr std::uint8_t clock_event = 0;
constexpr std::uint8_t read_event = 1;
constexpr std::uint8_t write_event = 2;
constexpr std::uint32_t realtime = 0;
constexpr std::uint32_t monotonic = 1;
constexpr std::uint32_t process_cputime = 2;
constexpr std::uint32_t thread_cputime = 3;
constexpr std::uint64_t millisecond = 1'000'000;

struct event {
    std::uint64_t userdata;
    errc error;
    std::uint8_t type;
    std::uint64_t bytes;
    std::uint16_t flags;
};

/// A list of subscriptions in guest memory, and what comes of them.
class poll_list {
public:
    explicit poll_list(test::guest& guest)
        : guest_(&guest), at_(guest.allocate(48 * 8)), out_(guest.allocate(32 * 8)) {}

    poll_list& clock(std::uint64_t userdata, std::uint32_t id, std::uint64_t timeout, bool is_absolute = false) {
        const std::uint32_t at = add(userdata, clock_event);
        guest_->store(at + 16, id);
        guest_->store(at + 24, timeout);
        guest_->store(at + 40, static_cast<std::uint16_t>(is_absolute ? 1 : 0));
        return *this;
    }
    poll_list& descriptor(std::uint64_t userdata, std::uint8_t type, std::uint32_t fd) {
        guest_->store(add(userdata, type) + 16, fd);
        return *this;
    }
    errc wait() {
        const std::uint32_t used = guest_->allocate(4);
        guest_->store(used, 0U);
        const errc code = guest_->call("poll_oneoff", at_, out_, count_, used);
        events.clear();
        for (std::uint32_t i = 0; i < guest_->load<std::uint32_t>(used); ++i) {
            const std::uint32_t at = out_ + 32 * i;
            events.push_back({guest_->load<std::uint64_t>(at), static_cast<errc>(guest_->load<std::uint16_t>(at + 8)),
                              guest_->load<std::uint8_t>(at + 10), guest_->load<std::uint64_t>(at + 16),
                              guest_->load<std::uint16_t>(at + 24)});
        }
        return code;
    }

    std::uint32_t address() const { return at_; } ///< of the first subscription

    std::vector<event> events;

private:
    std::uint32_t add(std::uint64_t userdata, std::uint8_t type) {
        const std::uint32_t at = at_ + 48 * count_++;
        guest_->store(at, userdata);
        guest_->store(at + 8, type);
        return at;
    }

    test::guest* guest_;
    std::uint32_t at_;
    std::uint32_t out_;
    std::uint32_t count_ = 0;
};

template <class F>
std::chrono::nanoseconds duration(F f) {
    const auto begin = std::chrono::steady_clock::now();
    f();
    return std::chrono::steady_clock::now() - begin;
}

std::uint64_t now(test::guest& guest, std::uint32_t clock) {
    const std::uint32_t at = guest.allocate(8);
    REQUIRE(guest.call("clock_time_get", clock, 1, at) == errc::success);
    return guest.load<std::uint64_t>(at);
}

} // namespace

TEST_CASE("a guest sleeps as long as it says") {
    test::guest guest{options()};
    for (const std::uint32_t clock : {realtime, monotonic}) {
        poll_list list(guest);
        list.clock(42, clock, 20 * millisecond);
        errc code = errc::io;
        CHECK(duration([&] { code = list.wait(); }) >= std::chrono::milliseconds(20));
        CHECK(code == errc::success);
        REQUIRE(list.events.size() == 1);
        CHECK(list.events[0].userdata == 42);
        CHECK(list.events[0].error == errc::success);
        CHECK(list.events[0].type == clock_event);
    }
}

TEST_CASE("a guest sleeps until the time that it says") {
    test::guest guest{options()};
    for (const std::uint32_t clock : {realtime, monotonic}) {
        const std::uint64_t target = now(guest, clock) + 20 * millisecond;
        poll_list list(guest);
        CHECK(list.clock(1, clock, target, true).wait() == errc::success);
        CHECK(now(guest, clock) >= target);
        poll_list past(guest);
        CHECK(duration([&] { CHECK(past.clock(1, clock, 5, true).wait() == errc::success); }) <
              std::chrono::seconds(5));
        CHECK(past.events.size() == 1);
    }
}

TEST_CASE("of several clocks the first one ends the waiting") {
    test::guest guest{options()};
    poll_list list(guest);
    list.clock(1, monotonic, UINT64_MAX).clock(2, monotonic, 5 * millisecond).clock(3, realtime, UINT64_MAX);
    CHECK(list.wait() == errc::success);
    REQUIRE(list.events.size() == 1);
    CHECK(list.events[0].userdata == 2);
}

TEST_CASE("files are always ready, the same with a clock that waits") {
    const test::temporary_directory host;
    host.write("file", "0123456789");
    test::guest guest(options().preopen(host.path(), "."));
    std::uint32_t fd = 0;
    std::uint64_t position = 0;
    REQUIRE(guest.open(3, "file", fd, 0, test::rights::read_write) == errc::success);
    REQUIRE(guest.seek(fd, 4, 0, position) == errc::success);
    poll_list list(guest);
    list.clock(1, monotonic, UINT64_MAX).descriptor(2, read_event, fd).descriptor(3, write_event, fd);
    CHECK(list.wait() == errc::success);
    REQUIRE(list.events.size() == 2);
    CHECK(list.events[0].userdata == 2);
    CHECK(list.events[0].type == read_event);
    CHECK(list.events[0].error == errc::success);
    CHECK(list.events[0].bytes == 6);
    CHECK(list.events[1].userdata == 3);
    CHECK(list.events[1].type == write_event);
    CHECK(list.events[1].error == errc::success);
}

TEST_CASE("what is wrong with one subscription is its event") {
    const test::temporary_directory host;
    test::guest guest(options().preopen(host.path(), "."));
    poll_list list(guest);
    list.descriptor(1, read_event, 99)
        .descriptor(2, read_event, 3)
        .descriptor(3, write_event, 0)
        .clock(4, thread_cputime, millisecond)
        .clock(5, 9, millisecond)
        .clock(6, monotonic, UINT64_MAX);
    CHECK(list.wait() == errc::success);
    REQUIRE(list.events.size() == 5);
    const errc expected[] = {errc::badf, errc::badf, errc::badf, errc::inval, errc::inval};
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK(list.events[i].userdata == i + 1);
        CHECK(list.events[i].error == expected[i]);
    }
}

TEST_CASE("a guest waits until its process has used so much of the processor") {
    test::guest guest{options()};
    for (const bool is_absolute : {false, true}) {
        const std::uint64_t before = now(guest, process_cputime);
        poll_list list(guest);
        list.clock(1, process_cputime, is_absolute ? before + millisecond : millisecond, is_absolute);
        CHECK(list.wait() == errc::success);
        CHECK(now(guest, process_cputime) >= before + millisecond);
        REQUIRE(list.events.size() == 1);
        CHECK(list.events[0].error == errc::success);
    }
}

TEST_CASE("the processor's time is waited for in its own time, not in real time") {
    std::uint64_t real = 1'000'000;
    std::uint64_t used = 7;
    riser::wasi::clock_source clock;
    clock.now = [&](riser::wasi::clock_id id) { return id == riser::wasi::clock_id::process_cputime ? used : real; };
    clock.wait = [&](std::uint64_t nanoseconds) {
        real += nanoseconds;
        used += 10;
        REQUIRE(used <= 500);
    };
    test::guest guest(options().clock(clock));
    poll_list list(guest);
    CHECK(list.clock(1, process_cputime, 100).wait() == errc::success);
    CHECK(used == 107);
}

TEST_CASE("a clock's flags that there are not are invalid") {
    test::guest guest{options()};
    poll_list list(guest);
    list.clock(1, monotonic, 0);
    guest.store(list.address() + 40, std::uint16_t{2});
    CHECK(list.wait() == errc::success);
    REQUIRE(list.events.size() == 1);
    CHECK(list.events[0].error == errc::inval);
}

TEST_CASE("setting the real time makes no sleep longer") {
    std::uint64_t real = 1'000'000;
    std::uint64_t steady = 0;
    riser::wasi::clock_source clock;
    clock.now = [&](riser::wasi::clock_id id) { return id == riser::wasi::clock_id::realtime ? real : steady; };
    clock.wait = [&](std::uint64_t nanoseconds) {
        steady += nanoseconds;
        real = 0; // set back
        REQUIRE(steady <= 500);
    };
    test::guest guest(options().clock(clock));
    poll_list list(guest);
    CHECK(list.clock(1, realtime, 500).wait() == errc::success);
    CHECK(steady == 500);
}

TEST_CASE("nothing to wait for, and types that there are not, are invalid") {
    test::guest guest{options()};
    poll_list none(guest);
    CHECK(none.wait() == errc::inval);
    poll_list odd(guest);
    CHECK(odd.descriptor(1, 3, 0).wait() == errc::inval);
    const std::uint32_t at = guest.allocate(64);
    CHECK(guest.call("poll_oneoff", at, at, 100'000, at) == errc::inval);
}

TEST_CASE("callbacks are ready") {
    test::guest guest(options().standard_input(riser::wasi::input::text("x")));
    poll_list list(guest);
    CHECK(list.descriptor(1, read_event, 0).descriptor(2, write_event, 1).wait() == errc::success);
    CHECK(list.events.size() == 2);
}

TEST_CASE("a pipe is ready when something is in it, and says when nothing more will be") {
    const int status = test::in_child([] {
        int ends[2];
        if (::pipe(ends) != 0) {
            return 1;
        }
        ::dup2(ends[0], 0);
        test::guest guest(options().inherit_stdio());
        poll_list empty(guest);
        empty.descriptor(1, read_event, 0).clock(2, monotonic, 5 * millisecond);
        if (empty.wait() != errc::success || empty.events.size() != 1 || empty.events[0].userdata != 2) {
            return 2;
        }
        poll_list full(guest);
        full.descriptor(1, read_event, 0).clock(2, monotonic, 10'000 * millisecond);
        if (::write(ends[1], "abc", 3) != 3 || full.wait() != errc::success || full.events.size() != 1 ||
            full.events[0].userdata != 1 || full.events[0].bytes != 3 || full.events[0].flags != 0) {
            return 3;
        }
        ::close(ends[1]);
        std::string text;
        if (guest.read(0, 8, text) != errc::success || text != "abc") {
            return 4;
        }
        poll_list ended(guest);
        if (ended.descriptor(1, read_event, 0).wait() != errc::success || ended.events.size() != 1 ||
            ended.events[0].bytes != 0 || ended.events[0].flags != 1) {
            return 5;
        }
        return 0;
    });
    CHECK(status == 0);
}

TEST_CASE("with an embedder's clock a guest waits in that time") {
    std::uint64_t time = 1'000'000;
    std::vector<std::uint64_t> waits;
    riser::wasi::clock_source clock;
    clock.now = [&time](riser::wasi::clock_id) { return time; };
    clock.wait = [&](std::uint64_t nanoseconds) {
        waits.push_back(nanoseconds);
        time += waits.size() == 1 ? nanoseconds / 2 : nanoseconds; // the first time too little
    };
    test::guest guest(options().clock(clock));
    constexpr std::uint64_t week = 7 * 86'400 * 1000 * millisecond;
    poll_list list(guest);
    list.clock(1, monotonic, 2 * week).clock(2, realtime, 1'000'000 + week, true);
    CHECK(duration([&] { CHECK(list.wait() == errc::success); }) < std::chrono::seconds(60));
    REQUIRE(list.events.size() == 1);
    CHECK(list.events[0].userdata == 2);
    CHECK(waits == std::vector<std::uint64_t>{week, week / 2});
    CHECK(time == 1'000'000 + week);
}

TEST_CASE("what is ready is not waited for, whosever clock it is") {
    const test::temporary_directory host;
    host.write("file", "0123456789");
    riser::wasi::clock_source clock;
    clock.now = [](riser::wasi::clock_id) { return std::uint64_t{5}; };
    clock.wait = [](std::uint64_t) { FAIL("waits"); };
    test::guest guest(options().clock(clock).preopen(host.path(), "."));
    std::uint32_t fd = 0;
    REQUIRE(guest.open(3, "file", fd, 0, test::rights::read_write) == errc::success);
    poll_list list(guest);
    list.clock(1, monotonic, 1).descriptor(2, read_event, fd).clock(3, realtime, 5, true);
    CHECK(list.wait() == errc::success);
    REQUIRE(list.events.size() == 2);
    CHECK(list.events[0].userdata == 2);
    CHECK(list.events[1].userdata == 3);
}

#include "riser/wasi/context.hpp"
#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <ctime>
#include <string>

using riser::wasi::errc;

namespace {

constexpr std::uint32_t realtime = 0;
constexpr std::uint32_t monotonic = 1;
constexpr std::uint32_t clocks = 4; ///< with those of the process's and the thread's CPU time

std::uint64_t now(test::guest& guest, std::uint32_t clock) {
    const std::uint32_t at = guest.allocate(8);
    REQUIRE(guest.call("clock_time_get", clock, 1, at) == errc::success);
    return guest.load<std::uint64_t>(at);
}

} // namespace

TEST_CASE("all four clocks tell a time that does not go back, and a resolution") {
    test::guest guest{riser::wasi::options()};
    for (std::uint32_t clock = 0; clock < clocks; ++clock) {
        CAPTURE(clock);
        const std::uint64_t before = now(guest, clock);
        CHECK(now(guest, clock) >= before);
        const std::uint32_t at = guest.allocate(8);
        CHECK(guest.call("clock_res_get", clock, at) == errc::success);
        CHECK(guest.load<std::uint64_t>(at) > 0);
        CHECK(guest.load<std::uint64_t>(at) <= 1'000'000'000);
    }
}

TEST_CASE("the real time is in nanoseconds since 1970") {
    test::guest guest{riser::wasi::options()};
    const auto seconds = static_cast<std::uint64_t>(std::time(nullptr));
    CHECK(now(guest, realtime) / 1'000'000'000 >= seconds - 1);
    CHECK(now(guest, realtime) / 1'000'000'000 <= seconds + 60);
}

TEST_CASE("monotonic time goes on") {
    test::guest guest{riser::wasi::options()};
    const std::uint64_t before = now(guest, monotonic);
    std::uint64_t after = before;
    for (int i = 0; i < 1'000'000 && after == before; ++i) {
        const std::uint32_t at = 16;
        REQUIRE(guest.call("clock_time_get", monotonic, 1, at) == errc::success);
        after = guest.load<std::uint64_t>(at);
    }
    CHECK(after > before);
}

TEST_CASE("clocks that there are not are invalid") {
    test::guest guest{riser::wasi::options()};
    const std::uint32_t at = guest.allocate(8);
    for (const std::uint32_t clock : {clocks, 0xffff'ffffU}) {
        CHECK(guest.call("clock_time_get", clock, 1, at) == errc::inval);
        CHECK(guest.call("clock_res_get", clock, at) == errc::inval);
    }
}

TEST_CASE("an embedder's clock tells the time") {
    riser::wasi::clock_source clock;
    clock.now = [](riser::wasi::clock_id id) { return 1000 + static_cast<std::uint64_t>(id); };
    clock.wait = [](std::uint64_t) {};
    clock.resolution = 7;
    test::guest guest(riser::wasi::options().clock(clock));
    for (std::uint32_t id = 0; id < clocks; ++id) {
        CHECK(now(guest, id) == 1000 + id);
        const std::uint32_t at = guest.allocate(8);
        CHECK(guest.call("clock_res_get", id, at) == errc::success);
        CHECK(guest.load<std::uint64_t>(at) == 7);
    }
    CHECK(guest.call("clock_time_get", clocks, 1, 0) == errc::inval);
}

TEST_CASE("an embedder's clock needs a way to wait") {
    riser::wasi::clock_source clock;
    clock.now = [](riser::wasi::clock_id) { return std::uint64_t{0}; };
    const auto made = riser::wasi::context::try_create(riser::wasi::options().clock(clock));
    REQUIRE(!made);
    CHECK(std::string(made.error().what()) == "a clock_source needs both functions, now and wait");
}

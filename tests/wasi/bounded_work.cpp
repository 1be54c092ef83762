// What one call does in the host is bounded: its steps are charged, and an interrupt ends it between two of them.
#include "riser/error.hpp"
#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include <unistd.h>

using riser::trap_kind;
using riser::wasi::errc;
using riser::wasi::options;

namespace {

/// What opening a directory on the way costs, or the attempt to read a link.
constexpr std::uint64_t operators_per_step = 64;
constexpr std::uint64_t most_steps = 1U << 17U;
constexpr std::uint64_t plenty = 1'000'000'000;

/// The test of looks at the interrupt: they come before this many steps, and the function's other costs.
constexpr std::uint64_t steps_until_look = 64;

std::string repeated(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

/// Directories named `a` in one another, 4,080 deep. The link `l` leads to the deepest in two hops. There `l`, `m` and `n` go
/// up 65 directories and down again, 12 times, and then to the next of them; the last goes to a file.
class deep_directory {
public:
    static constexpr int hop = 2040;
    static constexpr int depth = 2 * hop;
    static constexpr int returns = 12;

    explicit deep_directory(std::string_view churning_links) {
        host_.write("file", "content");
        host_.make_directory("a");
        host_.write("a/file", "content");
        const std::string churn = repeated(repeated("../", 65) + repeated("a/", 65), returns);
        for (std::size_t i = 0; i < churning_links.size(); ++i) {
            const std::string_view next = i + 1 < churning_links.size() ? churning_links.substr(i + 1, 1) : "file";
            host_.make_link(churn + std::string(next), "a/" + std::string(churning_links.substr(i, 1)));
        }
        wrap(hop);
        const std::string hop_down = repeated("a/", hop) + "l";
        host_.make_link(hop_down, "a/l");
        wrap(hop - 1);
        host_.make_link(hop_down, "l");
    }
    ~deep_directory() {
        // From the top: no path is longer than the system takes.
        for (int i = 1; i < depth; ++i) {
            ::unlink(host_.path("a/l").c_str());
            ::rename(host_.path("a/a").c_str(), host_.path("b").c_str());
            ::rmdir(host_.path("a").c_str());
            ::rename(host_.path("b").c_str(), host_.path("a").c_str());
        }
    }
    deep_directory(const deep_directory&) = delete;
    deep_directory& operator=(const deep_directory&) = delete;

    const std::string& path() const { return host_.path(); }

private:
    void wrap(int times) const {
        for (int i = 0; i < times; ++i) {
            host_.make_directory("b");
            REQUIRE(::rename(host_.path("a").c_str(), host_.path("b/a").c_str()) == 0);
            REQUIRE(::rename(host_.path("b").c_str(), host_.path("a").c_str()) == 0);
        }
    }

    test::temporary_directory host_;
};

/// A guest of it, which asks what a path leads to.
struct walking_guest {
    test::guest guest;
    std::uint32_t place = guest.allocate(64);

    explicit walking_guest(const deep_directory& host) : guest(options().preopen(host.path(), ".")) {}

    riser::result<std::uint32_t> walk(std::string_view path, std::uint64_t fuel = plenty) {
        const test::guest_text text = guest.put(path);
        guest.set_fuel(fuel);
        return guest.call_with("path_filestat_get", {3, test::follow, text.at, text.size, place});
    }
};

} // namespace

TEST_CASE("bounded work: each directory on a path's way is charged, those that are opened again, too") {
    const deep_directory host("l");
    walking_guest with(host);
    CHECK(with.walk("file").value() == 0);
    const std::uint64_t for_one_step = plenty - with.guest.fuel();
    CHECK(with.walk("l").value() == 0);
    const std::uint64_t fuel = plenty - with.guest.fuel();
    // A return goes up 65 directories, where all but 65 of the way are opened again, and down again; the links and the file
    // are tried as links.
    constexpr std::uint64_t steps = deep_directory::depth + deep_directory::returns * (deep_directory::depth + 1) + 4;
    CHECK(fuel - for_one_step == operators_per_step * (steps - 1));
}

TEST_CASE("bounded work: a path ends where there is no fuel left") {
    const deep_directory host("l");
    walking_guest with(host);
    const auto outcome = with.walk("l", 20 * operators_per_step);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().as<riser::trap>()->kind() == trap_kind::out_of_fuel);
    CHECK(with.guest.fuel() == 0);
}

TEST_CASE("bounded work: an interrupt ends a path on the way") {
    const deep_directory host("l");
    walking_guest with(host);
    const test::guest_text text = with.guest.put("l");
    with.guest.set_fuel(plenty);
    CHECK(with.guest.interrupted_within("path_filestat_get", {3, test::follow, text.at, text.size, with.place}) ==
          trap_kind::interrupted);
    CHECK(plenty - with.guest.fuel() <= operators_per_step * steps_until_look);
}

TEST_CASE("bounded work: a path that goes back and forth for long is a loop") {
    const deep_directory host("lmn");
    walking_guest with(host);
    CHECK(with.walk("l").value() == static_cast<std::uint32_t>(errc::loop));
    CHECK(plenty - with.guest.fuel() <= operators_per_step * (most_steps + 1));
}

TEST_CASE("bounded work: a directory's entries are read until the fuel ends, or an interrupt comes") {
    constexpr std::uint64_t operators_per_entry = 16;
    constexpr std::uint64_t entries_until_look = 128;
    const test::temporary_directory host;
    for (int i = 0; i < 1000; ++i) {
        host.make_link("x", std::to_string(i));
    }
    test::guest guest(options().preopen(host.path(), "."));
    const std::uint32_t place = guest.allocate(64);
    const auto used = [&] { return plenty - guest.fuel(); };

    guest.set_fuel(plenty);
    CHECK(guest.call("fd_readdir", 3, place, 32, 0, place + 32) == errc::success);
    CHECK(used() >= 1002 * operators_per_entry);

    guest.set_fuel(plenty);
    CHECK(guest.interrupted_within("fd_readdir", {3, place, 32, 0, place + 32}) == trap_kind::interrupted);
    CHECK(used() <= operators_per_entry * entries_until_look);

    guest.set_fuel(100 * operators_per_entry);
    const auto outcome = guest.call_with("fd_readdir", {3, place, 32, 0, place + 32});
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().as<riser::trap>()->kind() == trap_kind::out_of_fuel);
}

TEST_CASE("bounded work: an interrupt ends a scan of many timers") {
    constexpr std::uint32_t timers = 1000;
    constexpr std::uint32_t monotonic = 1;
    constexpr std::uint32_t timers_until_look = 64;
    // Relative timers ask the clock when they are added; then it is asked for each to wait, and for each after that.
    for (const bool is_absolute : {false, true}) {
        for (std::uint32_t scan = 0; scan < (is_absolute ? 2U : 3U); ++scan) {
            CAPTURE(is_absolute);
            CAPTURE(scan);
            std::uint32_t asked = 0;
            const std::uint32_t asked_in_time = scan * timers + 10;
            std::optional<riser::interrupt_handle> handle;
            test::guest guest(options().clock({.now =
                                                   [&](riser::wasi::clock_id) {
                                                       if (++asked == asked_in_time) {
                                                           handle->interrupt();
                                                       }
                                                       return std::uint64_t{1};
                                                   },
                                               .wait = [](std::uint64_t) {}}));
            handle = guest.interrupt_handle();
            const std::uint32_t subscriptions = guest.allocate(48 * timers);
            for (std::uint32_t i = 0; i < timers; ++i) {
                guest.store(subscriptions + 48 * i + 16, monotonic);
                guest.store(subscriptions + 48 * i + 24, std::uint64_t{1000});
                guest.store(subscriptions + 48 * i + 40, static_cast<std::uint16_t>(is_absolute ? 1 : 0));
            }
            const std::uint32_t events = guest.allocate(32 * timers + 4);
            const auto outcome = guest.call_with("poll_oneoff", {subscriptions, events, timers, events + 32 * timers});
            REQUIRE_FALSE(outcome);
            CHECK(outcome.error().as<riser::trap>()->kind() == trap_kind::interrupted);
            CHECK(asked <= asked_in_time + timers_until_look);
        }
    }
}

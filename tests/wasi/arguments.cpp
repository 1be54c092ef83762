#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

/// What args_get or environ_get gives.
std::vector<std::string> strings(test::guest& guest, const std::string& family) {
    const std::uint32_t sizes = guest.allocate(8);
    REQUIRE(guest.call(family + "_sizes_get", sizes, sizes + 4) == test::errc::success);
    const auto count = guest.load<std::uint32_t>(sizes);
    const auto bytes = guest.load<std::uint32_t>(sizes + 4);
    const std::uint32_t pointers = guest.allocate(4 * count);
    const std::uint32_t buffer = guest.allocate(bytes);
    REQUIRE(guest.call(family + "_get", pointers, buffer) == test::errc::success);
    std::vector<std::string> found;
    std::uint32_t total = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto at = guest.load<std::uint32_t>(pointers + 4 * i);
        CHECK(at == buffer + total);
        std::string text;
        for (std::uint32_t k = at; guest.load<char>(k) != '\0'; ++k) {
            text += guest.load<char>(k);
        }
        total += static_cast<std::uint32_t>(text.size()) + 1;
        found.push_back(text);
    }
    CHECK(total == bytes);
    return found;
}

} // namespace

TEST_CASE("a guest gets its arguments") {
    test::guest guest(riser::wasi::options().argument("program").arguments({"-x", "", "häß"}));
    CHECK(strings(guest, "args") == std::vector<std::string>{"program", "-x", "", "häß"});
}

TEST_CASE("a guest without arguments gets none") {
    test::guest guest{riser::wasi::options()};
    CHECK(strings(guest, "args").empty());
    CHECK(strings(guest, "environ").empty());
}

TEST_CASE("a guest gets the environment that was stated, the last value of a name") {
    test::guest guest(riser::wasi::options()
                          .environment("A", "1")
                          .environment("AB", "x=y")
                          .environment("A", "2")
                          .environment("E", ""));
    CHECK(strings(guest, "environ") == std::vector<std::string>{"AB=x=y", "A=2", "E="});
}

TEST_CASE("a guest can get the environment of the process") {
    ::setenv("RISER_WASI_TEST", "there", 1);
    test::guest guest(riser::wasi::options().inherit_environment());
    const std::vector<std::string> found = strings(guest, "environ");
    CHECK(std::count(found.begin(), found.end(), "RISER_WASI_TEST=there") == 1);
}

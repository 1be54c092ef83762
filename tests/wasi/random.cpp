#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>

using riser::wasi::errc;

TEST_CASE("random bytes fill the buffer and nothing else") {
    test::guest guest{riser::wasi::options()};
    for (const std::uint32_t size : {0U, 1U, 255U, 256U, 257U, 100'000U}) {
        CAPTURE(size);
        const std::uint32_t at = guest.put(std::string(size + 2, '\0')).at;
        CHECK(guest.call("random_get", at + 1, size) == errc::success);
        CHECK(guest.load<char>(at) == '\0');
        CHECK(guest.load<char>(at + 1 + size) == '\0');
        if (size >= 255) {
            const std::string text = guest.text(at + 1, size);
            CHECK(std::count(text.begin(), text.end(), '\0') < static_cast<std::ptrdiff_t>(size / 3));
            CHECK(text.substr(size - 16) != std::string(16, '\0'));
        }
    }
}

TEST_CASE("random bytes differ from call to call") {
    test::guest guest{riser::wasi::options()};
    const std::uint32_t at = guest.allocate(32);
    CHECK(guest.call("random_get", at, 16) == errc::success);
    CHECK(guest.call("random_get", at + 16, 16) == errc::success);
    CHECK(guest.text(at, 16) != guest.text(at + 16, 16));
}

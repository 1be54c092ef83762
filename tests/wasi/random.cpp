#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
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

TEST_CASE("random bytes come from the embedder's source where there is one") {
    std::uint8_t next = 1;
    test::guest guest(riser::wasi::options().random([&next](std::span<std::byte> bytes) {
        for (std::byte& byte : bytes) {
            byte = static_cast<std::byte>(next++);
        }
    }));
    const std::uint32_t at = guest.put(std::string(6, '\0')).at;
    CHECK(guest.call("random_get", at + 1, 3) == errc::success);
    CHECK(guest.call("random_get", at + 4, 1) == errc::success);
    CHECK(guest.text(at, 6) == std::string("\0\1\2\3\4\0", 6));
    CHECK(guest.call("random_get", 0xffff'fff0U, 100) == errc::fault);
    CHECK(next == 5);
}

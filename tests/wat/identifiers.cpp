#include "riser/wat/detail/identifier_map.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

using riser::wat::detail::identifier_map;

namespace {

/// Names of sixteen bytes that have one hash in scope 0, made with what the hash is made with.
std::vector<std::string> colliding_names(unsigned count) {
    constexpr std::uint64_t factor = 0x9e37'79b9'7f4a'7c15;
    const std::uint64_t start = std::rotl(16 * factor, 29);
    std::vector<std::string> names;
    for (std::uint64_t first = 0; first < count; ++first) {
        const std::uint64_t second = std::rotl((start ^ first) * factor, 29);
        std::string name;
        for (unsigned i = 0; i < 16; ++i) {
            name += static_cast<char>((i < 8 ? first : second) >> (8 * (i % 8)));
        }
        names.push_back(name);
    }
    return names;
}

} // namespace

TEST_CASE("identifiers are found again, each in its scope") {
    identifier_map map;
    std::vector<std::string> names;
    for (unsigned i = 0; i < 10'000; i++) {
        names.push_back("a name with a number behind it, " + std::to_string(i));
    }
    for (unsigned i = 0; i < names.size(); i++) {
        REQUIRE(map.insert(i % 3, names[i], i));
        REQUIRE_FALSE(map.insert(i % 3, names[i], i + 1));
    }
    for (unsigned i = 0; i < names.size(); i++) {
        const std::uint32_t* const found = map.find(i % 3, names[i]);
        REQUIRE(found != nullptr);
        REQUIRE(*found == i);
        REQUIRE(map.find((i + 1) % 3, names[i]) == nullptr);
    }
    map.clear();
    CHECK(map.find(0, names[0]) == nullptr);
    CHECK(map.insert(0, names[0], 7));
}

TEST_CASE("identifiers that were chosen to collide are found like others") {
    const std::vector<std::string> names = colliding_names(300'000); // 4.5 * 10^10 comparisons if all were probed
    identifier_map map;
    for (std::uint32_t i = 0; i < names.size(); i++) {
        REQUIRE(map.insert(0, names[i], i));
    }
    for (std::uint32_t i = 0; i < names.size(); i++) {
        REQUIRE_FALSE(map.insert(0, names[i], i + 1));
        const std::uint32_t* const found = map.find(0, names[i]);
        REQUIRE(found != nullptr);
        REQUIRE(*found == i);
    }
    map.clear();
    CHECK(map.find(0, names.back()) == nullptr);
}

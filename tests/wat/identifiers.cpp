#include "riser/wat/detail/identifier_map.hpp"
#include "riser/wat/detail/memory.hpp"
#include "support/failing_allocator.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

using riser::core::wasm::diagnostics;
using riser::wat::detail::identifier_map;
using riser::wat::detail::text_memory;

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
    diagnostics errors;
    const text_memory memory(riser::core::host_allocator, errors);
    identifier_map map(memory);
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
    diagnostics errors;
    const text_memory memory(riser::core::host_allocator, errors);
    identifier_map map(memory);
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

TEST_CASE("identifiers that there is no memory for are missing, and that is reported") {
    const std::vector<std::string> names = colliding_names(100); // in the table and in the tree
    const auto report = test::fail_each_allocation([&](test::failing_allocator& source) {
        diagnostics errors;
        const text_memory memory(source.interface(), errors);
        identifier_map map(memory);
        std::size_t missing = 0;
        for (std::uint32_t i = 0; i < names.size(); i++) {
            static_cast<void>(map.insert(0, names[i], i));
            missing += map.find(0, names[i]) == nullptr ? 1 : 0;
        }
        if (errors.ok()) {
            return missing == 0 ? test::attempt_result::as_usual : test::attempt_result::wrong;
        }
        return missing <= 1 ? test::attempt_result::refused : test::attempt_result::wrong;
    });
    CHECK(report.is_good());
    CHECK(report.refused > 60);
}

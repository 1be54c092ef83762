#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/intrusive_set.hpp"
#include "riser/core/base/owner.hpp"
#include "riser/core/base/vector.hpp"
#include "support/failing_allocator.hpp"
#include "support/sanitizers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

// The core's own containers and algorithms do what the standard's do.

namespace {

using riser::core::vector;

/// Counts how many of it there are.
struct counted {
    explicit counted(int& living_, std::string text_ = "a text that is longer than what a string holds in place")
        : living(&living_), text(std::move(text_)) {
        ++*living;
    }
    counted(const counted& other) : living(other.living), text(other.text) { ++*living; }
    counted(counted&& other) noexcept : living(other.living), text(std::move(other.text)) { ++*living; }
    counted& operator=(const counted&) = default;
    counted& operator=(counted&&) = default;
    ~counted() { --*living; }

    int* living;
    std::string text;
};

TEST_CASE("a vector grows, keeps its elements, and takes copies of its own") {
    vector<std::string> texts;
    texts.push_back("the first text, which does not fit into the string itself");
    for (std::size_t i = 1; i < 100; ++i) {
        texts.push_back(texts[i - 1]); // while it may move
    }
    CHECK(texts.size() == 100);
    CHECK(texts.capacity() >= 100);
    CHECK(std::all_of(texts.begin(), texts.end(), [&](const std::string& text) { return text == texts.front(); }));
    texts.insert(0, "new");
    texts.insert(101, "last");
    texts.insert(1, "second");
    CHECK(texts.front() == "new");
    CHECK(texts[1] == "second");
    CHECK(texts.back() == "last");
    CHECK(texts[2] == texts[101]);
}

TEST_CASE("a vector's elements are destroyed once, however they leave it") {
    int living = 0;
    {
        vector<counted> some;
        for (int i = 0; i < 10; ++i) {
            some.push_back(counted(living));
        }
        CHECK(living == 10);
        some.pop_back();
        CHECK(living == 9);
        vector<counted> copy = some;
        CHECK(living == 18);
        CHECK(copy[8].text == some[8].text);
        const vector<counted> moved = std::move(copy);
        CHECK(living == 18);
        CHECK(moved.size() == 9);
        some = moved;
        CHECK(living == 18);
        some.clear();
        CHECK(living == 9);
        some.append(moved.begin() + 2, moved.begin() + 5);
        CHECK(living == 12);
    }
    CHECK(living == 0);
    {
        riser::core::owner<counted> first(new counted(living));
        riser::core::owner<counted> second = std::move(first);
        CHECK(first.get() == nullptr);
        CHECK(living == 1);
        second = riser::core::owner<counted>(new counted(living));
        CHECK(living == 1);
    }
    CHECK(living == 0);
}

TEST_CASE("a vector whose element cannot be copied leaves nothing behind") {
    struct fragile {
        explicit fragile(int& living_) : living(&living_) { ++*living; }
        fragile(const fragile& other) : living(other.living) {
            if (*living == 5) {
                throw std::bad_alloc();
            }
            ++*living;
        }
        fragile(fragile&& other) noexcept : living(other.living) { ++*living; }
        ~fragile() { --*living; }
        int* living;
    };
    int living = 0;
    {
        vector<fragile> some;
        for (int i = 0; i < 3; ++i) {
            some.push_back(fragile(living));
        }
        CHECK_THROWS_AS(vector<fragile>(some.begin(), some.end()), std::bad_alloc);
        CHECK(living == 3);
    }
    CHECK(living == 0);
}

TEST_CASE("what a vector is resized to is made by the element's constructor") {
    struct pair {
        std::uint32_t first = 7;
        std::uint32_t second = 0;
    };
    vector<pair> pairs(2);
    pairs[1].first = 1;
    pairs.resize(1);
    pairs.resize(3);
    CHECK(pairs[0].first == 7);
    CHECK(pairs[1].first == 7);
    CHECK(pairs[2].second == 0);
    vector<std::uint8_t> bytes;
    bytes.append(3, 1);
    bytes.resize(5);
    CHECK(bytes == vector<std::uint8_t>{1, 1, 1, 0, 0});
    CHECK_FALSE(bytes == vector<std::uint8_t>{1, 1, 1, 0});
}

TEST_CASE("a vector that cannot grow throws and is as before") {
    if (test::is_sanitized) {
        return; // there operator new ends the program instead
    }
    vector<std::uint64_t> words{1, 2, 3};
    CHECK_THROWS_AS(words.reserve(SIZE_MAX / 8 + 2), std::bad_alloc); // times 8 wraps to little
    CHECK_FALSE(words.try_reserve(SIZE_MAX / 8 + 2));
    CHECK_FALSE(words.try_resize(SIZE_MAX / 8 + 2));
    CHECK(words == vector<std::uint64_t>{1, 2, 3});
}

TEST_CASE("positions are sorted by what is at them") {
    std::mt19937 random(1);
    for (std::size_t size = 0; size < 200; ++size) {
        std::vector<std::uint32_t> values(size);
        for (std::uint32_t& value : values) {
            value = random() % 64; // some are equal
        }
        const riser::core::position_order order = [](const void* context, std::uint32_t a, std::uint32_t b) {
            const auto& all = *static_cast<const std::vector<std::uint32_t>*>(context);
            return all[a] < all[b];
        };
        const vector<std::uint32_t> positions = riser::core::sort_positions(size, order, &values);
        REQUIRE(positions.size() == size);
        std::vector<std::uint32_t> sorted;
        for (const std::uint32_t position : positions) {
            sorted.push_back(values[position]);
        }
        std::sort(values.begin(), values.end());
        CHECK(sorted == values);
        const std::size_t at = riser::core::partition_point(size, [&](std::size_t i) { return values[i] < 32; });
        CHECK(at == static_cast<std::size_t>(std::lower_bound(values.begin(), values.end(), 32U) - values.begin()));
    }
}

struct counted_number : riser::core::set_node {
    std::uint64_t number = 0;

    /// `context` counts how often.
    static bool is_before(const void* context, const set_node& a, const set_node& b) {
        ++*static_cast<std::size_t*>(const_cast<void*>(context));
        return static_cast<const counted_number&>(a).number < static_cast<const counted_number&>(b).number;
    }
};

/// The i-th number in one of several orders.
std::uint64_t number_in_order(int order, std::uint64_t i, std::uint64_t count) {
    switch (order) {
    case 0: return i;
    case 1: return count - i;
    case 2: return i % 2 == 0 ? i : 2 * count - i;
    default: return i * 0x9e3779b97f4a7c15U >> 40U;
    }
}

using hasher = std::uint32_t (*)(std::uint64_t);
std::uint32_t same_for_all(std::uint64_t) { return 7; }
std::uint32_t same_for_four(std::uint64_t number) {
    return static_cast<std::uint32_t>(riser::core::mix_hash(0, number / 4));
}
std::uint32_t in_one_bucket(std::uint64_t number) { return static_cast<std::uint32_t>(number) << 12U; }

/// Adds and removes `count` numbers in several orders. \returns the comparisons that took most.
std::size_t worst_step(std::uint64_t count, hasher hash, const riser::core::allocator& source) {
    std::size_t worst = 0;
    for (const int added : {0, 1, 2, 3}) {
        for (const int removed : {0, 1, 2, 3}) {
            CAPTURE(added);
            CAPTURE(removed);
            std::size_t comparisons = 0;
            riser::core::intrusive_set set(source, &counted_number::is_before, &comparisons);
            std::vector<counted_number> nodes(count);
            const auto step = [&](const auto& what) {
                comparisons = 0;
                what();
                worst = std::max(worst, comparisons);
            };
            const auto is_found = [&](const counted_number& node) {
                counted_number wanted;
                wanted.number = node.number;
                wanted.hash = node.hash;
                return set.find(wanted) == &node;
            };
            for (std::uint64_t i = 0; i < count; ++i) {
                nodes[i].number = number_in_order(added, i, count);
                nodes[i].hash = hash(nodes[i].number);
                step([&] { CHECK(set.find(nodes[i]) == nullptr); });
                // While buckets are made anew, as much is compared as there are elements; that is rare.
                set.add(nodes[i]);
            }
            CHECK(std::all_of(nodes.begin(), nodes.end(), is_found));
            // The first half goes, comes back, and goes again with the others.
            std::vector<std::size_t> order(count);
            std::iota(order.begin(), order.end(), std::size_t{0});
            std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
                return number_in_order(removed, a, count) < number_in_order(removed, b, count);
            });
            for (std::size_t i = 0; i < count / 2; ++i) {
                set.remove(nodes[order[i]]);
            }
            for (std::size_t i = 0; i < count; ++i) {
                step([&] { CHECK(is_found(nodes[order[i]]) == (i >= count / 2)); });
            }
            for (std::size_t i = 0; i < count / 2; ++i) {
                set.add(nodes[order[i]]);
            }
            CHECK(std::all_of(nodes.begin(), nodes.end(), is_found));
            for (std::size_t i = 0; i < count; ++i) {
                set.remove(nodes[order[i]]);
                CHECK_FALSE(is_found(nodes[order[i]]));
            }
        }
    }
    return worst;
}

TEST_CASE(
    "a set finds what equals, whatever the order of additions and removals, in logarithmic time whatever the hashes") {
    // The height of a tree is at most twice the logarithm of the size.
    CHECK(worst_step(4096, same_for_all, riser::core::host_allocator) <= 2 * 12 + 2);
    // Those of other hashes are not asked.
    CHECK(worst_step(4096, same_for_four, riser::core::host_allocator) <= 2 * 3);
    CHECK(worst_step(4096, in_one_bucket, riser::core::host_allocator) <= 2);
}

TEST_CASE("a set without memory for buckets still finds everything") {
    riser::core::allocator nothing;
    nothing.allocate = [](void*, std::size_t, std::size_t) -> void* { return nullptr; };
    CHECK(worst_step(1000, same_for_four, nothing) <= 2 * 3);
}

TEST_CASE("a set's buckets are as many as it needs: adding and removing takes constant time for each, on average") {
    for (const std::uint64_t count : {std::uint64_t{20'000}, std::uint64_t{40'000}}) {
        test::failing_allocator source;
        const riser::core::allocator interface = source.interface();
        std::size_t comparisons = 0;
        riser::core::intrusive_set set(interface, &counted_number::is_before, &comparisons);
        std::vector<counted_number> nodes(count);
        for (std::uint64_t i = 0; i < count; ++i) {
            nodes[i].number = i;
            nodes[i].hash = same_for_four(i);
            set.add(nodes[i]);
            CHECK(source.bytes() <= 2 * sizeof(void*) * std::max<std::size_t>(i + 1, 64));
        }
        for (std::uint64_t i = 0; i < count; ++i) {
            set.remove(nodes[i]);
            CHECK(source.bytes() <= 16 * sizeof(void*) * std::max<std::size_t>(count - i, 64));
        }
        CHECK(source.blocks() == 0);
        CHECK(source.mistaken() == 0);
        CHECK(comparisons <= 30 * count);
    }
}

} // namespace

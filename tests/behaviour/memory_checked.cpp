#include "riser/memory_policy/bounds_checking.hpp"

#include "support/moving_policy.hpp"
#include "support/process.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <thread>
#include <vector>

namespace {

namespace memory = riser::core::memory;
using memory::address_space;
using memory::linear_memory;
using memory::memory_mode;
using memory::memory_request;
using memory::memory_source;
using riser::memory_policy::bounds_checking;

constexpr std::uint64_t page = 65536;

memory_request pages(std::uint64_t min, std::optional<std::uint64_t> max = std::nullopt) {
    return memory::request_memory(min, max, false, false, 16, true);
}

bool is_zero(const linear_memory& memory, std::uint64_t from = 0) {
    const std::uint64_t count = memory.bytes - from;
    const std::byte* const begin = memory.base + from;
    return count == 0 || (*begin == std::byte{0} && std::memcmp(begin, begin + 1, count - 1) == 0);
}

/// An allocator that counts, checks what it gets back, and fails beyond a limit. Not thread-safe.
struct counting {
    std::size_t limit = std::numeric_limits<std::size_t>::max();
    std::size_t held = 0;
    std::size_t reallocations = 0;
    bool is_consistent = true;
    std::map<void*, std::size_t> blocks;

    riser::core::allocator as_allocator(bool can_reallocate) {
        riser::core::allocator result;
        result.user = this;
        result.allocate = [](void* user, std::size_t bytes, std::size_t alignment) -> void* {
            auto& self = *static_cast<counting*>(user);
            if (bytes > self.limit - self.held) {
                return nullptr;
            }
            void* const block = riser::core::heap::allocate(nullptr, bytes, alignment);
            self.is_consistent &= bytes != 0;
            self.held += bytes;
            self.blocks[block] = bytes;
            return block;
        };
        result.deallocate = [](void* user, void* block, std::size_t bytes, std::size_t alignment) {
            auto& self = *static_cast<counting*>(user);
            self.is_consistent &= self.blocks.count(block) == 1 && self.blocks[block] == bytes;
            self.held -= bytes;
            self.blocks.erase(block);
            riser::core::heap::deallocate(nullptr, block, bytes, alignment);
        };
        result.reallocate = nullptr;
        if (can_reallocate) {
            result.reallocate = [](void* user, void* block, std::size_t old_bytes, std::size_t bytes,
                                   std::size_t alignment) -> void* {
                auto& self = *static_cast<counting*>(user);
                if (bytes - old_bytes > self.limit - self.held) {
                    return nullptr;
                }
                self.is_consistent &= self.blocks.count(block) == 1 && self.blocks[block] == old_bytes;
                self.blocks.erase(block);
                void* const longer = riser::core::heap::reallocate(nullptr, block, old_bytes, bytes, alignment);
                std::memset(static_cast<std::byte*>(longer) + old_bytes, 0xa5, bytes - old_bytes);
                self.held += bytes - old_bytes;
                self.blocks[longer] = bytes;
                ++self.reallocations;
                return longer;
            };
        }
        return result;
    }
};

} // namespace

TEST_CASE("memory: a request says in bytes what a type says in pages") {
    CHECK(pages(1, 2).min_bytes == page);
    CHECK(pages(1, 2).max_bytes == 2 * page);
    CHECK(pages(0).max_bytes == std::uint64_t{1} << 32U);
    CHECK(pages(65537).min_bytes > pages(65537).max_bytes);
    CHECK(memory::request_memory(3, std::nullopt, false, false, 0, true).min_bytes == 3);
    CHECK(memory::request_memory(3, std::nullopt, false, false, 0, true).max_bytes == 0xffffffffU);
    const auto huge = memory::request_memory(std::uint64_t{1} << 48U, std::nullopt, true, false, 16, true);
    CHECK(huge.min_bytes > huge.max_bytes);
    CHECK(huge.max_bytes == std::numeric_limits<std::uint64_t>::max() - (page - 1));
    const auto half = memory::request_memory(0, std::uint64_t{1} << 47U, true, false, 16, true);
    CHECK(half.max_bytes == std::uint64_t{1} << 63U);
}

TEST_CASE("memory: an empty memory holds nothing and has a base") {
    counting source;
    address_space space(source.as_allocator(true));
    linear_memory memory;
    REQUIRE(bounds_checking::make(space, pages(0, 1), memory));
    CHECK(source.held == 0);
    CHECK(memory.base != nullptr);
    CHECK(memory.bytes == 0);
    CHECK(memory.mode == memory_mode::bounds_checking);
    CHECK(bounds_checking::grow(space, memory, 0));
    REQUIRE(bounds_checking::grow(space, memory, page));
    CHECK(is_zero(memory));
    CHECK_FALSE(bounds_checking::grow(space, memory, 2 * page));
    CHECK(memory.bytes == page);
    bounds_checking::destroy(space, memory);
    CHECK(memory.base == nullptr);
}

TEST_CASE("memory: sizes that no machine has fail and change nothing") {
    address_space space;
    linear_memory memory;
    const auto with = [&](std::uint64_t min, bool is_shared) {
        return bounds_checking::make(space, memory::request_memory(min, std::nullopt, true, is_shared, 16, true),
                                     memory);
    };
    CHECK_FALSE(with(std::uint64_t{1} << 48U, false));
    CHECK_FALSE(with((std::uint64_t{1} << 48U) - 1, false));
    CHECK_FALSE(with(std::uint64_t{1} << 47U, false));
    CHECK_FALSE(with(std::uint64_t{1} << 40U, false));
    CHECK_FALSE(with(1, true)); // its maximum is all there is
    CHECK_FALSE(bounds_checking::make(space, pages(2, 1), memory));
    CHECK(memory.base == nullptr);
    REQUIRE(with(1, false));
    memory.base[5] = std::byte{7};
    for (const std::uint64_t target : {std::numeric_limits<std::uint64_t>::max(), memory.max_bytes,
                                       std::uint64_t{1} << 63U, std::uint64_t{1} << 62U, std::uint64_t{1} << 50U}) {
        CHECK_FALSE(bounds_checking::grow(space, memory, target));
    }
    CHECK_FALSE(bounds_checking::grow(space, memory, 0)); // memories do not shrink
    CHECK(memory.bytes == page);
    CHECK(memory.base[5] == std::byte{7});
    bounds_checking::destroy(space, memory);
    CHECK(space.statistics().block_bytes == 0);
}

TEST_CASE("memory: where memory lies depends on its size") {
    address_space space;
    const auto source_of = [&](std::uint64_t bytes, std::uint8_t page_size_log2) {
        linear_memory memory;
        REQUIRE(bounds_checking::make(
            space, memory::request_memory(bytes >> page_size_log2, std::nullopt, false, false, page_size_log2, true),
            memory));
        CHECK(memory.reserved >= memory.bytes);
        CHECK(reinterpret_cast<std::uintptr_t>(memory.base) % 16 == 0);
        const memory_source result = memory.source;
        bounds_checking::destroy(space, memory);
        return result;
    };
    CHECK(source_of(1, 0) == memory_source::block);
    CHECK(source_of(32768, 0) == memory_source::block);
    CHECK(source_of(32769, 0) == memory_source::arena);
    CHECK(source_of(page, 16) == memory_source::arena);
    CHECK(source_of(32 * page, 16) == memory_source::arena);
    CHECK(source_of(33 * page, 16) == memory_source::block);
}

namespace {

/// Whether memory is zero that another memory has held before.
template <class Policy>
bool fresh_memory_is_zero(std::uint64_t count) {
    address_space space;
    bool result = true;
    for (int round = 0; round < 3; ++round) {
        linear_memory memories[4];
        for (linear_memory& memory : memories) {
            REQUIRE(Policy::make(space, pages(count), memory));
            result = result && is_zero(memory);
            std::memset(memory.base, 0xee, memory.bytes);
            const std::uint64_t before = memory.bytes;
            REQUIRE(Policy::grow(space, memory, before + page));
            result = result && is_zero(memory, before);
            std::memset(memory.base, 0xee, memory.bytes);
        }
        for (linear_memory& memory : memories) {
            Policy::destroy(space, memory);
        }
    }
    return result;
}

/// A policy that forgets to clear what it lends again.
struct leaky : bounds_checking {
    static inline std::byte pool[8][8 * page];
    static bool make(address_space& space, const memory_request& request, linear_memory& memory) noexcept {
        const bool done = bounds_checking::make(space, request, memory);
        memory.owner = nullptr;
        memory.source = memory_source::custom;
        memory.reserved = 8 * page;
        memory.base = pool[space.statistics().checked_memories % 8];
        return done;
    }
    static bool grow(address_space&, linear_memory& memory, std::uint64_t bytes) noexcept {
        memory.bytes = bytes;
        return true;
    }
    static void destroy(address_space&, linear_memory& memory) noexcept { memory = {}; }
};

} // namespace

TEST_CASE("memory: what a memory has held is not seen by the next") {
    for (const std::uint64_t count : {0U, 1U, 3U, 20U, 31U, 40U}) {
        CAPTURE(count);
        CHECK(fresh_memory_is_zero<bounds_checking>(count));
        CHECK(fresh_memory_is_zero<test::moving>(count));
    }
    CHECK_FALSE(fresh_memory_is_zero<leaky>(1)); // the check would notice
}

namespace {

struct growth {
    bool is_linear = true; ///< few moves
    bool is_tight = true;  ///< little slack
};

template <class Policy>
growth grow_page_by_page(std::uint64_t count, const riser::core::allocator& source = {}) {
    address_space space(source);
    linear_memory memory;
    REQUIRE(Policy::make(space, pages(1), memory));
    growth result;
    for (std::uint64_t i = 1; i < count; ++i) {
        std::memcpy(memory.base + memory.bytes - sizeof i, &i, sizeof i);
        REQUIRE(Policy::grow(space, memory, memory.bytes + page));
        result.is_tight = result.is_tight && memory.reserved <= memory.bytes + memory.bytes / 8 + page;
    }
    for (std::uint64_t i = 1; i < count; ++i) {
        std::uint64_t stamp = 0;
        std::memcpy(&stamp, memory.base + i * page - sizeof i, sizeof i);
        REQUIRE(stamp == i);
    }
    result.is_linear = space.statistics().moves < 100;
    Policy::destroy(space, memory);
    CHECK(space.statistics().block_bytes == 0);
    return result;
}

} // namespace

TEST_CASE("memory: growing page by page is linear and keeps little slack") {
    counting source;
    const growth with_heap = grow_page_by_page<bounds_checking>(2048);
    CHECK(with_heap.is_linear);
    CHECK(with_heap.is_tight);
    const growth without_reallocate = grow_page_by_page<bounds_checking>(512, source.as_allocator(false));
    CHECK(without_reallocate.is_linear);
    CHECK(without_reallocate.is_tight);
    CHECK_FALSE(grow_page_by_page<test::moving>(256).is_linear); // the check would notice
    CHECK(source.held == 0);
    CHECK(source.is_consistent);
}

TEST_CASE("memory: growth keeps contents, adds zeros, and gives everything back") {
    for (const bool can_reallocate : {false, true}) {
        CAPTURE(can_reallocate);
        counting source;
        {
            address_space space(source.as_allocator(can_reallocate));
            std::mt19937 random(4);
            struct tracked {
                linear_memory memory;
                bool is_made = false;
                std::byte mark{};
            };
            std::vector<tracked> all(24);
            for (int step = 0; step < 1500; ++step) {
                tracked& one = all[random() % all.size()];
                const std::byte mark = static_cast<std::byte>(step % 255 + 1);
                if (!one.is_made) {
                    REQUIRE(bounds_checking::make(space, pages(random() % 4 == 0 ? random() % 50 : random() % 4),
                                                  one.memory));
                    REQUIRE(is_zero(one.memory));
                    one.is_made = true;
                } else if (random() % 3 == 0) {
                    bounds_checking::destroy(space, one.memory);
                    one.is_made = false;
                    continue;
                } else {
                    const std::uint64_t before = one.memory.bytes;
                    REQUIRE(bounds_checking::grow(space, one.memory, before + (random() % 12) * page));
                    REQUIRE(is_zero(one.memory, before));
                    for (std::uint64_t at = 0; at < before; at += page) {
                        REQUIRE(one.memory.base[at] == one.mark);
                        REQUIRE(one.memory.base[at + page - 1] == one.mark);
                    }
                }
                one.mark = mark;
                std::memset(one.memory.base, std::to_integer<int>(mark), one.memory.bytes);
            }
            for (tracked& one : all) {
                bounds_checking::destroy(space, one.memory);
            }
            CHECK(space.statistics().arenas.used == 0);
            CHECK(space.statistics().arenas.chunks <= 1);
            CHECK(space.statistics().block_bytes == 0);
        }
        CHECK(source.held == 0);
        CHECK(source.is_consistent);
        CHECK((source.reallocations != 0) == can_reallocate);
    }
}

TEST_CASE("memory: where the allocator has no more, making and growing fail and change nothing") {
    for (const bool can_reallocate : {false, true}) {
        counting source;
        source.limit = 100 * page;
        {
            address_space space(source.as_allocator(can_reallocate));
            std::vector<linear_memory> memories;
            linear_memory memory;
            while (bounds_checking::make(space, pages(7), memory)) {
                std::memset(memory.base, 0x11, memory.bytes);
                memories.push_back(memory);
            }
            CHECK(memories.size() >= 12); // all but what the bookkeeping and the chunks' ends take
            for (linear_memory& one : memories) {
                while (bounds_checking::grow(space, one, one.bytes + page)) {
                }
                CHECK_FALSE(bounds_checking::grow(space, one, 101 * page));
                CHECK(one.base[0] == std::byte{0x11});
                CHECK(one.base[7 * page - 1] == std::byte{0x11});
                CHECK(is_zero(one, 7 * page));
                CHECK(source.held <= source.limit);
            }
            for (linear_memory& one : memories) {
                bounds_checking::destroy(space, one);
            }
        }
        CHECK(source.held == 0);
        CHECK(source.is_consistent);
    }
}

namespace {

template <class Policy>
std::size_t mappings_of(std::size_t count) {
    address_space space;
    std::vector<linear_memory> memories(count);
    const std::size_t before = test::mappings();
    for (linear_memory& memory : memories) {
        REQUIRE(Policy::make(space, pages(1), memory));
        memory.base[0] = std::byte{1};
    }
    const std::size_t after = test::mappings();
    for (linear_memory& memory : memories) {
        Policy::destroy(space, memory);
    }
    return after - std::min(before, after);
}

} // namespace

TEST_CASE("memory: ten thousand small memories cost no mapping each") {
    CHECK(mappings_of<bounds_checking>(10'000) < 200);
    CHECK(mappings_of<test::moving>(1'000) > 900); // the check would notice
}

TEST_CASE("memory: a shared memory takes its maximum and never moves") {
    address_space space;
    linear_memory memory;
    REQUIRE(bounds_checking::make(space, memory::request_memory(1, 200, false, true, 16, true), memory));
    CHECK(memory.is_shared);
    CHECK(memory.reserved >= 200 * page);
    const std::byte* const base = memory.base;
    for (std::uint64_t count = 2; count <= 200; ++count) {
        REQUIRE(bounds_checking::grow(space, memory, count * page));
        REQUIRE(is_zero(memory, memory.bytes - page));
    }
    CHECK_FALSE(bounds_checking::grow(space, memory, 201 * page));
    CHECK(memory.base == base);
    CHECK(space.statistics().moves == 0);
    bounds_checking::destroy(space, memory);
}

TEST_CASE("memory: a policy that moves at every growth") {
    address_space space;
    linear_memory memory;
    REQUIRE(test::moving::make(space, pages(1, 3), memory));
    memory.base[page - 1] = std::byte{9};
    for (const std::uint64_t count : {1U, 2U, 2U, 3U}) {
        const std::byte* const before = memory.base;
        REQUIRE(test::moving::grow(space, memory, count * page));
        CHECK(memory.base != before);
        CHECK(memory.base[page - 1] == std::byte{9});
    }
    const std::byte* const before = memory.base;
    CHECK_FALSE(test::moving::grow(space, memory, 4 * page));
    CHECK(memory.base == before);
    test::moving::destroy(space, memory);
}

TEST_CASE("memory: threads make and grow memories of one engine") {
    address_space space;
    std::vector<std::thread> threads;
    std::atomic<int> failures = 0;
    for (unsigned seed = 0; seed < 4; ++seed) {
        threads.emplace_back([&space, &failures, seed] {
            std::mt19937 random(seed);
            for (int round = 0; round < 300; ++round) {
                linear_memory memory;
                const std::uint64_t before = random() % 4;
                bool is_good = bounds_checking::make(space, pages(before), memory) && is_zero(memory);
                std::memset(memory.base, 0x77, memory.bytes);
                is_good = is_good && bounds_checking::grow(space, memory, (before + random() % 3) * page) &&
                          is_zero(memory, before * page);
                failures += is_good ? 0 : 1;
                bounds_checking::destroy(space, memory);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(failures == 0);
    CHECK(space.statistics().checked_memories == 1200);
    CHECK(space.statistics().arenas.used == 0);
}

TEST_CASE("memory: the default allocator aligns and clears") {
    for (const std::size_t alignment : {std::size_t{1}, std::size_t{16}, std::size_t{64}, std::size_t{4096}}) {
        void* const block = riser::core::heap::allocate(nullptr, 1000, alignment);
        REQUIRE(block != nullptr);
        CHECK(reinterpret_cast<std::uintptr_t>(block) % alignment == 0);
        const auto* const bytes = static_cast<const std::byte*>(block);
        CHECK(std::all_of(bytes, bytes + 1000, [](std::byte b) { return b == std::byte{0}; }));
        std::memset(block, 1, 1000);
        riser::core::heap::deallocate(nullptr, block, 1000, alignment);
    }
    CHECK(riser::core::heap::allocate(nullptr, std::numeric_limits<std::size_t>::max() - 8, 64) == nullptr);
}

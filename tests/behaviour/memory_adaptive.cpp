#include "riser/memory_policy.hpp"

#if defined(__linux__) && defined(__x86_64__)

#    include "support/moving_policy.hpp"
#    include "support/process.hpp"

#    include <doctest/doctest.h>

#    include <cstddef>
#    include <cstdint>
#    include <optional>
#    include <vector>

#    include <sys/resource.h>

namespace {

namespace memory = riser::core::memory;
using memory::address_space;
using memory::linear_memory;
using memory::memory_mode;
using memory::memory_request;
using riser::memory_policy::adaptive;
using riser::memory_policy::bounds_checking;
using riser::memory_policy::signaling;

constexpr std::uint64_t page = 65536;

memory_request pages(std::uint64_t min, std::optional<std::uint64_t> max = std::nullopt) {
    return memory::request_memory(min, max, false, false, 16, true);
}

/// Leaves the process this much more address space than it has.
void limit_address_space(std::uint64_t more) {
    const ::rlim_t limit = test::mapped_bytes() + more;
    const ::rlimit both{limit, limit};
    ::setrlimit(RLIMIT_AS, &both);
}

/// Makes `count` memories that all work, grows them, and destroys them. \returns how many of them signal, or nothing
template <class Policy>
std::optional<std::size_t> make_and_use(address_space& space, std::size_t count) {
    std::vector<linear_memory> memories(count);
    std::size_t signal = 0;
    bool is_good = true;
    for (linear_memory& memory : memories) {
        is_good = is_good && Policy::make(space, pages(1, 3), memory) && Policy::grow(space, memory, 2 * page);
        if (!is_good) {
            break;
        }
        signal += memory.mode == memory_mode::signaling ? 1U : 0U;
        memory.base[0] = std::byte{1};
        memory.base[2 * page - 1] = std::byte{2};
        is_good = memory.base[page] == std::byte{0} && !Policy::grow(space, memory, 4 * page);
    }
    for (linear_memory& memory : memories) {
        Policy::destroy(space, memory);
    }
    return is_good ? std::optional(signal) : std::nullopt;
}

} // namespace

TEST_CASE("memory: a signaling memory grows where it lies, up to 4 GiB") {
    address_space space;
    linear_memory memory;
    REQUIRE(adaptive::make(space, pages(0), memory));
    REQUIRE(memory.mode == memory_mode::signaling);
    const std::byte* const base = memory.base;
    for (const std::uint64_t count : {0U, 1U, 2U, 100U, 65536U}) {
        REQUIRE(adaptive::grow(space, memory, count * page));
        CHECK(memory.bytes == count * page);
        if (count != 0) {
            CHECK(memory.base[memory.bytes - 1] == std::byte{0});
            memory.base[memory.bytes - 1] = std::byte{1};
        }
    }
    CHECK(memory.base == base);
    CHECK_FALSE(adaptive::grow(space, memory, 65537 * page));
    CHECK(space.statistics().reserved_bytes == memory::signaling_reservation);
    adaptive::destroy(space, memory);
    CHECK(space.statistics().reserved_bytes == 0);
    CHECK(space.statistics().reserved_mappings == 0);
    CHECK(space.statistics().signaling_memories == 1);
}

TEST_CASE("memory: what cannot signal is bounds-checked") {
    address_space space;
    const auto mode = [&](const memory_request& request) {
        linear_memory memory;
        REQUIRE(signaling::make(space, request, memory));
        CHECK(signaling::grow(space, memory, memory.bytes + (std::uint64_t{1} << memory.page_size_log2)));
        const memory_mode result = memory.mode;
        signaling::destroy(space, memory);
        return result;
    };
    CHECK(mode(memory::request_memory(1, 2, false, false, 16, true)) == memory_mode::signaling);
    CHECK(mode(memory::request_memory(1, 2, false, false, 16, false)) == memory_mode::bounds_checking);
    CHECK(mode(memory::request_memory(1, 2, true, false, 16, true)) == memory_mode::bounds_checking);
    CHECK(mode(memory::request_memory(1, 2, false, true, 16, true)) == memory_mode::bounds_checking);
    CHECK(mode(memory::request_memory(1, 2, false, false, 0, true)) == memory_mode::bounds_checking);
    CHECK(space.statistics().fallbacks == 0);
}

TEST_CASE("memory: shared memories reserve their maximum and commit what is used") {
    address_space space;
    linear_memory memory;
    REQUIRE(adaptive::make(space, memory::request_memory(1, 65536, false, true, 16, true), memory));
    CHECK(memory.mode == memory_mode::bounds_checking);
    const std::byte* const base = memory.base;
    memory.base[page - 1] = std::byte{3};
    REQUIRE(adaptive::grow(space, memory, 65536 * page));
    CHECK(memory.base == base);
    CHECK(memory.base[page - 1] == std::byte{3});
    CHECK(memory.base[65536 * page - 1] == std::byte{0});
    adaptive::destroy(space, memory);

    // Of 1-byte pages: committed in pages of the system.
    REQUIRE(adaptive::make(space, memory::request_memory(5, 10'000'000, false, true, 0, true), memory));
    for (const std::uint64_t bytes : {5U, 6U, 4096U, 4097U, 9'999'999U, 10'000'000U}) {
        REQUIRE(adaptive::grow(space, memory, bytes));
        CHECK(memory.base[bytes - 1] == std::byte{0});
    }
    CHECK_FALSE(adaptive::grow(space, memory, 10'000'001));
    adaptive::destroy(space, memory);
    CHECK_FALSE(
        adaptive::make(space, memory::request_memory(1, std::uint64_t{1} << 40U, true, true, 16, true), memory));
    CHECK(space.statistics().reserved_bytes == 0);
}

TEST_CASE("memory: one of 2 TiB costs what is touched of it, made so or grown") {
    // More than any machine has, so that the system would refuse it as ordinary memory.
    constexpr std::uint64_t huge = std::uint64_t{1} << 41U;
    for (const std::uint64_t first : {std::uint64_t{0}, page, huge / 2}) {
        address_space space;
        linear_memory memory;
        REQUIRE(
            adaptive::make(space, memory::request_memory(first / page, std::nullopt, true, false, 16, true), memory));
        if (first != 0) {
            memory.base[first - 1] = std::byte{5};
        }
        for (const std::uint64_t bytes : {huge, huge + page}) {
            REQUIRE(adaptive::grow(space, memory, bytes));
            CHECK(memory.bytes == bytes);
            CHECK(memory.base[bytes - 1] == std::byte{0});
            memory.base[bytes - 1] = std::byte{6};
        }
        CHECK(memory.base[huge - 1] == std::byte{6});
        if (first != 0) {
            CHECK(memory.base[first - 1] == std::byte{5});
        }
        CHECK_FALSE(adaptive::grow(space, memory, std::uint64_t{1} << 50U));
        CHECK(memory.bytes == huge + page);
        CHECK(space.statistics().reserved_bytes == huge + page);
        adaptive::destroy(space, memory);
        CHECK(space.statistics().reserved_bytes == 0);
        CHECK(space.statistics().block_bytes == 0);
    }
}

TEST_CASE("memory: an embedder's allocator sees large memories, too") {
    riser::core::allocator source;
    source.allocate = [](void*, std::size_t, std::size_t) -> void* { return nullptr; };
    address_space space(source);
    linear_memory memory;
    CHECK_FALSE(adaptive::make(space, memory::request_memory(1 << 20U, std::nullopt, true, false, 16, true), memory));
}

TEST_CASE("memory: within the embedder's budget memories signal, then they are bounds-checked") {
    const auto signaling_of = [](memory::reservation_budget budget) {
        address_space space({}, budget);
        const auto result = make_and_use<adaptive>(space, 10);
        const auto again = make_and_use<adaptive>(space, 10); // what was given back may be taken again
        CHECK(result == again);
        REQUIRE(result.has_value());
        CHECK(space.statistics().fallbacks == 2 * (10 - *result));
        CHECK(space.statistics().signaling_memories == 2 * *result);
        CHECK(space.statistics().checked_memories == 2 * (10 - *result));
        return *result;
    };
    CHECK(signaling_of({}) == 10);
    CHECK(signaling_of({0, 100}) == 0);
    CHECK(signaling_of({memory::signaling_reservation - 1, 100}) == 0);
    CHECK(signaling_of({3 * memory::signaling_reservation, 100}) == 3);
    CHECK(signaling_of({~std::uint64_t{0}, 1}) == 0);
    CHECK(signaling_of({~std::uint64_t{0}, 9}) == 4);
}

TEST_CASE("memory: reservations may take half of what others leave") {
    CHECK(memory::half_of_rest(65530, 530) == 32500);
    CHECK(memory::half_of_rest(100, 100) == 0);
    CHECK(memory::half_of_rest(100, 200) == 0);
}

TEST_CASE("memory: under a limit of address space, reservations take half of what it leaves") {
    CHECK(test::in_child([] {
              limit_address_space(9 * memory::signaling_reservation);
              address_space space;
              const auto result = make_and_use<adaptive>(space, 40);
              return result.has_value() ? static_cast<int>(*result) : 99;
          }) == 4);
}

TEST_CASE("memory: where no reservation succeeds, adaptive memories work all the same") {
    const auto signaling_of = [](auto policy) {
        return test::in_child([] {
            limit_address_space(std::uint64_t{1} << 30U); // nothing near 4 GiB
            address_space space;
            const auto result = make_and_use<decltype(policy)>(space, 1000);
            return result.has_value() ? static_cast<int>(*result) : 99;
        });
    };
    CHECK(signaling_of(adaptive{}) == 0);
    CHECK(signaling_of(bounds_checking{}) == 0);
    CHECK(signaling_of(signaling{}) == 99); // the check would notice
}

TEST_CASE("memory: a reservation that fails though the budget allows it is nobody's business") {
    // The limit falls after the process has grown: nothing is left, but adaptive memories find their place in the
    // arenas.
    CHECK(test::in_child([] {
              address_space space;
              linear_memory first;
              linear_memory second;
              if (!adaptive::make(space, pages(1), first) || first.mode != memory_mode::signaling ||
                  !bounds_checking::make(space, pages(1), second)) {
                  return 1;
              }
              limit_address_space(0);
              linear_memory third;
              if (signaling::make(space, pages(1), third)) {
                  return 2;
              }
              return adaptive::make(space, pages(1), third) && third.mode == memory_mode::bounds_checking ? 0 : 3;
          }) == 0);
}

TEST_CASE("memory: reservations leave half of the mappings, and instances go on beyond") {
    // A process may have 65,530 mappings by default; ten thousand memories, two mappings each, stay below half.
    address_space space;
    std::vector<linear_memory> memories(20'000);
    const std::uint64_t limit = memory::os::mapping_limit();
    std::size_t made = 0;
    for (linear_memory& memory : memories) {
        made += adaptive::make(space, pages(1), memory) ? 1U : 0U;
    }
    CHECK(made == memories.size());
    CHECK(test::mappings() < limit / 2 + 2000);
    CHECK(space.statistics().reserved_mappings <= limit / 2);
    CHECK(space.statistics().signaling_memories > 500);
    for (linear_memory& memory : memories) {
        adaptive::destroy(space, memory);
    }
    CHECK(space.statistics().reserved_mappings ==
          memory::mappings_per_reservation * space.statistics().idle_reservations);
    CHECK(memory::drop_idle(space));
    CHECK(space.statistics().reserved_mappings == 0);
}

#endif

#include "riser/memory_policy.hpp"

#if defined(__linux__) && defined(__x86_64__)

#    include "support/process.hpp"
#    include "support/sanitizers.hpp"

#    include <doctest/doctest.h>

#    include <algorithm>
#    include <array>
#    include <atomic>
#    include <cstddef>
#    include <cstdint>
#    include <cstring>
#    include <random>
#    include <thread>
#    include <vector>

#    include <fcntl.h>
#    include <sys/mman.h>
#    include <sys/resource.h>
#    include <sys/syscall.h>
#    include <sys/uio.h>
#    include <unistd.h>

// What ended memories leave to later ones: their reservations and their granules, without anything in them.

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
constexpr std::uint64_t system_page = 4096;

memory_request pages(std::uint64_t min, bool may_signal = true) {
    return memory::request_memory(min, std::nullopt, false, false, 16, may_signal);
}

bool is_zero(const linear_memory& memory) {
    return memory.bytes == 0 || (memory.base[0] == std::byte{0} &&
                                 std::memcmp(memory.base, memory.base + 1, std::size_t(memory.bytes - 1)) == 0);
}

/// Asks the system, which answers instead of raising a signal.
bool is_accessible(const std::byte* address) {
    std::byte found{};
    const ::iovec to{&found, 1};
    const ::iovec from{const_cast<std::byte*>(address), 1};
    return ::process_vm_readv(::getpid(), &to, 1, &from, 1, 0) == 1;
}

/// Does the guard begin where the memory ends? Looks at each page that a memory of these tests can have had.
bool has_guard(const linear_memory& memory) {
    for (std::uint64_t at = memory.bytes; at < 64 * page; at += system_page) {
        if (is_accessible(memory.base + at)) {
            return false;
        }
    }
    return !is_accessible(memory.base + memory::signaling_reservation - 1);
}

/// Makes, dirties, grows and destroys memories of all sizes in any order. \returns whether each was zero and had its guard
template <class Policy>
bool stays_clean(address_space& space, unsigned seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::uint64_t n) { return random() % n; };
    std::array<linear_memory, 4> memories;
    bool is_good = true;
    const auto check = [&](const linear_memory& each) { is_good = is_good && is_zero(each) && has_guard(each); };
    for (int step = 0; step < 300; ++step) {
        linear_memory& each = memories[below(memories.size())];
        if (each.base != nullptr) {
            Policy::destroy(space, each);
        }
        is_good = is_good && Policy::make(space, pages(below(20)), each) && each.mode == memory_mode::signaling;
        check(each);
        if (below(2) == 0) {
            is_good = is_good && Policy::grow(space, each, each.bytes + below(20) * page);
            check(each);
        }
        for (std::uint64_t writes = each.bytes == 0 ? 0 : below(8); writes > 0; --writes) {
            each.base[below(each.bytes)] = std::byte{0xa5};
        }
    }
    for (linear_memory& each : memories) {
        if (each.base != nullptr) {
            Policy::destroy(space, each);
        }
    }
    return is_good;
}

/// Broken: leaves in its memories what guests wrote.
struct leaking : signaling {
    static void destroy(address_space& space, linear_memory& memory) noexcept {
        auto* const note = static_cast<memory::reservation_note*>(memory.owner);
        note->committed = memory.bytes;
        if (!space.shard().idle.add(*note)) {
            memory::drop_noted(space, note);
        }
        memory = {};
    }
};

/// Broken: its memories begin without a guard where the one before was larger.
struct unguarded : signaling {
    static void destroy(address_space& space, linear_memory& memory) noexcept {
        auto* const note = static_cast<memory::reservation_note*>(memory.owner);
        signaling::destroy(space, memory);
        note->committed = 0;
    }
};

/// Pages of the system that a memory has resident.
std::size_t resident_pages(const linear_memory& memory) {
    constexpr std::uint64_t is_present = std::uint64_t{1} << 63U;
    constexpr std::uint64_t is_of_its_own = std::uint64_t{1} << 56U; // not the one zero page, which readers see
    const auto first = reinterpret_cast<std::uintptr_t>(memory.base) / system_page;
    std::vector<std::uint64_t> found(memory.bytes / system_page);
    const int pages = ::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC); // takes whole entries only
    REQUIRE(pages >= 0);
    const auto wanted = static_cast<::ssize_t>(found.size() * sizeof(std::uint64_t));
    const ::ssize_t got = ::pread(pages, found.data(), static_cast<std::size_t>(wanted),
                                  static_cast<::off_t>(first * sizeof(std::uint64_t)));
    ::close(pages);
    REQUIRE(got == wanted);
    return static_cast<std::size_t>(std::ranges::count_if(
        found, [](std::uint64_t each) { return (each & is_present) != 0 && (each & is_of_its_own) != 0; }));
}

/// The most pages that any of some memories of 64 KiB has resident of which one page is touched, after all have been replaced
/// in any order.
template <class Policy>
std::size_t most_resident(bool may_signal, std::uint64_t pages_touched_before) {
    address_space space;
    std::mt19937 random(7);
    std::vector<linear_memory> memories(20);
    const auto touch = [&](linear_memory& each) {
        each.base[random() % pages_touched_before * system_page + 100] = std::byte{1};
    };
    for (linear_memory& each : memories) {
        REQUIRE(Policy::make(space, pages(1, may_signal), each));
        touch(each);
    }
    std::size_t most = 0;
    for (int step = 0; step < 2000; ++step) {
        linear_memory& each = memories[random() % memories.size()];
        if (random() % 4 == 0) {
            std::memset(each.base, 1, pages_touched_before * system_page);
        }
        Policy::destroy(space, each);
        REQUIRE(Policy::make(space, pages(1, may_signal), each));
        touch(each);
        most = std::max(most, resident_pages(each));
    }
    for (linear_memory& each : memories) {
        Policy::destroy(space, each);
    }
    return most;
}

} // namespace

TEST_CASE("recycled memory: zero, and guarded from its end on, whatever was there before") {
    for (unsigned seed = 0; seed < 3; ++seed) {
        address_space space;
        CHECK(stays_clean<signaling>(space, seed));
        CHECK(space.statistics().idle_reservations > 0);
    }
    address_space space;
    CHECK_FALSE(stays_clean<leaking>(space, 0)); // the check would notice
    CHECK_FALSE(stays_clean<unguarded>(space, 0));
}

TEST_CASE("recycled memory: what stays resident is zero, too, and little") {
    address_space space;
    linear_memory each;
    for (int use = 0; use < 100; ++use) { // beyond the looks at which pages are touched
        REQUIRE(adaptive::make(space, pages(4), each));
        CHECK(is_zero(each));
        each.base[5 * system_page] = each.base[40 * system_page] = each.base[63 * system_page] = std::byte{1};
        adaptive::destroy(space, each);
    }
    REQUIRE(adaptive::make(space, pages(4), each));
    CHECK(resident_pages(each) <= memory::page_habit::most_kept);
    adaptive::destroy(space, each);
}

TEST_CASE("recycled memory: making one like the last makes no mapping and takes no address space") {
    address_space space;
    linear_memory each;
    REQUIRE(adaptive::make(space, pages(1), each));
    const std::byte* const base = each.base;
    adaptive::destroy(space, each);
    const std::size_t mappings = test::mappings();
    const std::uint64_t bytes = test::mapped_bytes();
    for (int i = 0; i < 100; ++i) {
        REQUIRE(adaptive::make(space, pages(1), each));
        CHECK(each.base == base);
        adaptive::destroy(space, each);
    }
    if constexpr (!test::is_sanitized) { // whose own mappings come and go
        CHECK(test::mappings() <= mappings);
        CHECK(test::mapped_bytes() <= bytes);
    }
    CHECK(space.statistics().reserved_bytes == memory::signaling_reservation);
}

TEST_CASE("recycled memory: idle reservations are few, counted, and gone with the engine") {
    const std::uint64_t before = memory::all_reservations.bytes.load();
    {
        address_space space;
        std::vector<linear_memory> memories(memory::idle_reservations::most + 10);
        for (linear_memory& each : memories) {
            REQUIRE(signaling::make(space, pages(1), each));
        }
        for (linear_memory& each : memories) {
            signaling::destroy(space, each);
        }
        CHECK(space.statistics().idle_reservations == memory::idle_reservations::most);
        CHECK(space.statistics().reserved_bytes == memory::idle_reservations::most * memory::signaling_reservation);
        CHECK(memory::all_reservations.bytes.load() - before == space.statistics().reserved_bytes);
        CHECK(space.statistics().table_pages == 2 * memory::idle_reservations::most);
    }
    CHECK(memory::all_reservations.bytes.load() == before);
}

TEST_CASE("recycled memory: what other threads left is taken before anything new") {
    address_space space;
    const std::byte* base = nullptr;
    std::thread([&] {
        linear_memory each;
        REQUIRE(signaling::make(space, pages(1), each));
        base = each.base;
        signaling::destroy(space, each);
    }).join();
    linear_memory each;
    REQUIRE(signaling::make(space, pages(3), each));
    CHECK(each.base == base);
    signaling::destroy(space, each);
}

TEST_CASE("recycled memory: where address space is short, idle reservations are given back") {
    const auto made_beside = [](bool is_idle) {
        return test::in_child([=] {
            address_space space;
            linear_memory first;
            linear_memory large;
            if (!signaling::make(space, pages(1), first)) {
                return 2;
            }
            if (is_idle) {
                signaling::destroy(space, first);
            }
            const ::rlim_t limit = test::mapped_bytes() + (std::uint64_t{64} << 20U);
            const ::rlimit both{limit, limit};
            ::setrlimit(RLIMIT_AS, &both);
            return signaling::make(space, memory::request_memory(1, 16384, false, true, 16, true), large) ? 1 : 0;
        });
    };
    if constexpr (!test::is_sanitized) { // who needs address space, too
        CHECK(made_beside(true) == 1);
        CHECK(made_beside(false) == 0); // the limit is one
    }
}

TEST_CASE("recycled memory: what the system cannot clear is not recycled") {
    address_space space;
    linear_memory each;
    REQUIRE(signaling::make(space, pages(1), each));
    if (::syscall(SYS_mlock, each.base, page) == 0) { // past sanitizers; such pages are not given back
        each.base[page - 1] = std::byte{1};
        signaling::destroy(space, each);
        CHECK(space.statistics().idle_reservations == 0);
        CHECK(space.statistics().reserved_bytes == 0);
        REQUIRE(signaling::make(space, pages(1), each));
        CHECK(is_zero(each));
    }
    signaling::destroy(space, each);

    // The same of a checked one: its chunk stays, so it is cleared otherwise.
    REQUIRE(signaling::make(space, pages(1, false), each));
    const std::byte* const base = each.base;
    const bool is_locked = ::syscall(SYS_mlock, each.base, page) == 0;
    std::memset(each.base, 1, page);
    signaling::destroy(space, each);
    REQUIRE(signaling::make(space, pages(1, false), each));
    CHECK(each.base == base);
    CHECK(is_zero(each));
    if (is_locked) {
        ::syscall(SYS_munlock, each.base, page);
    }
    signaling::destroy(space, each);
}

TEST_CASE("recycled memory: a child of the process recycles apart from its parent") {
    address_space space;
    linear_memory each;
    REQUIRE(signaling::make(space, pages(1), each));
    each.base[100] = std::byte{7};
    CHECK(test::in_child([&] {
              signaling::destroy(space, each);
              linear_memory another;
              return signaling::make(space, pages(2), another) && is_zero(another) && has_guard(another) ? 1 : 0;
          }) == 1);
    CHECK(each.base[100] == std::byte{7});
    CHECK(has_guard(each));
    signaling::destroy(space, each);
}

TEST_CASE("recycled memory: where growing fails half way, nothing beyond the end is accessible, nor left to the next") {
    address_space space;
    linear_memory first;
    REQUIRE(signaling::make(space, pages(4), first));
    std::memset(first.base, 1, std::size_t(4 * page));
    // In a child the pages of the former memory, which it has a copy of, are a mapping of their own.
    CHECK(test::in_child([&] {
              signaling::destroy(space, first);
              linear_memory shrunk;
              if (!signaling::make(space, pages(1), shrunk)) {
                  return 2;
              }
              ::rlimit limit{};
              ::getrlimit(RLIMIT_DATA, &limit);
              const ::rlim_t before = limit.rlim_cur;
              limit.rlim_cur = test::data_bytes() + 4 * page; // for the first of the two mappings
              ::setrlimit(RLIMIT_DATA, &limit);
              const bool grew = signaling::grow(space, shrunk, 64 * page);
              limit.rlim_cur = before;
              ::setrlimit(RLIMIT_DATA, &limit);
              return !grew && has_guard(shrunk) ? 1 : 0;
          }) == 1);
    signaling::destroy(space, first);
}

// 16 kB each when fresh and 66 kB after replacing at random, since ended memories were cleared by writing all of them.
TEST_CASE("recycled memory: a memory of which one page is touched has 12 KiB resident at most, after any replacing") {
    CHECK(most_resident<signaling>(true, 16) <= 3);
    CHECK(most_resident<signaling>(false, 16) <= 3);
}

TEST_CASE("recycled memory: without the system's help, pages that were never touched stay out") {
    if constexpr (!test::is_sanitized) { // whose heap keeps what is freed
        address_space space;
        const std::uint64_t before = test::resident_bytes();
        std::vector<linear_memory> memories(200);
        for (int round = 0; round < 3; ++round) {
            for (linear_memory& each : memories) {
                REQUIRE(bounds_checking::make(space, pages(1), each));
                each.base[100] = std::byte{1};
            }
            if (round == 0) {
                for (std::size_t i = 0; i < memories.size(); i += 2) {
                    bounds_checking::destroy(space, memories[i * 7 % memories.size()]);
                    REQUIRE(bounds_checking::make(space, pages(1), memories[i * 7 % memories.size()]));
                    CHECK(is_zero(memories[i * 7 % memories.size()]));
                }
                CHECK(test::resident_bytes() < before + memories.size() * 3 * system_page);
            }
            for (linear_memory& each : memories) {
                bounds_checking::destroy(space, each);
            }
        }
        CHECK(test::resident_bytes() < before + memories.size() * 3 * system_page);
    }
}

TEST_CASE("recycled memory: an embedder's allocator sees small memories, too") {
    riser::core::allocator source;
    static std::atomic<std::size_t> large_blocks;
    large_blocks = 0;
    source.allocate = [](void*, std::size_t bytes, std::size_t alignment) {
        large_blocks += bytes >= page ? 1U : 0U;
        return riser::core::heap::allocate(nullptr, bytes, alignment);
    };
    address_space space(source);
    linear_memory each;
    REQUIRE(adaptive::make(space, pages(1, false), each));
    CHECK(large_blocks == 1);
    adaptive::destroy(space, each);
}

TEST_CASE("recycled memory: threads make, grow and destroy memories of one engine, their own and each other's") {
    address_space space;
    std::atomic<int> wrong = 0;
    std::array<std::atomic<linear_memory*>, 4> handed_over{};
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            std::mt19937 random(t);
            for (int step = 0; step < 500; ++step) {
                auto* const each = new linear_memory;
                const bool is_made = adaptive::make(space, pages(1 + random() % 3, random() % 2 == 0), *each) &&
                                     is_zero(*each) && adaptive::grow(space, *each, each->bytes + page) &&
                                     is_zero(*each);
                wrong += is_made ? 0 : 1;
                each->base[random() % each->bytes] = std::byte{1};
                linear_memory* const another = handed_over[random() % handed_over.size()].exchange(each);
                if (another != nullptr) {
                    adaptive::destroy(space, *another);
                    delete another;
                }
            }
        });
    }
    for (std::thread& each : threads) {
        each.join();
    }
    for (auto& each : handed_over) {
        if (linear_memory* const left = each.load()) {
            adaptive::destroy(space, *left);
            delete left;
        }
    }
    CHECK(wrong == 0);
    CHECK(space.statistics().arenas.used == 0);
    CHECK(space.statistics().reserved_bytes == space.statistics().idle_reservations * memory::signaling_reservation);
}

#endif

#include "riser/core/module/module_data.hpp"
#include "riser/core/module/module_state.hpp"
#include "riser/core/tiering/native_code.hpp"
#include "riser/default_engine.hpp"
#include "riser/module.hpp"
#include "support/failing_allocator.hpp"
#include "support/process.hpp"
#include "support/sanitizers.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <csignal>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Memory for native code: what the system is asked for, whose an address is, and what becomes of it when modules die and
// processes fork.

namespace {

using namespace riser::core::runtime;
using riser::core::memory::code_page_operations;
using riser::core::memory::code_views;
namespace os = riser::core::memory::os;

constexpr std::size_t usual_bytes = 200; // of a function
constexpr auto& ways = os::code_pages;

/// mov eax, value; ret; then int3.
void write_constant(std::byte* at, std::int32_t value, std::size_t bytes = usual_bytes) {
    std::memset(at, 0xcc, bytes);
    at[0] = std::byte{0xb8};
    std::memcpy(at + 1, &value, sizeof value);
    at[5] = std::byte{0xc3};
}

/// UBSan looks for the type of a function in front of it.
__attribute__((no_sanitize("undefined"))) int run(const std::byte* code) {
    return reinterpret_cast<int (*)()>(reinterpret_cast<std::uintptr_t>(code))();
}

/// Mappings that are writable and executable.
std::size_t careless_mappings() {
    std::ifstream maps("/proc/self/maps");
    std::size_t found = 0;
    for (std::string line; std::getline(maps, line);) {
        const std::size_t rights = line.find(' ') + 1;
        found += line[rights + 1] == 'w' && line[rights + 2] == 'x' ? 1U : 0U;
    }
    return found;
}

/// An engine's memory with one way to it, and modules that have code there.
struct world {
    explicit world(const code_page_operations* way = ways[0], std::uint64_t limit = code_memory::default_limit,
                   const riser::core::allocator& source_ = riser::core::host_allocator)
        : source(source_), tried{way}, map(source), memory(source, limit, tried),
          code(std::in_place, *module.state(), all_memory_modes, memory, map, source) {}

    riser::core::allocator source;
    riser::engine engine;
    riser::module module = riser::module::compile(engine, test::wat("(module)"));
    std::array<const code_page_operations*, 1> tried;
    code_map map;
    code_memory memory;
    std::optional<native_code> code;

    [[nodiscard]] native_code more() {
        return {*module.state(), only(riser::core::memory::memory_mode::signaling), memory, map, source};
    }
};

/// Publishes a function that returns its index; null where there is no memory for it.
const std::byte* publish(native_code& code, std::uint32_t function, std::size_t bytes = usual_bytes) {
    const compiled_function compiled{function, static_cast<std::uint32_t>(bytes), {}};
    const native_piece piece = code.allocate({&compiled, 1});
    if (piece.error) {
        return nullptr;
    }
    write_constant(piece.writable, static_cast<std::int32_t>(function), bytes);
    return code.publish(piece) ? nullptr : piece.executable;
}

/// In a child, as sanitizers handle SIGSEGV. \returns what the function returns, or 100 + the number of the signal
int run_in_child(const std::byte* code) {
    return test::in_child([code] {
        std::signal(SIGSEGV, SIG_DFL);
        return run(code);
    });
}

code_memory_failure last_failure(const world& in) { return in.memory.statistics().last_failure.failure; }

} // namespace

TEST_CASE("code memory: at no publish is a mapping writable and executable") {
    for (const code_page_operations* const way : ways) {
        const std::string name = way->name;
        CAPTURE(name);
        world in(way);
        std::vector<const std::byte*> published;
        for (std::uint32_t i = 0; i < 300; ++i) {
            const compiled_function compiled{i, i % 10 == 9 ? 9000U : 200U, {}};
            const native_piece piece = in.code->allocate({&compiled, 1});
            REQUIRE_FALSE(piece.error);
            REQUIRE(careless_mappings() == 0);
            write_constant(piece.writable, static_cast<std::int32_t>(i), compiled.bytes);
            REQUIRE_FALSE(in.code->publish(piece));
            REQUIRE(careless_mappings() == 0);
            published.push_back(piece.executable);
            if (i % 50 == 0) {
                native_code short_lived = in.more();
                REQUIRE(run(publish(short_lived, i)) == static_cast<int>(i));
            }
            REQUIRE(careless_mappings() == 0);
        }
        for (std::size_t i = 0; i < published.size(); ++i) {
            REQUIRE(run(published[i]) == static_cast<int>(i));
        }
        CHECK(in.memory.statistics().way == name);
    }
}

TEST_CASE("code memory: a way that makes pages writable and executable is seen") {
    code_page_operations careless = os::sealed_code_pages;
    careless.seal = [](const code_views& views, std::uint64_t offset, std::uint64_t bytes) noexcept {
        return ::mprotect(views.executable + offset, bytes, PROT_READ | PROT_WRITE | PROT_EXEC);
    };
    world in(&careless);
    REQUIRE(publish(*in.code, 1) != nullptr);
    CHECK(careless_mappings() == 1);
}

TEST_CASE("code memory: several functions are one piece") {
    for (const code_page_operations* const way : ways) {
        const std::string name = way->name;
        CAPTURE(name);
        world in(way);
        const std::array<std::byte, 5> sites{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}, std::byte{5}};
        const std::array<compiled_function, 3> compiled{{{7, 6, sites}, {8, 17, {}}, {3, 100, sites}}};
        const native_piece piece = in.code->allocate(compiled);
        REQUIRE_FALSE(piece.error);
        CHECK(piece.bytes == 16 + 32 + 112);
        std::size_t at = 0;
        for (const compiled_function& each : compiled) {
            write_constant(piece.writable + at, static_cast<std::int32_t>(each.function), each.bytes);
            at += native_code::rounded(each.bytes);
        }
        REQUIRE_FALSE(in.code->publish(piece));
        at = 0;
        for (const compiled_function& each : compiled) {
            const std::byte* const begin = piece.executable + at;
            CHECK(reinterpret_cast<std::uintptr_t>(begin) % native_code::alignment == 0);
            CHECK(run(begin) == static_cast<int>(each.function));
            const native_location found = locate_native_code(in.map, begin + each.bytes - 1);
            REQUIRE(found.code == &*in.code);
            CHECK(found.range->function == each.function);
            CHECK(found.offset == each.bytes - 1);
            CHECK(found.range->site_bytes == each.sites.size());
            CHECK(std::equal(each.sites.begin(), each.sites.end(), found.range->sites));
            at += native_code::rounded(each.bytes);
        }
    }
}

TEST_CASE("code memory: what lies between functions is int3 and nobody's") {
    for (const code_page_operations* const way : ways) {
        const std::string name = way->name;
        CAPTURE(name);
        world in(way);
        for (std::uint32_t i = 0; i < 100; ++i) {
            const std::byte* const begin = publish(*in.code, i, 6 + i % 30);
            REQUIRE(begin != nullptr);
            for (std::size_t at = 6 + i % 30; at < native_code::rounded(6 + i % 30); ++at) {
                REQUIRE(begin[at] == code_memory::int3);
                REQUIRE(locate_native_code(in.map, begin + at).code == nullptr);
            }
        }
    }
}

TEST_CASE("code memory: an address leads to bytecode or to native code, whichever is there") {
    world in;
    std::vector<const std::byte*> published;
    published.reserve(500);
    for (std::uint32_t i = 0; i < 500; ++i) {
        published.push_back(publish(*in.code, i, 6 + i % 300));
    }
    native_code other = in.more();
    const std::byte* const others = publish(other, 1000);
    for (std::uint32_t i = 0; i < 500; ++i) {
        for (std::uint32_t offset = 0; offset < 6 + i % 300; ++offset) {
            const native_location found = locate_native_code(in.map, published[i] + offset);
            REQUIRE(found.code == &*in.code);
            REQUIRE(found.range->function == i);
            REQUIRE(found.offset == offset);
        }
    }
    CHECK(locate_native_code(in.map, others).code == &other);
    CHECK(locate_native_code(in.map, others).code->modes == only(riser::core::memory::memory_mode::signaling));
    CHECK(in.code->modes == all_memory_modes);

    const auto* const module = static_cast<const module_data*>(&*in.module.state());
    module_code bytecode(*module, riser::core::memory::memory_mode::signaling, entry_array(in.source, 1), in.map,
                         in.source);
    const code_word* const word = bytecode.allocate(10);
    REQUIRE(in.map.find(word) != nullptr);
    CHECK(in.map.find(word)->kind == code_kind::bytecode);
    CHECK(in.map.find(others)->kind == code_kind::native);
    CHECK(locate_native_code(in.map, word).code == nullptr);
    CHECK(locate_native_code(in.map, &in).code == nullptr);
    CHECK(locate_native_code(in.map, nullptr).code == nullptr);
}

TEST_CASE("code memory: past its limit there is none, until a module ends") {
    constexpr std::uint64_t limit = 64 * code_memory::page_bytes;
    for (const code_page_operations* const way : ways) {
        const std::string name = way->name;
        CAPTURE(name);
        world in(way, limit);
        std::uint32_t count = 0;
        while (publish(*in.code, count, 3000) != nullptr) {
            REQUIRE(++count < 1000);
        }
        CHECK(last_failure(in) == code_memory_failure::full);
        CHECK(in.memory.statistics().failures == 1);
        CHECK(in.memory.statistics().taken_bytes == limit);
        CHECK(in.memory.statistics().limit_bytes == limit);
        CHECK(count >= 64);
        native_code other = in.more();
        CHECK(publish(other, 1) == nullptr);
        in.code.reset();
        CHECK(in.memory.statistics().taken_bytes == 0);
        CHECK(run(publish(other, 2)) == 2);
    }
}

TEST_CASE("code memory: limits at either end") {
    world none(ways[0], code_memory::page_bytes - 1);
    CHECK(publish(*none.code, 1) == nullptr);
    CHECK(last_failure(none) == code_memory_failure::full);
    CHECK(none.memory.statistics().way == nullptr);

    // What two displacements of 32 bits reach.
    world most(ways[0], UINT64_MAX);
    CHECK(run(publish(*most.code, 1)) == 1);
    CHECK(most.memory.statistics().limit_bytes == std::uint64_t{1} << 31U);
    const compiled_function huge{2, UINT32_MAX, {}};
    CHECK(most.code->allocate({&huge, 1}).error.failure == code_memory_failure::full);
}

TEST_CASE("code memory: runs do not overlap, and free neighbours are one run") {
    constexpr std::size_t pages = 256;
    world in(ways[0], pages * code_memory::page_bytes);
    const std::byte* const base = in.memory.take(1, 1).begin; // the first page
    std::vector<bool> taken(pages);
    taken[0] = true;
    std::vector<code_run> runs;
    std::minstd_rand random(1); // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
    for (int i = 0; i < 5000; ++i) {
        if (random() % 2 == 0 || runs.empty()) {
            const std::size_t length = 1 + random() % 20;
            const code_run run = in.memory.take(length * code_memory::page_bytes, 0);
            std::size_t longest = 0;
            for (std::size_t page = 0, now = 0; page < pages; ++page) {
                now = taken[page] ? 0 : now + 1;
                longest = now > longest ? now : longest;
            }
            REQUIRE((run.begin != nullptr) == (longest >= length));
            if (run.begin == nullptr) {
                continue;
            }
            const std::size_t first = static_cast<std::size_t>(run.begin - base) / code_memory::page_bytes;
            for (std::size_t page = first; page < first + length; ++page) {
                REQUIRE_FALSE(taken[page]);
                taken[page] = true;
            }
            runs.push_back(run);
        } else {
            std::swap(runs[random() % runs.size()], runs.back());
            const std::size_t first = static_cast<std::size_t>(runs.back().begin - base) / code_memory::page_bytes;
            for (std::size_t page = 0; page < runs.back().bytes / code_memory::page_bytes; ++page) {
                taken[first + page] = false;
            }
            in.memory.give_back(runs.back().begin, runs.back().bytes);
            runs.pop_back();
        }
    }
    for (const code_run& each : runs) {
        in.memory.give_back(each.begin, each.bytes);
    }
    CHECK(in.memory.take((pages - 1) * code_memory::page_bytes, 0).begin == base + code_memory::page_bytes);
    // Less than was wanted, where that is all there is.
    CHECK(in.memory.take(1, 1).error.failure == code_memory_failure::full);
}

namespace {

std::atomic<int> times_synchronized;

} // namespace

TEST_CASE("code memory: what a dead module leaves cannot run, and serves the next") {
    for (const code_page_operations* const way : ways) {
        const std::string name = way->name;
        CAPTURE(name);
        code_page_operations counting = *way;
        counting.synchronize = []() noexcept {
            os::synchronize_cores();
            ++times_synchronized;
        };
        times_synchronized = 0;
        world in(&counting);
        const std::byte* kept = publish(*in.code, 1);
        const std::byte* gone = nullptr;
        {
            native_code dying = in.more();
            gone = publish(dying, 2, 5000);
            CHECK(run(gone) == 2);
            CHECK(locate_native_code(in.map, gone).code == &dying);
        }
        CHECK(locate_native_code(in.map, gone).code == nullptr);
        CHECK(run_in_child(gone) == 100 + SIGSEGV);
        CHECK(times_synchronized == 0);
        native_code next = in.more();
        const compiled_function compiled{3, 6, {}};
        const native_piece piece = next.allocate({&compiled, 1});
        CHECK(piece.executable == gone);
        CHECK(times_synchronized == 1);
        write_constant(piece.writable, 3, 6);
        REQUIRE_FALSE(next.publish(piece));
        CHECK(run(gone) == 3);
        for (std::size_t i = 6; i < code_memory::page_bytes; ++i) {
            REQUIRE(gone[i] == code_memory::int3);
        }
        CHECK(run(kept) == 1);
        REQUIRE(publish(next, 4, 9000) != nullptr);
        CHECK(times_synchronized == 1); // nothing has been given back since
    }
}

TEST_CASE("code memory: pages of dead modules are the system's again") {
    if (test::is_sanitized) {
        return; // what a sanitizer notes of pages is resident too
    }
    for (const code_page_operations* const way : ways) {
        const std::string name = way->name;
        CAPTURE(name);
        world in(way);
        const std::uint64_t before = test::resident_bytes();
        {
            native_code dying = in.more();
            REQUIRE(publish(dying, 1, std::size_t{32} << 20U) != nullptr);
            CHECK(test::resident_bytes() > before + (std::uint64_t{24} << 20U));
        }
        CHECK(test::resident_bytes() < before + (std::uint64_t{8} << 20U));
    }
}

TEST_CASE("code memory: threads ask and run while others publish and modules die") {
    for (const code_page_operations* const way : ways) {
        const std::string name = way->name;
        CAPTURE(name);
        constexpr std::uint32_t count = 400;
        world in(way);
        std::array<std::atomic<const std::byte*>, count> entries{};
        std::atomic<std::uint32_t> next = 0;
        std::atomic<std::uint32_t> wrong = 0;
        std::atomic<std::uint32_t> running = 2;
        const auto publisher = [&] {
            for (std::uint32_t i = next++; i < count; i = next++) {
                entries[i].store(publish(*in.code, i), std::memory_order_release);
                native_code short_lived = in.more();
                wrong += run(publish(short_lived, i)) == static_cast<int>(i) ? 0U : 1U;
            }
            --running;
        };
        const auto reader = [&] {
            while (running != 0) {
                for (std::uint32_t i = 0; i < count; ++i) {
                    const std::byte* const code = entries[i].load(std::memory_order_acquire);
                    if (code != nullptr) {
                        const native_location found = locate_native_code(in.map, code + 5);
                        const bool is_right =
                            found.code == &*in.code && found.range->function == i && found.offset == 5;
                        wrong += is_right && run(code) == static_cast<int>(i) ? 0U : 1U;
                    }
                }
            }
        };
        std::vector<std::thread> threads;
        threads.emplace_back(publisher);
        threads.emplace_back(publisher);
        threads.emplace_back(reader);
        threads.emplace_back(reader);
        for (std::thread& each : threads) {
            each.join();
        }
        CHECK(wrong == 0);
        for (const auto& each : entries) {
            CHECK(each != nullptr);
        }
    }
}

namespace {

std::size_t reservations_tried;

int refuse(code_views&) noexcept {
    ++reservations_tried;
    return EACCES;
}
int refuse_pages(const code_views&, std::uint64_t, std::uint64_t) noexcept { return EPERM; }

/// The ways that engines try, in a process that is told what to allow. \returns 0 where a function runs, in pages that are made
/// as `way` says, or are refused where that is null
int runs_in(const code_page_operations* way) noexcept {
    riser::core::allocator source;
    code_map map(source);
    code_memory memory(source);
    alignas(module_data) static const std::byte any_module[sizeof(module_data)]{};
    native_code code(reinterpret_cast<const module_data&>(any_module), all_memory_modes, memory, map, source);
    const std::byte* const made = publish(code, 42);
    const code_memory_statistics now = memory.statistics();
    if (way == nullptr) {
        const bool is_refused = made == nullptr && now.last_failure.failure == code_memory_failure::refused;
        return is_refused && now.last_failure.number != 0 ? 0 : 1;
    }
    return made == nullptr ? 2 : std::strcmp(now.way, way->name) != 0 ? 3 : run(made) == 42 ? 0 : 4;
}

} // namespace

TEST_CASE("code memory: where one way is refused, the next is taken; where all are, the reason is kept") {
    code_page_operations never_reserves = os::dual_code_pages;
    never_reserves.reserve = &refuse;
    code_page_operations never_seals = os::sealed_code_pages;
    never_seals.seal = &refuse_pages;
    code_page_operations never_commits = os::dual_code_pages;
    never_commits.commit = &refuse_pages;
    const riser::core::allocator source;
    code_map map(source);
    world any;
    {
        const std::array<const code_page_operations*, 3> tried{&never_reserves, &never_commits, &os::sealed_code_pages};
        code_memory memory(source, code_memory::default_limit, tried);
        native_code code(*any.module.state(), all_memory_modes, memory, map, source);
        CHECK(run(publish(code, 5)) == 5);
        CHECK(memory.statistics().way == std::string(os::sealed_code_pages.name));
    }
    {
        const std::array<const code_page_operations*, 2> tried{&never_reserves, &never_seals};
        const std::size_t mappings = test::mappings();
        reservations_tried = 0;
        code_memory memory(source, code_memory::default_limit, tried);
        native_code code(*any.module.state(), all_memory_modes, memory, map, source);
        CHECK(publish(code, 5) == nullptr);
        CHECK(publish(code, 6) == nullptr);
        CHECK(reservations_tried == 1);
        CHECK(memory.statistics().failures == 2);
        CHECK(memory.statistics().last_failure.failure == code_memory_failure::refused);
        CHECK(memory.statistics().last_failure.number == EPERM);
        CHECK(memory.statistics().way == nullptr);
        CHECK(test::mappings() == mappings);
    }
}

TEST_CASE("code memory: a page that cannot be made executable later is an error") {
    code_page_operations failing = os::sealed_code_pages;
    failing.seal = [](const code_views& views, std::uint64_t offset, std::uint64_t bytes) noexcept {
        return bytes == 3 * code_memory::page_bytes ? ENOMEM : os::seal_once(views, offset, bytes);
    };
    world in(&failing);
    const compiled_function compiled{1, 9000, {}};
    const native_piece piece = in.code->allocate({&compiled, 1});
    REQUIRE_FALSE(piece.error);
    const code_memory_error error = in.code->publish(piece);
    CHECK(error.failure == code_memory_failure::no_memory);
    CHECK(error.number == ENOMEM);
    CHECK(run(publish(*in.code, 2)) == 2);
}

TEST_CASE("code memory: hardened and small systems") {
    const auto limited = [](auto resource, ::rlim_t most) noexcept {
        const ::rlimit limit{most, most};
        return ::setrlimit(resource, &limit) == 0;
    };
    CHECK(test::in_child([] { return runs_in(&os::dual_code_pages); }) == 0);
    // No file: there are too many, or they may not be so long.
    CHECK(test::in_child([&] { return limited(RLIMIT_NOFILE, 0) ? runs_in(&os::sealed_code_pages) : 9; }) == 0);
    CHECK(test::in_child([&] { return limited(RLIMIT_FSIZE, 1U << 20U) ? runs_in(&os::sealed_code_pages) : 9; }) == 0);
    // No address space.
    const std::uint64_t mapped = test::mapped_bytes();
    const std::uint64_t one = code_memory::default_limit + (std::uint64_t{32} << 20U);
    if (test::is_sanitized) {
        return; // a sanitizer needs some
    }
    CHECK(test::in_child([&] { return limited(RLIMIT_AS, mapped + one) ? runs_in(&os::sealed_code_pages) : 9; }) == 0);
    CHECK(test::in_child([&] { return limited(RLIMIT_AS, mapped + (1U << 20U)) ? runs_in(nullptr) : 9; }) == 0);
}

TEST_CASE("code memory: where no mapping may become executable, as systemd's MemoryDenyWriteExecute has it") {
    constexpr int set_mdwe = 65;
    constexpr unsigned long refuse_exec_gain = 1;
    constexpr int has_no_mdwe = 9; // before Linux 6.3
    const int result = test::in_child([&] {
        if (::prctl(set_mdwe, refuse_exec_gain, 0L, 0L, 0L) != 0) {
            return has_no_mdwe;
        }
        code_views sealed{.bytes = code_memory::page_bytes};
        const bool is_enforced = os::reserve_once(sealed) == 0 && os::commit_once(sealed, 0, sealed.bytes) == 0 &&
                                 os::seal_once(sealed, 0, sealed.bytes) == EACCES;
        return is_enforced ? runs_in(&os::dual_code_pages) : 8;
    });
    CHECK((result == 0 || result == has_no_mdwe));
}

TEST_CASE("code memory: each request of memory may fail") {
    std::size_t refused = 0;
    const riser::engine engine;
    const riser::module module = riser::module::compile(engine, test::wat("(module)"));
    const auto report = test::fail_each_allocation([&](test::failing_allocator& memory) {
        const riser::core::allocator source = memory.interface();
        code_map map(source);
        code_memory pages(source);
        native_code code(*module.state(), all_memory_modes, pages, map, source);
        bool has_failed = false;
        for (std::uint32_t i = 0; i < 40; ++i) {
            const std::array<std::byte, 100> sites{};
            const compiled_function compiled{i, 3000, sites};
            const native_piece piece = code.allocate({&compiled, 1});
            if (piece.error) {
                has_failed = true;
                if (piece.error.failure != code_memory_failure::no_memory) {
                    return test::attempt_result::wrong;
                }
                continue;
            }
            write_constant(piece.writable, static_cast<std::int32_t>(i));
            if (code.publish(piece) || run(piece.executable) != static_cast<int>(i) ||
                locate_native_code(map, piece.executable).range->function != i) {
                return test::attempt_result::wrong;
            }
        }
        refused += has_failed ? 1U : 0U;
        return has_failed ? test::attempt_result::refused : test::attempt_result::as_usual;
    });
    CHECK(report.is_good());
    CHECK(refused > 5);
}

TEST_CASE("code memory: what a forked child compiles or drops is not the parent's") {
    for (const code_page_operations* const way : ways) {
        const std::string name = way->name;
        CAPTURE(name);
        world in(way);
        const std::byte* const first = publish(*in.code, 1);
        std::optional<native_code> other;
        other.emplace(*in.module.state(), all_memory_modes, in.memory, in.map, in.source);
        const std::byte* const second = publish(*other, 2);
        const std::byte* const spare = first + native_code::rounded(usual_bytes);
        REQUIRE(test::in_child([&] {
                    const bool has_old = run(first) == 1 && run(second) == 2;
                    const std::byte* const made = publish(*in.code, 3);
                    const bool is_new =
                        made != nullptr && run(made) == 3 && run_in_child(made) == 3 && careless_mappings() == 0;
                    other.reset();
                    native_code next = in.more();
                    const std::byte* const recycled = publish(next, 4);
                    const bool is_recycled = recycled == second && run(recycled) == 4 && run(first) == 1;
                    return has_old && is_new && is_recycled ? 0 : 1;
                }) == 0);
        CHECK(run(first) == 1);
        CHECK(run(second) == 2);
        if (!way->seals) {
            CHECK(*spare == code_memory::int3);
        }
        CHECK(run(publish(*in.code, 5)) == 5);
        CHECK(run(publish(*other, 6)) == 6);
    }
}

TEST_CASE("code memory: a forked child keeps what the parent drops and recycles") {
    for (const code_page_operations* const way : ways) {
        const std::string name = way->name;
        CAPTURE(name);
        world in(way);
        const std::byte* const code = publish(*in.code, 1);
        int pipe[2];
        REQUIRE(::pipe(pipe) == 0);
        const ::pid_t child = ::fork();
        if (child == 0) {
            char go = 0;
            ::close(pipe[1]);
            const bool is_told = ::read(pipe[0], &go, 1) == 1;
            ::_exit(is_told && run(code) == 1 ? 0 : 1);
        }
        REQUIRE(child > 0);
        in.code.reset();
        native_code next = in.more();
        CHECK(publish(next, 2) == code);
        CHECK(run(code) == 2);
        CHECK(::write(pipe[1], "x", 1) == 1);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
        ::close(pipe[0]);
        ::close(pipe[1]);
    }
}

TEST_CASE("code memory: a child for which the system has no memory runs no code that the parent may replace") {
    for (const bool is_half_done : {false, true}) {
        CAPTURE(is_half_done);
        code_page_operations failing = os::dual_code_pages;
        if (is_half_done) {
            failing.copy = [](const code_views&, int, std::uint64_t, std::uint64_t) noexcept { return ENOSPC; };
        } else {
            failing.open_copy = [](const code_views&, int&) noexcept { return EMFILE; };
        }
        world in(&failing);
        const std::byte* const code = publish(*in.code, 1);
        CHECK(run_in_child(code) == 100 + SIGSEGV);
        CHECK(test::in_child([&] {
                  const compiled_function compiled{2, 6, {}};
                  const bool has_none =
                      in.code->allocate({&compiled, 1}).error.failure == code_memory_failure::forked &&
                      publish(*in.code, 3, 100'000) == nullptr && last_failure(in) == code_memory_failure::forked;
                  in.code.reset();
                  native_code next = in.more();
                  return has_none && publish(next, 4) == nullptr ? 0 : 1;
              }) == 0);
        CHECK(run(code) == 1);
        CHECK(run(publish(*in.code, 2)) == 2);
    }
}

TEST_CASE("code memory: however a child is made, it does not write its parent's code") {
    world in;
    const compiled_function compiled{1, 6, {}};
    const native_piece piece = in.code->allocate({&compiled, 1});
    write_constant(piece.writable, 1, 6);
    REQUIRE_FALSE(in.code->publish(piece));
    const auto child = static_cast<::pid_t>(::syscall(SYS_fork)); // passes pthread_atfork by
    if (child == 0) {
        std::signal(SIGSEGV, SIG_DFL);
        write_constant(piece.writable, 2, 6);
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(run(piece.executable) == 1);
}

TEST_CASE("code memory: a process forks while its threads compile, and the children run what is there") {
    world in;
    const std::byte* const code = publish(*in.code, 5);
    std::atomic<bool> stops = false;
    std::atomic<std::uint32_t> wrong = 0;
    std::thread compiling([&] {
        for (std::uint32_t i = 0; !stops; ++i) {
            native_code short_lived = in.more();
            wrong += run(publish(short_lived, i, 6000)) == static_cast<int>(i) ? 0U : 1U;
        }
    });
    for (int i = 0; i < 30; ++i) {
        CHECK(run_in_child(code) == 5);
    }
    stops = true;
    compiling.join();
    CHECK(wrong == 0);
}

#if defined(__linux__) && defined(__x86_64__)

#    include "riser/basic_engine.hpp"
#    include "riser/custom_engine.hpp"
#    include "riser/linker.hpp"
#    include "riser/memory.hpp"
#    include "riser/memory_policy.hpp"
#    include "riser/module.hpp"
#    include "riser/store.hpp"
#    include "riser/wasi/wasi.hpp"
#    include "support/process.hpp"
#    include "support/wat.hpp"

#    include <doctest/doctest.h>

#    include <csignal>
#    include <cstddef>
#    include <cstdint>
#    include <string>

#    include <sys/mman.h>
#    include <unistd.h>

// A page within a memory that is gone, as of a mapped file that became shorter: an access of the guest's traps; where the
// engine itself copies, the fault is for whoever handles the process's faults, with registers as they are.

namespace {

constexpr std::uint64_t page = 65536;
constexpr std::uint64_t far = 640 * page; // beyond the guard's reach
constexpr int trapped = 3;
constexpr int ran = 4;
constexpr int host_was_asked = 5;

/// Runs `body` of a function in a process of its own; what it does to the second page, or to the one at 40 MiB, faults.
int run(const std::string& body) {
    return test::in_child([&] {
        struct sigaction action{};
        action.sa_handler = [](int) { ::_exit(host_was_asked); };
        ::sigaction(SIGSEGV, &action, nullptr);
        const riser::basic_engine<riser::memory_policy::signaling> engine;
        riser::linker linker(engine);
        linker.define("host", "read", [](riser::caller& caller) { return caller.memory().read<std::uint32_t>(page); });
        linker.define("host", "write", [](riser::caller& caller) { caller.memory().write(page, std::uint32_t{1}); });
        riser::wasi::add_to(linker);
        riser::store store(engine);
        store.emplace<riser::wasi::context>(riser::wasi::options{});
        const auto module = riser::module::compile(engine, test::wat(R"((module
            (import "host" "read" (func $read (result i32)))
            (import "host" "write" (func $write))
            (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
            (memory (export "memory") 700)
            (data $bytes "0123456789abcdef")
            (func (export "run") )" + body + "))"));
        const riser::instance instance = linker.instantiate(store, module);
        const riser::memory memory = instance.memory("memory");
        std::byte* const base = memory.data().data();
        if (::mprotect(base + page, page, PROT_NONE) != 0 || ::mprotect(base + far, page, PROT_NONE) != 0) {
            return 1;
        }
        const auto outcome = instance.function<void()>("run").try_call();
        if (outcome) {
            return ran;
        }
        const auto trap = outcome.error().as<riser::trap>();
        return trap && trap->kind() == riser::trap_kind::memory_out_of_bounds ? trapped : 2;
    });
}

} // namespace

TEST_CASE("faults within a memory: what the guest loads and stores itself traps") {
    CHECK(run("(drop (i32.load (i32.const 0)))") == ran);
    for (const char* const load :
         {"i32.load", "i32.load8_s", "i32.load8_u", "i32.load16_s", "i32.load16_u", "i64.load", "i64.load8_s",
          "i64.load8_u", "i64.load16_s", "i64.load16_u", "i64.load32_s", "i64.load32_u", "f32.load", "f64.load"}) {
        CAPTURE(load);
        CHECK(run("(drop (" + std::string(load) + " (i32.const 65536)))") == trapped);
    }
    for (const std::string type : {"i32", "i64", "f32", "f64"}) {
        CAPTURE(type);
        CHECK(run("(" + type + ".store (i32.const 65536) (" + type + ".const 1))") == trapped);
    }
    for (const std::string store : {"i32.store8", "i32.store16", "i64.store8", "i64.store16", "i64.store32"}) {
        CAPTURE(store);
        CHECK(run("(" + store + " (i32.const 65536) (" + store.substr(0, 3) + ".const 1))") == trapped);
    }
}

TEST_CASE("faults within a memory: what the engine or the host does there is not taken for an access of the guest's") {
    CHECK(run("(memory.copy (i32.const 0) (i32.const 65536) (i32.const 4096))") == host_was_asked);
    CHECK(run("(memory.copy (i32.const 65536) (i32.const 0) (i32.const 4096))") == host_was_asked);
    CHECK(run("(memory.copy (i32.const 0) (i32.const 65536) (i32.const 8))") == host_was_asked);
    CHECK(run("(memory.fill (i32.const 65536) (i32.const 1) (i32.const 4096))") == host_was_asked);
    CHECK(run("(memory.fill (i32.const 65536) (i32.const 1) (i32.const 8))") == host_was_asked);
    CHECK(run("(memory.init $bytes (i32.const 65536) (i32.const 0) (i32.const 16))") == host_was_asked);
    CHECK(run("(drop (call $read))") == host_was_asked);
    CHECK(run("(call $write)") == host_was_asked);
    // Offsets beyond the guard are checked by handlers that keep registers as they like.
    CHECK(run("(drop (i32.load offset=41943040 (i32.const 0)))") == host_was_asked);
    CHECK(run("(i32.store offset=41943040 (i32.const 0) (i32.const 1))") == host_was_asked);
}

TEST_CASE("faults within a memory: WASI says EFAULT where the system copies") {
    CHECK(run("(if (i32.ne (call $random (i32.const 65536) (i32.const 16)) (i32.const 21)) (then unreachable))") ==
          ran);
}

#endif

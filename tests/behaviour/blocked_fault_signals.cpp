#include "cli/engines.hpp"
#include "riser/riser.hpp"
#include "support/process.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <thread>

#include <pthread.h>

namespace {

/// Accesses the byte at 65536 of 65536.
const char* const exceeding = R"((module (memory 1) (func (export "f") (drop (i32.load8_u (i32.const 65536))))))";

struct observation {
    riser::result<void> outcome;
    bool blocks_segv;
    bool blocks_bus;
    bool blocks_others;
};

/// What a thread with all signals blocked sees that calls a guest which goes out of bounds.
observation call_with_signals_blocked(const riser::engine_base& engine) {
    riser::store store(engine);
    const riser::module module = riser::module::compile(engine, test::wat(exceeding));
    const auto function = riser::linker(engine).instantiate(store, module).function<void()>("f");
    observation seen{};
    std::thread([&] {
        ::sigset_t mask;
        ::sigfillset(&mask);
        ::pthread_sigmask(SIG_BLOCK, &mask, nullptr);
        seen.outcome = function.try_call();
        ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
        seen.blocks_segv = ::sigismember(&mask, SIGSEGV) == 1;
        seen.blocks_bus = ::sigismember(&mask, SIGBUS) == 1;
        seen.blocks_others = ::sigismember(&mask, SIGUSR1) == 1 && ::sigismember(&mask, SIGTERM) == 1;
    }).join();
    return seen;
}

bool is_out_of_bounds(const riser::result<void>& outcome) {
    const auto trap = outcome.error().as<riser::trap>();
    return trap && trap->kind() == riser::trap_kind::memory_out_of_bounds;
}

} // namespace

TEST_CASE("blocked fault signals: a thread that blocks them has them unblocked, and nothing else") {
    CHECK(test::in_child([] {
              const observation seen = call_with_signals_blocked(*cli::make_signaling_engine({}));
              return !is_out_of_bounds(seen.outcome)       ? 1
                     : seen.blocks_segv || seen.blocks_bus ? 2
                     : !seen.blocks_others                 ? 3
                                                           : 0;
          }) == 0);
}

TEST_CASE("blocked fault signals: or its calls are refused, and its mask stays as it was") {
    riser::engine_options options;
    options.blocked_fault_signals = riser::blocked_fault_signals::refuse;
    const observation seen = call_with_signals_blocked(*cli::make_signaling_engine(options));
    REQUIRE(!seen.outcome);
    CHECK(seen.outcome.error().is<riser::usage_error>());
    CHECK(std::string(seen.outcome.error().what()).find("this thread blocks SIGSEGV or SIGBUS") != std::string::npos);
    CHECK(seen.blocks_segv);
    CHECK(seen.blocks_bus);
    CHECK(seen.blocks_others);
}

TEST_CASE("blocked fault signals: once they are unblocked, the thread that was refused may call") {
    riser::engine_options options;
    options.blocked_fault_signals = riser::blocked_fault_signals::refuse;
    const auto engine = cli::make_signaling_engine(options);
    riser::store store(*engine);
    const riser::module module = riser::module::compile(*engine, test::wat(exceeding));
    const auto function = riser::linker(*engine).instantiate(store, module).function<void()>("f");
    std::thread([&] {
        ::sigset_t bus;
        ::sigemptyset(&bus);
        ::sigaddset(&bus, SIGBUS);
        ::pthread_sigmask(SIG_BLOCK, &bus, nullptr);
        CHECK(function.try_call().error().is<riser::usage_error>());
        ::pthread_sigmask(SIG_UNBLOCK, &bus, nullptr);
        CHECK(is_out_of_bounds(function.try_call()));
    }).join();
}

TEST_CASE("blocked fault signals: an engine that only checks bounds leaves a thread's mask alone") {
    const observation seen = call_with_signals_blocked(*cli::make_bounds_checking_engine({}));
    CHECK(is_out_of_bounds(seen.outcome));
    CHECK(seen.blocks_segv);
    CHECK(seen.blocks_bus);
}

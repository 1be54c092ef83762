// An interrupt wakes a thread that waits in the system. Without that these tests would not end: they wait for ever.
#include "riser/wasi/detail/wake_up.hpp"
#include "riser/wasi/detail/waiting.hpp"
#include "support/process.hpp"
#include "support/wasm.hpp"
#include "wasi/asleep.hpp"
#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

using riser::wasi::detail::awaiting_interrupts;

namespace {

/// Waits, however long it takes. \returns whether an interrupt woke the thread
bool wait_for_ever(const awaiting_interrupts& awaiting) {
    ::pollfd watched = awaiting.watch();
    const bool is_awake = ::poll(&watched, 1, -1) == 1;
    awaiting.note(watched);
    return is_awake;
}

bool is_awake(const awaiting_interrupts& awaiting) {
    ::pollfd watched = awaiting.watch();
    return ::poll(&watched, 1, 0) == 1;
}

/// Interrupts in a signal handler of this thread.
void interrupt_by_signal(const riser::interrupt_handle& by) {
    static std::optional<riser::interrupt_handle> handle;
    handle = by;
    struct sigaction action{};
    struct sigaction before{};
    action.sa_handler = [](int) { handle->interrupt(); };
    REQUIRE(::sigaction(SIGUSR1, &action, &before) == 0);
    ::raise(SIGUSR1);
    ::sigaction(SIGUSR1, &before, nullptr);
    handle.reset();
}

} // namespace

TEST_CASE("an interrupt between a thread's last look and its waiting wakes it, from wherever it comes") {
    test::world world;
    std::optional<riser::interrupt_handle> gone;
    {
        const riser::store store(*world.engine);
        gone = store.interrupt_handle();
    }
    const std::function<void()> interrupts[] = {
        [&] { world.store.interrupt_handle().interrupt(); },
        [&] { world.engine->interrupt_all(); },
        [&] { interrupt_by_signal(world.store.interrupt_handle()); },
        [&] { gone->interrupt(); },
    };
    for (const auto& interrupt : interrupts) {
        const awaiting_interrupts awaiting;
        CHECK_FALSE(is_awake(awaiting));
        interrupt();
        CHECK(wait_for_ever(awaiting));
        CHECK_FALSE(is_awake(awaiting)); // once
    }
}

TEST_CASE("an interrupt wakes all threads that wait") {
    const test::world world;
    const auto wait = [] {
        const awaiting_interrupts awaiting;
        wait_for_ever(awaiting);
    };
    std::atomic<::pid_t> ids[2] = {};
    std::thread threads[2];
    for (int i = 0; i < 2; ++i) {
        threads[i] = std::thread([&wait, &id = ids[i]] {
            id = ::gettid();
            wait();
        });
    }
    for (const auto& id : ids) {
        while (id == 0) {
            std::this_thread::yield();
        }
        test::until_asleep(id);
    }
    world.engine->interrupt_all();
    for (std::thread& each : threads) {
        each.join();
    }
}

TEST_CASE("an interrupt writes nothing where nobody waits") {
    test::world world;
    std::thread([&] { // which has seen no other interrupt
        static_cast<void>(awaiting_interrupts());
        CHECK(riser::core::runtime::waker.waiting == 0);
        world.store.interrupt_handle().interrupt();
        CHECK_FALSE(is_awake(awaiting_interrupts()));
    })
        .join();
}

TEST_CASE("a function of WASI that waits is woken, and goes on where the interrupt is another store's") {
    test::world world;
    const riser::store other(*world.engine);
    bool was_woken = false;
    world.linker.define("host", "wait", [&](riser::caller& caller) {
        const awaiting_interrupts awaiting;
        other.interrupt_handle().interrupt();
        ::pollfd watched[1];
        const auto outcome = riser::wasi::detail::wait_a_while(caller, watched, UINT64_MAX);
        was_woken = outcome == riser::wasi::errc::success && watched[0].revents != 0;
    });
    world.instantiate(R"((module (import "host" "wait" (func $wait)) (func (export "run") (call $wait))))")
        .function<void()>("run")();
    CHECK(was_woken);
}

namespace {

std::atomic<int> watch_at_the_end{-1};

/// A variable of a thread that outlives what riser keeps for the thread.
struct waits_at_the_end {
    bool is_there = false;
    ~waits_at_the_end() { watch_at_the_end = awaiting_interrupts().watch().fd; }
};

} // namespace

TEST_CASE("a guest that waits while its thread ends does so without a descriptor, not on one that is closed") {
    std::thread([] {
        static thread_local waits_at_the_end last;
        last.is_there = true;
        CHECK(awaiting_interrupts().watch().fd >= 0);
    }).join();
    CHECK(watch_at_the_end < 0);
}

TEST_CASE("where no descriptor is left to be woken by, an interrupt ends a sleep after a while") {
    CHECK(test::in_child([] {
              test::guest guest{riser::wasi::options()};
              const std::uint32_t place = guest.allocate(128);
              guest.store(place + 24, UINT64_MAX);
              guest.store(place + 16, std::uint32_t{1});
              const riser::interrupt_handle handle = guest.interrupt_handle();
              bool has_watch = true;
              bool has_trapped = false;
              std::atomic<bool> has_started = false;
              std::atomic<bool> is_limited = false;
              std::atomic<bool> begins = false;
              std::thread waiter([&] { // which has no descriptor yet; a sanitizer wants some to see it start
                  has_started = true;
                  while (!is_limited) {
                      std::this_thread::yield();
                  }
                  has_watch = awaiting_interrupts().watch().fd >= 0;
                  begins = true;
                  has_trapped = !guest.call_with("poll_oneoff", {place, place + 48, 1, place + 80}).has_value();
              });
              int lowest = -1;
              do { // who runs the tests may have closed the standard streams
                  lowest = ::open("/dev/null", O_RDONLY);
              } while (lowest >= 0 && lowest <= STDERR_FILENO);
              if (::close(lowest) != 0) {
                  return 2;
              }
              const ::rlimit none{static_cast<::rlim_t>(lowest), static_cast<::rlim_t>(lowest)};
              while (!has_started) {
                  std::this_thread::yield();
              }
              ::setrlimit(RLIMIT_NOFILE, &none);
              is_limited = true;
              while (!begins) {
                  std::this_thread::yield();
              }
              handle.interrupt();
              waiter.join();
              return !has_watch && has_trapped ? 0 : 1;
          }) == 0);
}

#include "riser/memory_policy.hpp"

#if defined(__linux__) && defined(__x86_64__)

#    include "support/guest_code.hpp"
#    include "support/process.hpp"

#    include <doctest/doctest.h>

#    include <atomic>
#    include <csetjmp>
#    include <csignal>
#    include <cstddef>
#    include <cstdint>
#    include <memory>
#    include <optional>
#    include <thread>
#    include <vector>

#    include <sys/syscall.h>
#    include <unistd.h>

namespace {

namespace memory = riser::core::memory;
using memory::address_space;
using memory::linear_memory;
using riser::memory_policy::signaling;

constexpr std::uint64_t page = 65536;

memory::memory_request pages(std::uint64_t min, std::optional<std::uint64_t> max = std::nullopt) {
    return memory::request_memory(min, max, false, false, 16, true);
}

const void* bad_address() { return reinterpret_cast<const void*>(std::uintptr_t{64}); }

/// An engine with one signaling memory.
struct guest {
    address_space space;
    linear_memory memory;
    guest() { REQUIRE(signaling::make(space, pages(1), memory)); }
    ~guest() { signaling::destroy(space, memory); }
    guest(const guest&) = delete;
    guest& operator=(const guest&) = delete;
};

} // namespace

TEST_CASE("faults: the table of reservations knows every address of each and no other") {
    const auto table = std::make_unique<memory::reservation_table>();
    constexpr std::uint64_t window = memory::reservation_table::window;
    constexpr std::uint64_t length = memory::signaling_reservation;
    constexpr std::uint64_t top = memory::reservation_table::windows * window;
    // Neighbours, at the start of a window and across three of them, and at the end of user space.
    const std::uintptr_t begins[] = {5 * window, 5 * window + length, 8 * window - 4096, 8 * window - 4096 + length,
                                     top - length};
    const auto check = [&](bool expected) {
        for (const std::uintptr_t begin : begins) {
            for (const std::uintptr_t at : {std::uintptr_t{0}, window / 2, window - 1, window, length - 1}) {
                CAPTURE(begin);
                CAPTURE(at);
                CHECK(table->contains(begin + at) == expected);
            }
        }
    };
    check(false);
    for (const std::uintptr_t begin : begins) {
        REQUIRE(table->add(begin, length));
    }
    check(true);
    const std::uintptr_t others[] = {0,
                                     5 * window - 1,
                                     5 * window + 2 * length,
                                     8 * window - 4097,
                                     8 * window - 4096 + 2 * length,
                                     top - length - 1,
                                     top,
                                     ~std::uintptr_t{0}};
    for (const std::uintptr_t other : others) {
        CAPTURE(other);
        CHECK_FALSE(table->contains(other));
    }
    table->remove(begins[0], length);
    CHECK_FALSE(table->contains(begins[0]));
    CHECK_FALSE(table->contains(begins[1] - 1));
    CHECK(table->contains(begins[1]));
    for (const std::uintptr_t begin : begins) {
        table->remove(begin, length);
    }
    check(false);
    CHECK_FALSE(table->add(5 * window, window));
    CHECK_FALSE(table->add(top - window, length));
    CHECK_FALSE(table->add(top, length));
    CHECK_FALSE(table->add(5 * window, ~std::uint64_t{0}));
}

TEST_CASE("faults: an access beyond the size lands in the trap stub, with its registers") {
    guest one;
    one.memory.base[page - 1] = std::byte{42};
    CHECK(test::guest_load(one.memory.base + page - 1) == 42);
    const std::uint64_t limit = (std::uint64_t{1} << 32U) - 1 + memory::guarded_offset_limit - 1 + 15;
    for (const std::uint64_t at : {page, page + 1, 2 * page, std::uint64_t{1} << 31U, (std::uint64_t{1} << 32U) - 1,
                                   std::uint64_t{1} << 32U, limit}) {
        CAPTURE(at);
        CHECK(test::guest_load(one.memory.base + at) == test::trapped);
    }
    REQUIRE(signaling::grow(one.space, one.memory, 2 * page));
    CHECK(test::guest_load(one.memory.base + page) == 0);
    CHECK(test::guest_load(one.memory.base + 2 * page) == test::trapped);
    REQUIRE(signaling::grow(one.space, one.memory, 65536 * page));
    CHECK(test::guest_load(one.memory.base + 65536 * page - 1) == 0);
    CHECK(test::guest_load(one.memory.base + 65536 * page) == test::trapped);
    CHECK(test::guest_load(one.memory.base + limit) == test::trapped);
}

TEST_CASE("faults: several memories and engines, and those that are left") {
    guest first;
    std::uintptr_t base = 0;
    {
        guest second;
        linear_memory third;
        REQUIRE(signaling::make(second.space, pages(0), third));
        CHECK(test::guest_load(third.base) == test::trapped);
        CHECK(test::guest_load(second.memory.base + page) == test::trapped);
        base = reinterpret_cast<std::uintptr_t>(third.base);
        CHECK(memory::reservations.contains(base));
        signaling::destroy(second.space, third);
        CHECK(memory::reservations.contains(base)); // idle
        CHECK(memory::drop_idle(second.space));
        CHECK_FALSE(memory::reservations.contains(base));
        REQUIRE(signaling::make(second.space, pages(0), third));
        base = reinterpret_cast<std::uintptr_t>(third.base);
        signaling::destroy(second.space, third);
    }
    CHECK_FALSE(memory::reservations.contains(base)); // gone with its engine
    CHECK(test::guest_load(first.memory.base + page) == test::trapped);
}

TEST_CASE("faults: threads trap at the same time while memories come and go") {
    address_space space;
    std::atomic<int> failures = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 50; ++round) {
                linear_memory memory;
                bool is_good = signaling::make(space, pages(1), memory);
                for (int trap = 0; is_good && trap < 20; ++trap) {
                    is_good = test::guest_load(memory.base + page + trap) == test::trapped &&
                              test::guest_load(memory.base + trap) == 0;
                }
                signaling::destroy(space, memory);
                failures += is_good ? 0 : 1;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(failures == 0);
}

namespace {

// What a handler of the host saw. In children only.
::sigjmp_buf back;
volatile std::sig_atomic_t calls = 0;
const volatile void* seen_address = nullptr;
volatile bool was_blocked = false;

void note_mask() {
    ::sigset_t mask;
    ::sigemptyset(&mask);
    ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    was_blocked = ::sigismember(&mask, SIGUSR2) == 1;
}

void host_action(int, ::siginfo_t* info, void*) {
    calls = calls + 1;
    seen_address = info->si_addr;
    note_mask();
    ::siglongjmp(back, 1);
}

void host_handler(int) {
    calls = calls + 1;
    ::siglongjmp(back, 1);
}

void install(int signal, void (*action)(int, ::siginfo_t*, void*), int flags = 0) {
    struct sigaction wanted{};
    wanted.sa_sigaction = action;
    wanted.sa_flags = SA_SIGINFO | flags;
    ::sigaddset(&wanted.sa_mask, SIGUSR2);
    ::sigaction(signal, &wanted, nullptr);
}

void install(int signal, void (*handler)(int), int flags = 0) {
    struct sigaction wanted{};
    wanted.sa_handler = handler;
    wanted.sa_flags = flags;
    ::sigaction(signal, &wanted, nullptr);
}

struct sigaction current(int signal) {
    struct sigaction action{};
    ::sigaction(signal, nullptr, &action);
    return action;
}

/// Whether a fault of the host reaches the handlers above.
bool host_sees_fault(const void* address) {
    const int before = calls;
    if (sigsetjmp(back, 1) == 0) {
        test::host_load(address);
        return false;
    }
    return calls == before + 1;
}

} // namespace

TEST_CASE("faults: a foreign fault reaches the handler that was there, with its details") {
    CHECK(test::in_child([] {
              install(SIGSEGV, host_action);
              guest one;
              if (test::guest_load(one.memory.base + page) != test::trapped || calls != 0) {
                  return 1;
              }
              if (!host_sees_fault(bad_address()) || seen_address != bad_address() || !was_blocked) {
                  return 2;
              }
              // In a reservation, but by the host.
              if (!host_sees_fault(one.memory.base + page) || seen_address != one.memory.base + page) {
                  return 3;
              }
              // By the host, which the guest has called.
              const memory::guarded_code* const outer = memory::enter_guest(&test::guest_code);
              const memory::guarded_code* const guest = memory::leave_guest();
              if (guest != &test::guest_code || !host_sees_fault(one.memory.base + page)) {
                  return 4;
              }
              memory::restore_guest(guest);
              // By the guest, but in no reservation.
              if (!host_sees_fault(bad_address())) {
                  return 5;
              }
              memory::restore_guest(outer);
              return test::guest_load(one.memory.base + page) == test::trapped && calls == 4 ? 0 : 6;
          }) == 0);
    CHECK(test::in_child([] {
              install(SIGSEGV, host_handler);
              guest one;
              return host_sees_fault(bad_address()) && host_sees_fault(bad_address()) ? 0 : 1;
          }) == 0);
}

TEST_CASE(
    "faults: at an instruction of which nobody knows that it may fault, registers hold anything: the host's affair") {
    CHECK(test::in_child([] {
              install(SIGSEGV, host_handler);
              guest one;
              const memory::guarded_code* const outer = memory::enter_guest(&test::siteless_code);
              const bool is_host_affair = host_sees_fault(one.memory.base + page);
              memory::restore_guest(outer);
              return is_host_affair && test::guest_load(one.memory.base + page) == test::trapped ? 0 : 1;
          }) == 0);
}

TEST_CASE("faults: without a handler, foreign faults and signals end the process as ever") {
    const auto after = [](void (*disposition)(int), auto act) {
        return test::in_child([&] {
            ::signal(SIGSEGV, disposition);
            ::signal(SIGBUS, disposition);
            guest one;
            act(one);
            return test::guest_load(one.memory.base + page) == test::trapped ? 0 : 1;
        });
    };
    const auto fault = [](guest&) { test::host_load(bad_address()); };
    const auto fault_inside = [](guest& one) { test::host_load(one.memory.base + page); };
    const auto raise_segv = [](guest&) { ::raise(SIGSEGV); };
    const auto raise_bus = [](guest&) { ::raise(SIGBUS); };
    CHECK(after(SIG_DFL, fault) == 100 + SIGSEGV);
    CHECK(after(SIG_DFL, fault_inside) == 100 + SIGSEGV);
    CHECK(after(SIG_DFL, raise_segv) == 100 + SIGSEGV);
    CHECK(after(SIG_DFL, raise_bus) == 100 + SIGBUS);
    CHECK(after(SIG_IGN, fault) == 100 + SIGSEGV); // the kernel lets nobody ignore a fault
    CHECK(after(SIG_IGN, raise_segv) == 0);
    CHECK(after(SIG_IGN, raise_bus) == 0);
    CHECK(after(SIG_DFL, [](guest&) {}) == 0);
}

TEST_CASE("faults: a signal that somebody sends is no fault of the guest") {
    CHECK(test::in_child([] {
              ::signal(SIGSEGV, SIG_DFL);
              guest one;
              const memory::guarded_code* const outer = memory::enter_guest(&test::guest_code);
              ::raise(SIGSEGV);
              memory::restore_guest(outer);
              return 0;
          }) == 100 + SIGSEGV);

    // Also where the details look like it: they hold whatever the sender likes. And a chip that loses a page of the
    // memory is not the guest's fault either.
    const auto sent = [](int signal, int code) {
        return test::in_child([=] {
            install(signal, host_action);
            guest one;
            ::siginfo_t info{};
            info.si_signo = signal;
            info.si_code = code;
            info.si_addr = one.memory.base + page;
            if (sigsetjmp(back, 1) == 0) {
                const memory::guarded_code* const outer = memory::enter_guest(&test::guest_code);
                ::syscall(SYS_rt_tgsigqueueinfo, ::getpid(), ::gettid(), signal, &info);
                memory::restore_guest(outer);
            }
            return calls == 1 ? 0 : 1;
        });
    };
    CHECK(sent(SIGSEGV, SI_QUEUE) == 0);
    CHECK(sent(SIGSEGV, SEGV_PKUERR) == 0);
    CHECK(sent(SIGBUS, BUS_MCEERR_AR) == 0);
}

TEST_CASE("faults: a handler that wanted to be called once is called once") {
    CHECK(test::in_child([] {
              install(SIGSEGV, host_handler, static_cast<int>(SA_RESETHAND));
              guest one;
              if (!host_sees_fault(bad_address())) {
                  return 1;
              }
              host_sees_fault(bad_address());
              return 2;
          }) == 100 + SIGSEGV);
}

TEST_CASE("faults: the last engine puts the handler back") {
    CHECK(test::in_child([] {
              install(SIGSEGV, host_action);
              install(SIGBUS, host_handler);
              {
                  address_space idle; // one that never makes a signaling memory touches nothing
                  guest first;
                  {
                      guest second;
                  }
                  if (current(SIGSEGV).sa_sigaction == host_action || current(SIGBUS).sa_handler == host_handler ||
                      (current(SIGSEGV).sa_flags & SA_ONSTACK) == 0) {
                      return 1;
                  }
              }
              return current(SIGSEGV).sa_sigaction == host_action && current(SIGBUS).sa_handler == host_handler ? 0 : 2;
          }) == 0);
}

namespace {

struct sigaction chained; // what later_action forwards to
volatile std::sig_atomic_t later_calls = 0;

/// Somebody who came after us, and forwards.
void later_action(int signal, ::siginfo_t* info, void* context) {
    later_calls = later_calls + 1;
    if (later_calls > 20) {
        ::_exit(50); // a ring
    }
    chained.sa_sigaction(signal, info, context);
}

void install_later() {
    struct sigaction wanted{};
    wanted.sa_sigaction = later_action;
    wanted.sa_flags = SA_SIGINFO;
    ::sigaction(SIGSEGV, &wanted, &chained);
}

} // namespace

TEST_CASE("faults: where somebody has replaced the handler, it stays and passes on") {
    CHECK(test::in_child([] {
              install(SIGSEGV, host_action);
              {
                  guest one;
                  install_later();
                  // They forward to us: a guest's fault is ours still.
                  if (test::guest_load(one.memory.base + page) != test::trapped || later_calls != 1) {
                      return 1;
                  }
              }
              if (current(SIGSEGV).sa_sigaction != later_action) {
                  return 2;
              }
              if (!host_sees_fault(bad_address()) || later_calls != 2) {
                  return 3;
              }
              // New engines come in front of them; nothing goes in circles.
              for (int i = 0; i < 20; ++i) {
                  guest one;
                  if (current(SIGSEGV).sa_sigaction == later_action ||
                      test::guest_load(one.memory.base + page) != test::trapped || later_calls != 2) {
                      return 4;
                  }
              }
              if (current(SIGSEGV).sa_sigaction != later_action) {
                  return 5;
              }
              guest one;
              later_calls = 0;
              return host_sees_fault(bad_address()) && later_calls == 1 ? 0 : 6;
          }) == 0);
}

TEST_CASE("faults: where somebody has removed the handler, the next engine brings it back") {
    CHECK(test::in_child([] {
              ::signal(SIGSEGV, SIG_DFL);
              guest one;
              for (int i = 0; i < 20; ++i) { // as a test framework does before and after each test
                  install(SIGSEGV, host_action);
                  guest two;
                  if (test::guest_load(one.memory.base + page) != test::trapped ||
                      test::guest_load(two.memory.base + page) != test::trapped || !host_sees_fault(bad_address())) {
                      return 1;
                  }
                  ::signal(SIGSEGV, SIG_DFL);
              }
              return 0;
          }) == 0);
}

TEST_CASE("faults: a thread's alternate stack is used, and errno is kept") {
    CHECK(test::in_child([] {
              std::vector<std::byte> stack(256 << 10U);
              ::stack_t alternate{};
              alternate.ss_sp = stack.data();
              alternate.ss_size = stack.size();
              ::sigaltstack(&alternate, nullptr);
              guest one;
              errno = 77;
              for (int i = 0; i < 1000; ++i) {
                  if (test::guest_load(one.memory.base + page) != test::trapped) {
                      return 1;
                  }
              }
              return errno == 77 ? 0 : 2;
          }) == 0);
}

#endif

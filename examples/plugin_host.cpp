// A host that runs plugins it does not trust: memory, stack, work and time are limited. What a plugin does wrong ends
// its call with an error, and the host goes on.
//
//     g++ -std=c++20 -O2 -pthread -Iinclude examples/plugin_host.cpp -o plugin_host && ./plugin_host
#include <riser/riser.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <iostream>
#include <mutex>
#include <span>
#include <stop_token>
#include <string_view>
#include <thread>

// Interrupts what runs in the store when the time is over, unless it is destroyed before.
class deadline {
public:
    deadline(const riser::store& store, std::chrono::milliseconds time)
        : thread_([handle = store.interrupt_handle(), time](const std::stop_token& done) {
              std::mutex mutex;
              std::unique_lock lock(mutex);
              std::condition_variable_any().wait_for(lock, done, time, [] { return false; });
              if (!done.stop_requested()) {
                  handle.interrupt(); // from any thread
              }
          }) {}

private:
    std::jthread thread_;
};

void attempt(const char* what, const riser::instance& plugin) {
    const riser::result<void> outcome = plugin.function<void()>(what).try_call();
    std::cout << what << ": " << (outcome ? "returned" : outcome.error().what()) << '\n';
}

int main() {
    riser::engine engine;
    const std::string_view junk = "this is no module";
    if (auto refused = riser::module::try_compile(engine, std::as_bytes(std::span(junk))); !refused) {
        std::cout << "refused: " << refused.error().what() << '\n';
    }
    auto module = riser::module::load(engine, "examples/guests/plugin.wasm");

    riser::store_limits limits;
    limits.memory_bytes = 4U << 20U; // of all memories in the store
    limits.stack_bytes = 64U << 10U; // of calls in wasm
    limits.instances = 1;
    riser::store store(engine, limits);
    riser::instance plugin = riser::linker(engine).instantiate(store, module);
    auto sum = plugin.function<std::int64_t(std::int32_t)>("sum");

    std::cout << "sum: " << sum(1000) << '\n';
    std::cout << "hoard: got " << plugin.function<std::int32_t()>("hoard")() << " pages, then no more\n";
    attempt("recurse", plugin);

    const auto peeked = plugin.function<std::int32_t(std::uint32_t)>("peek").try_call(0xffff'fff0);
    std::cout << "peek: " << (peeked ? "read what is not its own" : peeked.error().what()) << '\n';

    store.set_fuel(1'000'000); // in operators of wasm: the same number on every machine
    attempt("spin", plugin);
    store.set_unlimited_fuel();
    {
        const deadline soon(store, std::chrono::milliseconds(50));
        attempt("spin", plugin);
    }
    {
        const deadline late(store, std::chrono::hours(1));
        std::cout << "sum, all the same: " << sum(1000) << '\n';
    }
    store.clear_interrupt(); // one that came when the call was over must not end the next
}

// One module on several threads: it is compiled once and never copied. A store is used by one thread at a time, so each
// thread makes its own.
//
//     g++ -std=c++20 -O2 -pthread -Iinclude examples/shared_module.cpp -o shared_module && ./shared_module
#include <riser/riser.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <thread>
#include <vector>

int main() {
    riser::engine engine;
    auto module = riser::module::load(engine, "examples/guests/greet.wasm");

    // All stores call the same callable, here from four threads at once; hence the atomic.
    std::atomic<int> greetings = 0;
    riser::linker linker(engine);
    linker.define("env", "log", [&greetings](riser::guest_span<const char>) { ++greetings; });
    const riser::linked linked = linker.link(module);

    std::array<std::int64_t, 4> results{};
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < results.size(); ++i) {
            threads.emplace_back([&engine, &linked, &result = results[i], n = static_cast<std::int32_t>(20 + i)] {
                riser::store store(engine);
                riser::instance guest = linked.instantiate(store);
                guest.function<void()>("greet")();
                result = guest.function<std::int64_t(std::int32_t)>("fib")(n);
            });
        }
    } // joins

    for (std::size_t i = 0; i < results.size(); ++i) {
        std::cout << "fib(" << 20 + i << ") = " << results[i] << '\n';
    }
    std::cout << greetings << " greetings; functions translated, for all threads together: "
              << module.statistics().translated_functions << '\n';
}

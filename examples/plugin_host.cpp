// A host that runs plugins it does not trust: memory, stack, work and time are limited. What a plugin does wrong ends
// its call with an error, and the host goes on.
//
//     g++ -std=c++20 -O2 -Iinclude examples/plugin_host.cpp -o plugin_host && ./plugin_host
#include <riser/riser.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <span>
#include <string_view>

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
    store.set_timeout(std::chrono::milliseconds(50));
    attempt("spin", plugin);
    store.set_timeout(std::chrono::hours(1));
    std::cout << "sum, all the same: " << sum(1000) << '\n';
}

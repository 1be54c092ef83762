// How guests are kept inside their memories is the engine's memory policy. Guests cannot tell policies apart; the host
// can, and several engines may live in one process.
//
//     g++ -std=c++20 -O2 -Iinclude examples/choosing_a_policy.cpp -o choosing_a_policy && ./choosing_a_policy
#include <riser/custom_engine.hpp>
#include <riser/riser.hpp>

#include <cstdint>
#include <iostream>

// Takes any engine: only who constructs one knows its policy.
void show(const char* name, const riser::engine_base& engine) {
    auto module = riser::module::load(engine, "examples/guests/plugin.wasm");
    riser::store store(engine);
    riser::instance plugin = riser::linker(engine).instantiate(store, module);
    const auto peeked = plugin.function<std::int32_t(std::uint32_t)>("peek").try_call(0x8000'0000);
    const riser::engine_statistics statistics = engine.statistics();
    std::cout << name << ": " << (plugin.memory("memory").is_guarded() ? "guard pages" : "bounds checks") << ", "
              << (statistics.reserved_bytes >> 30U) << " GiB of addresses reserved, " << statistics.fallbacks
              << " fallbacks; peek: " << (peeked ? "returned" : peeked.error().what()) << '\n';
}

int main() {
    // The default, adaptive: guard pages while there is plenty of address space, bounds checks from then on.
    const riser::engine adaptive;
    show("adaptive", adaptive);

    // The same with a budget, here none: many small instances, or a process that must not reserve much.
    riser::engine_options options;
    options.reserved_bytes = 0;
    const riser::engine frugal(options);
    show("adaptive without budget", frugal);

    // Always bounds checks: a little slower, takes what is used and no more, no signal handler, on every system.
    const riser::basic_engine<riser::memory_policy::bounds_checking> checked;
    show("bounds_checking", checked);

    // Always guard pages is memory_policy::signaling: making a memory fails where there is no room for them.
}

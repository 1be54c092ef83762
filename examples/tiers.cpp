// The same function in each tier: interpreted, as native code from the first call on, and interpreted until it is hot. The engine needs
// the directory of the backends, and xbyak (Debian: libxbyak-dev).
//     g++ -std=c++20 -O2 -DRISER_JIT_BASELINE -Ibackends -Iinclude examples/tiers.cpp -o tiers && ./tiers
#include <riser/riser.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>

namespace {

void run(const char* title, const riser::engine_options& options) {
    const riser::engine engine(options);
    const riser::module module = riser::module::load(engine, "examples/guests/greet.wasm");
    riser::store store(engine);
    riser::linker linker(engine);
    linker.define("env", "log", [](riser::guest_span<const char>) {});
    const riser::instance guest = linker.instantiate(store, module);
    auto fib = guest.function<std::int64_t(std::int32_t)>("fib");

    const auto begin = std::chrono::steady_clock::now();
    const std::int64_t value = fib(32);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
    std::printf("%-40s fib(32) = %lld in %.1f ms\n", title, static_cast<long long>(value), time.count());

    for (const riser::tier_statistics& tier : module.tiers()) {
        std::printf("    %s compiled %llu functions in %.3f ms\n", tier.name.data(),
                    static_cast<unsigned long long>(tier.functions), static_cast<double>(tier.nanoseconds) / 1e6);
    }
}

} // namespace

int main() {
    riser::engine_options options;
    options.tier_up = UINT64_MAX;
    run("interpreted:", options);
    options.tier_up = 0;
    run("native from the first call on:", options);
    run("native when hot (the default):", {});
}

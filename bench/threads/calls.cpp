#include "on_threads.hpp"

#include "riser/riser.hpp"
#include "riser/wat/wat.hpp"

#include <cstddef>
#include <string>

// Measures outermost calls from the host.

namespace {

void call(const riser::engine& engine, const riser::module& module, std::size_t stack_bytes, int count) {
    riser::store_limits limits;
    limits.stack_bytes = stack_bytes;
    riser::store store(engine, limits);
    const auto nop = riser::linker(engine).instantiate(store, module).function<void()>("nop");
    for (int i = 0; i < count; ++i) {
        nop();
    }
}

} // namespace

int main() {
    constexpr int count = 1'000'000;
    const auto binary = riser::wat::to_binary("(module (func (export \"nop\")))");
    const riser::engine engines[2];
    const riser::module modules[2] = {riser::module::compile(engines[0], binary),
                                      riser::module::compile(engines[1], binary)};
    bench::report_computation();
    bench::report("stores of one engine", count, [&](int, int n) { call(engines[0], modules[0], 0, n); });
    bench::report("an engine for each thread", count, [&](int i, int n) { call(engines[i], modules[i], 0, n); });
    for (const std::size_t kibibytes : {64U, 1024U, 65536U}) {
        const std::string name = "stack_bytes of " + std::to_string(kibibytes) + " KiB";
        bench::report(name.c_str(), count, [&](int, int n) { call(engines[0], modules[0], kibibytes << 10U, n); });
    }
}

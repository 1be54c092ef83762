// A translation unit of an embedder that does everything: engine, module, host function, instance, call.
#include <riser/riser.hpp>

#include <cstdint>

std::int64_t run_fib(const char* path, std::int32_t n) {
    riser::engine engine;
    auto module = riser::module::load(engine, path);
    riser::linker linker(engine);
    linker.define("env", "twice", [](std::int32_t value) { return value * 2; });
    riser::store store(engine);
    riser::instance app = linker.instantiate(store, module);
    auto fib = app.function<std::int64_t(std::int32_t)>("fib");
    return fib(n);
}

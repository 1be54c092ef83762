// What consumers of the backend build alone: a function that becomes native code at its first call.
#include <riser/riser.hpp>

#include <cstdint>
#include <cstdio>
#include <string>

int main(int, char** arguments) {
    riser::engine_options options;
    options.tier_up = 0;
    const riser::engine engine(options);
    const auto module = riser::module::try_load(engine, std::string(arguments[1]) + "/greet.wasm");
    auto store = riser::store::try_create(engine);
    riser::linker linker(engine);
    linker.define("env", "log", [](riser::guest_span<const char>) {});
    const auto app = linker.try_instantiate(*store, *module);
    const auto fib = app->try_function<std::int64_t(std::int32_t)>("fib");
    std::printf("fib(20) = %lld\n", static_cast<long long>(*fib->try_call(20)));
    for (const riser::tier_statistics& tier : module->tiers()) {
        std::printf("%s: %llu functions\n", std::string(tier.name).c_str(),
                    static_cast<unsigned long long>(tier.functions));
    }
}

// Errors without exceptions: everything that throws has a twin, try_…, that returns a value or an error. Without
// exceptions and run-time type information the twins are all there is.
//
//     g++ -std=c++20 -O2 -fno-exceptions -fno-rtti -Iinclude examples/no_exceptions.cpp -o no_exceptions &&
//     ./no_exceptions
#include <riser/riser.hpp>

#include <cstdint>
#include <cstdio>

// Says what is wrong. An error knows which class it belongs to.
int fail(const riser::error& failure) {
    std::printf("%s\n", failure.what());
    return 1;
}

riser::result<std::int64_t> fib_of(const riser::engine& engine, std::int32_t n) {
    auto module = riser::module::try_load(engine, "examples/guests/greet.wasm");
    if (!module) {
        return module.error(); // an error of any class becomes that of any result
    }
    riser::linker linker(engine);
    linker.define("env", "log", [](riser::guest_span<const char> text) -> riser::result<void> {
        if (text.empty()) {
            return riser::host_error("nothing to log");
        }
        return {};
    });
    auto store = riser::store::try_create(engine);
    if (!store) {
        return store.error();
    }
    auto guest = linker.try_instantiate(*store, *module);
    if (!guest) {
        return guest.error();
    }
    auto fib = guest->try_function<std::int64_t(std::int32_t)>("fib");
    if (!fib) {
        return fib.error();
    }
    return fib->try_call(n);
}

int main() {
    const riser::engine engine;
    const auto result = fib_of(engine, 20);
    if (!result) {
        return fail(result.error());
    }
    std::printf("fib(20) = %lld\n", static_cast<long long>(*result));

    // What goes wrong, by class.
    const auto absent = riser::module::try_load(engine, "examples/guests/absent.wasm");
    if (!absent && absent.error().is<riser::resource_error>()) {
        fail(absent.error());
    }
    const auto module = riser::module::try_load(engine, "examples/guests/greet.wasm");
    if (!module) {
        return fail(module.error());
    }
    const auto unlinked = riser::linker(engine).try_link(*module);
    if (const auto failure = unlinked.error().as<riser::link_error>()) {
        for (const riser::unsatisfied_import& import : failure->unsatisfied()) {
            std::printf("missing: %s.%s %s\n", import.module.c_str(), import.name.c_str(), import.expected.c_str());
        }
    }
}

// What every consumer builds, beside program.cpp: runs the examples' guests in the folder that it is given. It stays off
// exceptions, so that a consumer may be compiled without them.
#include "program.hpp"

#include <riser/riser.hpp>

#include <cstdint>
#include <cstdio>
#include <string>

namespace {

/// Calls the guest that calls its host. \returns what it logs and computes
riser::result<std::string> run_greet(const riser::engine_base& engine, const std::string& path) {
    const auto module = riser::module::try_load(engine, path);
    auto store = riser::store::try_create(engine);
    if (!module || !store) {
        return module ? store.error() : module.error();
    }
    std::string said;
    riser::linker linker(engine);
    linker.define("env", "log", [&said](riser::guest_span<const char> text) { said += text.view(); });
    const auto app = linker.try_instantiate(*store, *module);
    if (!app) {
        return app.error();
    }
    const auto greet = app->try_function<void()>("greet");
    const auto fib = app->try_function<std::int64_t(std::int32_t)>("fib");
    if (!greet || !fib) {
        return greet ? fib.error() : greet.error();
    }
    const auto greeted = greet->try_call();
    const auto number = fib->try_call(20);
    if (!greeted || !number) {
        return greeted ? number.error() : greeted.error();
    }
    return said + " fib(20) = " + std::to_string(*number);
}

/// Prints what came out. \returns whether it is what was expected
bool check(const riser::result<std::string>& outcome, const std::string& expected) {
    const std::string text = outcome ? *outcome : outcome.error().what();
    std::printf("%s\n", text.c_str());
    return outcome && text == expected;
}

} // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::fputs("usage: app FOLDER, where the guests are\n", stderr);
        return 2;
    }
    const riser::engine engine;
    const std::string guests = arguments[1];
    const bool greeted = check(run_greet(engine, guests + "/greet.wasm"), "Hello from wasm! fib(20) = 6765");
    const bool ran = check(run_program(engine, guests + "/hello.wasm", "consumer"), "Hello, consumer!\n");
    const bool answered =
        check(run_text(engine, "(module (func (export \"answer\") (result i32) (i32.const 42)))"), "answer = 42");
    return greeted && ran && answered ? 0 : 1;
}

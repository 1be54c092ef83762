// The smallest embedding: a module that calls the host, and a host that calls the module.
//
//     g++ -std=c++20 -O2 -Iinclude examples/hello.cpp -o hello && ./hello
#include <riser/riser.hpp>

#include <cstdint>
#include <iostream>

int main() {
    riser::engine engine;
    auto module = riser::module::load(engine, "examples/guests/greet.wasm");

    riser::linker linker(engine);
    linker.define("env", "log", [](riser::guest_span<const char> text) { std::cout << text.view() << '\n'; });

    riser::store store(engine);
    riser::instance guest = linker.instantiate(store, module);
    guest.function<void()>("greet")();
    auto fib = guest.function<std::int64_t(std::int32_t)>("fib");
    std::cout << "fib(30) = " << fib(30) << '\n';
}

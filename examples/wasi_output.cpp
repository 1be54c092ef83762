// Programs for WASI, as a compiler makes them of C, C++ or Rust: input from a string, output to a string and to a
// function. They see nothing of the host but what the options state.
//
//     g++ -std=c++20 -O2 -Iinclude examples/wasi_output.cpp -o wasi_output && ./wasi_output
#include <riser/riser.hpp>
#include <riser/wasi/wasi.hpp>

#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>

int main() {
    riser::engine engine;
    riser::linker linker(engine);
    riser::wasi::add_to(linker);

    { // Arguments, and output to a string.
        auto module = riser::module::load(engine, "examples/guests/hello.wasm");
        std::string written;
        riser::store store(engine); // one store for each run of a program
        store.emplace<riser::wasi::context>(riser::wasi::options()
                                                .arguments({"hello", "Ada", "Grace"})
                                                .standard_output(riser::wasi::output::capture(written)));
        const std::uint32_t code = riser::wasi::run(linker.instantiate(store, module));
        std::cout << "hello exited with " << code << " and wrote " << written.size() << " bytes:\n" << written;
    }
    { // Input from a string, and functions that take output as it comes.
        auto module = riser::module::load(engine, "examples/guests/upper.wasm");
        riser::store store(engine);
        store.emplace<riser::wasi::context>(riser::wasi::options()
                                                .arguments({"upper"})
                                                .standard_input(riser::wasi::input::text("one line\nanother\n"))
                                                .standard_output(riser::wasi::output::callback(
                                                    [](std::string_view text) { std::cout << "> " << text; }))
                                                .standard_error(riser::wasi::output::callback(
                                                    [](std::string_view text) { std::cout << "! " << text; })));
        const std::uint32_t code = riser::wasi::run(linker.instantiate(store, module));
        std::cout << "upper exited with " << code << '\n';
    }
}

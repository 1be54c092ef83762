// Several instances of one module: they share its code, and each has its own memory, globals and tables.
//
//     g++ -std=c++20 -O2 -Iinclude examples/several_instances.cpp -o several_instances && ./several_instances
#include <riser/riser.hpp>

#include <cstdint>
#include <iostream>
#include <vector>

int main() {
    riser::engine engine;
    auto module = riser::module::load(engine, "examples/guests/plugin.wasm");
    riser::linked plugin = riser::linker(engine).link(module); // imports are resolved once; instances are cheap then

    riser::store store(engine);
    std::vector<riser::instance> instances;
    for (int i = 0; i < 3; ++i) {
        instances.push_back(plugin.instantiate(store));
    }

    auto next = instances[0].function<std::int32_t()>("next");
    next();
    next();
    std::cout << "asked twice before, the first counts " << next() << '\n';
    std::cout << "the second counts " << instances[1].function<std::int32_t()>("next")() << '\n';

    instances[2].memory("memory").grow(3);
    for (const riser::instance& instance : instances) {
        std::cout << instance.memory("memory").pages() << " pages\n";
    }

    // An instance lives as long as a handle of it or of one of its functions.
    instances.clear();
    std::cout << "its function still counts: " << next() << '\n';
}

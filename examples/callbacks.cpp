// A guest in C hands function pointers to the host, which calls them: at once, or later.
//
//     g++ -std=c++20 -O2 -Iinclude examples/callbacks.cpp -o callbacks && ./callbacks
//
// The guest is linked with `wasm-ld --export-table`: a function pointer is an index into the table that is exported then.
#include <riser/riser.hpp>

#include <cstdint>
#include <iostream>
#include <vector>

// What one store's guest wants to be called at the end.
struct exit_handlers {
    std::vector<riser::typed_function<void()>> all;
};

int main() {
    riser::engine engine;
    auto module = riser::module::load(engine, "examples/guests/callbacks.wasm");

    riser::linker linker(engine);
    linker.define("env", "for_each", [](riser::caller& caller, std::int32_t count, std::uint32_t pointer) {
        // Null, out of bounds, or of another type: a trap that ends the guest's call.
        auto visit = caller.function<std::int32_t(std::int32_t)>(pointer);
        for (std::int32_t i = 1; i <= count && visit(i) != 0; ++i) {
        }
    });
    linker.define("env", "at_exit", [](riser::caller& caller, std::uint32_t pointer) {
        caller.get<exit_handlers>().all.push_back(caller.function<void()>(pointer)); // keeps the guest alive
    });

    riser::store store(engine);
    store.emplace<exit_handlers>();
    riser::instance library = linker.instantiate(store, module);
    library.function<void()>("start")();
    auto add_up_to = library.function<std::int32_t(std::int32_t)>("add_up_to");
    std::cout << "1 + ... + 4 = " << add_up_to(4) << '\n';
    std::cout << "and 1 + ... makes it " << add_up_to(100) << ", where the guest wants no more\n";

    if (const auto outcome = library.function<void()>("call_nothing").try_call(); !outcome) {
        std::cout << "a null pointer: " << outcome.error().what() << '\n';
    }
    for (const auto& handler : store.get<exit_handlers>().all) {
        handler();
    }
    std::cout << "after the exit handlers: " << library.function<std::int32_t()>("total")() << '\n';

    // A table is at hand without a caller, too.
    auto add = library.table("__indirect_function_table").function<std::int32_t(std::int32_t)>(1);
    std::cout << "add(7) wants more: " << add(7) << '\n';
}

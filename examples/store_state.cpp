// State that belongs to one store: host functions are defined once for all stores, and find what is this caller's.
//
//     g++ -std=c++20 -O2 -Iinclude examples/store_state.cpp -o store_state && ./store_state
#include <riser/riser.hpp>

#include <iostream>
#include <string>
#include <utility>
#include <vector>

struct session {
    explicit session(std::string user_) : user(std::move(user_)) {}
    std::string user;
    std::vector<std::string> lines;
};

int main() {
    riser::engine engine;
    auto module = riser::module::load(engine, "examples/guests/greet.wasm");

    riser::linker linker(engine);
    linker.define("env", "log", [](riser::caller& caller, riser::guest_span<const char> text) {
        caller.get<session>().lines.emplace_back(text.view());
    });
    riser::linked greeter = linker.link(module);

    riser::store first(engine);
    riser::store second(engine);
    first.emplace<session>("Ada"); // one object of each type in each store; ends with the store
    second.emplace<session>("Grace");

    greeter.instantiate(first).function<void()>("greet")();
    auto greet = greeter.instantiate(second).function<void()>("greet");
    greet();
    greet();

    for (const riser::store* store : {&first, &second}) {
        const session& here = store->get<session>();
        std::cout << here.user << " heard " << here.lines.size() << ", the last: " << here.lines.back() << '\n';
    }
}

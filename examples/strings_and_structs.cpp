// Texts and structures that go between a host and its guest: as parameters of host functions, which are checked before these
// run, and through the guest's memory. A type of the host's and an object's member function take part.
//
//     g++ -std=c++20 -O2 -Iinclude examples/strings_and_structs.cpp -o strings_and_structs && ./strings_and_structs
#include <riser/riser.hpp>

#include <cstdint>
#include <cstring>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace std::literals;

// As the guest's C compiler lays it out: integers of stated width, float and double lie where they do in the host.
struct person {
    char name[16];
    std::int32_t born;
    double height;
};

// A type of the host's own, which is an i32 in wasm.
struct year {
    int number;
};
template <>
struct riser::host_type<year> {
    using representation = std::int32_t;
    static riser::result<year> from(std::int32_t number) {
        if (number < 1800) {
            return riser::trap(riser::trap_kind::host_error, "nobody is that old"); // the host function is not called
        }
        return year{number};
    }
};

class registry {
public:
    // The address of a person is one parameter in wasm: null, or a person that is not wholly in the guest's memory, is a trap.
    std::int32_t find(std::uint32_t id, riser::guest_pointer<person> found) const {
        if (id >= names_.size()) {
            return 0;
        }
        person one{"", 1900, 1.7};
        std::strncpy(one.name, names_[id].c_str(), sizeof one.name - 1);
        found.set(one); // the bytes between the members become zero, whatever was there in the host
        return 1;
    }

private:
    std::vector<std::string> names_{"Alan", "Edsger"};
};

// A text is two parameters in wasm, address and length. It lies in the guest's memory: copy what is to be kept.
void log(std::string_view text) { std::cout << "the guest says: " << text << '\n'; }

// So are the elements of a span, which are aligned: else the call is a trap. (A guest_span takes unaligned ones.)
double mean(std::span<const double> numbers) {
    double sum = 0;
    for (const double number : numbers) {
        sum += number;
    }
    return numbers.empty() ? 0 : sum / static_cast<double>(numbers.size());
}

int main() {
    riser::engine engine;
    auto module = riser::module::load(engine, "examples/guests/people.wasm");

    const registry known; // outlives all that may call it
    riser::linker linker(engine);
    linker.define("host", "log", log);
    linker.define("host", "mean", mean);
    linker.define("host", "find", &registry::find, known);
    linker.define("host", "age", [](year born) { return std::int32_t{2000 - born.number}; });

    riser::store store(engine);
    riser::instance guest = linker.instantiate(store, module);
    riser::memory memory = guest.memory("memory");

    // A text for the guest, with the zero that C wants. (A literal alone, "hello", would be an address of the host's: it does
    // not compile.)
    const auto buffer = guest.function<std::uint32_t()>("buffer")();
    memory.write(buffer, "hello\0"sv);
    guest.function<void()>("shout")();

    // Texts of the guest, which end with a zero within 100 characters.
    std::cout << "motto: " << memory.c_string(guest.function<std::uint32_t()>("motto")(), 100) << '\n';

    // Structures, one by one and in a row.
    const auto people = guest.function<std::uint32_t()>("people")();
    auto first = memory.read<person>(people);
    std::cout << first.name << ", born in " << first.born << '\n';
    first.height += 0.1;
    memory.write(people, first);
    const riser::guest_span<person> all = memory.span<person>(people, 2);
    std::cout << all[1].name << ", born in " << all[1].born << '\n';

    std::cout << "mean height: " << guest.function<double()>("mean_height")() << '\n';
    auto ask = guest.function<std::int32_t(std::uint32_t)>("ask");
    const std::int32_t age = ask(1);
    std::cout << "age: " << age << ", of somebody unknown: " << ask(7) << '\n';
    try {
        guest.function<std::int32_t()>("ask_badly")();
    } catch (const riser::trap& failure) {
        std::cout << "a trap: " << failure.what() << '\n';
    }
}

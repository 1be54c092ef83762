// Functions that the host gives to a module: their types are those of a C++ callable. Several results, arrays in the
// guest's memory, and two ways to fail.
//
//     g++ -std=c++20 -O2 -Iinclude examples/host_functions.cpp -o host_functions && ./host_functions
#include <riser/riser.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <tuple>
#include <vector>

using two_numbers = std::tuple<std::int32_t, std::int32_t>;

// Several results are a tuple. A result<…> may be an error instead, which ends the guest's call.
riser::result<two_numbers> divide(std::int32_t number, std::int32_t by) {
    if (by == 0 || by == -1) {
        return riser::trap(riser::trap_kind::integer_divide_by_zero,
                           "the host does not divide by " + std::to_string(by));
    }
    return two_numbers(number / by, number % by);
}

// An array of the guest is an address and a length in wasm. It lies within the guest's memory, or this is not called.
void sort(riser::guest_span<std::int32_t> numbers) {
    std::vector<std::int32_t> copy;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        copy.push_back(numbers[i]);
    }
    std::sort(copy.begin(), copy.end());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        numbers.set(i, copy[i]);
    }
}

// An exception passes through the guest, which cannot catch it, to whoever called the guest.
std::int32_t parse(riser::guest_span<const char> text) {
    const std::string_view digits = text.view();
    std::int32_t number = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (failure != std::errc() || end != digits.data() + digits.size()) {
        throw std::invalid_argument("not a number: " + std::string(digits));
    }
    return number;
}

int main() {
    riser::engine engine;
    auto module = riser::module::load(engine, "examples/guests/calls.wasm");

    riser::linker linker(engine);
    linker.define("host", "divide", divide);
    linker.define("host", "sort", sort);
    linker.define("host", "parse", parse);

    riser::store store(engine);
    riser::instance guest = linker.instantiate(store, module);

    auto divide_in_guest = guest.function<two_numbers(std::int32_t, std::int32_t)>("divide");
    const auto [quotient, remainder] = divide_in_guest(17, 5);
    std::cout << "17 / 5 = " << quotient << ", remainder " << remainder << '\n';
    std::cout << "digits of 2718 add up to " << guest.function<std::int32_t(std::int32_t)>("digit_sum")(2718) << '\n';
    std::cout << "median: " << guest.function<std::int32_t()>("median")() << '\n';
    std::cout << "parsed: " << guest.function<std::int32_t()>("parse_good")() << '\n';

    try {
        divide_in_guest(1, 0);
    } catch (const riser::trap& failure) {
        std::cout << "a trap: " << failure.what() << '\n';
    }
    try {
        guest.function<std::int32_t()>("parse_bad")();
    } catch (const std::invalid_argument& failure) {
        std::cout << "an exception of the host's: " << failure.what() << '\n';
    }
}

// Compares all configurations over modules from module_generator.hpp: fuzz_generated SECONDS [FIRST SEED]. What differs is kept in the
// working folder.

#include "module_generator.hpp"
#include "targets.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

int main(int count, char** arguments) {
    using clock = std::chrono::steady_clock;
    const clock::time_point end = clock::now() + std::chrono::seconds(count > 1 ? std::atoi(arguments[1]) : 60);
    std::uint64_t seed = count > 2 ? std::strtoull(arguments[2], nullptr, 0)
                                   : static_cast<std::uint64_t>(clock::now().time_since_epoch().count());
    std::uint64_t passed = 0;
    unsigned failed = 0;
    std::printf("first seed %llu\n", static_cast<unsigned long long>(seed));
    for (; clock::now() < end; ++seed) {
        const std::vector<std::byte> module = fuzz::generate_module(seed);
        const std::string found = fuzz::difference(module);
        if (found.empty()) {
            ++passed;
            continue;
        }
        ++failed;
        const std::string name = "generated-" + std::to_string(seed) + ".wasm";
        std::ofstream(name, std::ios::binary)
            .write(reinterpret_cast<const char*>(module.data()), static_cast<std::streamsize>(module.size()));
        std::printf("FAILED %s\n%s\n", name.c_str(), found.c_str());
        std::fflush(stdout);
    }
    std::printf("%llu passed, %u failed\n", static_cast<unsigned long long>(passed), failed);
    return failed == 0 ? 0 : 1;
}

// Gives every file of the folders named to every fuzz target, so that what was found once stays found, with any compiler.

#include "targets.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

int main(int count, char** arguments) {
    unsigned passed = 0;
    for (int i = 1; i < count; i++) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(arguments[i])) {
            if (!entry.is_regular_file()) {
                continue;
            }
            std::printf("%s\n", entry.path().c_str());
            std::fflush(stdout);
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string content{std::istreambuf_iterator<char>(file), {}};
            fuzz::decode(std::as_bytes(std::span(content)));
            fuzz::parse(std::as_bytes(std::span(content)));
            fuzz::print(std::as_bytes(std::span(content)));
            fuzz::lines(std::as_bytes(std::span(content)));
            fuzz::script(std::as_bytes(std::span(content)));
            fuzz::differential(std::as_bytes(std::span(content)));
            passed++;
        }
    }
    std::printf("%u passed, 0 failed\n", passed);
    return 0;
}

// Prints modules as text, makes modules of the text again, and compares. Without arguments, those of the official suite
// (in $RISER_SPEC, or beside the checkout); else the files and folders given. Modules that are not
// well-formed are passed over. Ends with "N passed, N failed".

#include "wat/round_trip/round_trip.hpp"

#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module/module_decoder.hpp"
#include "riser/core/wasm/module/validate_module.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/wat/print.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace {

namespace wasm = riser::core::wasm;
using path = std::filesystem::path;

std::vector<std::byte> read(const path& file) {
    std::ifstream stream(file, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(stream), {}};
    const auto bytes = std::as_bytes(std::span(content));
    return {bytes.begin(), bytes.end()};
}

/// Valid or not. Bodies behind the first that is invalid have not been looked at.
wasm::diagnostics validate(std::span<const std::byte> module) {
    wasm::diagnostics diagnostics;
    wasm::module_info info;
    if (wasm::decode_module(module, info, diagnostics)) {
        static_cast<void>(wasm::validate_bodies(info, module, diagnostics));
    }
    return diagnostics;
}

bool is_malformed(const wasm::diagnostics& diagnostics) {
    return !diagnostics.ok() && diagnostics.first().kind == wasm::diagnostic_kind::malformed;
}

/// Why the module is not what it was after a round trip; empty where it is.
std::string failure(std::span<const std::byte> module) {
    const auto text = riser::wat::try_print(module);
    if (!text) {
        return std::string("not printed: ") + text.error().what();
    }
    std::vector<std::byte> made;
    if (std::string why = test::difference_after_round_trip(module, *text, made); !why.empty()) {
        return why;
    }
    const wasm::diagnostics before = validate(module);
    const wasm::diagnostics after = validate(made);
    if (before.ok() != after.ok() || (!before.ok() && before.first().message != after.first().message)) {
        return "\"" + (before.ok() ? "valid" : std::string(before.first().message.view())) + "\" became \"" +
               (after.ok() ? "valid" : std::string(after.first().message.view())) + "\"";
    }
    return {};
}

std::vector<path> modules_in(const path& chosen) {
    if (!std::filesystem::is_directory(chosen)) {
        return {chosen};
    }
    std::vector<path> modules;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(chosen)) {
        if (entry.is_regular_file() && entry.path().extension() == ".wasm") {
            modules.push_back(entry.path());
        }
    }
    std::sort(modules.begin(), modules.end());
    return modules;
}

} // namespace

int main(int count, char** arguments) {
    std::vector<path> chosen(arguments + 1, arguments + count);
    if (chosen.empty()) {
        const char* const set = std::getenv("RISER_SPEC"); // NOLINT(concurrency-mt-unsafe): there is one thread
        const path suite = set != nullptr ? path(set) : path(RISER_DEFAULT_SPEC).lexically_normal();
        if (!std::filesystem::is_directory(suite)) {
            std::printf("skipped: the test suite is not at %s; say where it is with RISER_SPEC\n0 passed, 0 failed, 1 "
                        "skipped\n",
                        suite.c_str());
            return 0;
        }
        for (const char* const part :
             {"core", "threads", "custom-page-sizes", "wide-arithmetic", "legacy-exceptions"}) {
            chosen.push_back(suite / part);
        }
    }
    unsigned passed = 0;
    unsigned failed = 0;
    unsigned malformed = 0;
    for (const path& each : chosen) {
        for (const path& file : modules_in(each)) {
            const std::vector<std::byte> module = read(file);
            if (is_malformed(validate(module))) {
                malformed++;
                continue;
            }
            const std::string why = failure(module);
            (why.empty() ? passed : failed)++;
            if (!why.empty()) {
                std::printf("FAILED %s: %s\n", file.c_str(), why.c_str());
            }
        }
    }
    std::printf("%u modules are malformed, which has no text\n%u passed, %u failed\n", malformed, passed, failed);
    return failed == 0 ? 0 : 1;
}

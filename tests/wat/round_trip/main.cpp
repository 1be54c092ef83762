// Prints modules as text, makes modules of the text again, and compares. Without arguments, those of the official suite
// (README.md of tests/spec says where it is looked for); else the files and folders given. Modules that are not
// well-formed are passed over. Ends with "N passed, N failed".

#include "wat/round_trip/normal_form.hpp"

#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module_decoder.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/core/wasm/validate_module.hpp"
#include "riser/wat/wat.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
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

/// The first lines that differ.
std::string difference_of_texts(std::string_view before, std::string_view after) {
    const auto [one, other] = std::mismatch(before.begin(), before.end(), after.begin(), after.end());
    const auto line_at = [](std::string_view text, std::size_t at) {
        const std::size_t begin = text.rfind('\n', at) + 1;
        return std::string(text.substr(begin, text.find('\n', at) - begin));
    };
    return "\"" + line_at(before, static_cast<std::size_t>(one - before.begin())) + "\" became \"" +
           line_at(after, static_cast<std::size_t>(other - after.begin())) + "\"";
}

/// What was lost, or is new; empty where nothing is.
std::string difference_of_modules(std::span<const std::byte> before, std::span<const std::byte> after) {
    const test::normal_form one(before);
    const test::normal_form other(after);
    if (!one.ok() || !other.ok()) {
        return one.ok() ? "what it became is malformed" : "it is malformed";
    }
    const auto [a, b] =
        std::mismatch(one.parts().begin(), one.parts().end(), other.parts().begin(), other.parts().end());
    if (a != one.parts().end() && b != other.parts().end() && a->title == b->title) {
        const auto [x, y] = std::mismatch(a->content.begin(), a->content.end(), b->content.begin(), b->content.end());
        return a->title + " differs at byte " + std::to_string(x - a->content.begin()) + " of its normal form";
    }
    return a != one.parts().end() ? a->title + " is lost" : b != other.parts().end() ? b->title + " is new" : "";
}

/// Why the module is not what it was after a round trip; empty where it is.
std::string failure(std::span<const std::byte> module) {
    const auto text = riser::wat::try_print(module);
    if (!text) {
        return std::string("not printed: ") + text.error().what();
    }
    const auto made = riser::wat::try_to_binary(*text);
    if (!made) {
        return std::string("not read back: ") + made.error().what();
    }
    if (std::string changed = difference_of_modules(module, *made); !changed.empty()) {
        return changed;
    }
    const auto again = riser::wat::try_print(*made);
    if (!again) {
        return std::string("not printed again: ") + again.error().what();
    }
    if (*text != *again) {
        return "printed again it differs: " + difference_of_texts(*text, *again);
    }
    const wasm::diagnostics before = validate(module);
    const wasm::diagnostics after = validate(*made);
    if (before.ok() != after.ok() || (!before.ok() && before.first().message != after.first().message)) {
        return "\"" + (before.ok() ? "valid" : std::string(before.first().message)) + "\" became \"" +
               (after.ok() ? "valid" : std::string(after.first().message)) + "\"";
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

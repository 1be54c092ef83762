#include "cli/wast/isolation.hpp"
#include "cli/wast/runner.hpp"
#include "cli/wast/tally.hpp"
#include "compare_tiers.hpp"
#include "engines/engines.hpp"
#include "json_script.hpp"

#include "riser/engine.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace {

using path = std::filesystem::path;

/// The suite: $RISER_SPEC, else a folder beside the checkout.
path suite_folder() {
    const char* const set = std::getenv("RISER_SPEC"); // NOLINT(concurrency-mt-unsafe): there is one thread
    return set != nullptr ? path(set) : path(RISER_DEFAULT_SPEC).lexically_normal();
}

/// Every X/X.json below `folder`.
void find_scripts(const path& folder, std::vector<path>& scripts) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file() && entry.path().extension() == ".json") {
            scripts.push_back(entry.path());
        }
    }
}

/// The scripts to run: those given, by a path of their own or one in the suite; without any, all that are standard or will be.
std::vector<path> choose_scripts(const std::vector<std::string>& given, const path& suite) {
    std::vector<path> scripts;
    std::vector<std::string> names = given;
    if (names.empty()) {
        names = {"core", "threads", "custom-page-sizes", "wide-arithmetic", "legacy-exceptions"};
    }
    for (const std::string& name : names) {
        const path chosen = !given.empty() && std::filesystem::exists(name) ? path(name) : suite / name;
        if (std::filesystem::is_directory(chosen)) {
            find_scripts(chosen, scripts);
        } else {
            scripts.push_back(chosen);
        }
    }
    std::sort(scripts.begin(), scripts.end());
    scripts.erase(std::unique(scripts.begin(), scripts.end()), scripts.end());
    return scripts;
}

/// "random" is a number of operators by the seed and the script's name: the same for all runs of a seed.
std::string tier_for(const std::string& tier, const path& script, std::uint64_t seed) {
    constexpr std::uint64_t most_random = 400;
    std::mt19937_64 numbers(seed ^ std::hash<std::string>{}(script.filename().string()));
    return tier == "random" ? std::to_string(numbers() % most_random) : tier;
}

} // namespace

int main(int count, char** arguments) {
    std::string tier = test::default_tier();
    std::string memory = "adaptive";
    std::string mode = "lazy";
    bool lists_skips = false;
    bool compares = false;
    std::uint64_t seed = std::random_device()();
    std::vector<std::string> given;
    unsigned jobs = 2;

    CLI::App app("Runs scripts of the official WebAssembly test suite, as wasm-tools json-from-wast writes them.");
    app.add_option("PATH", given, "scripts (.json) or folders; default: the suite without custom-descriptors");
    app.add_option(
           "--tier", tier,
           "interpreter, baseline, auto, after how many operators a function is compiled, or random: up to 400, "
           "for each script another")
        ->check(CLI::IsMember({"interpreter", "baseline", "auto", "random"}) | CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--seed", seed, "of --tier random (default: another each time, which is printed)");
    app.add_flag("--compare", compares,
                 "run scripts in the interpreter, too, and compare results, traps, backtraces, fuel and memories");
    app.add_option("--memory", memory)->check(CLI::IsMember(test::memory_names()))->capture_default_str();
    app.add_option("--mode", mode, "when functions are translated")
        ->check(CLI::IsMember({"eager", "eager-native", "lazy"}))
        ->capture_default_str();
    app.add_option("--jobs", jobs, "scripts that run at the same time")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_flag("--list-skips", lists_skips, "print a line for each command that is skipped");
    CLI11_PARSE(app, count, arguments);

    const path suite = suite_folder();
    if (given.empty() && !std::filesystem::is_directory(suite)) {
        std::printf(
            "skipped: the test suite is not at %s; say where it is with RISER_SPEC\n0 passed, 0 failed, 1 skipped\n",
            suite.c_str());
        return 0;
    }
    const std::vector<path> scripts = choose_scripts(given, suite);

    if (tier == "random") {
        std::printf("--seed %llu\n", static_cast<unsigned long long>(seed));
    }
    std::fflush(stdout); // what is written twice by processes that fork
    const wast::tally sum = wast::run_isolated(scripts, jobs, [&](const path& script, wast::progress& where) {
        wast::settings how;
        how.engine = test::make_engine(memory, compares ? "interpreter" : tier_for(tier, script, seed));
        how.mode = mode == "eager"          ? riser::compile_mode::eager
                   : mode == "eager-native" ? riser::compile_mode::eager_native
                                            : riser::compile_mode::lazy_translation;
        how.lists_skips = lists_skips;
        return compares
                   ? spec::compare_tiers(script, how, test::make_engine(memory, tier_for(tier, script, seed)), where)
                   : spec::run_json_script(script, how, where);
    });
    std::fputs(wast::summary(sum).c_str(), stdout);
    return sum.failed == 0 ? 0 : 1;
}

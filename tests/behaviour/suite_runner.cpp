#include "engines/engines.hpp"
#include "spec/compare_tiers.hpp"
#include "spec/json_script.hpp"

#include "riser/engine.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

// The suite's runner must be able to fail: here is a script with everything wrong.

TEST_CASE("the suite's runner finds every wrong expectation") {
    for (const riser::compile_mode mode : {riser::compile_mode::eager, riser::compile_mode::lazy_translation}) {
        wast::settings how;
        how.engine = test::make_engine("adaptive");
        how.mode = mode;
        wast::progress where;
        const wast::tally result =
            spec::run_json_script(std::filesystem::path(RISER_TESTS) / "spec/broken/broken.json", how, where);
        INFO(result.text);
        CHECK(result.passed == 3); // lines 1, 4 and 31, the modules that the others are about
        CHECK(result.failed == 33);
        CHECK(result.skipped.empty());
        CHECK(where.line == 36);
    }
}

TEST_CASE("the suite's runner finds calls that differ between engines") {
    const auto script = std::filesystem::path(RISER_TESTS) / "spec/differing/differing.json";
    wast::settings how;
    how.engine = test::make_engine("adaptive", "interpreter");
    wast::progress where;
    const wast::tally same = spec::compare_tiers(script, how, test::make_engine("bounds-checking"), where);
    INFO(same.text);
    CHECK(same.passed == 2);
    CHECK(same.failed == 0);
    // The second call has no room in the other engine: the command fails there, and the call differs.
    riser::engine_options options;
    options.stack_bytes = 4096;
    const wast::tally result = spec::compare_tiers(script, how, cli::make_adaptive_engine(options), where);
    INFO(result.text);
    CHECK(result.passed == 1);
    CHECK(result.failed == 2);
    CHECK(result.text.find("differing.wast:3: returned 2000, fuel ") != std::string::npos);
    CHECK(result.text.find("in the other tier: trap ") != std::string::npos);
}

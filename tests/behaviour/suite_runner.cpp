#include "engines/engines.hpp"
#include "spec/json_script.hpp"

#include "riser/engine.hpp"

#include <doctest/doctest.h>

#include <filesystem>

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

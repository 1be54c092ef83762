#include "spec/script.hpp"

#include <doctest/doctest.h>

#include <filesystem>

// The suite's runner must be able to fail: here is a script with everything wrong.

TEST_CASE("the suite's runner finds every wrong expectation") {
    for (const char* const mode : {"eager", "lazy"}) {
        spec::options how;
        how.mode = mode;
        spec::progress where;
        const spec::tally result =
            spec::run_script(std::filesystem::path(RISER_TESTS) / "spec/broken/broken.json", how, where);
        INFO(result.text);
        CHECK(result.passed == 2); // lines 1 and 4, the modules that the others are about
        CHECK(result.failed == 28);
        CHECK(result.skipped.empty());
        CHECK(where.line == 30);
    }
}

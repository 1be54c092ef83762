// Two bytes of wasm can ask for a thousand values to be moved: what native code a module may have is bounded by its own bytes, and what
// would take more stays interpreted.

#include "engines/engines.hpp"
#include "riser/instance.hpp"
#include "riser/limits.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

constexpr std::size_t results = 1000;
constexpr std::size_t branches = 2000;

std::string repeat(std::size_t count, const char* text) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) {
        all += text;
    }
    return all;
}

/// A function whose every br_if moves a thousand values down by one.
std::string with_moves() {
    return "(module (type $results (func (result " + repeat(results, "i32 ") +
           "))) (func (export \"f\") (param i32) (result i32) (block (type $results) i32.const 7 " +
           repeat(results, "local.get 0 ") + repeat(branches, "local.get 0 br_if 0 ") + "br 0) " +
           repeat(results - 1, "drop ") + "))";
}

} // namespace

TEST_CASE("native code: a function that would need too much of it stays interpreted") {
    if (!test::has_backends()) {
        return;
    }
    const test::engine_pointer engine = test::make_engine("bounds-checking", "baseline");
    const auto module = riser::module::compile(*engine, test::wat(with_moves()));
    riser::store store(*engine);
    riser::instance instance = riser::linker(*engine).instantiate(store, module);
    const auto f = instance.function<std::int32_t(std::int32_t)>("f");
    CHECK(f(0) == 0);
    CHECK(f(5) == 5);
    REQUIRE(module.tiers().size() == 1);
    CHECK(module.tiers()[0].refused == 1);
    REQUIRE(module.tiers()[0].refusals.size() == 1);
    CHECK(module.tiers()[0].refusals[0].reason == "limit");
}

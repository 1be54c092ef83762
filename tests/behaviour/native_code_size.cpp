// Two bytes of wasm can ask for a thousand values to be moved: what native code a module may have is bounded by its own bytes, and what
// would take more stays interpreted.

#include "engines/engines.hpp"
#include "riser/engine_options.hpp"
#include "riser/instance.hpp"
#include "riser/limits.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "support/failing_allocator.hpp"
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

TEST_CASE("native code: an engine does not keep the memory that compiling a large function took") {
    if (!test::has_backends()) {
        return;
    }
    constexpr std::size_t loops = 30'000; // three bytes each, and the compiler notes hundreds for one
    test::failing_allocator memory;
    riser::engine_options options;
    options.allocator = memory.interface();
    const test::engine_pointer engine = test::make_engine("bounds-checking", "baseline", options);
    for (const std::size_t nested : {std::size_t{1}, loops}) {
        const std::size_t before = memory.bytes();
        {
            const auto module =
                riser::module::compile(*engine, test::wat("(module (func (export \"f\") " + repeat(nested, "loop ") +
                                                          repeat(nested, "end ") + "))"));
            riser::store store(*engine);
            riser::linker(*engine).instantiate(store, module).function<void()>("f")();
            REQUIRE(module.tiers().size() == 1);
            CHECK(module.tiers()[0].functions == 1);
        }
        if (nested == loops) {
            CHECK(memory.most_bytes() > 100 * loops);
            CHECK(memory.bytes() < before + 4096);
        }
    }
}

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

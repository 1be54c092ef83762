#include "riser/value.hpp"
#include "support/wasm.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

// Results go where parameters were. Whatever they are made of, in any order, none is overwritten before it has moved.

namespace {

/// What a result may be, of parameters a, b and c, with its value for 10, 20 and 30.
struct source {
    const char* text;
    std::int64_t value;
};
constexpr std::array sources = {
    source{"(local.get 0)", 10},
    source{"(local.get 1)", 20},
    source{"(local.get 2)", 30},
    source{"(i64.const 7)", 7},
    source{"(i64.add (local.get 0) (local.get 2))", 40},
    source{"(local.tee 3 (i64.mul (local.get 1) (local.get 1)))", 400},
};

constexpr std::array ways = {"", "(return)", "(br 0)", "(br_if 0 (i32.wrap_i64 (local.get 0))) (unreachable)",
                             "(br_table 0 0 (i32.wrap_i64 (local.get 0)))"};

/// Every list of `count` sources, every way out of the function.
void check(std::size_t count) {
    std::size_t lists = 1;
    std::string type = "(result";
    for (std::size_t i = 0; i < count; ++i) {
        lists *= sources.size();
        type += " i64";
    }
    type += ")";
    for (const std::string way : ways) {
        CAPTURE(way);
        std::string text = "(module";
        std::vector<std::int64_t> expected;
        for (std::size_t list = 0; list < lists; ++list) {
            text += "(func (export \"" + std::to_string(list) + "\") (param i64 i64 i64) " + type + " (local i64)";
            for (std::size_t i = 0, rest = list; i < count; ++i, rest /= sources.size()) {
                text += sources[rest % sources.size()].text;
                expected.push_back(sources[rest % sources.size()].value);
            }
            text += way + ")";
        }
        test::world with;
        const auto instance = with.instantiate(text + ")");
        const std::array<riser::value, 3> arguments = {std::int64_t{10}, std::int64_t{20}, std::int64_t{30}};
        std::size_t failures = 0;
        for (std::size_t list = 0; list < lists; ++list) {
            std::vector<riser::value> results(count);
            instance.function(std::to_string(list)).call(arguments, results);
            for (std::size_t i = 0; i < count; ++i) {
                failures += results[i].i64() == expected[list * count + i] ? 0U : 1U;
            }
        }
        CHECK(failures == 0);
    }
}

} // namespace

TEST_CASE("several results: of parameters, constants and sums, in any order") {
    check(2);
    check(3);
    check(4);
}

TEST_CASE("several results: more than are moved one by one, and of both banks") {
    test::world with;
    const auto instance = with.instantiate(R"((module
        (func (export "six") (param i64 i64 i64) (result i64 i64 i64 i64 i64 i64)
          (local.get 2) (local.get 0) (local.get 1) (local.get 0) (i64.const 5) (i64.add (local.get 0) (local.get 1)))
        (func (export "mixed") (param f64 i64 f32) (result f32 f64 i64)
          (local.get 2) (f64.add (local.get 0) (local.get 0)) (i64.add (local.get 1) (i64.const 1)))))");
    const auto six = instance.function<std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                                                  std::int64_t>(std::int64_t, std::int64_t, std::int64_t)>("six");
    CHECK(six(1, 2, 3) == std::tuple(3, 1, 2, 1, 5, 3));
    const auto mixed = instance.function<std::tuple<float, double, std::int64_t>(double, std::int64_t, float)>("mixed");
    CHECK(mixed(1.5, 41, 0.25F) == std::tuple(0.25F, 3.0, 42));
}

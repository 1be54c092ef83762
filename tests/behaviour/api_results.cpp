#include "support/wasm.hpp"

#include "riser/trap.hpp"

#include <doctest/doctest.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// Results: what std::expected has under the same names. And errors: what they are, they are by as() alone.

namespace {

template <class T>
riser::result<T> failure() {
    return riser::usage_error("no");
}

class made_elsewhere : public riser::error {
public:
    made_elsewhere(const riser::error& failure, key) noexcept : error(failure) {}
    explicit made_elsewhere(int)
        : error(riser::core::runtime::make_error_state<made_elsewhere, riser::core::runtime::error_state>(
              std::string_view("elsewhere"))) {}
};

} // namespace

// An error of one class is not made from one of another.
static_assert(!std::is_constructible_v<riser::trap, const riser::error&>);
static_assert(!std::is_constructible_v<riser::trap, const riser::compile_error&>);
static_assert(!std::is_constructible_v<riser::compile_error, const riser::error&>);
static_assert(!std::is_constructible_v<riser::link_error, const riser::error&>);
static_assert(!std::is_constructible_v<riser::usage_error, const riser::error&>);
static_assert(!std::is_constructible_v<riser::resource_error, const riser::error&>);
static_assert(!std::is_constructible_v<riser::host_error, const riser::error&>);
static_assert(!std::is_default_constructible_v<riser::error::key>);

TEST_CASE("results: value_or") {
    CHECK(riser::result<int>(7).value_or(1) == 7);
    CHECK(failure<int>().value_or(1) == 1);
    const riser::result<std::string> text = std::string("text");
    CHECK(text.value_or("none") == "text");
    CHECK(failure<std::string>().value_or("none") == "none");
    CHECK(*riser::result<std::unique_ptr<int>>(std::make_unique<int>(3)).value_or(nullptr) == 3);
}

TEST_CASE("results: transform") {
    const riser::result<int> seven = 7;
    const riser::result<std::string> text = seven.transform([](int n) { return std::to_string(n); });
    CHECK(*text == "7");
    CHECK(*text.transform(&std::string::size) == 1);
    CHECK(failure<int>().transform([](int n) { return n; }).error().message() == "no");
    int seen = 0;
    riser::result<int> changes = 1;
    const riser::result<void> done = changes.transform([&](int& n) { seen = ++n; });
    CHECK(done);
    CHECK(*changes == 2);
    CHECK(seen == 2);
    CHECK(*riser::result<std::unique_ptr<int>>(std::make_unique<int>(3)).transform([](std::unique_ptr<int> owned) {
        return *owned;
    }) == 3);
    CHECK(*riser::result<void>().transform([] { return 5; }) == 5);
    CHECK_FALSE(failure<void>().transform([] { return 5; }));
}

TEST_CASE("results: and_then and or_else") {
    const auto half = [](int n) -> riser::result<int> {
        return n % 2 == 0 ? riser::result<int>(n / 2) : riser::result<int>(riser::usage_error("odd"));
    };
    const riser::result<int> twelve = 12;
    CHECK(*twelve.and_then(half).and_then(half) == 3);
    CHECK(twelve.and_then(half).and_then(half).and_then(half).error().message() == "odd");
    CHECK(failure<int>().and_then(half).error().message() == "no");
    CHECK(riser::result<int>(4).and_then([](int) { return riser::result<void>(); }));
    CHECK(riser::result<void>().and_then([&] { return half(8); }).value() == 4);
    CHECK_FALSE(failure<void>().and_then([&] { return half(8); }));

    const auto instead = [](const riser::error& why) -> riser::result<int> {
        return why.message() == "no" ? riser::result<int>(1) : riser::result<int>(why);
    };
    CHECK(*failure<int>().or_else(instead) == 1);
    CHECK(*twelve.or_else(instead) == 12);
    CHECK(riser::result<int>(riser::usage_error("other")).or_else(instead).error().message() == "other");
    CHECK(failure<void>().or_else([](const riser::error&) { return riser::result<void>(); }));
    CHECK(riser::result<void>().or_else([](const riser::error& why) { return riser::result<void>(why); }));
}

TEST_CASE("results: a call returns its values, or why there are none") {
    test::world world;
    const riser::instance app = world.instantiate(R"((module
      (func (export "two") (param i32) (result i32 f64) (local.get 0) (f64.const 2.5))
      (func (export "trap") unreachable)))");
    const auto both = app.function("two").try_call(std::vector<riser::value>{std::int32_t{4}});
    REQUIRE(both);
    REQUIRE(both->size() == 2);
    CHECK((*both)[0].i32() == 4);
    CHECK((*both)[1].f64() == 2.5);
    CHECK(app.function("two").try_call({}).error().is<riser::usage_error>());
    CHECK(app.function("trap").try_call({}).error().is<riser::trap>());
}

TEST_CASE("results: an error is of its own class alone, also of one that is made elsewhere") {
    const riser::error made = made_elsewhere(1);
    CHECK(made.is<made_elsewhere>());
    CHECK(made.as<made_elsewhere>()->message() == "elsewhere");
    CHECK_FALSE(made.as<riser::trap>());
    CHECK_FALSE(riser::error(riser::usage_error("no")).as<made_elsewhere>());
    CHECK_THROWS_AS(static_cast<void>(*riser::result<int>(made)), made_elsewhere);
    const riser::error compile = riser::compile_error(riser::compile_error::reason::invalid, "bad", 4, {});
    CHECK_FALSE(compile.as<riser::trap>());
}

// What a host does by mistake with WASI's own functions and objects has words, too: see behaviour/api_careless_use.cpp.
#include "support/wasm.hpp"

#include "riser/wasi/wasi.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace {

constexpr std::string_view program = R"((module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_initialize") (drop (call $sizes (i32.const 0) (i32.const 4))))
  (func (export "_start"))))";

/// The words of a usage_error that was returned.
template <class T>
std::string words_of(const riser::result<T>& outcome) {
    return outcome ? "nothing is wrong"
                   : (outcome.error().template is<riser::usage_error>() ? "" : "another error: ") +
                         std::string(outcome.error().message());
}

struct use {
    const char* what;
    std::string words;
};

void check_all(std::initializer_list<use> uses, std::string_view words) {
    for (const use& one : uses) {
        INFO(one.what);
        CHECK(one.words == words);
    }
}

} // namespace

TEST_CASE("careless use: WASI of a linker, or an instance, that was moved from") {
    test::world world;
    riser::wasi::add_to(world.linker);
    world.store.emplace<riser::wasi::context>(riser::wasi::options());
    riser::instance app = world.instantiate(program);
    const riser::instance kept = std::move(app);
    check_all({{"wasi::try_run", words_of(riser::wasi::try_run(app))}, // NOLINT: that is the point
               {"wasi::try_initialize", words_of(riser::wasi::try_initialize(app))}},
              "the instance was moved from: it refers to nothing");
    CHECK_THROWS_AS(riser::wasi::initialize(app), const riser::usage_error&);
    CHECK_THROWS_AS(riser::wasi::run(app), const riser::usage_error&);
    CHECK(riser::wasi::run(kept) == 0);

    const riser::linker full = std::move(world.linker);
    CHECK_THROWS_WITH_AS(riser::wasi::add_to(world.linker), // NOLINT
                         "the linker was moved from: it refers to nothing", const riser::usage_error&);
}

TEST_CASE("careless use: WASI in a store that is gone, or that has no context") {
    std::optional<test::world> world(std::in_place);
    riser::wasi::add_to(world->linker);
    const riser::instance app = world->instantiate(program);
    check_all({{"wasi::try_run", words_of(riser::wasi::try_run(app))},
               {"wasi::try_initialize", words_of(riser::wasi::try_initialize(app))}},
              "the store has no riser::wasi::context");
    world.reset();
    check_all({{"wasi::try_run", words_of(riser::wasi::try_run(app))},
               {"wasi::try_initialize", words_of(riser::wasi::try_initialize(app))}},
              "the store is gone");
}

TEST_CASE("careless use: WASI's options and context, moved from") {
    test::world world;
    riser::wasi::add_to(world.linker);
    riser::wasi::options options;
    options.arguments({"app"});
    const riser::wasi::options kept = std::move(options);
    riser::result<riser::wasi::context> context =
        riser::wasi::context::try_create(options); // NOLINT: that is the point
    check_all({{"context::try_create", words_of(context)}}, "nothing is wrong");
    riser::wasi::context& in_store = world.store.emplace<riser::wasi::context>(kept);
    const riser::wasi::context taken = std::move(in_store);
    CHECK(taken.arguments().size() == 1);
    CHECK(in_store.arguments().empty()); // NOLINT
    CHECK(riser::wasi::run(world.instantiate(program)) == 0);
}

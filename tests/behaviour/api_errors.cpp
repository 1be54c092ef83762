#include "support/wasm.hpp"

#include "riser/error.hpp"
#include "riser/host_function.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// What is refused before anything runs: modules that are none, imports that do not fit.

namespace {

constexpr std::string_view needs = R"((module
  (import "env" "log" (func (param i32 i32)))
  (import "env" "memory" (memory 2 4))
  (import "env" "table" (table 10 funcref))
  (import "env" "global" (global (mut i64)))
  (import "env" "there" (func (result f64)))
  (import "env" "tag" (tag (param i32)))))";

constexpr std::string_view memory_only = R"((module (import "env" "memory" (memory 2 4))))";

constexpr std::string_view invalid = R"((module (func (result i32) (i32.const 1)) (func (result i32) (i64.const 1))))";

} // namespace

// A result can be copied where its value can.
static_assert(std::is_copy_constructible_v<riser::result<riser::module>>);
static_assert(std::is_copy_assignable_v<riser::result<riser::module>>);
static_assert(!std::is_copy_constructible_v<riser::result<riser::store>>);
static_assert(std::is_move_constructible_v<riser::result<riser::store>>);

TEST_CASE("errors: a module that is none says why and where") {
    test::world world;
    const auto malformed = riser::module::try_compile(*world.engine, test::wasm("0061736d02000000"));
    REQUIRE_FALSE(malformed);
    const auto error = malformed.error().as<riser::compile_error>();
    REQUIRE(error);
    CHECK(error->why() == riser::compile_error::reason::malformed);
    CHECK(error->offset() == 4);
    CHECK(error->description().starts_with("unknown binary version"));
    CHECK(error->what() == std::string(error->description()) + ", at byte 4");
    CHECK_FALSE(error->function());
    CHECK_THROWS_AS(static_cast<void>(riser::module::compile(*world.engine, {})), riser::compile_error);
}

TEST_CASE("errors: a module's text is told from what is no module") {
    const test::world world;
    for (const std::string_view text :
         {"(module)", "(", "\n\t (module (func))", ";; a comment\n(module)", "(; another ;)"}) {
        CAPTURE(text);
        const auto refused = riser::module::try_compile(*world.engine, std::as_bytes(std::span(text)));
        REQUIRE(refused.error().is<riser::compile_error>());
        CHECK(refused.error().message().starts_with("magic header not detected: this is a module's text"));
        CHECK(refused.error().message().find("riser::wat::to_binary") != std::string_view::npos);
    }
    for (const std::string_view bytes : {"no module", "  ", "\n\0asm", "asm"}) {
        const auto refused = riser::module::try_compile(*world.engine, std::as_bytes(std::span(bytes)));
        CHECK(refused.error().message().find("text") == std::string_view::npos);
    }
}

TEST_CASE("errors: a module from a file names it") {
    const test::world world;
    const std::string path =
        (std::filesystem::temp_directory_path() / ("riser-errors-" + std::to_string(std::random_device()()))).string();
    std::ofstream(path) << "no module";
    const auto malformed = riser::module::try_load(*world.engine, path);
    std::filesystem::remove(path);
    REQUIRE_FALSE(malformed);
    const auto error = malformed.error().as<riser::compile_error>();
    REQUIRE(error);
    CHECK(error->what() == path + ": " + std::string(error->description()) + ", at byte 0");
}

TEST_CASE("errors: an invalid body names its function") {
    test::world world;
    const auto refused = riser::module::try_compile(*world.engine, test::wat(invalid));
    REQUIRE_FALSE(refused);
    const auto error = refused.error().as<riser::compile_error>();
    REQUIRE(error);
    CHECK(error->why() == riser::compile_error::reason::invalid);
    CHECK(error->function() == 1U);
    CHECK(error->description().starts_with("type mismatch"));
    CHECK(std::string(error->what()) ==
          std::string(error->description()) + ", at byte " + std::to_string(error->offset()) + " in function 1");
}

TEST_CASE("errors: a file that cannot be read") {
    test::world world;
    const auto missing = riser::module::try_load(*world.engine, "/no such file.wasm");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().is<riser::resource_error>());
    CHECK(std::string(missing.error().what()) == "cannot open /no such file.wasm: No such file or directory");
    CHECK_THROWS_AS(static_cast<void>(riser::module::load(*world.engine, "/")), riser::resource_error);
}

TEST_CASE("errors: a link_error lists every import with both types") {
    test::world world;
    world.linker.define("env", "there", [] { return 1.0F; });
    const riser::module module = world.compile(needs);
    const auto refused = world.linker.try_link(module);
    REQUIRE_FALSE(refused);
    REQUIRE(refused.error().is<riser::link_error>());
    const auto list = refused.error().as<riser::link_error>()->unsatisfied();
    REQUIRE(list.size() == 6);
    CHECK(list[0].module == "env");
    CHECK(list[0].name == "log");
    CHECK(list[0].expected == "(func (param i32 i32))");
    CHECK(list[0].found.empty());
    CHECK(list[1].expected == "(memory 2 4)");
    CHECK(list[2].expected == "(table 10 (ref null func))");
    CHECK(list[3].expected == "(global (mut i64))");
    CHECK(list[4].expected == "(func (result f64))");
    CHECK(list[4].found == "(func (result f32))");
    CHECK(list[5].expected == "(tag (param i32))");
    CHECK(std::string(refused.error().what()).starts_with("unknown import: \"env\" \"log\" is missing, "));
}

TEST_CASE("errors: imports of the wrong type or size") {
    test::world world;
    const auto instantiate = [&](riser::external_value what) {
        riser::imports imports;
        imports.define("env", "memory", std::move(what));
        return world.linker.try_instantiate(world.store, world.compile(memory_only), imports);
    };
    const auto memory = [&](std::uint64_t min, std::optional<std::uint64_t> max) {
        return riser::memory::create(world.store, {{min, max}});
    };
    CHECK(instantiate(memory(2, 4)));
    CHECK(instantiate(memory(3, 3)));
    for (const auto& unfit : {memory(1, 4), memory(2, 5), memory(2, std::nullopt)}) {
        const auto refused = instantiate(unfit);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().is<riser::link_error>());
        CHECK(std::string(refused.error().what())
                  .starts_with("incompatible import type: \"env\" \"memory\" is (memory "));
    }
    CHECK_FALSE(instantiate(riser::make_function(world.store, [] {})));

    // What counts is the size now, not the one it was made with.
    const riser::memory grown = memory(1, 4);
    CHECK(grown.grow(1) == 1);
    CHECK(instantiate(grown));
}

TEST_CASE("errors: parts of different engines and stores do not mix") {
    test::world world;
    test::world other;
    const riser::module module = other.compile(memory_only);
    CHECK_THROWS_AS(static_cast<void>(world.linker.link_partially(module)), riser::link_error);
    const riser::linked linked = other.linker.link_partially(module);
    CHECK_THROWS_AS(static_cast<void>(linked.instantiate(world.store)), riser::link_error);

    riser::store second(*world.engine);
    riser::imports imports;
    imports.define("env", "memory", riser::memory::create(second, {{2, 4}}));
    const auto refused = world.linker.try_instantiate(world.store, world.compile(memory_only), imports);
    REQUIRE_FALSE(refused);
    CHECK(std::string(refused.error().what()).find("another store") != std::string::npos);
}

TEST_CASE("errors: a moved result and copies of errors") {
    const riser::error plain = riser::usage_error("told you so");
    const riser::error copy = plain;
    CHECK(copy.is<riser::usage_error>());
    CHECK(copy.message() == "told you so");
    CHECK_FALSE(copy.is<riser::trap>());
    riser::result<std::string> text = std::string("value");
    CHECK(*text == "value");
    CHECK(std::move(text).value() == "value");
    const riser::result<int> none = plain;
    CHECK_THROWS_AS(static_cast<void>(none.value()), riser::usage_error);
}

TEST_CASE("errors: one import of a wrong type does not hide those that are missing") {
    test::world world;
    world.linker.define("env", "log", [](std::int32_t) {});
    riser::imports extra;
    extra.define("env", "memory", riser::memory::create(world.store, {.limits = {1, 4}}));
    const auto refused = world.linker.try_instantiate(world.store, world.compile(needs), extra);
    REQUIRE_FALSE(refused);
    const auto error = refused.error().as<riser::link_error>();
    REQUIRE(error);
    REQUIRE(error->unsatisfied().size() == 6);
    CHECK(error->unsatisfied()[0].found == "(func (param i32))");
    CHECK(error->unsatisfied()[1].found == "(memory 1 4)");
    for (std::size_t i = 2; i < 6; ++i) {
        CHECK(error->unsatisfied()[i].found.empty());
    }
}

TEST_CASE("errors: what is brought along goes before what the linker has, also where that has a wrong type") {
    test::world world;
    world.linker.define("env", "log", [](std::int32_t) { return 1; });
    riser::imports extra;
    extra.define("env", "log", riser::make_function(world.store, [](std::int32_t, std::int32_t) {}));
    const auto made = world.linker.try_instantiate(
        world.store, world.compile(R"((module (import "env" "log" (func (param i32 i32)))))"), extra);
    CHECK(made);
}

TEST_CASE("errors: a memory of another page size is refused in the words of the standard, with both sizes") {
    test::world world;
    riser::imports extra;
    extra.define("env", "memory", riser::memory::create(world.store, {.limits = {2, 4}, .page_size_log2 = 0}));
    const auto refused = world.linker.try_instantiate(world.store, world.compile(memory_only), extra);
    REQUIRE_FALSE(refused);
    CHECK(std::string(refused.error().what()) ==
          "memory types incompatible: \"env\" \"memory\" is (memory 2 4 (pagesize 1)), the module wants (memory 2 4)");
}

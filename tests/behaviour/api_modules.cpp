#include "support/wasm.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Modules: what they say about themselves, and how much of the work is done when.

namespace {

constexpr std::string_view described = R"((module $described
  (import "env" "f" (func $imported (param i32)))
  (import "env" "g" (global i64))
  (memory (export "memory") 1)
  (func $named (export "exported") (param f32 f64) (result i32) (i32.const 0))
  (@custom "notes" "some bytes")))";

constexpr std::string_view one_good_one_bad = R"((module
  (func (export "good") (result i32) (i32.const 1))
  (func (export "bad") (result i32) (i64.const 1))))";

constexpr std::string_view not_yet = R"((module
  (func (export "plain") (result i32) (i32.const 1))
  (func (export "atomic") (result i32) (atomic.fence) (i32.const 1))))";

} // namespace

TEST_CASE("modules: imports, exports, custom sections and names") {
    test::world world;
    const riser::module module = world.compile(described);
    CHECK(module.name() == "described");
    CHECK(module.function_name(0) == "imported");
    CHECK(module.function_name(1) == "named");
    CHECK(module.function_name(2).empty());
    const auto imports = module.imports();
    REQUIRE(imports.size() == 2);
    CHECK(imports[0].module == "env");
    CHECK(imports[0].name == "f");
    CHECK(riser::to_string(imports[0].type) == "(func (param i32))");
    CHECK(riser::to_string(imports[1].type) == "(global i64)");
    const auto exports = module.exports();
    REQUIRE(exports.size() == 2);
    CHECK(exports[0].name == "memory");
    CHECK(riser::to_string(exports[1].type) == "(func (param f32 f64) (result i32))");
    bool found = false;
    for (const riser::custom_section& section : module.custom_sections()) {
        if (section.name == "notes") {
            found = true;
            CHECK(std::string_view(reinterpret_cast<const char*>(section.bytes.data()), section.bytes.size()) ==
                  "some bytes");
        }
    }
    CHECK(found);
    CHECK(module.belongs_to(*world.engine));
    CHECK_FALSE(module.belongs_to(riser::engine()));
}

TEST_CASE("modules: functions are translated when they are first called, or all at once") {
    test::world world({}, "interpreter");
    const riser::module lazy = world.compile(not_yet);
    CHECK(lazy.statistics().functions == 2);
    CHECK(lazy.statistics().translated_functions == 0);
    const riser::instance instance = world.linker.instantiate(world.store, lazy);
    CHECK(instance.function<std::int32_t()>("plain")() == 1);
    CHECK(lazy.statistics().translated_functions == 1);
    CHECK(lazy.statistics().bytecode_bytes > 0);
    CHECK(lazy.statistics().resolved_bytes > 0);
    const riser::module eager = riser::module::compile(*world.engine, test::wat(described), riser::compile_mode::eager);
    CHECK(eager.statistics().translated_functions == 1);
    CHECK(eager.statistics().resolved_bytes == 0);
}

TEST_CASE("modules: what this build cannot run is refused eagerly, else when it is called") {
    test::world world;
    const auto eager = riser::module::try_compile(*world.engine, test::wat(not_yet), riser::compile_mode::eager);
    REQUIRE_FALSE(eager);
    const auto refused = eager.error().as<riser::compile_error>();
    REQUIRE(refused);
    CHECK(refused->why() == riser::compile_error::reason::unsupported);
    CHECK(std::string(refused->what()).find("atomic.fence") != std::string::npos);

    const riser::instance instance = world.instantiate(not_yet);
    CHECK(instance.function<std::int32_t()>("plain")() == 1);
    const auto trapped = instance.function<std::int32_t()>("atomic").try_call();
    REQUIRE_FALSE(trapped);
    CHECK(trapped.error().as<riser::trap>()->kind() == riser::trap_kind::unsupported);
    CHECK(std::string(trapped.error().what()) == "unsupported instruction: atomic.fence (in function 1, atomic)");
    const std::vector<riser::trap_frame> frames = trapped.error().as<riser::trap>()->backtrace();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].function == 1);
    CHECK(frames[0].name == "atomic");
    CHECK(frames[0].offset == refused->offset());
}

TEST_CASE("modules: the backtrace of a refused function begins in it, and goes on with its callers") {
    test::world world;
    const auto binary = test::wat(R"((module
        (func $bad (result i32) (i32.add (i32.const 1) (i64.const 2)))
        (func $caller (result i32) (nop) (call $bad))
        (func (export "run") (result i32) (call $caller))))");
    const auto eager = riser::module::try_compile(*world.engine, binary).error().as<riser::compile_error>();
    REQUIRE(eager);
    const riser::instance instance = world.linker.instantiate(
        world.store, riser::module::compile(*world.engine, binary, riser::compile_mode::lazy_validation));
    for (int i = 0; i < 2; ++i) {
        const auto trapped = instance.function<std::int32_t()>("run").try_call();
        REQUIRE_FALSE(trapped);
        const std::vector<riser::trap_frame> frames = trapped.error().as<riser::trap>()->backtrace();
        REQUIRE(frames.size() == 3);
        CHECK(frames[0].name == "bad");
        CHECK(frames[0].offset == eager->offset());
        CHECK(frames[1].name == "caller");
        CHECK(frames[2].name == "run");
    }
}

TEST_CASE("modules: a body that is invalid is refused as such, though one before it cannot be run") {
    test::world world;
    const auto eager = riser::module::try_compile(
        *world.engine, test::wat("(module (func (atomic.fence)) (func (result i32) (i64.const 1)))"),
        riser::compile_mode::eager);
    REQUIRE_FALSE(eager);
    const auto refused = eager.error().as<riser::compile_error>();
    REQUIRE(refused);
    CHECK(refused->why() == riser::compile_error::reason::invalid);
    CHECK(refused->function() == 1);
}

TEST_CASE("modules: lazy validation finds a bad body when it is called") {
    test::world world;
    CHECK_FALSE(riser::module::try_compile(*world.engine, test::wat(one_good_one_bad)));
    const riser::module module =
        riser::module::compile(*world.engine, test::wat(one_good_one_bad), riser::compile_mode::lazy_validation);
    const riser::instance instance = world.linker.instantiate(world.store, module);
    CHECK(instance.function<std::int32_t()>("good")() == 1);
    for (int i = 0; i < 2; ++i) {
        const auto trapped = instance.function<std::int32_t()>("bad").try_call();
        REQUIRE_FALSE(trapped);
        CHECK(trapped.error().as<riser::trap>()->kind() == riser::trap_kind::invalid_code);
        CHECK(std::string(trapped.error().what()).starts_with("invalid function body: type mismatch"));
    }
}

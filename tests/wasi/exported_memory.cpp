#include "support/wat.hpp"

#include "riser/default_engine.hpp"
#include "riser/host_function.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "riser/wasi/wasi.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>

// WASI works on the memory that a module exports as "memory", as its ABI says, wherever that stands among its memories.

namespace {

constexpr std::string_view imports =
    R"((import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32))))";

struct scene {
    riser::engine engine;
    riser::linker linker{engine};
    riser::store store{engine};
    std::string printed;

    scene() {
        riser::wasi::add_to(linker);
        store.emplace<riser::wasi::context>(riser::wasi::options().standard_output(
            riser::wasi::output::callback([this](std::string_view text) { printed += text; })));
    }
    riser::result<riser::instance> instantiate(const std::string& text, const riser::imports& extra = {}) {
        return linker.try_instantiate(store, riser::module::compile(engine, test::wat(text)), extra);
    }
};

/// Two memories, of which `exported` is "memory". Each has a text and a place for random bytes.
std::string two_memories(int exported) {
    return "(module " + std::string(imports) + "(memory $zero 1) (memory $one 2) (export \"memory\" (memory " +
           std::to_string(exported) + R"())
      (data (memory $zero) (i32.const 0) "\08\00\00\00\04\00\00\00zero")
      (data (memory $one) (i32.const 0) "\08\00\00\00\03\00\00\00one")
      (func (export "write") (result i32) (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))
      (func (export "random") (result i32) (call $random (i32.const 65530) (i32.const 20)))
      (func (export "written") (param i32) (result i32)
        (if (result i32) (local.get 0) (then (i32.load $one (i32.const 100))) (else (i32.load $zero (i32.const 100)))))
      (func (export "grow") (drop (memory.grow $one (i32.const 40))))))";
}

} // namespace

TEST_CASE("exported memory: WASI reads and writes the one that is exported as memory") {
    for (const int exported : {0, 1}) {
        CAPTURE(exported);
        scene scene;
        const riser::instance app = scene.instantiate(two_memories(exported)).value();
        CHECK(app.function<std::int32_t()>("write")() == 0);
        CHECK(scene.printed == (exported == 0 ? "zero" : "one"));
        const auto written = app.function<std::int32_t(std::int32_t)>("written");
        CHECK(written(exported) == (exported == 0 ? 4 : 3));
        CHECK(written(1 - exported) == 0);
        // Memory 1 has two pages, memory 0 has one.
        CHECK(app.function<std::int32_t()>("random")() == (exported == 0 ? 21 : 0));
        app.function<void()>("grow")();
        CHECK(app.function<std::int32_t()>("write")() == 0);
        CHECK(written(exported) == (exported == 0 ? 4 : 3));
    }
}

TEST_CASE("exported memory: without one, linking is refused with words, by both ways to link") {
    scene scene;
    for (const std::string_view memory :
         {"", "(memory 1)", "(memory (export \"Memory\") 1)", "(memory 1) (table (export \"memory\") 1 funcref)"}) {
        CAPTURE(memory);
        const std::string text = "(module " + std::string(imports) + std::string(memory) + ")";
        const auto refused = scene.instantiate(text);
        REQUIRE_FALSE(refused);
        const auto error = refused.error().as<riser::link_error>();
        REQUIRE(error);
        CHECK(error->unsatisfied().size() == 2);
        CHECK(std::string(error->what())
                  .starts_with("missing memory export: \"wasi_snapshot_preview1\" \"random_get\" is for the memory "
                               "exported as \"memory\", and the module exports none"));
        CHECK_FALSE(scene.linker.try_link(riser::module::compile(scene.engine, test::wat(text))));
    }
}

TEST_CASE("exported memory: functions that touch no memory need none") {
    scene scene;
    const auto made = scene.instantiate(R"((module
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
      (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
      (func (export "_start") (drop (call $yield)) (drop (call $close (i32.const 0))) (call $exit (i32.const 7)))))");
    REQUIRE(made);
    CHECK(riser::wasi::run(*made) == 7);
}

TEST_CASE("exported memory: an imported memory that is exported again counts") {
    scene scene;
    riser::imports extra;
    const riser::memory memory = riser::memory::create(scene.store, {.limits = {1, 1}});
    extra.define("env", "memory", memory);
    const auto made = scene.instantiate("(module " + std::string(imports) + R"((import "env" "other" (memory 1))
      (import "env" "memory" (memory $m 1)) (export "memory" (memory $m))
      (func (export "random") (result i32) (call $random (i32.const 0) (i32.const 64)))))");
    CHECK_FALSE(made); // "other" is missing
    extra.define("env", "other", riser::memory::create(scene.store, {.limits = {1, 1}}));
    const auto again = scene.instantiate("(module " + std::string(imports) + R"((import "env" "other" (memory 1))
      (import "env" "memory" (memory $m 1)) (export "memory" (memory $m))
      (func (export "random") (result i32) (call $random (i32.const 0) (i32.const 64)))))",
                                         extra);
    REQUIRE(again);
    CHECK(again->function<std::int32_t()>("random")() == 0);
    CHECK(memory.read<std::uint64_t>(0) + memory.read<std::uint64_t>(8) + memory.read<std::uint64_t>(16) != 0);
}

TEST_CASE("exported memory: a function that came through another instance says what is missing when it is called") {
    scene scene;
    const riser::instance lender = scene
                                       .instantiate("(module " + std::string(imports) + R"((memory (export "memory") 1)
      (export "random" (func $random)) (table (export "table") 1 funcref) (elem (i32.const 0) $random)))")
                                       .value();
    // As an import it is refused like the linker's own.
    riser::imports extra;
    extra.define("lender", lender);
    CHECK_FALSE(scene.instantiate(
        R"((module (import "lender" "random" (func (param i32 i32) (result i32))) (memory 1)))", extra));
    // Through a table nobody can see it before.
    const auto borrower = scene.instantiate(R"((module (import "lender" "table" (table 1 funcref)) (memory $private 1)
      (type $t (func (param i32 i32) (result i32)))
      (func (export "call") (result i32) (call_indirect (type $t) (i32.const 0) (i32.const 8) (i32.const 0)))
      (func (export "first") (result i64) (i64.load (i32.const 0)))))",
                                            extra);
    REQUIRE(borrower);
    const auto called = borrower->function<std::int32_t()>("call").try_call();
    REQUIRE_FALSE(called);
    CHECK(called.error().message() ==
          "a function of WASI was called by an instance that exports no memory as \"memory\"");
    CHECK(borrower->function<std::int64_t()>("first")() == 0);
}

TEST_CASE("exported memory: spans and caller.memory() mean it too, else memory 0") {
    for (const int exported : {-1, 0, 1}) {
        CAPTURE(exported);
        scene scene;
        std::string seen;
        scene.linker.define("host", "see", [&](riser::caller& who, riser::guest_span<const char> text) {
            seen = std::string(text.view());
            CHECK(who.memory().read<char>(0) == seen[0]);
            CHECK(static_cast<char>(who.memory_bytes()[0]) == seen[0]);
            CHECK(who.exports_memory() == (exported >= 0));
            CHECK(static_cast<bool>(who.try_memory("memory")) == (exported >= 0));
        });
        const auto made = scene.instantiate(
            R"((module (import "host" "see" (func $see (param i32 i32))) (memory 1) (memory 1)
              (data (memory 0) (i32.const 0) "zero") (data (memory 1) (i32.const 0) "one!"))" +
            (exported < 0 ? std::string() : "(export \"memory\" (memory " + std::to_string(exported) + "))") +
            "(func (export \"run\") (call $see (i32.const 0) (i32.const 4))))");
        REQUIRE(made);
        made->function<void()>("run")();
        CHECK(seen == (exported == 1 ? "one!" : "zero"));
    }
}

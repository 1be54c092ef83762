#include "riser/core/module/module_state.hpp"
#include "riser/core/wasm/module/module_decoder.hpp"
#include "riser/core/wasm/module/validate_module.hpp"
#include "support/failing_allocator.hpp"
#include "support/wat.hpp"

#include <riser/riser.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// What validation finds out about a module for later tiers: each instruction that breaks a fact, and when nothing is known.

namespace {

using namespace riser::core::wasm;

struct validated {
    explicit validated(const std::string& body)
        : bytes(test::wat("(module (import \"m\" \"t\" (table 1 funcref)) (table 1 funcref) (memory 1) (memory 1)"
                          "(global (mut i32) (i32.const 0)) (global (mut i32) (i32.const 0))"
                          "(elem $e func) (func " +
                          body + "))")) {
        accepted = decode_module(bytes, module, errors) && validate_bodies(module, bytes, facts, errors);
    }

    std::vector<std::byte> bytes;
    module_info module;
    module_facts facts;
    diagnostics errors;
    bool accepted = false;
};

/// What may change: "t1 g0" and so on.
std::string changed(const module_facts& facts) {
    std::string text;
    for (std::uint32_t i = 0; i < 2; ++i) {
        const std::string index = std::to_string(i);
        text += facts.may_write_table(i) ? "t" + index : "";
        text += facts.may_set_global(i) ? "g" + index : "";
        text += facts.may_grow_memory(i) ? "m" + index : "";
    }
    return text;
}

std::string changed_by(const std::string& body) {
    const validated result(body);
    REQUIRE(result.accepted);
    const riser::engine engine;
    const auto translated = riser::module::compile(engine, result.bytes, riser::compile_mode::eager);
    CHECK(changed(translated.state()->facts) == changed(result.facts)); // found by the translator
    return changed(result.facts);
}

TEST_CASE("each instruction that writes to a table, a global or a memory's size breaks the fact about that one alone") {
    CHECK(changed_by("(table.set 1 (i32.const 0) (ref.null func))") == "t1");
    CHECK(changed_by("(table.fill 1 (i32.const 0) (ref.null func) (i32.const 1))") == "t1");
    CHECK(changed_by("(drop (table.grow 1 (ref.null func) (i32.const 1)))") == "t1");
    CHECK(changed_by("(table.copy 1 0 (i32.const 0) (i32.const 0) (i32.const 1))") == "t1");
    CHECK(changed_by("(table.copy 0 1 (i32.const 0) (i32.const 0) (i32.const 1))") == "t0");
    CHECK(changed_by("(table.init 1 $e (i32.const 0) (i32.const 0) (i32.const 0))") == "t1");
    CHECK(changed_by("(global.set 1 (i32.const 0))") == "g1");
    CHECK(changed_by("(drop (memory.grow 1 (i32.const 0)))") == "m1");
}

TEST_CASE("what only reads, and what execution cannot get to, breaks no fact") {
    CHECK(changed_by("(drop (table.get 1 (i32.const 0))) (drop (table.size 1)) (elem.drop $e)").empty());
    CHECK(changed_by("(drop (global.get 1)) (drop (memory.size 1)) (i32.store (i32.const 0) (i32.const 1))").empty());
    CHECK(changed_by("(return) (global.set 1 (i32.const 0)) (drop (memory.grow 1 (i32.const 0)))").empty());
}

TEST_CASE("no fact is known before all bodies are validated, or where one is refused") {
    CHECK(changed(module_facts()) == "t0g0m0t1g1m1");
    const validated refused("(i32.const 0)");
    CHECK_FALSE(refused.accepted);
    CHECK(changed(refused.facts) == "t0g0m0t1g1m1");
}

TEST_CASE("a compiled module knows its facts, unless its bodies are validated at their first calls") {
    const riser::engine engine;
    const auto bytes = test::wat("(module (memory 1) (func))");
    const auto may_grow = [&](riser::compile_mode mode) {
        return riser::module::compile(engine, bytes, mode).state()->facts.may_grow_memory(0);
    };
    CHECK_FALSE(may_grow(riser::compile_mode::lazy_translation));
    CHECK_FALSE(may_grow(riser::compile_mode::eager));
    CHECK(may_grow(riser::compile_mode::lazy_validation));
}

TEST_CASE("without memory for the facts, validation fails and says so") {
    const validated module("");
    for (std::size_t n = 1; n <= 3; ++n) {
        test::failing_allocator memory;
        const riser::core::allocator source = memory.interface();
        memory.fail_at(n);
        module_facts facts(source);
        diagnostics errors;
        CHECK_FALSE(validate_bodies(module.module, module.bytes, facts, errors));
        CHECK(errors.first().kind == diagnostic_kind::out_of_memory);
        CHECK(changed(facts) == "t0g0m0t1g1m1");
    }
}

} // namespace

#include "support/wasm.hpp"
#include "support/wat.hpp"

#include "riser/core/module/module_data.hpp"
#include "riser/core/wasm/module/module_decoder.hpp"
#include "riser/host_function.hpp"
#include "riser/trap.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// What a trap says names the function in which it happened.

namespace {

constexpr std::string_view named = R"((module
  (import "host" "fail" (func $fail))
  (memory 1)
  (table 1 funcref)
  (elem (i32.const 0) $third)
  (func $first (export "of the name section") unreachable)
  (func (export "of the export") (export "not of this") unreachable)
  (func $third (drop (i32.div_s (i32.const 1) (i32.const 0))))
  (func $fourth (export "load") (param i32) (drop (i32.load (local.get 0))))
  (func $fifth (export "host") (call $fail))
  (func (export "unnamed") (call_indirect (i32.const 0)) (nop))))";

/// Without a name section.
constexpr std::string_view stripped = R"((module
  (table 1 funcref)
  (elem (i32.const 0) 1)
  (func (export "exported") (export "not of this") unreachable)
  (func (drop (i32.div_s (i32.const 1) (i32.const 0))))
  (func (export "unnamed") (call_indirect (i32.const 0)) (nop))))";

riser::error failure_of(const riser::instance& instance, std::string_view name) {
    return instance.function<void()>(name).try_call().error();
}

std::string cause_of(const riser::instance& instance, std::string_view name) {
    return std::string(failure_of(instance, name).message());
}

const riser::core::runtime::trap_state& state_of(const riser::error& failure) {
    return static_cast<const riser::core::runtime::trap_state&>(*failure.state());
}

} // namespace

TEST_CASE(
    "trap messages: the function's name comes from the name section, else from its first export, else there is none") {
    test::world world;
    world.linker.define("host", "fail", [] {});
    const riser::instance full = world.instantiate(named);
    CHECK(cause_of(full, "of the name section") == "unreachable (in function 1, first)");
    CHECK(cause_of(full, "of the export") == "unreachable (in function 2, of the export)");
    CHECK(cause_of(full, "unnamed") == "integer divide by zero (in function 3, third)");
    const riser::instance bare = world.instantiate(stripped);
    CHECK(cause_of(bare, "exported") == "unreachable (in function 0, exported)");
    CHECK(cause_of(bare, "unnamed") == "integer divide by zero (in function 1)");
}

TEST_CASE("trap messages: the function stands behind what an access to memory says") {
    test::world world;
    world.linker.define("host", "fail", [] {});
    const auto load = world.instantiate(named).function<void(std::int32_t)>("load");
    CHECK(std::string(load.try_call(0x10003).error().what()) ==
          "out of bounds memory access: 4 bytes at 0x10003 of 65536 (in function 4, fourth)");
}

TEST_CASE("trap messages: of a trap of a host function, it is the caller; called by the host, it has none") {
    test::world world;
    world.linker.define("host", "fail", []() -> riser::result<void> {
        return riser::trap(riser::trap_kind::cast_failure, "not this");
    });
    CHECK(cause_of(world.instantiate(named), "host") == "cast failure: not this (in function 5, fifth)");
    const auto alone = riser::make_function(
        world.store, []() -> riser::result<void> { return riser::trap(riser::trap_kind::cast_failure, "not this"); });
    CHECK(std::string(alone.typed<void()>().try_call().error().what()) == "cast failure: not this");
}

TEST_CASE("trap messages: nothing is put together before somebody asks, and once") {
    riser::error failure;
    {
        test::world world;
        world.linker.define("host", "fail", [] {});
        failure = failure_of(world.instantiate(named), "of the name section");
    }
    const riser::error copy = failure; // NOLINT(performance-unnecessary-copy-initialization)
    CHECK(state_of(failure).located.load() == nullptr);
    std::vector<const char*> said(4);
    {
        std::vector<std::jthread> threads;
        for (const char*& one : said) {
            threads.emplace_back([&] { one = copy.what(); });
        }
    }
    CHECK(std::string(failure.what()) == "unreachable (in function 1, first)");
    for (const char* const one : said) {
        CHECK(one == failure.what());
    }
}

TEST_CASE("trap messages: a long name is cut off between two characters") {
    test::world world;
    std::string name(999, 'x');
    name += "\xc3\xa4 and more";
    const riser::instance instance = world.instantiate("(module (func (export \"" + name + "\") unreachable))");
    CHECK(cause_of(instance, name) == "unreachable (in function 0, " + name.substr(0, 999) + ")");
}

TEST_CASE("trap messages: a name cannot make lines or colours where messages are printed, nor end them") {
    test::world world;
    const std::string name("a\x1b[31m\n\0\x7f"
                           "b",
                           10);
    const riser::instance instance =
        world.instantiate("(module (func (export \"a\\1b[31m\\0a\\00\\7fb\") unreachable))");
    CHECK(cause_of(instance, name) == R"(unreachable (in function 0, a\1b[31m\0a\00\7fb))");
    const auto missing = instance.try_function<void()>("no\nsuch");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message() == R"(no exported function "no\0asuch")");
    const auto unlinked = world.linker.try_link(world.compile(R"((module (import "a\0a" "b\07" (func))))"));
    REQUIRE_FALSE(unlinked);
    CHECK(unlinked.error().message() == R"(unknown import: "a\0a" "b\07" is missing, the module wants (func))");
}

TEST_CASE("trap messages: the name of each function is found by halves among any number of exports") {
    constexpr std::uint32_t count = 1000;
    std::string text = "(module (memory (export \"memory\") 1)\n";
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t exported = (i * 7 + 3) % count; // each once
        text += "(func) (export \"a" + std::to_string(i) + "\" (func " + std::to_string(exported) + "))" +
                "(export \"b" + std::to_string(i) + "\" (func " + std::to_string(exported / 2) + "))\n";
    }
    const std::vector<std::byte> bytes = test::wat(text + ")");
    riser::core::runtime::module_data module(riser::core::host_allocator);
    riser::core::wasm::diagnostics errors;
    REQUIRE(riser::core::wasm::decode_module(bytes, module.info, errors));

    std::vector<std::string_view> first(count);
    for (const auto& entry : module.info.exports) {
        if (entry.kind == riser::core::wasm::external_kind::function && first[entry.index].empty()) {
            first[entry.index] = entry.name;
        }
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        CHECK(riser::core::runtime::name_of_function(module, i) == first[i]);
    }
    const auto& order = module.info.exports_by_index;
    REQUIRE(order.size() == module.info.exports.size());
    for (std::size_t i = 1; i < order.size(); ++i) {
        const auto& before = module.info.exports[order[i - 1]];
        const auto& entry = module.info.exports[order[i]];
        CHECK((before.kind < entry.kind || (before.kind == entry.kind && before.index <= entry.index)));
    }
}

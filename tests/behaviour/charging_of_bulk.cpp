#include "riser/basic_engine.hpp"
#include "riser/custom_engine.hpp"
#include "riser/default_engine.hpp"
#include "riser/linker.hpp"
#include "riser/memory_policy/bounds_checking.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

// What operations cost that move more than one value.

namespace {

struct outcome {
    std::uint64_t used;
    riser::trap_kind trap;
    std::uint32_t first_byte; ///< of what was written to
};

/// Runs `body` with so much fuel.
outcome run(const std::string& body, std::uint64_t fuel) {
    const riser::engine engine;
    riser::store store(engine);
    const auto module = riser::module::compile(engine,
                                               test::wat(R"((module (memory 64 164) (table 200000 300000 funcref)
        (data $bytes ")" + std::string(65536, 'x') + R"(")
        (elem $functions func $f $f $f $f $f $f $f $f $f $f $f $f $f $f $f $f)
        (func $f)
        (func (export "first") (result i32) (i32.load8_u (i32.const 0)))
        (func (export "run") )" + body + "))"));
    const riser::instance instance = riser::linker(engine).instantiate(store, module);
    store.set_fuel(fuel);
    const auto result = instance.function<void()>("run").try_call();
    const std::uint64_t used = fuel - store.fuel().value();
    store.set_fuel(1000);
    return {used, result ? riser::trap_kind::none : result.error().as<riser::trap>()->kind(),
            instance.function<std::uint32_t()>("first")()};
}

/// What `body` costs with so many to move, beyond what it costs with none.
std::uint64_t cost(const std::string& operation, std::uint32_t count) {
    const auto with = [&](std::uint32_t n) {
        const outcome end = run("(" + operation + " (i32.const " + std::to_string(n) + "))", 10'000'000);
        CHECK(end.trap == riser::trap_kind::none);
        return end.used;
    };
    return with(count) - with(0);
}

} // namespace

TEST_CASE("charging: bulk operations cost an operator for every 64 bytes, eight elements of a table") {
    for (const std::uint32_t bytes : {63U, 64U, 1000U, 65536U}) {
        CAPTURE(bytes);
        CHECK(cost("memory.fill (i32.const 0) (i32.const 1)", bytes) == bytes / 64);
        CHECK(cost("memory.copy (i32.const 0) (i32.const 99)", bytes) == bytes / 64);
        CHECK(cost("memory.init $bytes (i32.const 0) (i32.const 0)", bytes) == bytes / 64);
    }
    CHECK(cost("memory.copy (i32.const 0) (i32.const 64)", 4'000'000) == 62'500);
    CHECK(cost("table.fill (i32.const 0) (ref.null func)", 150'000) == 18'750);
    CHECK(cost("table.copy (i32.const 0) (i32.const 7)", 150'000) == 18'750);
    CHECK(cost("table.init $functions (i32.const 0) (i32.const 0)", 16) == 2);
}

TEST_CASE("charging: a bulk operation that is too dear moves nothing, one that is out of bounds costs nothing") {
    const std::string fill = "(memory.fill (i32.const 0) (i32.const 1) (i32.const 65536))";
    const outcome enough = run(fill, 10'000);
    CHECK(enough.trap == riser::trap_kind::none);
    CHECK(enough.first_byte == 1);
    CHECK(run(fill, enough.used).trap == riser::trap_kind::none);
    const outcome less = run(fill, enough.used - 1);
    CHECK(less.trap == riser::trap_kind::out_of_fuel);
    CHECK(less.first_byte == 0);
    const outcome beyond = run("(memory.fill (i32.const 0) (i32.const 1) (i32.const -1))", 100);
    CHECK(beyond.trap == riser::trap_kind::memory_out_of_bounds);
}

TEST_CASE("charging: growing costs what it adds, by the same rule, and nothing where type or limits forbid it") {
    const auto grow_cost = [](const std::string& operation, std::uint32_t count, const std::string& expected) {
        const std::string check = "(if (i32.ne (" + operation + " (i32.const ";
        const auto used = [&](const std::string& n, const std::string& result) {
            const outcome end = run(check + n + ")) (i32.const " + result + ")) (then (unreachable)))", 10'000'000);
            CHECK(end.trap == riser::trap_kind::none);
            return end.used;
        };
        const bool is_memory = operation.starts_with("memory");
        return used(std::to_string(count), expected) - used("0", is_memory ? "64" : "200000");
    };
    CHECK(grow_cost("memory.grow", 1, "64") == 1024);
    CHECK(grow_cost("memory.grow", 100, "64") == 102'400);
    CHECK(grow_cost("memory.grow", 101, "-1") == 0);
    CHECK(grow_cost("memory.grow", 0xffff'ffffU, "-1") == 0);
    CHECK(grow_cost("table.grow (ref.null func)", 7, "200000") == 0);
    CHECK(grow_cost("table.grow (ref.null func)", 100'000, "200000") == 12'500);
    CHECK(grow_cost("table.grow (ref.null func)", 100'001, "-1") == 0);
}

TEST_CASE("charging: what is too dear does not grow") {
    const riser::engine engine;
    riser::store store(engine);
    const riser::instance instance =
        riser::linker(engine).instantiate(store, riser::module::compile(engine, test::wat(R"((module
        (memory (export "memory") 1) (table (export "table") 1 funcref)
        (func (export "memory.grow") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "table.grow") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))))")));
    const auto runs_out = [&](const char* name, std::int32_t count) {
        store.set_fuel(1000);
        const auto grown = instance.function<std::int32_t(std::int32_t)>(name).try_call(count);
        CHECK(store.fuel() == 0U);
        return !grown && grown.error().as<riser::trap>()->kind() == riser::trap_kind::out_of_fuel;
    };
    CHECK(runs_out("memory.grow", 1));
    CHECK(instance.memory("memory").size() == 65536);
    CHECK(runs_out("table.grow", 10'000));
    CHECK(instance.table("table").size() == 1);
}

namespace {

/// A policy whose memories never grow, as where the system has no memory left.
struct without_room : riser::memory_policy::bounds_checking {
    static bool grow(riser::memory_policy::address_space&, riser::memory_policy::linear_memory&,
                     std::uint64_t) noexcept {
        return false;
    }
};

} // namespace

TEST_CASE("charging: where there is no memory to grow into, the charge is given back") {
    const riser::basic_engine<without_room> engine;
    riser::store store(engine);
    const riser::instance instance =
        riser::linker(engine).instantiate(store, riser::module::compile(engine, test::wat(R"((module (memory 1)
        (func (export "nothing") (param i32) (result i32) (memory.grow (i32.const 0)))
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))))")));
    const auto used = [&](const char* name, std::int32_t pages, std::int32_t expected) {
        constexpr std::uint64_t fuel = 100'000'000;
        store.set_fuel(fuel);
        CHECK(instance.function<std::int32_t(std::int32_t)>(name)(pages) == expected);
        return fuel - store.fuel().value();
    };
    // Within a slice between two polls, and beyond it.
    CHECK(used("grow", 1, -1) == used("nothing", 0, 1));
    CHECK(used("grow", 65535, -1) == used("nothing", 0, 1));
}

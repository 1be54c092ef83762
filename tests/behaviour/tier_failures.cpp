#include "support/failing_allocator.hpp"
#include "support/toy_engines.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

// Where native code is not to be had, everything is interpreted, and statistics say why.

#if defined(__x86_64__) && defined(__ELF__)

namespace {

namespace toy = test::toy;
namespace runtime = riser::core::runtime;
using toy::one_tier;
using toy::rising_at;
using toy::sum_to;
using toy::tiered;

} // namespace

TEST_CASE("tier failures: without memory for code functions are interpreted, and a warning says so") {
    for (const std::uint64_t tier_up : {0U, 1U}) {
        riser::engine_options options = rising_at(tier_up);
        options.code_bytes = 0;
        tiered<one_tier> in(options);
        for (int i = 0; i < 3; ++i) {
            CHECK(in.call("sum", 100) == sum_to(100));
            CHECK(in.call("calls") == 1);
        }
        CHECK(in.compiled() == 0);
        CHECK(in.engine.native_statistics().warning == "no memory for native code: it is full");
        CHECK(in.engine.native_statistics().limit_bytes == 0);
    }
}

TEST_CASE("tier failures: a module that finds no room for its code finds it when another has died") {
    riser::engine_options options = rising_at(1);
    options.code_bytes = 4096;
    const one_tier engine(options);
    const riser::linker linker(engine);
    riser::store late(engine);
    const riser::module module = toy::compile(engine);
    const riser::instance in = linker.instantiate(late, module);
    const auto sum = in.function<std::int32_t(std::int32_t)>("sum");
    {
        riser::store early(engine);
        const riser::instance other = linker.instantiate(early, toy::compile(engine));
        CHECK(other.function<std::int32_t(std::int32_t)>("sum")(10) == sum_to(10) + toy::native_mark);
        CHECK(sum(10) == sum_to(10));
        CHECK(engine.native_statistics().taken_bytes == 4096);
    }
    CHECK(sum(10) == sum_to(10) + toy::native_mark);
}

TEST_CASE(
    "tier failures: while there is no room for code, what runs is interpreted and not compiled in vain over and over") {
    for (const std::uint64_t tier_up : {0U, 1U, 3000U}) {
        CAPTURE(tier_up);
        riser::engine_options options = rising_at(tier_up);
        options.code_bytes = 0;
        tiered<one_tier> in(options);
        const int before = toy::general::compiled;
        toy::general::while_compiling = [] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); };
        for (int i = 0; i < 20; ++i) {
            CHECK(in.call("sum", 10'000) == sum_to(10'000)); // polls as often as it turns, or more than ten times
        }
        toy::general::while_compiling = nullptr;
        CHECK(toy::general::compiled - before <= 2);
        CHECK(toy::general::compiled - before >= 1);
    }
}

TEST_CASE("tier failures: a backend that can compile nothing is named, and asked once") {
    toy::general::why_unusable = "no such processor";
    tiered<one_tier> in(rising_at(0));
    CHECK(in.call("sum", 100) == sum_to(100));
    CHECK(in.call("calls") == 1);
    CHECK(in.engine.native_statistics().warning == "toy compiles nothing: no such processor");
    toy::general::why_unusable = nullptr;
}

TEST_CASE("tier failures: wherever memory fails, what is called computes the same") {
    for (const std::uint64_t tier_up : {0U, 1U, 50U}) {
        bool has_failed = true;
        for (std::size_t n = 1; has_failed; ++n) {
            CAPTURE(tier_up);
            CAPTURE(n);
            test::failing_allocator memory;
            {
                riser::engine_options options = rising_at(tier_up);
                options.allocator = memory.interface();
                tiered<one_tier> in(options);
                const auto function = in.instance.function<std::int32_t(std::int32_t)>("sum");
                memory.fail_at(n);
                for (int i = 0; i < 2; ++i) {
                    const auto sum = function.try_call(100);
                    if (sum) {
                        CHECK(*sum % toy::native_mark == sum_to(100));
                    } else {
                        CHECK(sum.error().as<riser::trap>()->kind() == riser::trap_kind::out_of_memory);
                    }
                }
                CHECK(function(100) % toy::native_mark == sum_to(100));
                has_failed = memory.has_failed();
            }
            CHECK(memory.blocks() == 0);
            CHECK(memory.mistaken() == 0);
        }
    }
}

TEST_CASE("tier failures: an engine without memory for its tiers interprets") {
    for (std::size_t n = 1; n < 20; ++n) {
        CAPTURE(n);
        test::failing_allocator memory;
        memory.fail_at(n);
        {
            riser::engine_options options = rising_at(0);
            options.allocator = memory.interface();
            const one_tier engine(options);
            const auto module =
                riser::module::try_compile(engine, test::wat("(module " + std::string(toy::source) + ")"));
            CHECK((module || memory.has_failed()));
            if (n == 1) {
                CHECK(engine.native_statistics().warning == "no native code: out of memory");
                riser::store store(engine);
                const riser::instance in = riser::linker(engine).instantiate(store, *module);
                CHECK(in.function<std::int32_t(std::int32_t)>("sum")(100) == sum_to(100));
            }
        }
        CHECK(memory.blocks() == 0);
    }
}

#endif

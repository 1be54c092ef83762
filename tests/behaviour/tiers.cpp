#include "support/toy_engines.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

// Functions rise from the interpreter to native code of toy backends, at the moments that the options name; what they compute, charge and
// report stays as it was.

#if defined(__x86_64__) && defined(__ELF__)

namespace {

namespace toy = test::toy;
namespace runtime = riser::core::runtime;
using toy::compile;
using toy::kept_by;
using toy::never;
using toy::one_tier;
using toy::rising_at;
using toy::specific_tier;
using toy::sum_to;
using toy::tiered;
using toy::two_tiers;

} // namespace

TEST_CASE("tiers: a call reaches the version of the mode that runs") {
    specific_tier engine(rising_at(0));
    const riser::module module = compile(engine);
    riser::store checked(engine, kept_by(riser::protection::checks));
    riser::store guarded(engine, kept_by(riser::protection::guards));
    const riser::linker linker(engine);
    const auto call = [](const riser::instance& in, const char* name) { return in.function<std::int32_t()>(name)(); };
    const riser::instance by_checks = linker.instantiate(checked, module);
    const riser::instance by_guards = linker.instantiate(guarded, module);
    for (int i = 0; i < 3; ++i) {
        CHECK(call(by_checks, "version") == 1);
        CHECK(call(by_guards, "version") == 2);
        // From native code.
        CHECK(call(by_checks, "calls") == 2);
        CHECK(call(by_guards, "calls") == 3);
        // From the interpreter.
        CHECK(by_checks.function<std::int32_t(std::int32_t)>("unknown")(10) == 11);
        CHECK(by_guards.function<std::int32_t(std::int32_t)>("unknown")(10) == 12);
    }
    CHECK(module.tiers()[0].functions == 4);
}

TEST_CASE("tiers: what is hot in native code rises to the next tier") {
    two_tiers engine(rising_at(1000));
    const riser::module module = compile(engine);
    riser::store store(engine, kept_by(riser::protection::checks));
    const riser::instance in = riser::linker(engine).instantiate(store, module);
    const auto version = in.function<std::int32_t()>("version"); // of two operators
    const auto after_calls = [&](int calls) {
        for (int i = 1; i < calls; ++i) {
            version();
        }
        return version();
    };
    CHECK(after_calls(400) == 0);
    CHECK(after_calls(200) == toy::version_of(runtime::all_memory_modes));
    CHECK(after_calls(6000) == toy::version_of(runtime::all_memory_modes));
    CHECK(after_calls(3000) == toy::version_of(runtime::only(riser::core::memory::memory_mode::bounds_checking)));
    CHECK(module.tiers()[0].functions == 1);
    CHECK(module.tiers()[1].functions == 1);
}

TEST_CASE("tiers: a call from the tier below reaches the version of the mode that runs") {
    // One copy of `calls`, of the lower tier, calls the copy of `version` for the mode.
    toy::general::refuses_version = true;
    two_tiers engine(rising_at(0));
    const riser::module module = compile(engine);
    riser::store checked(engine, kept_by(riser::protection::checks));
    riser::store guarded(engine, kept_by(riser::protection::guards));
    const riser::linker linker(engine);
    const riser::instance by_checks = linker.instantiate(checked, module);
    const riser::instance by_guards = linker.instantiate(guarded, module);
    for (int i = 0; i < 3; ++i) {
        CHECK(by_checks.function<std::int32_t()>("calls")() == 1 + 1);
        CHECK(by_guards.function<std::int32_t()>("calls")() == 2 + 1);
    }
    CHECK(module.tiers()[0].functions == 1);
    CHECK(module.tiers()[1].functions == 2);
    toy::general::refuses_version = false;
}

TEST_CASE("tiers: one copy of code that is not mode-specific serves all modes, also of instances that come later") {
    toy::general::compiled = 0;
    one_tier engine(rising_at(0));
    const riser::module module = compile(engine);
    const riser::linker linker(engine);
    for (const riser::protection protection : {riser::protection::checks, riser::protection::guards}) {
        riser::store store(engine, kept_by(protection));
        const riser::instance instance = linker.instantiate(store, module);
        CHECK(instance.function<std::int32_t()>("version")() == toy::version_of(runtime::all_memory_modes));
        CHECK(instance.function<std::int32_t()>("calls")() == toy::version_of(runtime::all_memory_modes) + 1);
    }
    CHECK(toy::general::compiled == 2);
}

TEST_CASE("tiers: each backend wants more operators than the one below, and none where the option says never") {
    using runtime::detail::threshold;
    CHECK(threshold(0, 0) == 0);
    CHECK(threshold(0, 1) == 16);
    CHECK(threshold(100, 0) == 100);
    CHECK(threshold(100, 2) == 25'600);
    for (std::size_t backend = 0; backend < runtime::module_tiers::most_backends; ++backend) {
        CHECK(threshold(toy::never, backend) > runtime::function_heat::most);
        CHECK(threshold(std::uint64_t{1} << 60U, backend) > runtime::function_heat::most);
    }
}

TEST_CASE("tiers: without a limit nothing is compiled, at 0 each function at its first call") {
    tiered<one_tier> interpreted(rising_at(never));
    CHECK(interpreted.call("version") == 0);
    CHECK(interpreted.call("sum", 1000) == sum_to(1000));
    CHECK(interpreted.compiled() == 0);

    tiered<one_tier> compiled(rising_at(0));
    CHECK(compiled.call("version") == toy::version_of(runtime::all_memory_modes));
    CHECK(compiled.call("sum", 1000) == sum_to(1000) + toy::native_mark);
    CHECK(compiled.compiled() == 2);
    CHECK(compiled.module.statistics().translated_functions == 0);
}

TEST_CASE("tiers: at 1 a function is compiled where it is entered, and is entered natively") {
    tiered<one_tier> in(rising_at(1));
    CHECK(in.call("sum", 1000) == sum_to(1000) + toy::native_mark);
    CHECK(in.compiled() == 1);
}

TEST_CASE("tiers: a loop goes on in native code from the operator that makes it hot") {
    // The function's own region is 2 operators, the loop's 11, and the poll is before the region that the slice has no room for.
    for (const std::uint64_t tier_up : {3U, 13U, 14U, 24U, 25U, 1000U}) {
        CAPTURE(tier_up);
        tiered<one_tier> in(rising_at(tier_up));
        CHECK(in.call("sum", 1000) == sum_to(1000) + toy::loop_mark);
        CHECK(in.call("sum", 1000) == sum_to(1000) + toy::native_mark);
        CHECK(in.compiled() == 1);
    }
    tiered<one_tier> in(rising_at(20'000));
    CHECK(in.call("sum", 1000) == sum_to(1000));
    CHECK(in.compiled() == 0);
    CHECK(in.call("sum", 3000) == sum_to(3000) + toy::loop_mark);
}

TEST_CASE("tiers: a loop without an entry is interpreted to its end") {
    toy::general::leaves_out_loops = true;
    tiered<one_tier> in(rising_at(13));
    CHECK(in.call("sum", 1000) == sum_to(1000));
    CHECK(in.call("sum", 1000) == sum_to(1000) + toy::native_mark);
    toy::general::leaves_out_loops = false;
}

TEST_CASE("tiers: fuel is charged as by the interpreter, however functions rise") {
    tiered<one_tier> reference(rising_at(never));
    const auto left_of = [](tiered<one_tier>& in, const char* name, std::optional<std::int32_t> argument,
                            std::uint64_t fuel) -> std::uint64_t {
        in.store.set_fuel(fuel);
        if (argument) {
            in.call(name, *argument);
        } else {
            in.call(name);
        }
        return in.store.fuel().value();
    };
    constexpr std::uint64_t fuel = 1'000'000;
    const std::uint64_t of_sum = fuel - left_of(reference, "sum", 1000, fuel);
    const std::uint64_t of_calls = fuel - left_of(reference, "calls", std::nullopt, fuel);
    for (const std::uint64_t tier_up : {0U, 1U, 2U, 3U, 4U, 13U, 14U, 24U, 1000U, 5000U}) {
        CAPTURE(tier_up);
        {
            tiered<one_tier> in(rising_at(tier_up));
            for (int i = 0; i < 3; ++i) {
                CHECK(fuel - left_of(in, "sum", 1000, fuel) == of_sum);
                CHECK(fuel - left_of(in, "calls", std::nullopt, fuel) == of_calls);
            }
        }
        for (const std::uint64_t little :
             {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{11}, of_sum / 2, of_sum - 1}) {
            CAPTURE(little);
            tiered<one_tier> in(rising_at(tier_up));
            in.store.set_fuel(little);
            const auto ended = in.instance.function<std::int32_t(std::int32_t)>("sum").try_call(1000);
            REQUIRE_FALSE(ended);
            CHECK(ended.error().as<riser::trap>()->kind() == riser::trap_kind::out_of_fuel);
            CHECK(in.store.fuel() == std::uint64_t{0});
        }
        tiered<one_tier> in(rising_at(tier_up));
        CHECK(left_of(in, "sum", 1000, of_sum) == 0);
    }
}

TEST_CASE("tiers: an interrupt ends loops in native code that was entered in the middle") {
    tiered<one_tier> in(rising_at(1000));
    in.store.interrupt_handle().interrupt();
    for (int i = 0; i < 3; ++i) {
        const auto ended = in.instance.function<std::int32_t(std::int32_t)>("sum").try_call(0); // 2^32 times
        REQUIRE_FALSE(ended);
        CHECK(ended.error().as<riser::trap>()->kind() == riser::trap_kind::interrupted);
        in.store.set_fuel(100'000);
        const auto starved = in.instance.function<std::int32_t(std::int32_t)>("sum").try_call(0);
        REQUIRE_FALSE(starved);
        CHECK(starved.error().as<riser::trap>()->kind() == riser::trap_kind::out_of_fuel);
        CHECK(in.compiled() == 1);
        in.store.set_unlimited_fuel();
        in.store.interrupt_handle().interrupt();
    }
}

TEST_CASE("tiers: a call that is to end compiles nothing") {
    tiered<one_tier> in(rising_at(0));
    in.store.interrupt_handle().interrupt();
    const auto ended = in.instance.function<std::int32_t()>("version").try_call();
    REQUIRE_FALSE(ended);
    CHECK(ended.error().as<riser::trap>()->kind() == riser::trap_kind::interrupted);
    CHECK(in.compiled() == 0);
    for (int i = 0; i < 20'000; ++i) { // until the function polls
        in.call("version");
    }
    CHECK(in.call("version") == toy::version_of(runtime::all_memory_modes));
    CHECK(in.compiled() == 1);
}

TEST_CASE("tiers: what may take until the deadline is not compiled on the spot") {
    constexpr std::size_t bytes = 200'000;
    std::string body;
    for (std::size_t i = 0; i < bytes; ++i) {
        body += " nop";
    }
    const std::vector<std::byte> binary =
        test::wat("(module (func (export \"version\") (result i32)" + body + " (i32.const 0)))");
    for (const std::uint64_t tier_up : {0U, 1U}) {
        one_tier engine(rising_at(tier_up));
        const riser::module module = riser::module::compile(engine, binary);
        riser::store store(engine);
        const riser::instance instance = riser::linker(engine).instantiate(store, module);
        const auto version = instance.function<std::int32_t()>("version");
        store.set_timeout(std::chrono::milliseconds(10)); // 100 ns a byte are reckoned
        const auto outcome = version.try_call();
        CHECK((!outcome || *outcome == 0)); // whether the interpreter was in time or not
        CHECK(toy::compiled_of(module) == 0);
        store.set_timeout(std::chrono::hours(1));
        CHECK(version() == toy::version_of(runtime::all_memory_modes));
        CHECK(toy::compiled_of(module) == 1);
    }
}

TEST_CASE("tiers: backtraces are the same in all mixtures") {
    const auto frames_of = [](tiered<one_tier>& in) {
        const auto ended = in.instance.function<void()>("meets").try_call();
        REQUIRE_FALSE(ended);
        CHECK(ended.error().as<riser::trap>()->kind() == riser::trap_kind::unreachable);
        std::vector<std::pair<std::uint32_t, std::uint32_t>> frames;
        for (const riser::trap_frame& frame : ended.error().as<riser::trap>()->backtrace()) {
            frames.emplace_back(frame.function, frame.offset);
        }
        return frames;
    };
    tiered<one_tier> interpreted(rising_at(never));
    const auto expected = frames_of(interpreted);
    CHECK(expected.size() == 2);
    for (const std::uint64_t tier_up : {0U, 1U, 2U}) {
        tiered<one_tier> in(rising_at(tier_up));
        for (int i = 0; i < 3; ++i) {
            CHECK(frames_of(in) == expected);
        }
    }
}

TEST_CASE(
    "tiers: an access of native code beyond a memory with guard pages is a trap where it is, and says what it was") {
    for (const riser::protection protection : {riser::protection::guards, riser::protection::checks}) {
        tiered<specific_tier> interpreted(rising_at(never), kept_by(protection));
        for (const std::uint8_t address_register : std::initializer_list<std::uint8_t>{1, 8, 11}) {
            toy::specific::address_register = address_register;
            tiered<specific_tier> in(rising_at(0), kept_by(protection));
            CHECK(in.call("load", 65532) == toy::native_mark);
            const auto fails = [](tiered<specific_tier>& where, std::int32_t address) {
                const std::uint64_t fuel = 1000;
                where.store.set_fuel(fuel);
                const auto ended = where.instance.function<std::int32_t(std::int32_t)>("load").try_call(address);
                REQUIRE_FALSE(ended);
                const auto trap = ended.error().as<riser::trap>();
                CHECK(trap->kind() == riser::trap_kind::memory_out_of_bounds);
                CHECK(where.store.fuel() == fuel - 3);
                REQUIRE(trap->backtrace().size() == 1);
                return std::string(ended.error().message()) + " at " + std::to_string(trap->backtrace()[0].offset);
            };
            for (const std::int32_t address : {65533, 65536, 0x7fffffff, -1, -4}) {
                const std::string said = fails(in, address);
                CHECK(said.starts_with("out of bounds memory access: 4 bytes at 0x"));
                CHECK(said.find(" of 65536 (in function 4, load) at ") != std::string::npos);
                CHECK(said == fails(interpreted, address));
                CHECK(in.call("load", 0) == toy::native_mark);
            }
        }
    }
    toy::specific::address_register = 1;
}

TEST_CASE("tiers: faults of interpreted code in an engine with backends are traps") {
    tiered<one_tier> in({}, kept_by(riser::protection::guards));
    for (int i = 0; i < 3; ++i) {
        const auto ended = in.instance.function<std::int32_t(std::int32_t)>("load").try_call(65533);
        REQUIRE_FALSE(ended);
        CHECK(ended.error().as<riser::trap>()->kind() == riser::trap_kind::memory_out_of_bounds);
        CHECK(in.call("load", 65532) == 0);
    }
}

TEST_CASE("tiers: what a backend refuses stays interpreted, and the module says why") {
    tiered<one_tier> in(rising_at(0));
    CHECK(in.call("unknown", 5) == 5 + toy::version_of(runtime::all_memory_modes));
    CHECK(in.call("load", 0) == 0);
    CHECK(in.call("load", 0) == 0);
    const riser::tier_statistics figures = in.module.tiers()[0];
    CHECK(figures.name == "toy");
    CHECK(figures.functions == 1);
    CHECK(figures.refused == 2);
    REQUIRE(figures.refusals.size() == 1);
    CHECK(figures.refusals[0].reason == "a toy does not know it");
    CHECK(figures.refusals[0].functions == 2);
    CHECK(figures.refusals[0].first == 5);
    const riser::native_statistics all = in.engine.native_statistics();
    CHECK(all.tiers[0].functions == 1);
    CHECK(all.tiers[0].refused == 2);
    CHECK(all.tiers[0].code_bytes == figures.code_bytes);
    CHECK(all.warning.empty());
    CHECK(all.taken_bytes != 0);
}

TEST_CASE("tiers: the next backend takes what the one below refuses") {
    tiered<two_tiers> in(rising_at(0));
    CHECK(in.call("load", 0) == toy::native_mark);
    CHECK(in.call("version") == toy::version_of(runtime::all_memory_modes));
    CHECK(in.module.tiers()[0].refused == 1);
    CHECK(in.module.tiers()[1].functions == 1);
}

#endif

#include "riser/caller.hpp"
#include "riser/default_engine.hpp"
#include "riser/error.hpp"
#include "riser/host_function.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>

// What host functions charge for their work.

namespace {

/// A guest that calls work(n), which charges n operators, and then counts its turns of a loop.
struct charged_guest {
    riser::engine engine;
    riser::store store{engine};
    bool ignores_failure = false; ///< of the host function
    std::optional<riser::instance> instance;

    charged_guest() {
        riser::linker linker(engine);
        linker.define("env", "work", [this](riser::caller& who, std::uint64_t operators) -> riser::result<void> {
            const riser::result<void> charged = who.try_charge(operators);
            return ignores_failure ? riser::result<void>() : charged;
        });
        linker.define("env", "throwing_work",
                      [](riser::caller& who, std::uint64_t operators) { who.charge(operators); });
        instance = linker.instantiate(store, riser::module::compile(engine, test::wat(R"((module
            (import "env" "work" (func $work (param i64)))
            (import "env" "throwing_work" (func $throwing_work (param i64)))
            (global (export "turns") (mut i32) (i32.const 0))
            (func (export "run") (param i64)
                (call $work (local.get 0))
                (loop (global.set 0 (i32.add (global.get 0) (i32.const 1)))
                    (br_if 0 (i32.lt_u (global.get 0) (i32.const 100000)))))
            (func (export "short") (param i64) (call $work (local.get 0)))
            (func (export "throwing") (param i64) (call $throwing_work (local.get 0)))))")));
    }

    /// How a call of an export ends.
    riser::trap_kind call(const char* name, std::uint64_t operators) {
        const auto outcome = instance->function<void(std::uint64_t)>(name).try_call(operators);
        return outcome ? riser::trap_kind::none : outcome.error().as<riser::trap>()->kind();
    }
    std::uint64_t used(const char* name, std::uint64_t operators) {
        constexpr std::uint64_t fuel = 1'000'000;
        store.set_fuel(fuel);
        CHECK(call(name, operators) == riser::trap_kind::none);
        return fuel - store.fuel().value();
    }
    std::int32_t turns() { return instance->global("turns").get().i32(); }
};

} // namespace

TEST_CASE_FIXTURE(charged_guest, "charging: a host function takes from the fuel what it says") {
    const std::uint64_t none = used("short", 0);
    for (const std::uint64_t operators : {1U, 16'000U, 16'384U, 500'000U}) {
        CAPTURE(operators);
        CHECK(used("short", operators) == none + operators);
        CHECK(used("throwing", operators) == none + operators);
    }
}

TEST_CASE_FIXTURE(charged_guest, "charging: a host function ends the call where it charges more than there is") {
    const std::uint64_t none = used("short", 0);
    for (const char* const name : {"short", "throwing"}) {
        CAPTURE(std::string(name));
        store.set_fuel(none + 1000);
        CHECK(call(name, 1000) == riser::trap_kind::none);
        store.set_fuel(none + 1000);
        CHECK(call(name, 1001) == riser::trap_kind::out_of_fuel);
        CHECK(store.fuel() == 0U);
        store.set_fuel(1000);
        CHECK(call(name, UINT64_MAX) == riser::trap_kind::out_of_fuel);
        CHECK(store.fuel() == 0U);
    }
}

TEST_CASE_FIXTURE(charged_guest, "charging: a host function that goes on without fuel does not help its caller") {
    ignores_failure = true;
    store.set_fuel(100'000);
    CHECK(call("run", 1'000'000) == riser::trap_kind::out_of_fuel);
    CHECK(turns() == 0);
}

TEST_CASE_FIXTURE(charged_guest, "charging: a store without limit takes any charge") {
    CHECK(call("short", UINT64_MAX) == riser::trap_kind::none);
    CHECK(call("short", UINT64_MAX) == riser::trap_kind::none);
    CHECK_FALSE(store.fuel().has_value());
}

TEST_CASE("charging: charges within a host function see an interrupt about every 16,384 operators") {
    const riser::engine engine;
    riser::store store(engine);
    const riser::interrupt_handle handle = store.interrupt_handle();
    int pieces = 0;
    const riser::function work = riser::make_function(store, [&](riser::caller& who) -> riser::result<void> {
        handle.interrupt();
        for (pieces = 0; pieces < 1000; ++pieces) {
            if (const riser::result<void> charged = who.try_charge(1000); !charged) {
                return charged;
            }
        }
        return {};
    });
    const auto outcome = work.try_call({}, {});
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().as<riser::trap>()->kind() == riser::trap_kind::interrupted);
    CHECK(pieces <= 17);
    CHECK_FALSE(work.try_call({}, {}).has_value()); // which interrupts each of its calls
    store.clear_interrupt();
}

TEST_CASE("charging: a host function that the host calls is charged as well") {
    const riser::engine engine;
    riser::store store(engine);
    const riser::function work = riser::make_function(store, [](riser::caller& who) { return who.try_charge(600); });
    store.set_fuel(1000);
    CHECK(work.try_call({}, {}).has_value());
    CHECK(store.fuel() == 400U);
    const auto outcome = work.try_call({}, {});
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().as<riser::trap>()->kind() == riser::trap_kind::out_of_fuel);
    CHECK(store.fuel() == 0U);
}

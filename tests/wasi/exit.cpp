#include "engines/engines.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/wasi/wasi.hpp"
#include "support/wat.hpp"
#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>

using riser::wasi::errc;
using riser::wasi::exit_status;

TEST_CASE("proc_exit ends the call with its code") {
    for (const std::uint32_t code : {0U, 1U, 134U, 0xffff'ffffU}) {
        CAPTURE(code);
        test::guest guest{riser::wasi::options()};
        const riser::result<std::uint32_t> ended = guest.call_with("proc_exit", {code});
        REQUIRE(!ended);
        const std::optional<exit_status> status = ended.error().as<exit_status>();
        REQUIRE(status.has_value());
        CHECK(status->code() == code);
        CHECK(status->message() == "the program exited with code " + std::to_string(code));
        CHECK_FALSE(ended.error().is<riser::trap>());
        CHECK_THROWS_AS(static_cast<void>(guest.call_with("proc_exit", {code}).value()), const exit_status&);
    }
}

TEST_CASE("signals end the program, or are ignored, as they do by default") {
    constexpr std::uint32_t none = 0;
    constexpr std::uint32_t abrt = 6;
    constexpr std::uint32_t kill = 9;
    constexpr std::uint32_t pipe = 13;
    constexpr std::uint32_t chld = 16;
    constexpr std::uint32_t cont = 17;
    constexpr std::uint32_t stop = 18;
    constexpr std::uint32_t winch = 27;
    constexpr std::uint32_t sys = 30;
    test::guest guest{riser::wasi::options()};
    for (const std::uint32_t signal : {none, pipe, chld, cont, winch}) {
        CHECK(guest.call("proc_raise", signal) == errc::success);
    }
    for (const std::uint32_t signal : {abrt, kill, sys}) {
        const riser::result<std::uint32_t> ended = guest.call_with("proc_raise", {signal});
        REQUIRE(!ended);
        REQUIRE(ended.error().is<exit_status>());
        CHECK(ended.error().as<exit_status>()->code() == 128 + signal);
    }
    CHECK(guest.call("proc_raise", stop) == errc::notsup);
    CHECK(guest.call("proc_raise", 31) == errc::inval);
    CHECK(guest.call("proc_raise", 64) == errc::inval);
}

TEST_CASE("yielding succeeds") {
    test::guest guest{riser::wasi::options()};
    CHECK(guest.call("sched_yield") == errc::success);
}

TEST_CASE("a preopened directory that is not there is an error of the embedder's") {
    const riser::result<riser::wasi::context> made =
        riser::wasi::context::try_create(riser::wasi::options().preopen("/nonexistent/riser", "."));
    REQUIRE(!made);
    CHECK(made.error().is<riser::resource_error>());
    CHECK(std::string(made.error().what()).find("/nonexistent/riser") != std::string::npos);
}

TEST_CASE("run initializes before it starts, and drops what _start returns") {
    const test::engine_pointer engine = test::make_engine("adaptive");
    riser::store store(*engine);
    const riser::module module = riser::module::compile(*engine, test::wat(R"(
        (global $initialized (mut i32) (i32.const 0))
        (func (export "_initialize") (global.set $initialized (i32.add (global.get $initialized) (i32.const 1))))
        (func (export "_start") (result i32 f64)
            (if (i32.ne (global.get $initialized) (i32.const 1)) (then (unreachable)))
            (i32.const 42) (f64.const 0)))"));
    const riser::instance program = riser::linker(*engine).instantiate(store, module);
    const riser::result<std::uint32_t> code = riser::wasi::try_run(program);
    REQUIRE(code);
    CHECK(*code == 0);
}

TEST_CASE("what has been initialized is not initialized again") {
    const test::engine_pointer engine = test::make_engine("adaptive");
    riser::store store(*engine);
    const riser::module module = riser::module::compile(*engine, test::wat(R"(
        (import "host" "wants_failure" (func $wants_failure (result i32)))
        (global $count (export "count") (mut i32) (i32.const 0))
        (func (export "_initialize")
            (global.set $count (i32.add (global.get $count) (i32.const 1)))
            (if (call $wants_failure) (then (unreachable))))
        (func (export "_start")))"));
    riser::linker linker(*engine);
    bool fails = false;
    std::optional<riser::instance> nested; // initialized by the host function, too
    linker.define("host", "wants_failure", [&]() -> riser::result<std::int32_t> {
        if (nested) {
            CHECK(riser::wasi::try_initialize(*nested).has_value());
        }
        return fails ? 1 : 0;
    });
    const auto count = [](const riser::instance& of) { return of.global("count").get().i32(); };

    const riser::instance library = linker.instantiate(store, module);
    CHECK(riser::wasi::try_initialize(library).has_value());
    CHECK(riser::wasi::try_initialize(library).has_value());
    CHECK(riser::wasi::try_run(library).has_value());
    CHECK(riser::wasi::try_run(library).has_value());
    CHECK(count(library) == 1);

    nested = linker.instantiate(store, module); // each instance has its own
    fails = true;
    CHECK_FALSE(riser::wasi::try_initialize(*nested).has_value());
    CHECK(count(*nested) == 1);
    fails = false;
    CHECK(riser::wasi::try_run(*nested).has_value());
    CHECK(count(*nested) == 2);
    nested.reset();
}

#include "cli/engines.hpp"
#include "engines/engines.hpp"
#include "riser/riser.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>

// The choice, at run time, between what a memory policy has compiled.

namespace {

using riser::protection;

bool makes_guarded(const riser::engine_base& engine, std::optional<protection> wanted) {
    riser::store store(engine, {.protection = wanted});
    const riser::module module = riser::module::compile(engine, test::wat(R"((module (memory (export "m") 1)
            (func (export "f") (drop (i32.load (i32.const 65536))))))"));
    const riser::instance app = riser::linker(engine).instantiate(store, module);
    const auto outcome = app.function<void()>("f").try_call();
    CHECK(outcome.error().as<riser::trap>()->kind() == riser::trap_kind::memory_out_of_bounds);
    return app.memory("m").is_guarded();
}

std::string refusal(const riser::engine_base& engine, std::optional<protection> wanted) {
    const auto store = riser::store::try_create(engine, {.protection = wanted});
    return store ? std::string() : std::string(store.error().what());
}

} // namespace

TEST_CASE("protection: an engine has a default, a store may have another") {
    for (const auto wanted : {protection::adaptive, protection::guards, protection::checks}) {
        riser::engine_options options;
        options.protection = wanted;
        const test::engine_pointer engine = cli::make_adaptive_engine(options);
        CHECK(makes_guarded(*engine, {}) == (wanted != protection::checks));
        CHECK(makes_guarded(*engine, protection::checks) == false);
        CHECK(makes_guarded(*engine, protection::guards) == true);
        CHECK(makes_guarded(*engine, protection::adaptive) == true);
    }
}

TEST_CASE("protection: a policy that always guards can check, too") {
    CHECK(makes_guarded(*cli::make_signaling_engine({}), protection::checks) == false);
}

TEST_CASE("protection: what is checked is no fallback, and guards do not fall back") {
    riser::engine_options options;
    options.reserved_bytes = 0;
    const test::engine_pointer engine = cli::make_adaptive_engine(options);
    CHECK(makes_guarded(*engine, protection::checks) == false);
    CHECK(engine->statistics().fallbacks == 0);
    CHECK(makes_guarded(*engine, protection::adaptive) == false);
    CHECK(engine->statistics().fallbacks == 1);
    CHECK(makes_guarded(*engine, protection::guards) == true); // the budget is adaptive's
}

TEST_CASE("protection: what a policy has not compiled is refused, with words") {
    const test::engine_pointer engine = cli::make_bounds_checking_engine({});
    CHECK(refusal(*engine, protection::guards).find("the engine's memory policy has no guard pages") !=
          std::string::npos);
    CHECK(refusal(*engine, protection::adaptive).empty());
    CHECK(refusal(*engine, protection::checks).empty());
    riser::engine_options options;
    options.protection = protection::guards;
    CHECK(refusal(*cli::make_bounds_checking_engine(options), {}).find("protection::guards") != std::string::npos);
    CHECK(refusal(*cli::make_bounds_checking_engine(options), protection::checks).empty());
}

TEST_CASE("protection: memories that the host makes have the store's") {
    const test::engine_pointer engine = cli::make_adaptive_engine({});
    for (const auto wanted : {protection::guards, protection::checks}) {
        riser::store store(*engine, {.protection = wanted});
        const riser::memory made = riser::memory::create(store, {.limits = {.min = 1, .max = 1}});
        CHECK(made.is_guarded() == (wanted == protection::guards));
    }
}

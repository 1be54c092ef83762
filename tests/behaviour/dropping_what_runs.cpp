#include "riser/default_engine.hpp"
#include "riser/host_function.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

// A host function may do what it may do outside: drop the last handle of what is running, and with it the plugin object
// that the call was made through. Address sanitizer sees what is used afterwards.

namespace {

constexpr const char* text = R"((module
  (import "env" "quit" (func $quit (param i32) (result i32)))
  (import "env" "again" (func $again (param i32) (result i32)))
  (import "env" "reference" (func $reference (param i32) (result externref)))
  (memory (export "memory") 1)
  (data (i32.const 8) "\2a")
  (global $count (mut i32) (i32.const 0))
  (export "direct" (func $quit))
  (func $run (export "run") (param i32) (result i32)
    (global.set $count (call $quit (local.get 0)))
    (if (i32.eq (local.get 0) (i32.const 1)) (then unreachable))
    (if (i32.eq (local.get 0) (i32.const 2)) (then (drop (i32.load (i32.const -1)))))
    (i32.add (i32.load8_u (i32.const 8)) (global.get $count)))
  (func (export "nested") (param i32) (result i32) (i32.add (call $again (local.get 0)) (global.get $count)))
  (func (export "reference") (param i32) (result externref) (call $reference (local.get 0)))))";

constexpr const char* starting = R"((module
  (import "env" "quit" (func $quit (param i32) (result i32)))
  (memory (export "memory") 1)
  (func $start (i32.store (i32.const 0) (call $quit (i32.const 0))))
  (start $start)))";

/// How the host function ends, beside what wasm does then.
enum class ending : std::int32_t { value, traps_after, faults_after, trap, error, throws, count };

constexpr unsigned engine_bit = 1U << 0U;
constexpr unsigned module_bit = 1U << 1U;
constexpr unsigned linker_bit = 1U << 2U;
constexpr unsigned linked_bit = 1U << 3U;
constexpr unsigned store_bit = 1U << 4U;
constexpr unsigned instance_bit = 1U << 5U;
constexpr unsigned function_bit = 1U << 6U;
constexpr unsigned combinations = 1U << 7U;

struct plugin;

/// State of the store that drops what is left of its plugin when it goes itself.
struct tenant {
    explicit tenant(plugin& owner) : owner_(&owner) {}
    tenant(const tenant&) = delete;
    tenant& operator=(const tenant&) = delete;
    ~tenant();

private:
    plugin* owner_;
};

struct plugin {
    std::optional<riser::engine> engine;
    std::optional<riser::module> module;
    std::optional<riser::linker> linker;
    std::optional<riser::linked> linked;
    std::optional<riser::store> store;
    std::optional<riser::instance> instance;
    std::optional<riser::typed_function<std::int32_t(std::int32_t)>> function;

    void drop(unsigned what) {
        const auto reset = [what](unsigned bit, auto& member) {
            if ((what & bit) != 0) {
                member.reset();
            }
        };
        reset(engine_bit, engine);
        reset(module_bit, module);
        reset(linker_bit, linker);
        reset(linked_bit, linked);
        reset(store_bit, store);
        reset(instance_bit, instance);
        reset(function_bit, function);
    }
};

tenant::~tenant() { owner_->drop(combinations - 1 - store_bit); }

/// A plugin whose host functions drop `what` of it.
struct scene {
    explicit scene(unsigned what_, const char* wat = text) : what(what_) {
        loaded->engine.emplace();
        loaded->module = riser::module::compile(*loaded->engine, test::wat(wat));
        loaded->linker.emplace(*loaded->engine);
        loaded->linker->define("env", "quit", [this](std::int32_t how) -> riser::result<std::int32_t> {
            loaded->drop(what);
            switch (static_cast<ending>(how)) {
            case ending::trap: return riser::trap(riser::trap_kind::integer_overflow);
            case ending::error: return riser::error(riser::host_error("refused"));
            case ending::throws: throw std::runtime_error("thrown");
            default: return 1;
            }
        });
        loaded->linker->define("env", "again", [this](std::int32_t how) -> riser::result<std::int32_t> {
            return loaded->instance->function<std::int32_t(std::int32_t)>("run").try_call(how);
        });
        loaded->linker->define("env", "reference", [this](riser::caller& who, std::int32_t payload) {
            const riser::ref<riser::external> made = who.external(static_cast<std::uint64_t>(payload));
            loaded->drop(what);
            return made;
        });
        loaded->linked = loaded->linker->link_partially(*loaded->module);
        loaded->store.emplace(*loaded->engine);
    }

    void instantiate() { loaded->instance = loaded->linked->instantiate(*loaded->store); }

    unsigned what;
    std::unique_ptr<plugin> loaded = std::make_unique<plugin>();
};

/// Calls the export `name` through the plugin's own function object, in each combination and ending.
void call_each(const char* name, bool through_wasm) {
    for (unsigned what = 0; what < combinations; ++what) {
        for (std::int32_t how = 0; how < static_cast<std::int32_t>(ending::count); ++how) {
            CAPTURE(what);
            CAPTURE(how);
            scene scene(what);
            scene.instantiate();
            plugin& loaded = *scene.loaded;
            loaded.function = loaded.instance->function<std::int32_t(std::int32_t)>(name);
            const riser::result<std::int32_t> returned = loaded.function->try_call(how);
            const auto wanted = static_cast<ending>(how);
            const bool returns = wanted == ending::value || (!through_wasm && how < 3);
            REQUIRE(static_cast<bool>(returned) == returns);
            if (returns) {
                CHECK(*returned >= 1);
                continue;
            }
            const riser::error& why = returned.error();
            CHECK(why.is<riser::trap>() == (wanted != ending::error && wanted != ending::throws));
            CHECK_FALSE(why.message().empty());
            if (why.is<riser::trap>() && through_wasm) {
                CHECK_FALSE(why.as<riser::trap>()->backtrace().empty());
            }
        }
    }
}

} // namespace

TEST_CASE("dropping what runs: a host function drops any of it, in a call of wasm") { call_each("run", true); }

TEST_CASE("dropping what runs: in a call of the host function itself") { call_each("direct", false); }

TEST_CASE("dropping what runs: in a call within a call") { call_each("nested", true); }

TEST_CASE("dropping what runs: an untyped call whose arguments, results and function are the plugin's") {
    for (unsigned what = 0; what < combinations; ++what) {
        for (std::int32_t how = 0; how < static_cast<std::int32_t>(ending::count); ++how) {
            scene scene(what | function_bit);
            scene.instantiate();
            auto function = std::make_unique<riser::function>(scene.loaded->instance->function("run"));
            const riser::value argument = riser::value(how);
            riser::value result;
            riser::function* const called = function.get();
            scene.loaded->linker.reset();
            const riser::result<void> returned = called->try_call({&argument, 1}, {&result, 1});
            CHECK(static_cast<bool>(returned) == (how == 0));
        }
    }
}

TEST_CASE("dropping what runs: a start function drops the linker, the module, the store") {
    for (unsigned what = 0; what < combinations; ++what) {
        for (const bool at_once : {false, true}) {
            CAPTURE(what);
            scene scene(what, starting);
            plugin& loaded = *scene.loaded;
            if (at_once) {
                loaded.linked.reset();
            }
            const riser::result<riser::instance> made =
                at_once ? loaded.linker->try_instantiate(*loaded.store, *loaded.module)
                        : loaded.linked->try_instantiate(*loaded.store);
            REQUIRE(made);
            CHECK(made->memory("memory").read<std::int32_t>(0) == 1);
        }
    }
}

TEST_CASE("dropping what runs: a state of the store lives until the call has ended, and drops the rest then") {
    struct noted {
        explicit noted(int& count_) : count(&count_) {}
        noted(const noted&) = delete;
        noted& operator=(const noted&) = delete;
        ~noted() { ++*count; }
        int* count;
    };
    for (std::int32_t how = 0; how < static_cast<std::int32_t>(ending::count); ++how) {
        int gone = 0;
        scene scene(store_bit);
        plugin& loaded = *scene.loaded;
        int gone_during_call = -1;
        loaded.linker->redefine("env", "again", [&](riser::caller& who, std::int32_t) {
            auto& state = who.get<noted>();
            loaded.store.reset();
            gone_during_call = *state.count;
            return 0;
        });
        loaded.linked = loaded.linker->link_partially(*loaded.module);
        loaded.store->emplace<noted>(gone);
        loaded.store->emplace<tenant>(loaded);
        scene.instantiate();
        loaded.function = loaded.instance->function<std::int32_t(std::int32_t)>("nested");
        CHECK(loaded.function->try_call(how));
        CHECK(gone_during_call == 0);
        CHECK(gone == 1);
        CHECK_FALSE(loaded.function);
        CHECK_FALSE(loaded.instance);
    }
}

TEST_CASE("dropping what runs: the plugin object whole, with the callable that does it") {
    for (std::int32_t how = 0; how < static_cast<std::int32_t>(ending::count); ++how) {
        auto loaded = std::make_unique<plugin>();
        loaded->engine.emplace();
        loaded->module = riser::module::compile(*loaded->engine, test::wat(text));
        loaded->linker.emplace(*loaded->engine);
        loaded->linker->define("env", "quit", [&loaded](std::int32_t ending_) -> riser::result<std::int32_t> {
            loaded.reset();
            if (static_cast<ending>(ending_) == ending::throws) {
                throw std::runtime_error("thrown");
            }
            return ending_;
        });
        loaded->linker->define("env", "again", [](std::int32_t) { return 0; });
        loaded->linker->define("env", "reference", [](std::int32_t) { return riser::ref<riser::external>(); });
        loaded->store.emplace(*loaded->engine);
        loaded->instance = loaded->linker->instantiate(*loaded->store, *loaded->module);
        loaded->function = loaded->instance->function<std::int32_t(std::int32_t)>("run");
        const auto wanted = static_cast<ending>(how);
        const riser::result<std::int32_t> returned = loaded->function->try_call(how);
        CHECK(static_cast<bool>(returned) ==
              (wanted != ending::traps_after && wanted != ending::faults_after && wanted != ending::throws));
        CHECK_FALSE(loaded);
    }
}

TEST_CASE("dropping what runs: a reference that was made in the store comes back") {
    for (unsigned what = 0; what < combinations; ++what) {
        scene scene(what);
        scene.instantiate();
        const auto function = scene.loaded->instance->function<riser::ref<riser::external>(std::int32_t)>("reference");
        const riser::result<riser::ref<riser::external>> returned = function.try_call(7);
        REQUIRE(returned);
        CHECK(returned->payload() == 7);
    }
}

TEST_CASE("dropping what runs: after it, calls into the store are refused with words") {
    scene scene(store_bit);
    scene.instantiate();
    const auto run = scene.loaded->instance->function<std::int32_t(std::int32_t)>("run");
    CHECK(run.try_call(0));
    const riser::result<std::int32_t> again = run.try_call(0);
    REQUIRE_FALSE(again);
    CHECK(again.error().message() == "the store is gone");
}

#include "support/wasm.hpp"

#include "riser/host_function.hpp"
#include "riser/trap.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

// What a host does by mistake has words: every public function of every handle, with what is null, of another kind, moved from, of
// another store, or of a store that is gone.

namespace {

constexpr std::string_view everything = R"((module
  (memory (export "memory") 1 4)
  (table (export "table") 4 8 funcref)
  (table (export "externals") 4 8 externref)
  (global (export "global") (mut i32) (i32.const 7))
  (global (export "reference") (mut externref) (ref.null extern))
  (tag (export "tag") (param i32))
  (elem (i32.const 1) $seven)
  (func $seven (export "seven") (result i32) (i32.const 7))
  (func (export "take") (param externref))
  (func (export "pass") (param funcref) (result funcref) (local.get 0))))";

constexpr std::string_view calls_host = R"((module
  (import "host" "call" (func $call))
  (import "host" "reference" (func $reference (result externref)))
  (func (export "run") (call $call))
  (func (export "reference") (result externref) (call $reference))))";

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<riser::result<T>> = true;

/// What a use of the library says: the words of the usage_error that it returns or throws.
template <class F>
std::string words_of(const F& use) {
    try {
        if constexpr (is_result<std::invoke_result_t<const F&>>) {
            const auto outcome = use();
            if (!outcome) {
                return outcome.error().template is<riser::usage_error>() ? outcome.error().what() : "another error";
            }
        } else {
            static_cast<void>(use());
        }
    } catch (const riser::usage_error& failure) {
        return failure.what();
    }
    return "nothing is wrong";
}

struct use {
    const char* what;
    std::string words;
};

void check_all(const std::vector<use>& uses, const std::string& words) {
    for (const use& one : uses) {
        INFO(one.what);
        CHECK(one.words == words);
    }
}

std::string moved(const char* what) { return std::string("the ") + what + " was moved from: it refers to nothing"; }

/// What is in `from`, which stays behind empty.
template <class T>
T taken(T& from) {
    return std::move(from); // NOLINT: that is the point
}

struct some_state {
    int value = 0;
};

} // namespace

TEST_CASE("careless use: a value of another type") {
    test::world world;
    const riser::instance app = world.instantiate(everything);
    const riser::value values[] = {std::int32_t{1},
                                   std::int64_t{2},
                                   3.0F,
                                   4.0,
                                   riser::v128{},
                                   world.store.external(5),
                                   riser::ref<riser::function>(app.function("seven")),
                                   riser::value::zero(riser::types::externref),
                                   riser::value::zero(riser::types::funcref)};
    const riser::value_type types[] = {riser::types::i32,     riser::types::i64,       riser::types::f32,
                                       riser::types::f64,     riser::types::v128,      riser::types::externref,
                                       riser::types::funcref, riser::types::externref, riser::types::funcref};
    for (std::size_t i = 0; i < std::size(values); ++i) {
        CAPTURE(i);
        const riser::value& given = values[i];
        const auto says = [&](riser::value_type type, const std::string& words) {
            return words == (types[i] == type ? "nothing is wrong" : words) &&
                   words.ends_with("was asked for one") == (types[i] != type);
        };
        CHECK(says(riser::types::i32, words_of([&] { return given.i32(); })));
        CHECK(says(riser::types::i64, words_of([&] { return given.i64(); })));
        CHECK(says(riser::types::f32, words_of([&] { return given.f32(); })));
        CHECK(says(riser::types::f64, words_of([&] { return given.f64(); })));
        CHECK(says(riser::types::v128, words_of([&] { return given.vector(); })));
        CHECK(says(riser::types::externref, words_of([&] { return given.external(); })));
        CHECK(says(riser::types::funcref, words_of([&] { return given.function(); })));
    }
    CHECK(words_of([&] { return values[3].i32(); }) == "a value that is no i32 was asked for one");
    static_assert(riser::value(std::int32_t{7}).i32() == 7 && riser::value(2.5).f64() == 2.5);
}

TEST_CASE("careless use: null references") {
    test::world world;
    const riser::instance app = world.instantiate(everything);
    const riser::ref<riser::function> null;
    CHECK(words_of([&] { return null.get(); }) == "a null ref<function> refers to no function");
    const auto pass = app.function<riser::ref<riser::function>(riser::ref<riser::function>)>("pass");
    CHECK(words_of([&] { return pass(null).get(); }) == "a null ref<function> refers to no function");
    CHECK(words_of([&] { return app.table("table").get(0).function().get(); }) ==
          "a null ref<function> refers to no function");
    CHECK(riser::ref<riser::external>().payload() == 0);
    CHECK(riser::ref<riser::external>().pointer<int>() == nullptr);

    // Within a host function, the call ends with the same error.
    world.linker.define("host", "call", [&] { static_cast<void>(null.get()); });
    world.linker.define("host", "reference", [] { return riser::ref<riser::external>(); });
    const riser::instance caller = world.instantiate(calls_host);
    CHECK(words_of([&] { return caller.function<void()>("run").try_call(); }) ==
          "a null ref<function> refers to no function");
}

TEST_CASE("careless use: an external_value of another kind") {
    test::world world;
    const riser::instance app = world.instantiate(everything);
    using enum riser::external_kind;
    const std::pair<const char*, riser::external_kind> exports[] = {
        {"seven", function}, {"table", table}, {"memory", memory}, {"global", global}, {"tag", tag}};
    for (const auto& [name, kind] : exports) {
        CAPTURE(name);
        const riser::external_value found = app.find(name).value();
        CHECK(found.kind() == kind);
        const std::pair<riser::external_kind, std::string> uses[] = {
            {function, words_of([&] { return found.function(); })},
            {table, words_of([&] { return found.table(); })},
            {memory, words_of([&] { return found.memory(); })},
            {global, words_of([&] { return found.global(); })},
            {tag, words_of([&] { return found.tag(); })}};
        for (const auto& [asked, words] : uses) {
            CHECK((words == "nothing is wrong") == (asked == kind));
            CHECK(words.ends_with("was asked for one") == (asked != kind));
        }
    }
}

TEST_CASE("careless use: an error is no result, and a result's error no value") {
    const riser::result<std::int32_t> failed = riser::usage_error("why not");
    check_all({{"*", words_of([&] { return *failed; })},
               {"value", words_of([&] { return failed.value(); })},
               {"->", words_of([&] { return failed.operator->(); })},
               {"* &&", words_of([] { return *riser::result<std::int32_t>(riser::usage_error("why not")); })}},
              "why not");
    const riser::result<void> nothing = riser::trap(riser::trap_kind::unreachable);
    CHECK_THROWS_AS(*nothing, riser::trap);
}

TEST_CASE("careless use: no state of that type in the store") {
    test::world world;
    std::string within;
    world.linker.define("host", "call", [&](riser::caller& caller) {
        within = words_of([&] { return caller.get<some_state>().value; });
        static_cast<void>(caller.get<some_state>());
    });
    world.linker.define("host", "reference", [] { return riser::ref<riser::external>(); });
    const riser::instance app = world.instantiate(calls_host);
    const std::string outside = words_of([&] { return world.store.get<some_state>().value; });
    CHECK(outside.starts_with("the store has no state of the type "));
    CHECK(outside.find("some_state") != std::string::npos);
    CHECK(words_of([&] { return app.function<void()>("run").try_call(); }) == outside);
    CHECK(within == outside);
    CHECK(world.store.find<some_state>() == nullptr);
    world.store.emplace<some_state>();
    CHECK(words_of([&] { return app.function<void()>("run").try_call(); }) == "nothing is wrong");
}

TEST_CASE("careless use: a store that was moved from") {
    test::world world;
    riser::store& empty = world.store;
    const riser::module module = world.compile(everything);
    const riser::store kept = taken(empty);
    const riser::linked linked = world.linker.link(module);
    check_all(
        {
            {"emplace", words_of([&] { return empty.emplace<some_state>().value; })},
            {"find", words_of([&] { return empty.find<some_state>(); })},
            {"get", words_of([&] { return empty.get<some_state>().value; })},
            {"interrupt_handle", words_of([&] { return empty.interrupt_handle(); })},
            {"clear_interrupt", words_of([&] { empty.clear_interrupt(); })},
            {"set_fuel", words_of([&] { empty.set_fuel(1); })},
            {"set_unlimited_fuel", words_of([&] { empty.set_unlimited_fuel(); })},
            {"fuel", words_of([&] { return empty.fuel(); })},
            {"try_external", words_of([&] { return empty.try_external(1); })},
            {"external", words_of([&] { return empty.external(1); })},
            {"collect_garbage", words_of([&] { empty.collect_garbage(); })},
            {"linked::try_instantiate", words_of([&] { return linked.try_instantiate(empty); })},
            {"linked::instantiate", words_of([&] { return linked.instantiate(empty); })},
            {"linker::try_instantiate", words_of([&] { return world.linker.try_instantiate(empty, module); })},
            {"memory", words_of([&] { return riser::memory::try_create(empty, {.limits = {1, 1}}); })},
            {"table", words_of([&] {
                 return riser::table::try_create(empty, {riser::types::funcref, {1, 1}},
                                                 riser::value::zero(riser::types::funcref));
             })},
            {"global", words_of([&] { return riser::global::try_create(empty, {riser::types::i32, true}, 1); })},
            {"tag", words_of([&] { return riser::tag::try_create(empty, {}); })},
            {"make_function", words_of([&] { return riser::make_function(empty, [] {}); })},
        },
        moved("store"));
    CHECK(empty.is_moved_from());
    riser::interrupt_handle handle = kept.interrupt_handle();
    const riser::interrupt_handle other = std::move(handle);
    handle.interrupt(); // NOLINT: it is not empty
    other.interrupt();
}

TEST_CASE("careless use: an instance that was moved from") {
    test::world world;
    riser::instance empty = world.instantiate(everything);
    const riser::instance kept = taken(empty);
    check_all(
        {
            {"module", words_of([&] { return empty.module(); })},
            {"find", words_of([&] { return empty.find("memory"); })},
            {"try_function", words_of([&] { return empty.try_function("seven"); })},
            {"try_function<>", words_of([&] { return empty.try_function<std::int32_t()>("seven"); })},
            {"function", words_of([&] { return empty.function("seven"); })},
            {"try_table", words_of([&] { return empty.try_table("table"); })},
            {"try_memory", words_of([&] { return empty.try_memory("memory"); })},
            {"try_global", words_of([&] { return empty.try_global("global"); })},
            {"try_tag", words_of([&] { return empty.try_tag("tag"); })},
            {"is_initialized", words_of([&] { return empty.is_initialized(); })},
            {"set_initialized", words_of([&] { empty.set_initialized(true); })},
            {"imports", words_of([&] { return riser::imports().try_define("app", empty); })},
            {"imports::redefine", words_of([&] { riser::imports().redefine("app", empty); })},
        },
        moved("instance"));
    CHECK(empty == riser::instance(empty));
    empty = kept;
    CHECK(empty.function<std::int32_t()>("seven")() == 7);
}

TEST_CASE("careless use: functions that were moved from") {
    test::world world;
    const riser::instance app = world.instantiate(everything);
    riser::function empty = app.function("seven");
    const riser::function kept = taken(empty);
    auto typed = kept.typed<std::int32_t()>();
    const auto typed_kept = taken(typed);
    CHECK(typed_kept() == 7);
    std::vector<riser::value> none;
    check_all(
        {
            {"type", words_of([&] { return empty.type(); })},
            {"try_call", words_of([&] { return empty.try_call({}, none); })},
            {"try_call with a vector", words_of([&] { return empty.try_call({}); })},
            {"call", words_of([&] { return empty.call({}); })},
            {"try_typed", words_of([&] { return empty.try_typed<std::int32_t()>(); })},
            {"typed::try_call", words_of([&] { return typed.try_call(); })},
            {"typed()", words_of([&] { return typed(); })},
            {"typed::untyped", words_of([&] { return typed.untyped().type(); })},
            {"ref", words_of([&] { return riser::ref<riser::function>(empty); })},
        },
        moved("function"));
    const riser::external_value nothing = empty;
    CHECK(words_of([&] { return nothing.type(); }) == moved("function"));
    CHECK(words_of([&] { return riser::imports().try_define("app", "f", nothing); }) == moved("external_value"));
    CHECK(empty == riser::function(empty));
}

TEST_CASE("careless use: memories, tables, globals and tags that were moved from") {
    test::world world;
    const riser::instance app = world.instantiate(everything);
    riser::memory memory = app.memory("memory");
    riser::table table = app.table("table");
    riser::global global = app.global("global");
    riser::tag tag = app.tag("tag");
    const auto kept = std::tuple(taken(memory), taken(table), taken(global), taken(tag));
    check_all(
        {
            {"type", words_of([&] { return memory.type(); })},
            {"size", words_of([&] { return memory.size(); })},
            {"pages", words_of([&] { return memory.pages(); })},
            {"is_guarded", words_of([&] { return memory.is_guarded(); })},
            {"data", words_of([&] { return memory.data(); })},
            {"try_range", words_of([&] { return memory.try_range(0, 1); })},
            {"range", words_of([&] { return memory.range(0, 1); })},
            {"try_read", words_of([&] { return memory.try_read<std::uint32_t>(0); })},
            {"try_write", words_of([&] { return memory.try_write<std::uint32_t>(0, 1); })},
            {"try_grow", words_of([&] { return memory.try_grow(1); })},
        },
        moved("memory"));
    check_all(
        {
            {"type", words_of([&] { return table.type(); })},
            {"size", words_of([&] { return table.size(); })},
            {"try_get", words_of([&] { return table.try_get(0); })},
            {"try_set", words_of([&] { return table.try_set(0, riser::ref<riser::function>()); })},
            {"try_grow", words_of([&] { return table.try_grow(1, riser::ref<riser::function>()); })},
        },
        moved("table"));
    check_all(
        {
            {"type", words_of([&] { return global.type(); })},
            {"get", words_of([&] { return global.get(); })},
            {"try_set", words_of([&] { return global.try_set(1); })},
        },
        moved("global"));
    CHECK(words_of([&] { return tag.type(); }) == moved("tag"));
    for (const riser::external_value& nothing : {riser::external_value(memory), riser::external_value(table),
                                                 riser::external_value(global), riser::external_value(tag)}) {
        CHECK(nothing.is_moved_from());
        CHECK(words_of([&] { return nothing.type(); }) == moved("external_value"));
        CHECK(words_of([&] { return riser::imports().try_define("app", "x", nothing); }) == moved("external_value"));
        CHECK(words_of([&] { riser::imports().redefine("app", "x", nothing); }) == moved("external_value"));
    }
}

TEST_CASE("careless use: modules, linkers and what is linked, moved from") {
    test::world world;
    riser::module module = world.compile(everything);
    riser::linked linked = world.linker.link(module);
    const auto kept = std::pair(taken(module), taken(linked));
    check_all(
        {
            {"imports", words_of([&] { return module.imports(); })},
            {"exports", words_of([&] { return module.exports(); })},
            {"custom_sections", words_of([&] { return module.custom_sections(); })},
            {"name", words_of([&] { return module.name(); })},
            {"function_name", words_of([&] { return module.function_name(0); })},
            {"bytes", words_of([&] { return module.bytes(); })},
            {"statistics", words_of([&] { return module.statistics(); })},
            {"belongs_to", words_of([&] { return module.belongs_to(*world.engine); })},
            {"try_link", words_of([&] { return world.linker.try_link(module); })},
            {"try_link_partially", words_of([&] { return world.linker.try_link_partially(module); })},
            {"try_instantiate", words_of([&] { return world.linker.try_instantiate(world.store, module); })},
            {"unknown", words_of([&] { return world.linker.try_trap_on_unknown_imports(module); })},
        },
        moved("module"));
    CHECK(words_of([&] { return linked.module(); }) == moved("linked"));
    CHECK(words_of([&] { return linked.try_instantiate(world.store); }) == moved("linked"));

    riser::linker& empty = world.linker;
    const riser::linker full = taken(empty);
    const riser::function_type type;
    const auto untyped = [](riser::caller&, std::span<const riser::value>, std::span<riser::value>) {};
    check_all(
        {
            {"define", words_of([&] { empty.define("a", "b", [] {}); })},
            {"try_define", words_of([&] { return empty.try_define("a", "b", [] {}); })},
            {"redefine", words_of([&] { empty.redefine("a", "b", [] {}); })},
            {"define untyped", words_of([&] { empty.define("a", "b", type, untyped); })},
            {"try_define untyped", words_of([&] { return empty.try_define("a", "b", type, untyped); })},
            {"redefine untyped", words_of([&] { empty.redefine("a", "b", type, untyped); })},
            {"unknown", words_of([&] { return empty.try_trap_on_unknown_imports(kept.first); })},
            {"try_link", words_of([&] { return empty.try_link(kept.first); })},
            {"try_link_partially", words_of([&] { return empty.try_link_partially(kept.first); })},
            {"try_instantiate", words_of([&] { return empty.try_instantiate(world.store, kept.first); })},
        },
        moved("linker"));
}

TEST_CASE("careless use: what belongs to another store, and what is of another type, have words of their own") {
    test::world world;
    riser::store other(*world.engine);
    const riser::instance app = world.instantiate(everything);
    const riser::instance elsewhere = world.linker.instantiate(other, world.compile(everything));
    const riser::ref<riser::external> foreign = other.external(1);
    const riser::ref<riser::function> foreign_function = elsewhere.function("seven");
    const auto take = app.function("take");
    const std::string is_foreign = " is a reference of another store";
    CHECK(words_of([&] { return take.try_call(std::vector<riser::value>{foreign}); }) == "argument 0" + is_foreign);
    CHECK(words_of([&] { return take.try_call(std::vector<riser::value>{std::int32_t{1}}); }) ==
          "argument 0 is of type i32, not of type (ref null extern)");
    CHECK(words_of([&] { return take.typed<void(riser::ref<riser::external>)>().try_call(foreign); }) ==
          "an argument or result" + is_foreign);
    CHECK(words_of([&] { return app.table("externals").try_set(0, foreign); }) == "the element" + is_foreign);
    CHECK(words_of([&] { return app.table("table").try_set(0, foreign_function); }) == "the element" + is_foreign);
    CHECK(words_of([&] { return app.table("table").try_set(0, world.store.external(1)); }) ==
          "the element is of type (ref null extern), not of type (ref null func)");
    CHECK(words_of([&] { return app.table("externals").try_grow(1, foreign); }) == "the element" + is_foreign);
    CHECK(words_of([&] { return app.global("reference").try_set(foreign); }) == "the value" + is_foreign);
    CHECK(words_of([&] { return app.global("global").try_set(2.5); }) == "the value is of type f64, not of type i32");
    CHECK(words_of([&] { return riser::global::try_create(world.store, {riser::types::externref, true}, foreign); }) ==
          "the initial value" + is_foreign);
    CHECK(words_of([&] { return riser::table::try_create(world.store, {riser::types::externref, {1, 1}}, foreign); }) ==
          "the initial element" + is_foreign);

    world.linker.define("host", "call", [] {});
    world.linker.define("host", "reference", [&] { return foreign; });
    const riser::instance caller = world.instantiate(calls_host);
    CHECK(words_of([&] { return caller.function("reference").try_call({}); }) == "an argument or result" + is_foreign);
}

TEST_CASE("careless use: two threads in one store, where the engine checks that") {
    riser::engine_options options;
    options.check_threads = true;
    const riser::engine engine(options);
    riser::store store(engine);
    std::string within;
    const riser::function inner = riser::make_function(store, [] {});
    const riser::function outer = riser::make_function(store, [&] {
        inner.call({}, {}); // the same thread's
        std::thread([&] { within = words_of([&] { return inner.try_call({}); }); }).join();
    });
    outer.call({}, {});
    CHECK(within.starts_with("two threads at once in one store"));
    within.clear();
    std::thread([&] { within = words_of([&] { return inner.try_call({}); }); }).join(); // one after the other
    CHECK(within == "nothing is wrong");
}

TEST_CASE("careless use: handles of a store that is gone") {
    std::optional<test::world> world(std::in_place);
    const riser::instance app = world->instantiate(everything);
    const riser::ref<riser::external> external = world->store.external(9);
    const riser::linked linked = world->linker.link(world->compile(everything));
    const riser::interrupt_handle stop = world->store.interrupt_handle();
    const auto seven = app.function<std::int32_t()>("seven");
    const riser::function take = app.function("take");
    world.reset();
    const std::string gone = "the store is gone";
    check_all(
        {
            {"typed", words_of([&] { return seven.try_call(); })},
            {"typed()", words_of([&] { return seven(); })},
            {"untyped", words_of([&] { return take.try_call(std::vector<riser::value>{external}); })},
            {"by reference",
             words_of([&] { return app.table("table").get(1).function().get().typed<std::int32_t()>().try_call(); })},
        },
        gone);
    // What does not run can still be looked at.
    stop.interrupt();
    CHECK(external.payload() == 9);
    CHECK(app.memory("memory").size() == 65536);
    CHECK(app.memory("memory").grow(1) == 1);
    CHECK(app.global("global").get().i32() == 7);
    app.global("reference").set(external);
    app.table("externals").set(0, external);
    CHECK(app.table("externals").get(0).external().payload() == 9);
    CHECK(app.tag("tag").type().params.size() == 1);
    CHECK(app.module().exports().size() == 9);
}

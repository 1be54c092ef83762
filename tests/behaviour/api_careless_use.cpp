#include "support/wasm.hpp"

#include "riser/dwarf/line_table.hpp"
#include "riser/guest_pointer.hpp"
#include "riser/host_function.hpp"
#include "riser/trap.hpp"

#include <doctest/doctest.h>

#include <chrono>
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
// another store, or of a store that is gone. Entries say "class::function"; tests/link/careless_use.py finds what has none.

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

/// What a use of the library says: the words of the usage_error that it returns, or throws where it returns no result.
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
        return (is_result<std::invoke_result_t<const F&>> ? "thrown: " : "") + std::string(failure.what());
    }
    return "nothing is wrong";
}

/// The words of the trap that a use throws.
template <class F>
std::string trap_of(const F& use) {
    try {
        static_cast<void>(use());
    } catch (const riser::trap& failure) {
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

namespace careless {

struct session {};

} // namespace careless

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
        const std::tuple<const char*, riser::value_type, std::string> uses[] = {
            {"value::i32", riser::types::i32, words_of([&] { return given.i32(); })},
            {"value::i64", riser::types::i64, words_of([&] { return given.i64(); })},
            {"value::f32", riser::types::f32, words_of([&] { return given.f32(); })},
            {"value::f64", riser::types::f64, words_of([&] { return given.f64(); })},
            {"value::vector", riser::types::v128, words_of([&] { return given.vector(); })},
            {"value::external", riser::types::externref, words_of([&] { return given.external(); })},
            {"value::function", riser::types::funcref, words_of([&] { return given.function(); })},
        };
        for (const auto& [what, type, words] : uses) {
            INFO(what);
            CHECK((words == "nothing is wrong") == (types[i] == type));
            CHECK(words.ends_with("was asked for one") == (types[i] != type));
        }
    }
    CHECK(words_of([&] { return values[3].i32(); }) == "a value that is no i32 was asked for one");
    static_assert(riser::value(std::int32_t{7}).i32() == 7 && riser::value(2.5).f64() == 2.5);
}

TEST_CASE("careless use: null references") {
    test::world world;
    const riser::instance app = world.instantiate(everything);
    const riser::ref<riser::function> null;
    check_all({{"ref::get", words_of([&] { return null.get(); })}}, "a null ref<function> refers to no function");
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
        const std::tuple<const char*, riser::external_kind, std::string> uses[] = {
            {"external_value::function", function, words_of([&] { return found.function(); })},
            {"external_value::table", table, words_of([&] { return found.table(); })},
            {"external_value::memory", memory, words_of([&] { return found.memory(); })},
            {"external_value::global", global, words_of([&] { return found.global(); })},
            {"external_value::tag", tag, words_of([&] { return found.tag(); })}};
        for (const auto& [what, asked, words] : uses) {
            INFO(what);
            CHECK((words == "nothing is wrong") == (asked == kind));
            CHECK(words.ends_with("was asked for one") == (asked != kind));
        }
    }
}

TEST_CASE("careless use: an error is no result, and a result's error no value") {
    const riser::result<std::int32_t> failed = riser::usage_error("why not");
    const auto next = [](std::int32_t number) { return riser::result<std::int32_t>(number); };
    check_all({{"result::operator*", words_of([&] { return *failed; })},
               {"result::value", words_of([&] { return failed.value(); })},
               {"result::operator->", words_of([&] { return failed.operator->(); })},
               {"result::operator* &&", words_of([] { return *riser::result<int>(riser::usage_error("why not")); })},
               {"result::transform", words_of([&] { return failed.transform([](int number) { return number; }); })},
               {"result::and_then", words_of([&] { return failed.and_then(next); })},
               {"result::or_else", words_of([&] {
                    return failed.or_else([](const riser::error& why) { return riser::result<std::int32_t>(why); });
                })}},
              "why not");
    check_all({{"result::value_or", std::to_string(failed.value_or(7))}}, "7");
    const riser::result<void> nothing = riser::trap(riser::trap_kind::unreachable);
    CHECK_THROWS_AS(*nothing, riser::trap);
}

TEST_CASE("careless use: an error that was moved from still is the error, and no success") {
    riser::result<void> failed = riser::usage_error("why not");
    const riser::result<void> kept = taken(failed);
    check_all({{"result<void>", words_of([&] { return failed; })},
               {"result<void>::operator*", words_of([&] { *failed; })},
               {"result<void>, taken", words_of([&] { return kept; })}},
              "why not");
    riser::result<std::int32_t> number = riser::usage_error("why not");
    const riser::result<std::int32_t> number_kept = taken(number);
    check_all({{"result<int>", words_of([&] { return number; })}}, "why not");

    riser::trap trap(riser::trap_kind::unreachable);
    riser::link_error link("no such import", {{"env", "log", "(func)", ""}});
    riser::error plain = riser::compile_error(riser::compile_error::reason::invalid, "type mismatch", 7, 3);
    const auto all_kept = std::tuple(taken(trap), taken(link), taken(plain));
    CHECK(trap.kind() == riser::trap_kind::unreachable);
    CHECK(plain.as<riser::compile_error>().value().function() == 3);
    CHECK(riser::error(trap).is<riser::trap>());
    check_all({{"error::as", riser::error(trap).as<riser::trap>().value().what()},
               {"error::what", trap.what()},
               {"trap::backtrace", trap.backtrace().empty() ? "unreachable" : "frames"}},
              "unreachable");
    check_all({{"link_error::unsatisfied", link.unsatisfied().at(0).name}}, "log");
    // What comes out of an error of another class is nothing, never another class's memory.
    const riser::error empty;
    CHECK(empty.what() == std::string_view("no error"));
    CHECK(!empty.as<riser::trap>());
    CHECK(!riser::error(link).as<riser::trap>());
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
    CHECK(outside.ends_with("::some_state: store::emplace makes it"));
    CHECK(words_of([&] { static_cast<void>(world.store.get<careless::session>()); }) ==
          "the store has no state of the type careless::session: store::emplace makes it");
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
            {"store::emplace", words_of([&] { return empty.emplace<some_state>().value; })},
            {"store::find", words_of([&] { return empty.find<some_state>(); })},
            {"store::get", words_of([&] { return empty.get<some_state>().value; })},
            {"store::interrupt_handle", words_of([&] { return empty.interrupt_handle(); })},
            {"store::set_timeout", words_of([&] { empty.set_timeout(std::chrono::seconds(1)); })},
            {"store::set_deadline", words_of([&] { empty.set_deadline(std::chrono::steady_clock::now()); })},
            {"store::clear_deadline", words_of([&] { empty.clear_deadline(); })},
            {"store::data", words_of([&] { static_cast<void>(empty.data()); })},
            {"store::clear_interrupt", words_of([&] { empty.clear_interrupt(); })},
            {"store::set_fuel", words_of([&] { empty.set_fuel(1); })},
            {"store::set_unlimited_fuel", words_of([&] { empty.set_unlimited_fuel(); })},
            {"store::fuel", words_of([&] { return empty.fuel(); })},
            {"store::try_external", words_of([&] { return empty.try_external(1); })},
            {"store::external", words_of([&] { return empty.external(1); })},
            {"store::collect_garbage", words_of([&] { empty.collect_garbage(); })},
            {"linked::try_instantiate", words_of([&] { return linked.try_instantiate(empty); })},
            {"linked::instantiate", words_of([&] { return linked.instantiate(empty); })},
            {"linker::try_instantiate", words_of([&] { return world.linker.try_instantiate(empty, module); })},
            {"memory::try_create", words_of([&] { return riser::memory::try_create(empty, {.limits = {1, 1}}); })},
            {"table::try_create", words_of([&] {
                 return riser::table::try_create(empty, {riser::types::funcref, {1, 1}},
                                                 riser::value::zero(riser::types::funcref));
             })},
            {"global::try_create",
             words_of([&] { return riser::global::try_create(empty, {riser::types::i32, true}, 1); })},
            {"tag::try_create", words_of([&] { return riser::tag::try_create(empty, {}); })},
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
            {"instance::module", words_of([&] { return empty.module(); })},
            {"instance::object", words_of([&] { static_cast<void>(empty.object()); })},
            {"instance::find", words_of([&] { return empty.find("memory"); })},
            {"instance::try_function", words_of([&] { return empty.try_function("seven"); })},
            {"instance::try_function<>", words_of([&] { return empty.try_function<std::int32_t()>("seven"); })},
            {"instance::function", words_of([&] { return empty.function("seven"); })},
            {"instance::try_table", words_of([&] { return empty.try_table("table"); })},
            {"instance::try_memory", words_of([&] { return empty.try_memory("memory"); })},
            {"instance::try_global", words_of([&] { return empty.try_global("global"); })},
            {"instance::try_tag", words_of([&] { return empty.try_tag("tag"); })},
            {"instance::is_initialized", words_of([&] { return empty.is_initialized(); })},
            {"instance::set_initialized", words_of([&] { empty.set_initialized(true); })},
            {"imports::try_define", words_of([&] { return riser::imports().try_define("app", empty); })},
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
            {"function::type", words_of([&] { return empty.type(); })},
            {"function::object", words_of([&] { static_cast<void>(empty.object()); })},
            {"function::store", words_of([&] { static_cast<void>(empty.store()); })},
            {"function::try_call", words_of([&] { return empty.try_call({}, none); })},
            {"function::try_call with a vector", words_of([&] { return empty.try_call({}); })},
            {"function::call", words_of([&] { return empty.call({}); })},
            {"function::try_typed", words_of([&] { return empty.try_typed<std::int32_t()>(); })},
            {"typed_function::try_call", words_of([&] { return typed.try_call(); })},
            {"typed_function::operator()", words_of([&] { return typed(); })},
            {"typed_function::untyped", words_of([&] { return typed.untyped().type(); })},
            {"ref::ref", words_of([&] { return riser::ref<riser::function>(empty); })},
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
            {"memory::type", words_of([&] { return memory.type(); })},
            {"memory::size", words_of([&] { return memory.size(); })},
            {"memory::pages", words_of([&] { return memory.pages(); })},
            {"memory::is_guarded", words_of([&] { return memory.is_guarded(); })},
            {"memory::object", words_of([&] { static_cast<void>(memory.object()); })},
            {"memory::data", words_of([&] { return memory.data(); })},
            {"memory::try_range", words_of([&] { return memory.try_range(0, 1); })},
            {"memory::range", words_of([&] { return memory.range(0, 1); })},
            {"memory::try_span", words_of([&] { return memory.try_span<std::uint32_t>(0, 1); })},
            {"memory::try_view", words_of([&] { return memory.try_view(0, 1); })},
            {"memory::try_c_string", words_of([&] { return memory.try_c_string(0, 1); })},
            {"memory::try_read", words_of([&] { return memory.try_read<std::uint32_t>(0); })},
            {"memory::try_write", words_of([&] { return memory.try_write<std::uint32_t>(0, 1); })},
            {"memory::try_write of text", words_of([&] { return memory.try_write(0, std::string_view("text")); })},
            {"memory::try_write of no text", words_of([&] { return memory.try_write(0, std::string_view()); })},
            {"memory::try_grow", words_of([&] { return memory.try_grow(1); })},
        },
        moved("memory"));
    check_all(
        {
            {"table::type", words_of([&] { return table.type(); })},
            {"table::size", words_of([&] { return table.size(); })},
            {"table::object", words_of([&] { static_cast<void>(table.object()); })},
            {"table::try_function", words_of([&] { return table.try_function(1); })},
            {"table::try_function<>", words_of([&] { return table.try_function<std::int32_t()>(1); })},
            {"table::try_get", words_of([&] { return table.try_get(0); })},
            {"table::try_set", words_of([&] { return table.try_set(0, riser::ref<riser::function>()); })},
            {"table::try_grow", words_of([&] { return table.try_grow(1, riser::ref<riser::function>()); })},
        },
        moved("table"));
    check_all(
        {
            {"global::type", words_of([&] { return global.type(); })},
            {"global::object", words_of([&] { static_cast<void>(global.object()); })},
            {"global::get", words_of([&] { return global.get(); })},
            {"global::try_set", words_of([&] { return global.try_set(1); })},
        },
        moved("global"));
    check_all({{"tag::type", words_of([&] { return tag.type(); })},
               {"tag::object", words_of([&] { static_cast<void>(tag.object()); })}},
              moved("tag"));
    for (const riser::external_value& nothing : {riser::external_value(memory), riser::external_value(table),
                                                 riser::external_value(global), riser::external_value(tag)}) {
        CHECK(nothing.is_moved_from());
        check_all({{"external_value::type", words_of([&] { return nothing.type(); })},
                   {"external_value::object", words_of([&] { static_cast<void>(nothing.object()); })},
                   {"external_value::store", words_of([&] { static_cast<void>(nothing.store()); })}},
                  moved("external_value"));
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
            {"module::imports", words_of([&] { return module.imports(); })},
            {"module::exports", words_of([&] { return module.exports(); })},
            {"module::custom_sections", words_of([&] { return module.custom_sections(); })},
            {"module::name", words_of([&] { return module.name(); })},
            {"module::function_name", words_of([&] { return module.function_name(0); })},
            {"module::bytes", words_of([&] { return module.bytes(); })},
            {"module::state", words_of([&] { static_cast<void>(module.state()); })},
            {"line_table::line_table", words_of([&] { static_cast<void>(riser::dwarf::line_table(module)); })},
            {"module::statistics", words_of([&] { return module.statistics(); })},
            {"module::tiers", words_of([&] { return module.tiers(); })},
            {"module::belongs_to", words_of([&] { return module.belongs_to(*world.engine); })},
            {"linker::try_link", words_of([&] { return world.linker.try_link(module); })},
            {"linker::try_link_partially", words_of([&] { return world.linker.try_link_partially(module); })},
            {"linker::try_instantiate", words_of([&] { return world.linker.try_instantiate(world.store, module); })},
            {"linker::try_trap_on_unknown_imports",
             words_of([&] { return world.linker.try_trap_on_unknown_imports(module); })},
        },
        moved("module"));
    check_all({{"linked::module", words_of([&] { return linked.module(); })},
               {"linked::try_instantiate", words_of([&] { return linked.try_instantiate(world.store); })}},
              moved("linked"));

    riser::linker& empty = world.linker;
    const riser::linker full = taken(empty);
    const riser::function_type type;
    const auto untyped = [](riser::caller&, std::span<const riser::value>, std::span<riser::value>) {};
    check_all(
        {
            {"linker::define", words_of([&] { empty.define("a", "b", [] {}); })},
            {"linker::try_define", words_of([&] { return empty.try_define("a", "b", [] {}); })},
            {"linker::redefine", words_of([&] { empty.redefine("a", "b", [] {}); })},
            {"linker::define untyped", words_of([&] { empty.define("a", "b", type, untyped); })},
            {"linker::try_define untyped", words_of([&] { return empty.try_define("a", "b", type, untyped); })},
            {"linker::redefine untyped", words_of([&] { empty.redefine("a", "b", type, untyped); })},
            {"linker::try_trap_on_unknown_imports",
             words_of([&] { return empty.try_trap_on_unknown_imports(kept.first); })},
            {"linker::try_link", words_of([&] { return empty.try_link(kept.first); })},
            {"linker::try_link_partially", words_of([&] { return empty.try_link_partially(kept.first); })},
            {"linker::try_instantiate", words_of([&] { return empty.try_instantiate(world.store, kept.first); })},
        },
        moved("linker"));
}

TEST_CASE("careless use: pointers and spans of a guest, and tables of lines, moved from") {
    test::world world;
    std::vector<riser::guest_pointer<std::uint32_t>> pointers;
    const riser::instance app = [&] {
        world.linker.define("host", "take", [&](riser::guest_pointer<std::uint32_t> it) { pointers.push_back(it); });
        return world.instantiate(R"((module (import "host" "take" (func $take (param i32))) (memory (export "memory") 1)
            (func (export "run") (call $take (i32.const 8)))))");
    }();
    app.function<void()>("run")();
    riser::guest_pointer<std::uint32_t>& pointer = pointers.at(0);
    const riser::guest_pointer<std::uint32_t> kept = taken(pointer);
    check_all({{"guest_pointer::get", words_of([&] { return pointer.get(); })},
               {"guest_pointer::set", words_of([&] { pointer.set(1); })}},
              moved("guest_pointer"));
    CHECK(pointer.is_moved_from());
    kept.set(7);
    CHECK(kept.get() == 7);

    riser::guest_span<std::uint32_t> span(nullptr, 0);
    const riser::guest_span<std::uint32_t> span_kept = taken(span);
    for (const auto& empty : {span, span_kept}) {
        check_all({{"guest_span::operator[]", trap_of([&] { return empty[0]; })},
                   {"guest_span::set", trap_of([&] { empty.set(0, 1); })}},
                  "out of bounds memory access: element 0 of 0");
    }

    const auto first_line = [](const riser::dwarf::line_table& lines) {
        for (std::uint32_t offset = 0; offset < 1000; ++offset) {
            if (const auto found = lines.find(offset)) {
                return std::to_string(found->line);
            }
        }
        return std::string("none");
    };
    riser::dwarf::line_table lines(riser::module::load(*world.engine, RISER_TESTS "/cli/guests/lines-dwarf4.wasm"));
    const std::string line = first_line(lines);
    CHECK(line != "none");
    static_cast<void>(taken(lines)); // which may take the module with it
    check_all({{"line_table::find", first_line(lines)}}, line);
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

TEST_CASE("careless use: a caller that has no instance, memory or table, and one whose store is gone") {
    std::optional<test::world> world(std::in_place);
    std::vector<use> memories;
    std::vector<use> tables;
    std::vector<use> others;
    const auto look = [&](riser::caller& caller) {
        const auto bytes = [&] { return caller.memory_bytes().empty() && !caller.exports_memory(); };
        memories = {{"caller::try_memory", words_of([&] { return caller.try_memory(); })},
                    {"caller::memory_bytes", bytes() ? "the caller has no memory" : "bytes"}};
        tables = {{"caller::try_function_table", words_of([&] { return caller.try_function_table(); })},
                  {"caller::try_function", words_of([&] { return caller.try_function<void()>(0); })}};
        others = {{"caller::get", words_of([&] { return caller.get<some_state>().value; })},
                  {"caller::find", words_of([&] { return caller.find<some_state>(); })},
                  {"caller::try_memory of a name", words_of([&] { return caller.try_memory("memory"); })},
                  {"caller::backtrace", words_of([&] { return caller.backtrace(); })},
                  {"caller::try_poll", words_of([&] { return caller.try_poll(); })},
                  {"caller::try_charge", words_of([&] { return caller.try_charge(1); })},
                  {"caller::try_external", words_of([&] { return caller.try_external(1); })},
                  {"caller::instance", words_of([&] { return caller.instance(); })},
                  {"caller::nanoseconds_left", words_of([&] { return caller.nanoseconds_left(); })}};
    };
    const auto check_others = [&](const std::string& no_memory) {
        CHECK(others.at(0).words.ends_with("::some_state: store::emplace makes it"));
        CHECK(others.at(2).words == no_memory);
        others.erase(others.begin() + 2);
        others.erase(others.begin());
        check_all(others, "nothing is wrong");
    };
    SUBCASE("called by the host") {
        riser::make_function(world->store, look).call({}, {});
        check_all(memories, "the caller has no memory");
        check_all(tables, R"(no exported table "__indirect_function_table")");
        check_others(R"(no exported memory "memory")");
    }
    SUBCASE("an instance that has nothing") {
        world->linker.define("host", "call", look);
        world->linker.define("host", "reference", [] { return riser::ref<riser::external>(); });
        world->instantiate(calls_host).function<void()>("run")();
        check_all(memories, "the caller has no memory");
        check_all(tables, R"(no exported table "__indirect_function_table")");
        check_others(R"(no exported memory "memory")");
    }
    SUBCASE("whose store, instance and linker the host function has dropped") {
        std::string within;
        world->linker.define("host", "call", [&](riser::caller& caller) {
            world.reset();
            look(caller);
            within = words_of([&] { return caller.instance().value().function<void()>("run").try_call(); });
        });
        world->linker.define("host", "reference", [] { return riser::ref<riser::external>(); });
        const auto run = world->instantiate(calls_host).function<void()>("run");
        CHECK(words_of([&] { return run.try_call(); }) == "nothing is wrong");
        CHECK(within == "the store is gone");
        check_all(memories, "the caller has no memory");
        check_others(R"(no exported memory "memory")");
    }
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
        std::thread([&] { within = words_of([&] { static_cast<void>(inner.try_call({})); }); }).join();
    });
    outer.call({}, {});
    CHECK(within.starts_with("two threads at once in one store"));
    within.clear();
    std::thread([&] {
        within = words_of([&] { static_cast<void>(inner.try_call({})); });
    }).join(); // one after the other
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

#include "riser/host_function.hpp"
#include "riser/table.hpp"
#include "support/wasm.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

// call_indirect by the type of what it finds, and references to functions that were asked for before.

namespace {

constexpr int depths = 8;

/// $0 to $7, each a subtype of the one before.
std::string chain_of_types() {
    std::string text = "(type $0 (sub (func (result i32))))";
    for (int i = 1; i < depths; ++i) {
        text += "(type $" + std::to_string(i) + " (sub $" + std::to_string(i - 1) + " (func (result i32))))";
    }
    return text;
}

/// "call0" to "call7": by the type of that number the element that the parameter says; "tail0" the same as tail calls.
std::string callers() {
    std::string text;
    for (int i = 0; i < depths; ++i) {
        const std::string number = std::to_string(i);
        for (const std::string name : {"call", "tail"}) {
            text += "(func (export \"" + name + number + "\") (param i32) (result i32) (" +
                    (name == "tail" ? "return_call_indirect" : "call_indirect") + " $t (type $" + number +
                    ") (local.get 0)))";
        }
    }
    return text;
}

/// Calls everything by every type: elements 0 to 7 have the types of their numbers.
void check_calls(const riser::instance& from) {
    for (int wanted = 0; wanted < depths; ++wanted) {
        for (int is = 0; is < depths; ++is) {
            for (const std::string name : {"call", "tail"}) {
                CAPTURE(name);
                CAPTURE(wanted);
                CAPTURE(is);
                const auto result =
                    from.function<std::int32_t(std::int32_t)>(name + std::to_string(wanted)).try_call(is);
                REQUIRE(result.has_value() == (is >= wanted));
                if (result) {
                    CHECK(*result == is);
                } else {
                    CHECK(result.error().as<riser::trap>()->kind() == riser::trap_kind::indirect_call_mismatch);
                }
            }
        }
    }
}

std::string functions_of_all_types() {
    std::string text;
    std::string items;
    for (int i = 0; i < depths; ++i) {
        const std::string number = std::to_string(i);
        text += "(func $f" + number + " (type $" + number + ") (i32.const " + number + "))";
        items += " $f" + number;
    }
    return text + "(elem (table $t) (i32.const 0) func" + items + ")";
}

} // namespace

TEST_CASE("calls by type: a function of a subtype is called, whatever the depth") {
    test::world with;
    const auto instance = with.instantiate("(module " + chain_of_types() + "(table $t 10 funcref)" +
                                           functions_of_all_types() + callers() + ")");
    check_calls(instance);
    check_calls(instance); // elements are there now
    const auto call = instance.function<std::int32_t(std::int32_t)>("call0");
    const auto kind_of = [&](std::int32_t element) { return call.try_call(element).error().as<riser::trap>()->kind(); };
    CHECK(kind_of(9) == riser::trap_kind::uninitialized_element);
    CHECK(kind_of(10) == riser::trap_kind::undefined_element);
}

TEST_CASE("calls by type: what is left in a table keeps its types, while those of others come and go") {
    test::world with;
    const auto imports = riser::imports().define(
        "e", "t", riser::table::create(with.store, {riser::types::funcref, {10, 10}}, riser::ref<riser::function>()));
    const std::string import = R"((import "e" "t" (table $t 10 funcref)))";
    static_cast<void>(
        with.instantiate("(module " + import + chain_of_types() + functions_of_all_types() + ")", imports));
    for (int i = 0; i < 100; ++i) {
        // Of the same form, but none of the chain.
        static_cast<void>(with.instantiate("(module (type (sub (func (result i32 i32)))) (rec (type (sub (func (result "
                                           "i32)))) (type (func (param " +
                                           std::string(i % 2 == 0 ? "i32" : "i64") + ")))))"));
    }
    check_calls(with.instantiate("(module " + import + chain_of_types() + callers() + ")", imports));
    const auto other = with.instantiate("(module " + import + R"(
        (rec (type $0 (sub (func (result i32)))) (type $1 (sub $0 (func (result i32)))))
        (func (export "call") (param i32) (result i32) (call_indirect $t (type $0) (local.get 0)))))",
                                        imports);
    for (int i = 0; i < depths; ++i) {
        const auto result = other.function<std::int32_t(std::int32_t)>("call").try_call(i);
        REQUIRE_FALSE(result);
        CHECK(result.error().as<riser::trap>()->kind() == riser::trap_kind::indirect_call_mismatch);
    }
}

TEST_CASE("calls by type: a host function is called by its own type alone") {
    test::world with;
    with.linker.define("e", "f", [] { return std::int32_t{7}; });
    const auto instance = with.instantiate(R"((module
        (import "e" "f" (func $f (result i32)))
        (type $parent (sub (func (result i32))))
        (type $child (sub $parent (func (result i32))))
        (table funcref (elem $f))
        (func (export "own") (result i32) (call_indirect (result i32) (i32.const 0)))
        (func (export "other") (result i32) (call_indirect (type $child) (i32.const 0)))))");
    CHECK(instance.function<std::int32_t()>("own")() == 7);
    CHECK(instance.function<std::int32_t()>("other").try_call().error().as<riser::trap>()->kind() ==
          riser::trap_kind::indirect_call_mismatch);
}

TEST_CASE("ref.func: the same function each time, of this instance or imported") {
    test::world with;
    with.linker.define("e", "f", [] { return std::int32_t{-1}; });
    std::string text = R"((module (import "e" "f" (func $imported (result i32)))
        (type $t (func (result i32))) (table $kept 41 funcref))";
    std::string names = "$imported";
    std::string stores;
    std::string calls = "(i32.const 0)";
    for (int i = 0; i < 40; ++i) {
        const std::string name = "$f" + std::to_string(i);
        text += "(func " + name + " (result i32) (i32.const " + std::to_string(i) + "))";
        names += " " + name;
        stores += "(table.set $kept (i32.const " + std::to_string(i) + ") (ref.func " + name + "))";
        // Through a local, and from the table.
        calls += "(local.set $r (ref.func " + name + ")) (call_ref $t (ref.as_non_null (local.get $r))) (i32.add)" +
                 "(call_indirect $kept (type $t) (i32.const " + std::to_string(i) + ")) (i32.add)";
    }
    const auto instance = with.instantiate(text + "(elem declare func " + names + R"()
        (func (export "fill") )" + stores + R"()
        (func (export "sum") (result i32) (local $r (ref null $t)) )" +
                                           calls + R"()
        (func (export "imported") (result i32) (call_ref $t (ref.func $imported)))))");
    const auto sum = instance.function<std::int32_t()>("sum");
    instance.function<void()>("fill")();
    for (int round = 0; round < 3; ++round) {
        CHECK(sum() == 40 * 39);
        CHECK(instance.function<std::int32_t()>("imported")() == -1);
    }
}

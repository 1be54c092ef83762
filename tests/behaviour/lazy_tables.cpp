#include "support/wasm.hpp"

#include "riser/core/store/store_object.hpp"
#include "riser/host_function.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

// Function objects and elements of tables come into being when somebody asks for them.

namespace {

/// Counts the bytes that are lent; fails from the allocation on that `left` says.
struct counting_source {
    [[nodiscard]] riser::engine_options options() {
        riser::engine_options made;
        made.allocator.user = this;
        made.allocator.reallocate = nullptr;
        made.allocator.allocate = [](void* user, std::size_t bytes, std::size_t alignment) -> void* {
            auto& self = *static_cast<counting_source*>(user);
            if (self.left == 0) {
                return nullptr;
            }
            --self.left;
            self.lent += bytes;
            return riser::core::heap::allocate(nullptr, bytes, alignment);
        };
        made.allocator.deallocate = [](void* user, void* block, std::size_t bytes, std::size_t alignment) {
            static_cast<counting_source*>(user)->lent -= bytes;
            riser::core::heap::deallocate(nullptr, block, bytes, alignment);
        };
        return made;
    }

    std::size_t lent = 0;
    std::size_t left = SIZE_MAX;
};

/// `count` functions that return their index, all in a table, by one segment.
std::string functions_in_a_table(int count, bool as_expressions = false) {
    std::string functions;
    std::string items;
    for (int i = 0; i < count; ++i) {
        const std::string number = std::to_string(i);
        functions += "(func $f" + number + " (result i32) (i32.const " + number + "))";
        items += as_expressions ? "(ref.func $f" + number + ")" : " $f" + number;
    }
    return "(module " + functions + "(table $t " + std::to_string(count) + " funcref) (elem (i32.const 0) " +
           (as_expressions ? "funcref" : "func") + items +
           R"() (func (export "call") (param i32) (result i32) (call_indirect $t (result i32) (local.get 0)))))";
}

constexpr std::string_view overlapping = R"((module
  (func $a (result i32) (i32.const 1))
  (func $b (result i32) (i32.const 2))
  (func $c (result i32) (i32.const 3))
  (table $t (export "t") 8 20 funcref)
  (elem (table $t) (i32.const 1) func $a $a $a)
  (elem (table $t) (i32.const 4) func $b)
  (elem (table $t) (i32.const 2) func $c)
  (elem (table $t) (i32.const 6) func $a)
  (func (export "call") (param i32) (result i32) (call_indirect $t (result i32) (local.get 0)))
  (func (export "wrong") (param i32) (call_indirect $t (local.get 0)))
  (func (export "tail") (param i32) (result i32) (return_call_indirect $t (result i32) (local.get 0)))
  (func (export "clear") (param i32) (table.set $t (local.get 0) (ref.null func)))
  (func (export "is null") (param i32) (result i32) (ref.is_null (table.get $t (local.get 0))))
  (func (export "copy") (param i32 i32 i32) (table.copy $t $t (local.get 0) (local.get 1) (local.get 2)))
  (func (export "fill") (param i32 i32) (table.fill $t (local.get 0) (ref.null func) (local.get 1)))
  (func (export "grow") (param i32) (result i32) (table.grow $t (ref.func $c) (local.get 0)))))";

riser::trap_kind kind_of(const riser::error& failure) {
    REQUIRE(failure.is<riser::trap>());
    return failure.as<riser::trap>()->kind();
}

} // namespace

TEST_CASE("lazy tables: 1,000 functions in a table take less than 1 KiB until they are used") {
    for (const bool as_expressions : {false, true}) {
        counting_source source;
        const riser::engine engine(source.options());
        const riser::module module =
            riser::module::compile(engine, test::wat(functions_in_a_table(1000, as_expressions)));
        const riser::linked linked = riser::linker(engine).link(module);
        riser::store store(engine);
        const riser::instance other = linked.instantiate(store); // code and a stack are the engine's
        for (const std::int32_t i : {0, 999, 15, 16, 500}) {
            other.function<std::int32_t(std::int32_t)>("call")(i);
        }
        const std::size_t before = source.lent;
        const riser::instance instance = linked.instantiate(store);
        CHECK(source.lent - before < 1024 - sizeof(riser::core::runtime::table_cell));
        const auto call = instance.function<std::int32_t(std::int32_t)>("call");
        for (const std::int32_t i : {0, 999, 15, 16, 500}) {
            CHECK(call(i) == i);
        }
        CHECK(source.lent - before < std::size_t{12} * 1024);
    }
}

TEST_CASE("lazy tables: what is dropped gives its memory back") {
    counting_source source;
    const riser::engine engine(source.options());
    const riser::linked linked =
        riser::linker(engine).link(riser::module::compile(engine, test::wat(functions_in_a_table(100))));
    riser::store store(engine);
    linked.instantiate(store).function<std::int32_t(std::int32_t)>("call")(99);
    const std::size_t before = source.lent;
    for (int i = 0; i < 10; ++i) {
        CHECK(linked.instantiate(store).function<std::int32_t(std::int32_t)>("call")(99) == 99);
    }
    CHECK(source.lent == before);
}

TEST_CASE("lazy tables: later segments win, elements in between are null, wrong types are told from both") {
    test::world world;
    const riser::instance instance = world.instantiate(overlapping);
    for (const std::string_view name : {"call", "tail"}) {
        const auto call = instance.function<std::int32_t(std::int32_t)>(name);
        CHECK(call(1) == 1);
        CHECK(call(2) == 3);
        CHECK(call(3) == 1);
        CHECK(call(4) == 2);
        CHECK(call(6) == 1);
        CHECK(kind_of(call.try_call(0).error()) == riser::trap_kind::uninitialized_element);
        CHECK(kind_of(call.try_call(5).error()) == riser::trap_kind::uninitialized_element);
        CHECK(kind_of(call.try_call(8).error()) == riser::trap_kind::undefined_element);
        CHECK(kind_of(call.try_call(-1).error()) == riser::trap_kind::undefined_element);
    }
    const auto wrong = instance.function<void(std::int32_t)>("wrong");
    CHECK(kind_of(wrong.try_call(1).error()) == riser::trap_kind::indirect_call_mismatch);
    CHECK(kind_of(wrong.try_call(0).error()) == riser::trap_kind::uninitialized_element);
}

TEST_CASE("lazy tables: an element that is set to null stays null, wherever it came from") {
    test::world world;
    const riser::instance instance = world.instantiate(overlapping);
    const auto is_null = instance.function<std::int32_t(std::int32_t)>("is null");
    instance.function<void(std::int32_t)>("clear")(1);
    CHECK(is_null(1) == 1);
    CHECK(is_null(2) == 0);
    instance.function<void(std::int32_t, std::int32_t)>("fill")(2, 2);
    CHECK(is_null(3) == 1);
    CHECK(is_null(4) == 0);
    const riser::table table = instance.table("t");
    CHECK(table.get(1).is_null());
    CHECK_FALSE(table.get(6).is_null());
    table.set(6, riser::value::zero(riser::types::funcref));
    CHECK(is_null(6) == 1);
    table.set(0, table.get(4));
    CHECK(instance.function<std::int32_t(std::int32_t)>("call")(0) == 2);
}

TEST_CASE("lazy tables: copies and growth see elements that nobody had asked for") {
    test::world world;
    const riser::instance copied = world.instantiate(overlapping);
    copied.function<void(std::int32_t, std::int32_t, std::int32_t)>("copy")(0, 1, 5);
    const auto call = copied.function<std::int32_t(std::int32_t)>("call");
    CHECK(call(0) == 1);
    CHECK(call(1) == 3);
    CHECK(call(3) == 2);
    CHECK(kind_of(call.try_call(4).error()) == riser::trap_kind::uninitialized_element);
    CHECK(call(6) == 1);

    const riser::instance grown = world.instantiate(overlapping);
    CHECK(grown.function<std::int32_t(std::int32_t)>("grow")(3) == 8);
    const auto grown_call = grown.function<std::int32_t(std::int32_t)>("call");
    CHECK(grown_call(8) == 3);
    CHECK(grown_call(10) == 3);
    CHECK(grown_call(4) == 2);
    CHECK(kind_of(grown_call.try_call(0).error()) == riser::trap_kind::uninitialized_element);
    CHECK(kind_of(grown_call.try_call(11).error()) == riser::trap_kind::undefined_element);
}

TEST_CASE("lazy tables: an instance that imports the table writes over what its owner has not made") {
    test::world world;
    riser::imports imports;
    const riser::instance owner = world.instantiate(overlapping);
    imports.define("owner", owner);
    const riser::instance importer = world.instantiate(R"((module
      (import "owner" "t" (table $t 8 funcref))
      (func $d (result i32) (i32.const 4))
      (elem (table $t) (i32.const 3) func $d)
      (elem (table $t) (i32.const 4) funcref (ref.null func))
      (func (export "call") (param i32) (result i32) (call_indirect $t (result i32) (local.get 0)))))",
                                                       imports);
    for (const riser::instance& one : {owner, importer}) {
        const auto call = one.function<std::int32_t(std::int32_t)>("call");
        CHECK(call(3) == 4);
        CHECK(call(1) == 1);
        CHECK(kind_of(call.try_call(4).error()) == riser::trap_kind::uninitialized_element);
    }
}

TEST_CASE("lazy tables: initial values, offsets and items from globals") {
    test::world world;
    const riser::instance instance = world.instantiate(R"((module
      (func $a (result i32) (i32.const 1))
      (func $b (result i32) (i32.const 2))
      (global $where i32 (i32.const 2))
      (global $what funcref (ref.func $b))
      (table $t 5 funcref (ref.func $a))
      (elem (table $t) (i32.const 1) funcref (global.get $what) (ref.null func))
      (elem (table $t) (global.get $where) func $b)
      (elem (table $t) (i32.const 3) funcref (ref.null func))
      (func (export "call") (param i32) (result i32) (call_indirect $t (result i32) (local.get 0)))))");
    const auto call = instance.function<std::int32_t(std::int32_t)>("call");
    CHECK(call(0) == 1);
    CHECK(call(1) == 2);
    CHECK(call(2) == 2);
    CHECK(kind_of(call.try_call(3).error()) == riser::trap_kind::uninitialized_element);
    CHECK(call(4) == 1);
}

TEST_CASE("lazy tables: a segment out of bounds leaves what the ones before it wrote") {
    test::world world;
    riser::imports imports;
    const riser::table table = riser::table::create(world.store, {riser::types::funcref, {4, {}}, false},
                                                    riser::value::zero(riser::types::funcref));
    imports.define("host", "t", table);
    CHECK_THROWS_AS((void)world.instantiate(R"((module
      (import "host" "t" (table $shared 4 funcref))
      (func $a)
      (table $own 2 funcref)
      (elem (table $own) (i32.const 0) func $a)
      (elem (table $shared) (i32.const 0) func $a)
      (elem (table $own) (i32.const 2) func $a)
      (elem (table $shared) (i32.const 1) func $a)))",
                                            imports),
                    riser::trap);
    CHECK_FALSE(table.get(0).is_null());
    CHECK(table.get(1).is_null());
}

TEST_CASE("lazy tables: where there is no memory for what is asked for, the call traps, and may be tried again") {
    counting_source source;
    const riser::engine engine(source.options());
    const riser::module module = riser::module::compile(engine, test::wat(functions_in_a_table(100)));
    riser::store store(engine);
    const riser::instance instance = riser::linker(engine).instantiate(store, module);
    source.left = 0;
    CHECK(instance.try_function("call").error().is<riser::resource_error>());
    source.left = SIZE_MAX;
    const auto call = instance.function<std::int32_t(std::int32_t)>("call");
    CHECK(kind_of(call.try_call(100).error()) == riser::trap_kind::undefined_element); // now there is a stack and code
    for (std::size_t allocations = 0; allocations < 2; ++allocations) {
        source.left = allocations; // the elements, the function objects
        CHECK(kind_of(call.try_call(7).error()) == riser::trap_kind::out_of_memory);
    }
    source.left = SIZE_MAX;
    CHECK(call(7) == 7);
}

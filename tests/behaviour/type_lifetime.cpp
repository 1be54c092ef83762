#include "riser/core/module/engine_state.hpp"
#include "riser/core/module/module_state.hpp"
#include "riser/default_engine.hpp"
#include "riser/global.hpp"
#include "riser/host_function.hpp"
#include "riser/limits.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "riser/table.hpp"
#include "riser/tag.hpp"
#include "support/failing_allocator.hpp"
#include "support/module_builder.hpp"
#include "support/wasm.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

// Types have numbers that are one engine's. They come with the modules and objects that use them, and go with the last of these.

namespace {

using bytes = std::vector<std::byte>;

/// An engine whose memory and types are counted.
struct counted_engine {
    [[nodiscard]] std::size_t types() const { return engine.state()->types.size(); }

    test::failing_allocator source;
    riser::engine engine{[this] {
        riser::engine_options options;
        options.allocator = source.interface();
        return options;
    }()};
};

bytes module_of(std::uint32_t groups, const test::byte_writer& types) {
    test::byte_writer section;
    section.unsigned_number(groups).put(types);
    test::byte_writer module;
    module.put({0, 'a', 's', 'm', 1, 0, 0, 0, 1}).unsigned_number(section.bytes.size()).put(section);
    return module.bytes;
}

/// A function type for each number, of 12 parameters.
void put_type(test::byte_writer& to, std::uint32_t number) {
    to.put({0x60, 12});
    for (std::uint32_t i = 0; i < 12; ++i) {
        to.put({static_cast<std::uint8_t>(test::f64 + (number >> 2 * i & 3U))});
    }
    to.put({0});
}

bytes module_with_types(std::uint32_t first, std::uint32_t count) {
    test::byte_writer types;
    for (std::uint32_t i = 0; i < count; ++i) {
        put_type(types, first + i);
    }
    return module_of(count, types);
}

/// Types each of which refers to the one before.
bytes module_with_chain(std::uint32_t count) {
    test::byte_writer types;
    types.put({0x60, 0, 0});
    for (std::uint32_t i = 1; i < count; ++i) {
        types.put({0x60, 1, 0x63}).signed_number(i - 1).put({0});
    }
    return module_of(count, types);
}

riser::instance instantiate(const counted_engine& on, riser::store& store, std::string_view text,
                            const riser::imports& imports = {}) {
    const riser::linker linker(on.engine);
    return linker.instantiate(store, riser::module::compile(on.engine, test::wat(text)), imports);
}

} // namespace

TEST_CASE("types: 100,000 modules, each with types of its own, leave nothing behind") {
    counted_engine on;
    const std::size_t blocks = on.source.blocks();
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        const auto module = riser::module::compile(on.engine, module_with_types(2 * i, 2));
        if (i == 0) {
            CHECK(on.types() == 2);
        }
    }
    CHECK(on.types() == 0);
    CHECK(on.source.blocks() == blocks);
    CHECK(on.source.most_bytes() < 64 * 1024);
}

TEST_CASE("types: as many as one module may have leave room for others, and go with it") {
    counted_engine on;
    const std::size_t blocks = on.source.blocks();
    const bytes large = module_with_types(0, riser::limits::types);
    const bytes other = module_with_types(riser::limits::types, 1000);
    {
        const auto module = riser::module::compile(on.engine, large);
        CHECK(on.types() == riser::limits::types);
        CHECK(riser::module::try_compile(on.engine, other));
    }
    CHECK(on.types() == 0);
    CHECK(on.source.blocks() == blocks);
}

TEST_CASE("types: a module that was refused leaves none") {
    counted_engine on;
    const std::size_t blocks = on.source.blocks();
    const bytes refused = test::wat("(module (type (func (param f32 i64 i64))) (func atomic.fence))");
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(riser::module::try_compile(on.engine, refused, riser::compile_mode::eager));
        CHECK(on.types() == 0);
        CHECK(on.source.blocks() == blocks);
    }
}

TEST_CASE("types: equal ones of several modules are one, until the last is gone") {
    counted_engine on;
    std::optional first = riser::module::compile(on.engine, module_with_types(0, 7));
    std::optional second = riser::module::compile(on.engine, module_with_types(2, 7));
    CHECK(on.types() == 9);
    first.reset();
    CHECK(on.types() == 7);
    const auto third = riser::module::compile(on.engine, module_with_types(2, 7));
    CHECK(on.types() == 7);
    second.reset();
    CHECK(on.types() == 7);
}

TEST_CASE("types: a long chain of types goes without a step of the host's stack for each") {
    counted_engine on;
    std::optional chain = riser::module::compile(on.engine, module_with_chain(200'000));
    CHECK(on.types() == 200'000);
    chain.reset();
    CHECK(on.types() == 0);
}

TEST_CASE("types: tags, tables, globals and host functions keep theirs when the module is gone") {
    counted_engine on;
    std::optional<riser::store> store(on.engine);
    constexpr std::string_view text = R"((module
      (type $t (func (param i32 i64 f32)))
      (func $f (type $t))
      (table (export "table") 1 (ref null $t))
      (global (export "global") (mut (ref null $t)) (ref.null $t))
      (tag (export "tag") (type $t))))";
    const auto importing = [&](std::string_view what) {
        return "(module (type $other (func (param f64 f64 f64))) (type $t (func (param i32 i64 f32))) (import \"m\" "
               "\"x\" " +
               std::string(what) + "))";
    };
    const auto accepts = [&](std::string_view what, const riser::imports& imports) {
        riser::linker linker(on.engine);
        const auto module = riser::module::compile(on.engine, test::wat(importing(what)));
        return bool(linker.try_instantiate(*store, module, imports));
    };
    /// With the module gone, others with new types come, which must not get the number.
    const auto check_kept = [&](const auto& kept, std::string_view same, std::string_view different) {
        CHECK(on.types() == 1);
        const auto others = riser::module::compile(on.engine, module_with_types(0, 100));
        CHECK(on.types() == 101);
        CHECK(accepts(same, riser::imports().define("m", "x", kept)));
        CHECK_FALSE(accepts(different, riser::imports().define("m", "x", kept)));
    };
    SUBCASE("table") {
        const riser::table kept = instantiate(on, *store, text).table("table");
        check_kept(kept, "(table 1 (ref null $t))", "(table 1 (ref null $other))");
    }
    SUBCASE("global") {
        const riser::global kept = instantiate(on, *store, text).global("global");
        check_kept(kept, "(global (mut (ref null $t)))", "(global (mut (ref null $other)))");
    }
    SUBCASE("tag") {
        const riser::tag kept = instantiate(on, *store, text).tag("tag");
        check_kept(kept, "(tag (type $t))", "(tag (type $other))");
    }
    SUBCASE("tag of the host") {
        const auto kept = riser::tag::create(
            *store, riser::function_type{{riser::types::i32, riser::types::i64, riser::types::f32}, {}});
        check_kept(kept, "(tag (type $t))", "(tag (type $other))");
    }
    SUBCASE("host function") {
        const auto kept = riser::make_function(*store, [](std::int32_t, std::int64_t, float) {});
        check_kept(kept, "(func (type $t))", "(func (type $other))");
    }
    SUBCASE("table of the host") {
        std::optional module = riser::module::compile(on.engine, test::wat(text));
        const riser::table_type type = module->exports()[0].type.table;
        const auto kept = riser::table::create(*store, type, riser::value::zero(type.element));
        module.reset();
        check_kept(kept, "(table 1 (ref null $t))", "(table 1 (ref null $other))");
    }
    store.reset();
    CHECK(on.types() == 0);
    CHECK(on.source.mistaken() == 0);
}

TEST_CASE("types: one that an embedder kept longer than its module is refused") {
    counted_engine on;
    riser::store store(on.engine);
    const auto instance = instantiate(on, store, R"((module (func (export "f") (param funcref))))");
    std::optional module = riser::module::compile(
        on.engine, test::wat("(module (type $t (func)) (table (export \"t\") 1 (ref null $t)))"));
    const riser::table_type stale = module->exports()[0].type.table;
    const auto null = riser::value::zero(stale.element);
    module.reset();
    REQUIRE(on.types() == 1);
    CHECK_FALSE(riser::table::try_create(store, stale, null));
    CHECK_FALSE(riser::global::try_create(store, {stale.element, true}, null));
    CHECK_FALSE(riser::tag::try_create(store, riser::function_type{{stale.element}, {}}));
    CHECK_FALSE(instance.function("f").try_call(std::array{null}, {}));
}

TEST_CASE("types: what the host makes where there is no memory for its type fails when it is used") {
    counted_engine on;
    riser::store store(on.engine);
    const auto called = [&](const riser::function& function) {
        std::array<riser::value, 1> results;
        return function.try_call(std::array{riser::value(std::int32_t{1})}, results);
    };
    for (std::size_t n = 1; n <= 3; ++n) {
        on.source.fail_at(n);
        const auto function = riser::make_function(store, [](std::int32_t number) { return number; });
        CHECK(on.types() == 0);
        const auto outcome = called(function);
        REQUIRE_FALSE(outcome);
        on.source.fail_at(n);
        const auto tag = riser::tag::try_create(store, riser::function_type{{riser::types::f64}, {}});
        REQUIRE_FALSE(tag);
        CHECK(tag.error().is<riser::resource_error>());
    }
    CHECK(called(riser::make_function(store, [](std::int32_t number) { return number; })));
}

TEST_CASE("types: subtypes are found at every depth") {
    counted_engine on;
    std::string text = "(module (type $0 (sub (func)))";
    for (int i = 1; i < 64; ++i) {
        text += "(type $" + std::to_string(i) + " (sub $" + std::to_string(i - 1) + " (func)))";
    }
    const auto module = riser::module::compile(on.engine, test::wat(text + ")"));
    const auto& numbers = module.state()->type_numbers;
    const auto& types = on.engine.state()->types;
    for (std::uint32_t a = 0; a < 64; ++a) {
        for (std::uint32_t b = 0; b < 64; ++b) {
            CHECK(types.is_subtype(numbers[a], numbers[b]) == (a >= b));
        }
    }
}

TEST_CASE("types: threads load and drop modules while others look at their own types") {
    counted_engine on;
    constexpr std::string_view text = R"((module
      (type $super (sub (func (result i32))))
      (type $sub (sub $super (func (result i32))))
      (type $none (func (result i32)))
      (func $f (type $sub) (i32.const 7))
      (table funcref (elem $f))
      (func (export "call") (result i32) (call_indirect (type $super) (i32.const 0)))))";
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (std::uint32_t thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            for (std::uint32_t i = 0; i < 50; ++i) {
                riser::store store(on.engine);
                const auto call = instantiate(on, store, text).function<std::int32_t()>("call");
                const auto other = riser::module::compile(on.engine, module_with_types(1000 * thread + i, 300));
                wrong += call() == 7 ? 0 : 1;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(wrong == 0);
    CHECK(on.types() == 0);
}

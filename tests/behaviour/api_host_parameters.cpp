#include "engines/engines.hpp"
#include "support/wasm.hpp"
#include "support/wat.hpp"

#include "riser/caller.hpp"
#include "riser/guest_pointer.hpp"
#include "riser/guest_span.hpp"
#include "riser/host_function.hpp"
#include "riser/host_type.hpp"
#include "support/causes.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

// Parameters of host functions that are more than numbers: texts, elements, addresses, types of the embedder's, and the objects of
// member functions.

namespace {

struct point {
    std::int16_t x;
    std::int32_t y;
    friend bool operator==(const point&, const point&) = default;
};

/// A guest with functions that hand what they get to "host" "f".
[[nodiscard]] std::string passing(const std::string& types, int parameters, const std::string& memory = "1 4") {
    std::string arguments;
    for (int i = 0; i < parameters; ++i) {
        arguments += "(local.get " + std::to_string(i) + ")";
    }
    return "(module (import \"host\" \"f\" (func $f (param " + types + "))) (memory (export \"memory\") " + memory +
           ") (func (export \"grow\") (drop (memory.grow (" + (memory.starts_with("i64") ? "i64" : "i32") +
           ".const 1)))) (func (export \"f\") (param " + types + ") (call $f " + arguments + ")))";
}

struct ending {
    riser::trap_kind kind = riser::trap_kind::none;
    std::string message;
};
[[nodiscard]] ending ending_of(const riser::result<void>& outcome) {
    REQUIRE_FALSE(outcome);
    REQUIRE(outcome.error().is<riser::trap>());
    return {outcome.error().as<riser::trap>()->kind(), std::string(test::cause_of(outcome.error()))};
}

struct celsius {
    double degrees;
};
struct even {
    std::uint32_t number;
};
struct item {
    std::string name;
};
struct inventory {
    std::vector<item> items;
};
enum class checked_color : std::uint8_t { red, green };

} // namespace

template <>
struct riser::host_type<celsius> {
    using representation = double;
    static celsius from(double degrees) { return {degrees}; }
    static double to(const celsius& temperature) { return temperature.degrees; }
};
template <>
struct riser::host_type<even> {
    using representation = std::uint32_t;
    static riser::result<even> from(std::uint32_t number) {
        if (number % 2 != 0) {
            return riser::trap(riser::trap_kind::host_error, "odd");
        }
        return even{number};
    }
    static std::uint32_t to(const even& number) { return number.number; }
};
template <>
struct riser::host_type<checked_color> {
    using representation = std::uint32_t;
    static checked_color from(std::uint32_t number) { return number == 1 ? checked_color::green : checked_color::red; }
};
template <>
struct riser::host_type<item*> {
    using representation = std::uint32_t;
    static riser::result<item*> from(riser::caller& caller, std::uint32_t index) {
        auto& items = caller.get<inventory>().items;
        if (index >= items.size()) {
            return riser::trap(riser::trap_kind::host_error, "no such item");
        }
        return &items[index];
    }
};
template <>
struct riser::host_type<inventory*> {
    using representation = riser::ref<riser::external>;
    static inventory* from(const riser::ref<riser::external>& reference) { return reference.pointer<inventory>(); }
};
template <>
struct riser::host_type<std::string> {
    using representation = std::string_view;
    static std::string from(std::string_view text) { return std::string(text); }
};

TEST_CASE("host parameters: a string_view is an address and a length, checked before the call") {
    test::world world;
    std::vector<std::string> texts;
    world.linker.define("host", "f", [&](std::string_view text) { texts.emplace_back(text); });
    const riser::instance app = world.instantiate(passing("i32 i32", 2));
    const riser::memory memory = app.memory("memory");
    memory.write(65531, std::string_view("hello"));
    const auto f = app.function<void(std::uint32_t, std::uint32_t)>("f");
    f(65531, 5);
    f(65536, 0);
    CHECK(texts == std::vector<std::string>{"hello", ""});
    const ending beyond = ending_of(f.try_call(65532, 5));
    CHECK(beyond.kind == riser::trap_kind::memory_out_of_bounds);
    CHECK(beyond.message == "out of bounds memory access: 5 bytes at 0xfffc of 65536, argument 1 of a host function");
    for (const auto& [address, size] : {std::pair{65537U, 0U}, {0xffff'ffffU, 1U}, {1U, 0xffff'ffffU}, {0U, 65537U}}) {
        CHECK(ending_of(f.try_call(address, size)).kind == riser::trap_kind::memory_out_of_bounds);
    }
    CHECK(texts.size() == 2);
}

TEST_CASE("host parameters: a span's elements are aligned and inside, or it is a trap") {
    test::world world;
    std::int64_t sum = 0;
    int calls = 0;
    world.linker.define("host", "f", [&](std::uint32_t, const std::span<const std::uint32_t>& numbers) {
        ++calls;
        for (const std::uint32_t number : numbers) {
            sum += number;
        }
    });
    const riser::instance app = world.instantiate(passing("i32 i32 i32", 3));
    const riser::memory memory = app.memory("memory");
    memory.write(65528, std::array<std::uint32_t, 2>{1, 0xffff'ffff});
    const auto f = app.function<void(std::uint32_t, std::uint32_t, std::uint32_t)>("f");
    f(0, 65528, 2);
    CHECK(sum == 0x1'0000'0000);
    f(0, 65536, 0);
    CHECK(calls == 2);
    const ending unaligned = ending_of(f.try_call(0, 65526, 2));
    CHECK(unaligned.kind == riser::trap_kind::host_error);
    CHECK(unaligned.message == "host function failed: its argument 2 at 0xfff6 is not aligned to 4 bytes");
    // 2^30 + 1 elements of 4 bytes would be 4 bytes in 32 bits.
    for (const auto& [address, count] : {std::pair{65528U, 3U}, {65532U, 2U}, {0U, 0x4000'0001U}, {8U, 0xffff'ffffU}}) {
        CHECK(ending_of(f.try_call(0, address, count)).kind == riser::trap_kind::memory_out_of_bounds);
    }
    CHECK(calls == 2);
}

TEST_CASE("host parameters: a span that is not const writes into the guest") {
    test::world world;
    world.linker.define("host", "f", [](std::span<float> numbers) {
        for (float& number : numbers) {
            number *= 2;
        }
    });
    const riser::instance app = world.instantiate(passing("i32 i32", 2));
    const riser::memory memory = app.memory("memory");
    memory.write(16, std::array<float, 3>{1, 2, 3});
    app.function<void(std::uint32_t, std::uint32_t)>("f")(16, 2);
    CHECK(memory.read<std::array<float, 3>>(16) == std::array<float, 3>{2, 4, 3});
}

TEST_CASE("host parameters: an index that a guest_span does not have is a trap, whoever chose it") {
    for (const auto protection : {riser::protection::adaptive, riser::protection::checks}) {
        test::world world({.protection = protection});
        world.linker.define("env", "get", [](riser::guest_span<const std::uint32_t> numbers, std::uint32_t index) {
            return numbers[index];
        });
        world.linker.define("env", "set", [](riser::guest_span<std::uint32_t> numbers, std::uint32_t index) {
            numbers.set(index, 7U);
        });
        const riser::instance app = world.instantiate(R"((module
            (import "env" "get" (func $get (param i32 i32 i32) (result i32)))
            (import "env" "set" (func $set (param i32 i32 i32)))
            (memory (export "memory") 1)
            (func (export "get") (param i32) (result i32) (call $get (i32.const 65528) (i32.const 2) (local.get 0)))
            (func (export "set") (param i32) (call $set (i32.const 0) (i32.const 2) (local.get 0)))))");
        const auto get = app.function<std::uint32_t(std::uint32_t)>("get");
        const auto set = app.function<void(std::uint32_t)>("set");
        CHECK(get(1) == 0);
        set(1);
        for (const std::uint32_t index : {2U, 3U, 1000U, UINT32_MAX}) {
            const auto got = get.try_call(index);
            CHECK(got.error().as<riser::trap>()->kind() == riser::trap_kind::memory_out_of_bounds);
            CHECK_FALSE(set.try_call(index).has_value());
        }
        CHECK(test::cause_of(get.try_call(3).error()) == "out of bounds memory access: element 3 of 2");
        riser::memory memory = app.memory("memory");
        CHECK(memory.read<std::uint32_t>(4) == 7);
        CHECK(memory.read<std::uint32_t>(8) == 0);
    }
}

TEST_CASE("host parameters: a guest_pointer is one address, neither null nor outside") {
    test::world world;
    int calls = 0;
    world.linker.define("host", "f", [&](riser::guest_pointer<point> where, riser::guest_pointer<const point> from) {
        ++calls;
        CHECK(where.address() != 0);
        const point given = from.get();
        where.set({static_cast<std::int16_t>(given.x + 1), given.y + 1});
    });
    const riser::instance app = world.instantiate(passing("i32 i32", 2));
    const riser::memory memory = app.memory("memory");
    memory.write(65528, point{1, -2});
    const auto f = app.function<void(std::uint32_t, std::uint32_t)>("f");
    f(3, 65528); // need not be aligned
    CHECK(memory.read<point>(3) == point{2, -1});
    CHECK(calls == 1);
    CHECK(ending_of(f.try_call(8, 0)).message == "out of bounds memory access: argument 2 of a host function is null");
    CHECK(ending_of(f.try_call(0, 8)).message == "out of bounds memory access: argument 1 of a host function is null");
    CHECK(ending_of(f.try_call(65529, 8)).message ==
          "out of bounds memory access: 8 bytes at 0xfff9 of 65536, argument 1 of a host function");
    CHECK(ending_of(f.try_call(0xffff'ffff, 8)).kind == riser::trap_kind::memory_out_of_bounds);
    CHECK(calls == 1);
}

TEST_CASE("host parameters: a guest_pointer stays valid when the guest runs and its memory moves, and after the call") {
    const test::engine_pointer engine = test::make_engine("moving"); // at each growth
    riser::linker linker(*engine);
    std::vector<riser::guest_pointer<std::uint32_t>> kept;
    linker.define("host", "f", [&](riser::caller& caller, riser::guest_pointer<std::uint32_t> result) {
        const std::byte* const before = caller.memory_bytes().data();
        caller.instance()->function<void()>("grow")();
        CHECK(caller.memory_bytes().data() != before);
        result.set(result.get() + 1);
        kept.push_back(result);
    });
    riser::store store(*engine);
    {
        const auto module = riser::module::compile(*engine, test::wat(passing("i32", 1)));
        const riser::instance app = linker.instantiate(store, module);
        const riser::memory memory = app.memory("memory");
        memory.write(100, std::uint32_t{41});
        app.function<void(std::uint32_t)>("f")(100);
        CHECK(memory.read<std::uint32_t>(100) == 42);
    }
    REQUIRE(kept.size() == 1);
    CHECK(kept[0].get() == 42); // of an instance that is gone otherwise
    kept.clear();
}

TEST_CASE("host parameters: guests with a 64-bit memory pass addresses and lengths as i64, where the type says so") {
    test::world world;
    std::string seen;
    world.linker.define("host", "f",
                        [&](riser::guest_span<const char, std::uint64_t> text,
                            riser::guest_pointer<std::uint32_t, std::uint64_t> length) {
                            seen = text.view();
                            length.set(static_cast<std::uint32_t>(text.size()));
                        });
    const riser::instance app = world.instantiate(passing("i64 i64 i64", 3, "i64 1 4"));
    const riser::memory memory = app.memory("memory");
    memory.write(65530, std::string_view("beyond"));
    const auto f = app.function<void(std::uint64_t, std::uint64_t, std::uint64_t)>("f");
    f(65530, 6, 8);
    CHECK(seen == "beyond");
    CHECK(memory.read<std::uint32_t>(8) == 6);
    // What wraps: address + length, and 64-bit addresses that fit when cut to 32 bits.
    for (const auto& [address, size, pointer] : {std::tuple{UINT64_MAX, UINT64_MAX, std::uint64_t{8}},
                                                 {UINT64_MAX, std::uint64_t{2}, std::uint64_t{8}},
                                                 {std::uint64_t{8}, UINT64_MAX, std::uint64_t{8}},
                                                 {0x1'0000'0008, std::uint64_t{1}, std::uint64_t{8}},
                                                 {std::uint64_t{8}, std::uint64_t{1}, 0x1'0000'0008},
                                                 {std::uint64_t{8}, std::uint64_t{1}, UINT64_MAX - 2}}) {
        CHECK(ending_of(f.try_call(address, size, pointer)).kind == riser::trap_kind::memory_out_of_bounds);
    }

    test::world elements;
    elements.linker.define("host", "f", [](riser::guest_span<const double, std::uint64_t>) {});
    const auto g =
        elements.instantiate(passing("i64 i64", 2, "i64 1")).function<void(std::uint64_t, std::uint64_t)>("f");
    g(0, 8192);
    for (const std::uint64_t count : {(UINT64_MAX >> 3U) + 1, (UINT64_MAX >> 3U) + 2, UINT64_MAX}) {
        CHECK(ending_of(g.try_call(0, count)).kind == riser::trap_kind::memory_out_of_bounds);
    }
}

TEST_CASE("host parameters: the host calls a host function itself, which has no memory then") {
    test::world world;
    int calls = 0;
    const riser::function text = riser::make_function(world.store, [&](std::string_view given) {
        ++calls;
        CHECK(given.empty());
    });
    const riser::function pointer = riser::make_function(world.store, [&](riser::guest_pointer<char>) { ++calls; });
    CHECK(text.typed<void(std::uint32_t, std::uint32_t)>().try_call(0, 0));
    CHECK_FALSE(text.typed<void(std::uint32_t, std::uint32_t)>().try_call(0, 1));
    CHECK_FALSE(pointer.typed<void(std::uint32_t)>().try_call(0));
    CHECK_FALSE(pointer.typed<void(std::uint32_t)>().try_call(1));
    CHECK(calls == 1);
}

TEST_CASE("host parameters: types of the embedder's are what host_type makes of them") {
    test::world world;
    world.store.emplace<inventory>(inventory{{{"lamp"}, {"rope"}}});
    std::string seen;
    int calls = 0;
    world.linker.define("host", "f",
                        [&](celsius warm, even number, item* thing, checked_color color, std::string text) {
                            ++calls;
                            seen = thing->name + std::to_string(number.number) +
                                   (color == checked_color::green ? "green" : "red") + text;
                            CHECK(warm.degrees == 36.6);
                        });
    const riser::instance app = world.instantiate(passing("f64 i32 i32 i32 i32 i32", 6));
    const riser::memory memory = app.memory("memory");
    memory.write(8, std::string_view("!?"));
    const auto f =
        app.function<void(celsius, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t)>("f");
    f({36.6}, 4, 1, 1, 8, 2);
    CHECK(seen == "rope4green!?");
    CHECK(ending_of(f.try_call({36.6}, 3, 1, 1, 8, 2)).message == "host function failed: odd");
    CHECK(ending_of(f.try_call({36.6}, 4, 2, 1, 8, 2)).message == "host function failed: no such item");
    CHECK(ending_of(f.try_call({36.6}, 4, 1, 1, 65535, 2)).kind == riser::trap_kind::memory_out_of_bounds);
    CHECK(calls == 1);
}

TEST_CASE("host parameters: a type of the embedder's may be a reference in wasm") {
    test::world world;
    inventory all;
    world.linker.define("host", "f", [](inventory* found) { found->items.push_back({"map"}); });
    const riser::instance app = world.instantiate(passing("externref", 1));
    app.function<void(riser::ref<riser::external>)>("f")(world.store.external(&all));
    CHECK(all.items.size() == 1);
}

TEST_CASE("host parameters: types of the embedder's as results, of host functions and of wasm") {
    test::world world;
    const riser::function twice =
        riser::make_function(world.store, [](celsius one) { return celsius{one.degrees * 2}; });
    CHECK(twice.typed<celsius(celsius)>()({21}).degrees == 42);
    CHECK(twice.typed<double(double)>()(1) == 2);
    const riser::function pair =
        riser::make_function(world.store, [](even one) -> riser::result<std::tuple<even, celsius>> {
            if (one.number == 0) {
                return riser::host_error("nothing");
            }
            return std::tuple(even{one.number + 2}, celsius{0.5});
        });
    const auto typed = pair.typed<std::tuple<std::uint32_t, celsius>(std::uint32_t)>();
    CHECK(std::get<0>(typed(4)) == 6);
    CHECK(std::get<1>(typed(4)).degrees == 0.5);
    CHECK_FALSE(typed.try_call(0));
    CHECK(ending_of(riser::result<void>(typed.try_call(5).error())).message == "host function failed: odd");
}

TEST_CASE("host parameters: member functions with their object") {
    struct counter {
        std::uint32_t add(std::uint32_t more) { return total += more; }
        std::uint32_t get(riser::caller&) const noexcept { return total; }
        void add_text(std::string_view text) & noexcept { total += static_cast<std::uint32_t>(text.size()); }
        std::uint32_t total = 0;
    };
    struct loud_counter : counter {
        loud_counter() = default;
        loud_counter(const loud_counter&) = delete;
    };
    test::world world;
    loud_counter object; // which is not copied
    const auto shared = std::make_shared<counter>();
    const counter constant;
    world.linker.define("c", "add", &counter::add, object)
        .define("c", "get", &counter::get, &object)
        .define("c", "text", &counter::add_text, std::ref(object))
        .define("c", "shared", &counter::add, shared)
        .define("c", "own", &counter::add, counter{100})
        .define("c", "constant", &counter::get, constant)
        .redefine("c", "own", &counter::add, counter{200});
    CHECK(world.linker.try_define("c", "add", &counter::add, object).error().is<riser::usage_error>());
    const riser::instance app = world.instantiate(R"((module
        (import "c" "add" (func $add (param i32) (result i32)))
        (import "c" "get" (func $get (result i32)))
        (import "c" "text" (func $text (param i32 i32)))
        (import "c" "shared" (func $shared (param i32) (result i32)))
        (import "c" "own" (func $own (param i32) (result i32)))
        (import "c" "constant" (func $constant (result i32)))
        (memory (export "memory") 1)
        (func (export "run") (result i32 i32 i32 i32)
            (drop (call $add (i32.const 5)))
            (call $text (i32.const 0) (i32.const 30))
            (call $get) (call $shared (i32.const 7)) (call $own (i32.const 1)) (call $constant))))");
    using four = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;
    const auto run = app.function<four()>("run");
    CHECK(run() == four(35, 7, 201, 0));
    CHECK(run() == four(70, 14, 202, 0));
    CHECK(object.total == 70);
    CHECK(shared->total == 14);
    const auto made = riser::make_function(world.store, &counter::add, object).typed<std::uint32_t(std::uint32_t)>();
    CHECK(made(2) == 72);
}

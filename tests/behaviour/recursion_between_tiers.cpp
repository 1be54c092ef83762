#include "engines/mixed.hpp"
#include "riser/global.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "support/compared_functions.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Recursion without end, through tiers and the host in every order, is a trap, whichever stack ends first; the store goes on afterwards as if
// nothing had been.

namespace {

constexpr char host = 'h';

std::string name_of(const std::string& ring, std::size_t at) {
    return std::string("$") + ring[at] + std::to_string(at);
}

/// Functions that call each other in a ring, of the tiers that the letters name, until a global has been counted down to 0. The functions
/// of the host call what they import.
std::string module_of(const std::string& ring, std::size_t locals) {
    std::string imports;
    std::string functions;
    for (std::size_t i = 0; i < ring.size(); ++i) {
        const std::string name = name_of(ring, i);
        const std::string exported = "(export \"" + std::to_string(i) + "\"";
        if (ring[i] == host) {
            imports += "(import \"host\" \"" + std::to_string(i) + "\" (func " + name + ")) " + exported + " (func " +
                       name + "))";
            continue;
        }
        functions += "(func " + name + " " + exported + ")";
        for (std::size_t local = 0; local < locals; ++local) {
            functions += " (local i64)";
        }
        functions += "(global.set $left (i32.sub (global.get $left) (i32.const 1)))"
                     "(if (i32.eqz (global.get $left)) (then (return)))"
                     "(call " +
                     name_of(ring, (i + 1) % ring.size()) + "))";
    }
    return "(module " + imports + "(global $left (export \"left\") (mut i32) (i32.const 0))" + functions + ")";
}

/// A ring in a store.
class ring_world {
public:
    ring_world(const riser::engine_base& engine, const std::string& ring, std::size_t locals, std::size_t stack_bytes)
        : linker_(engine), store_(engine, limits_of(stack_bytes)),
          module_(riser::module::compile(engine, test::wat(module_of(ring, locals)))), instance_(instantiate(ring)) {}

    /// Goes around so many functions of wasm.
    riser::result<void> run(std::int32_t depth) {
        left().set(riser::value(depth));
        return instance_.function<void()>("0").try_call();
    }
    /// Goes around until it traps. \returns after how many functions of wasm
    std::int32_t exhaust() {
        const riser::result<void> ended = run(INT32_MAX);
        REQUIRE_FALSE(ended);
        const auto trap = ended.error().as<riser::trap>();
        REQUIRE(trap);
        CHECK(trap->kind() == riser::trap_kind::stack_exhausted);
        backtrace_ = trap->backtrace();
        return INT32_MAX - left().get().i32();
    }
    [[nodiscard]] const riser::module& module() const { return module_; }
    /// Of the trap that ended the last exhaust().
    [[nodiscard]] const std::vector<riser::trap_frame>& backtrace() const { return backtrace_; }

private:
    [[nodiscard]] static riser::store_limits limits_of(std::size_t stack_bytes) {
        riser::store_limits limits;
        limits.stack_bytes = stack_bytes;
        return limits;
    }
    [[nodiscard]] riser::global left() { return instance_.global("left"); }
    [[nodiscard]] riser::instance instantiate(const std::string& ring) {
        for (std::size_t i = 0; i < ring.size(); ++i) {
            if (ring[i] == host) {
                linker_.define("host", std::to_string(i), [this, next = std::to_string((i + 1) % ring.size())] {
                    return instance_.function<void()>(next).try_call();
                });
            }
        }
        return linker_.instantiate(store_, module_);
    }

    riser::linker linker_;
    riser::store store_;
    riser::module module_;
    riser::instance instance_;
    std::vector<riser::trap_frame> backtrace_;
};

/// Calls `body` for all rings of three, but the one of the host alone.
template <class Body>
void for_all_rings(Body body) {
    constexpr std::string_view letters = "ibsh";
    static_assert(letters.size() == test::mixed_tiers.size() + 1);
    for (const char first : letters) {
        for (const char second : letters) {
            for (const char third : letters) {
                const std::string ring{first, second, third};
                if (ring != "hhh") {
                    CAPTURE(ring);
                    body(ring);
                }
            }
        }
    }
}

constexpr std::size_t small_stack = std::size_t{16} << 10U;
constexpr std::size_t large_stack = std::size_t{4} << 20U;

} // namespace

TEST_CASE("recursion between tiers: ends in a trap, time and again at the same depth") {
    const test::engine_pointer engine = test::make_mixed_engine();
    if (engine == nullptr) {
        return;
    }
    for_all_rings([&](const std::string& ring) {
        for (const std::size_t locals : {0U, 1U, 100U}) {
            for (const std::size_t stack_bytes : {small_stack, large_stack}) {
                CAPTURE(locals);
                CAPTURE(stack_bytes);
                ring_world in(*engine, ring, locals, stack_bytes);
                CHECK(in.run(10));
                const std::int32_t depth = in.exhaust();
                CHECK(depth > 10);
                for (int i = 0; i < 3; ++i) {
                    CHECK(in.exhaust() == depth);
                    CHECK(in.run(depth / 2));
                }
                CHECK(in.module().tiers()[0].functions ==
                      static_cast<std::uint64_t>(std::count(ring.begin(), ring.end(), 'b')));
                CHECK(in.module().tiers()[1].functions ==
                      static_cast<std::uint64_t>(std::count(ring.begin(), ring.end(), 's')));
            }
        }
    });
}

TEST_CASE("recursion between tiers: either stack ends it") {
    const test::engine_pointer engine = test::make_mixed_engine();
    if (engine == nullptr) {
        return;
    }
    for_all_rings([&](const std::string& ring) {
        // What has many locals has no room for more of them than slots.
        constexpr std::size_t locals = 100;
        ring_world wide(*engine, ring, locals, small_stack);
        const auto deepest = static_cast<std::size_t>(wide.exhaust());
        CHECK(deepest <= small_stack / (locals * sizeof(std::int64_t)));
        // Native code whose frames have no slots takes none, but a return address.
        if (ring.find_first_of("ih") == std::string::npos) {
            ring_world narrow(*engine, ring, 0, small_stack);
            CHECK(static_cast<std::size_t>(narrow.exhaust()) > 2 * small_stack / sizeof(std::int64_t));
        }
    });
}

TEST_CASE("recursion between tiers: the trap's backtrace goes around") {
    const test::engine_pointer engine = test::make_mixed_engine();
    if (engine == nullptr) {
        return;
    }
    for_all_rings([&](const std::string& ring) {
        for (const std::size_t locals : {0U, 100U}) {
            CAPTURE(locals);
            ring_world in(*engine, ring, locals, std::size_t{64} << 10U);
            in.exhaust();
            REQUIRE(in.backtrace().size() >= 5);
            // The frames of wasm, innermost first, are those of the ring backwards.
            std::string tiers;
            for (const riser::trap_frame& frame : in.backtrace()) {
                tiers += frame.name.at(0);
            }
            std::string backwards(ring.rbegin(), ring.rend());
            std::erase(backwards, host);
            std::string around;
            while (around.size() < tiers.size() + ring.size()) {
                around += backwards;
            }
            CHECK(around.find(tiers) < ring.size());
        }
    });
}

TEST_CASE("recursion between tiers: what calls nothing has slots where recursion has almost ended") {
    const test::engine_pointer engine = test::make_mixed_engine();
    if (engine == nullptr) {
        return;
    }
    // At each depth $TIER_leaf, of 16 slots, writes them, since it has more locals than there are registers, and something is added up on the way back.
    constexpr std::string_view text = R"((module
      (memory 1)
      (func $TIER_leaf (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64) (result i64) (local i64)
        (local.set 12 (i64.const -1))
        (loop
          (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))
          (local.set 0 (i64.add (local.get 0) (i64.const 1))) (local.set 1 (i64.add (local.get 1) (i64.const 1)))
          (local.set 2 (i64.add (local.get 2) (i64.const 1))) (local.set 3 (i64.add (local.get 3) (i64.const 1)))
          (local.set 4 (i64.add (local.get 4) (i64.const 1))) (local.set 5 (i64.add (local.get 5) (i64.const 1)))
          (local.set 6 (i64.add (local.get 6) (i64.const 1))) (local.set 7 (i64.add (local.get 7) (i64.const 1)))
          (local.set 8 (i64.add (local.get 8) (i64.const 1))) (local.set 9 (i64.add (local.get 9) (i64.const 1)))
          (local.set 10 (i64.add (local.get 10) (i64.const 1))) (local.set 11 (i64.add (local.get 11) (i64.const 1)))
          (br_if 0 (i64.eqz (local.tee 12 (i64.add (local.get 12) (i64.const 1))))))
        (i64.add (local.get 0) (local.get 11)))
      (func $CALLER (export "f") (param i64) (result i64)
        (if (i64.eqz (local.get 0)) (then (return (i64.const 0))))
        (i64.add
          (i64.add (local.get 0)
            (call $TIER_leaf (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6) (i64.const 7)
              (i64.const 8) (i64.const 9) (i64.const 10) (i64.const 11) (i64.const 12)))
          (call $CALLER (i64.sub (local.get 0) (i64.const 1))))))
    )";
    for (const char* caller : {"i", "b", "s"}) {
        for (const char* leaf : {"i", "b", "s"}) {
            CAPTURE(std::string(caller));
            CAPTURE(std::string(leaf));
            const std::string module =
                test::replaced(test::replaced(std::string(text), "CALLER", caller), "TIER", leaf);
            riser::store_limits limits;
            limits.stack_bytes = small_stack;
            riser::store store(*engine, limits);
            riser::linker linker(*engine);
            const riser::module compiled = riser::module::compile(*engine, test::wat(module));
            const auto f = linker.instantiate(store, compiled).function<std::int64_t(std::int64_t)>("f");
            std::int64_t deepest = 0;
            for (std::int64_t depth = 1;; ++depth) {
                const auto sum = f.try_call(depth);
                if (!sum) {
                    break;
                }
                CHECK(*sum == depth * (depth + 1) / 2 + depth * (1 + 12 + 4));
                deepest = depth;
            }
            CHECK(deepest > 100);
        }
    }
}

TEST_CASE("recursion between tiers: the host calls back where native code has used up its stack") {
    const test::engine_pointer engine = test::make_mixed_engine();
    if (engine == nullptr) {
        return;
    }
    constexpr std::size_t stack_bytes = std::size_t{256} << 10U;
    riser::store_limits limits;
    limits.stack_bytes = stack_bytes;
    limits.nested_calls = 2000; // interpreted, they would take more than what is left below the limit
    riser::store store(*engine, limits);
    riser::linker linker(*engine);
    std::optional<riser::typed_function<void()>> enter;
    int nested = 0;
    linker.define("host", "again", [&]() -> riser::result<void> {
        ++nested;
        return enter ? enter->try_call() : riser::result<void>();
    });
    const riser::instance instance = linker.instantiate(store, riser::module::compile(*engine, test::wat(R"((module
        (import "host" "again" (func $again))
        (global $left (export "left") (mut i32) (i32.const 0))
        (func $b_down (export "down")
            (global.set $left (i32.sub (global.get $left) (i32.const 1)))
            (if (i32.eqz (global.get $left)) (then (call $again) (return)))
            (call $b_down))
        (func $i_enter (export "enter") (call $again))))")));
    const auto down = [&](std::size_t depth) {
        instance.global("left").set(riser::value(static_cast<std::int32_t>(depth)));
        return instance.function<void()>("down").try_call();
    };
    // Each takes a return address of the half that is for those whose frames have no slots.
    constexpr std::size_t depth = (2 * stack_bytes + (std::size_t{64} << 10U)) / sizeof(void*) - 32;
    CHECK(down(depth));
    CHECK_FALSE(down(depth + 64));
    enter = instance.function<void()>("enter");
    nested = 0;
    const riser::result<void> ended = down(depth);
    REQUIRE_FALSE(ended);
    CHECK(ended.error().as<riser::trap>()->kind() == riser::trap_kind::stack_exhausted);
    CHECK(nested < 20);
    enter.reset();
    CHECK(down(depth));
}

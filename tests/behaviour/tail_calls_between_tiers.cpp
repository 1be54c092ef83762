#include "engines/mixed.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "support/sanitizers.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// Tail calls of every kind between functions of any two tiers, of one instance, of two, and to the host, leave nothing on either stack;
// where the same calls are no tail calls, the stacks end soon.

namespace {

enum class kind : std::uint8_t { direct, indirect, reference };

/// How calls are written.
struct call_form {
    kind how = kind::direct;
    bool is_tail = true;

    struct callee {
        std::string name;
        std::string type;
        std::string element;   ///< its index in the table
        std::string reference; ///< an expression
    };
    [[nodiscard]] std::string operator()(const callee& to, const std::string& arguments) const {
        const std::string begin = is_tail ? "(return_call" : "(call";
        switch (how) {
        case kind::direct: return begin + " " + to.name + " " + arguments + ")";
        case kind::indirect:
            return begin + "_indirect (type " + to.type + ") " + arguments + " (i32.const " + to.element + "))";
        case kind::reference: return begin + "_ref " + to.type + " " + arguments + " " + to.reference + ")";
        }
        return {};
    }
};

// ping(n, sum) and pong(sum, n, ...) hand a count to each other until it is 0: ping returns the sum, pong -1. They have parameters in
// different numbers, of both register banks, so that frames grow and shrink with each call; each adds what its own instance's memory
// says, 1 and 2.

const std::string types = R"(
  (type $ping (func (param i32 i64) (result i64)))
  (type $pong (func (param i64 i32 f64 i64 f32) (result i64))))";

std::string ping(const std::string& name, const call_form& call, const call_form::callee& pong) {
    return "(func " + name + R"( (export "ping") (type $ping)
        (if (i32.eqz (local.get 0)) (then (return (local.get 1)))))" +
           call(pong, R"((i64.add (local.get 1) (i64.load8_u (i32.const 0))) (i32.sub (local.get 0) (i32.const 1))
        (f64.const 2.5) (i64.const 3) (f32.const 4.5))") +
           ")";
}
std::string pong(const std::string& name, const call_form& call, const call_form::callee& ping) {
    return "(func " + name + R"( (type $pong) (local i64)
        (if (i32.eqz (local.get 1)) (then (return (i64.const -1))))
        (local.set 5 (i64.trunc_f64_s (f64.sub (f64.add (local.get 2) (f64.promote_f32 (local.get 4))) (f64.const 4)))))" +
           call(ping, R"((i32.sub (local.get 1) (i32.const 1))
        (i64.add (local.get 0) (i64.add (i64.sub (local.get 5) (local.get 3)) (i64.load8_u offset=1 (i32.const 0)))))") +
           ")";
}

struct names {
    names(char first, char second)
        : ping(std::string("$") + first + "_ping"), pong(std::string("$") + second + "_pong") {}
    std::string ping;
    std::string pong;
};

std::string one_module(const names& of, const call_form& call) {
    return "(module" + types + R"((memory 1) (data (i32.const 0) "\01\02")
        (table 2 funcref) (elem (i32.const 0) func )" +
           of.ping + " " + of.pong + ")" + ping(of.ping, call, {of.pong, "$pong", "1", "(ref.func " + of.pong + ")"}) +
           pong(of.pong, call, {of.ping, "$ping", "0", "(ref.func " + of.ping + ")"}) + ")";
}

// Two modules: ping reaches the other's function by its own table or global only, pong also by an import.
std::string outer_module(const names& of, call_form call) {
    call.how = call.how == kind::direct ? kind::indirect : call.how;
    return "(module" + types + R"((memory 1) (data (i32.const 0) "\01")
        (table (export "table") 2 funcref) (elem (i32.const 0) func )" +
           of.ping + R"() (global $other (export "other") (mut (ref null $pong)) (ref.null $pong)))" +
           ping(of.ping, call, {"", "$pong", "1", "(global.get $other)"}) + ")";
}
std::string inner_module(const names& of, const call_form& call) {
    return "(module" + types + R"((import "outer" "ping" (func $ping (type $ping)))
        (import "outer" "table" (table 2 funcref))
        (import "outer" "other" (global $other (mut (ref null $pong))))
        (memory 1) (data (i32.const 0) "\00\02") (elem (i32.const 1) func )" +
           of.pong + R"() (elem declare func $ping)
        (func $i_start (global.set $other (ref.func )" +
           of.pong + "))) (start $i_start)" + pong(of.pong, call, {"$ping", "$ping", "0", "(ref.func $ping)"}) + ")";
}

/// A loop calls a function that passes the call on to the host.
std::string to_host(char first, char second, const call_form& call) {
    const std::string hop = std::string("$") + second + "_hop";
    return R"((module (type $host (func (param i64 i64) (result i64)))
        (import "host" "sum" (func $sum (type $host)))
        (table 1 funcref) (elem (i32.const 0) func $sum)
        (func $)" +
           std::string(1, first) + R"(_loop (export "loop") (param i32) (result i64) (local i64)
            (loop
                (local.set 1 (call )" +
           hop + R"( (local.get 1)))
                (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get 1))
        (func )" +
           hop + " (param i64) (result i64)" +
           call({"$sum", "$host", "0", "(ref.func $sum)"}, "(local.get 0) (i64.const 3)") + "))";
}

/// Calls `body` for all pairs of tiers and kinds of calls.
template <class Body>
void for_all(Body body) {
    for (const char first : test::mixed_tiers) {
        for (const char second : test::mixed_tiers) {
            for (const kind how : {kind::direct, kind::indirect, kind::reference}) {
                CAPTURE(first);
                CAPTURE(second);
                CAPTURE(how);
                body(first, second, how);
            }
        }
    }
}

/// A store with 4 KiB for slots and links; its native stack has 144 KiB.
struct world {
    explicit world(const riser::engine_base& of) : engine(&of), linker(of), store(of, small_stack()) {}

    [[nodiscard]] static riser::store_limits small_stack() {
        riser::store_limits limits;
        limits.stack_bytes = 4096;
        return limits;
    }
    [[nodiscard]] riser::instance instantiate(const std::string& text, const riser::imports& imports = {}) {
        modules.push_back(riser::module::compile(*engine, test::wat(text)));
        return linker.instantiate(store, modules.back(), imports);
    }
    /// How many functions run in the tiers of the letters `b` and `s`.
    [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> compiled() const {
        std::pair<std::uint64_t, std::uint64_t> sum;
        for (const riser::module& module : modules) {
            sum.first += module.tiers().at(0).functions;
            sum.second += module.tiers().at(1).functions;
        }
        return sum;
    }

    const riser::engine_base* engine;
    riser::linker linker;
    riser::store store;
    std::vector<riser::module> modules;
};

std::pair<std::uint64_t, std::uint64_t> expected(char first, char second) {
    const auto count = [&](char tier) { return std::uint64_t{first == tier} + std::uint64_t{second == tier}; };
    return {count('b'), count('s')};
}

constexpr std::int32_t million = 1'000'000;
/// A word for each would take more than ten times the native stack.
constexpr std::int32_t usual_rounds = test::is_sanitized ? million / 5 : million;
/// Of baseline code that calls baseline code.
constexpr std::int32_t many_rounds = test::is_sanitized ? million : 100 * million;

bool is_exhausted(const riser::result<std::int64_t>& outcome) {
    if (outcome) {
        return false;
    }
    const auto trap = outcome.error().as<riser::trap>();
    return trap && trap->kind() == riser::trap_kind::stack_exhausted;
}

/// Calls ping with an even count and an odd one; where its calls are no tail calls, that ends early.
void play(const riser::instance& in, std::int32_t rounds, bool is_tail) {
    const auto play = in.function<std::int64_t(std::int32_t, std::int64_t)>("ping");
    CHECK(play(10, 7) == 7 + 5 * 3);
    CHECK(play(11, 7) == -1);
    if (is_tail) {
        CHECK(play(rounds, 7) == 7 + std::int64_t{rounds} / 2 * 3);
    } else {
        CHECK(is_exhausted(play.try_call(usual_rounds, 7)));
        CHECK(play(10, 7) == 7 + 5 * 3);
    }
}

/// Plays in what `make` instantiates, for all pairs of tiers, kinds of calls, tail calls or not.
template <class Make>
void play_all(const Make& make) {
    const test::engine_pointer engine = test::make_mixed_engine();
    if (engine == nullptr) {
        return;
    }
    for_all([&](char first, char second, kind how) {
        const std::int32_t rounds = first == 'b' && second == 'b' ? many_rounds : usual_rounds;
        for (const bool is_tail : {true, false}) {
            CAPTURE(is_tail);
            world in(*engine);
            play(make(in, names(first, second), call_form{how, is_tail}), rounds, is_tail);
            CHECK(in.compiled() == expected(first, second));
        }
    });
}

} // namespace

TEST_CASE("tail calls between tiers: within an instance") {
    play_all([](world& in, const names& of, const call_form& by) { return in.instantiate(one_module(of, by)); });
}

TEST_CASE("tail calls between tiers: between two instances") {
    play_all([](world& in, const names& of, const call_form& by) {
        const riser::instance outer = in.instantiate(outer_module(of, by));
        const riser::instance inner = in.instantiate(inner_module(of, by), riser::imports().define("outer", outer));
        return outer;
    });
}

TEST_CASE("tail calls between tiers: to the host") {
    const test::engine_pointer engine = test::make_mixed_engine();
    if (engine == nullptr) {
        return;
    }
    for_all([&](char first, char second, kind how) {
        world in(*engine);
        in.linker.define("host", "sum", [](std::int64_t a, std::int64_t b) { return a + b; });
        const riser::instance instance = in.instantiate(to_host(first, second, {how, true}));
        CHECK(instance.function<std::int64_t(std::int32_t)>("loop")(usual_rounds) == std::int64_t{3} * usual_rounds);
        CHECK(in.compiled() == expected(first, second));
    });
}

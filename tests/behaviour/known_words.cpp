#include "engines/engines.hpp"
#include "riser/instance.hpp"
#include "riser/linker.hpp"
#include "riser/store.hpp"
#include "support/compared_functions.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

// The baseline compiler remembers in which register a word of memory is that was stored or loaded at a local's address, and does not load
// it again. Each function here does something on the way after which another value is there, or in the register.

namespace {

using test::replaced;

/// SET stores what is remembered, GET adds what is there to $hash. $b may be the same address as $a.
constexpr std::string_view shapes[] = {
    "SET GET GET",
    // Another store: there, beside it, across, by another local, at a computed and at a constant address.
    "SET (i32.store offset=8 (local.get $a) (local.get $y)) GET",
    "SET (i32.store offset=12 (local.get $a) (local.get $y)) (i32.store offset=4 (local.get $a) (local.get $y)) GET",
    "SET (i32.store offset=5 (local.get $a) (i32.const -1)) GET",
    "SET (i32.store offset=11 (local.get $a) (i32.const -1)) GET",
    "SET (i64.store offset=1 (local.get $a) (i64.const -1)) GET",
    "SET (i64.store offset=15 (local.get $a) (i64.const -1)) GET",
    "SET (i32.store8 offset=8 (local.get $a) (local.get $y)) GET",
    "SET (i32.store8 offset=15 (local.get $a) (local.get $y)) GET",
    "SET (i32.store16 offset=7 (local.get $a) (local.get $y)) GET",
    "SET (i64.store32 offset=8 (local.get $a) (i64.const -1)) GET",
    "SET (f32.store offset=8 (local.get $a) (f32.const 3)) GET",
    "SET (i32.store offset=8 (local.get $b) (local.get $y)) GET",
    "SET (i32.store offset=8 (i32.add (local.get $a) (i32.const 0)) (local.get $y)) GET",
    "SET (i32.store (i32.const 24) (local.get $y)) GET",
    "SET (local.set $b (local.get $a)) (i32.store offset=8 (local.get $b) (local.get $y)) GET",
    // Another type: the upper half, or bits of the other bank.
    "SET (local.set $hash (i64.add (local.get $hash) (i64.load offset=8 (local.get $a)))) GET",
    "SET (local.set $hash (i64.add (local.get $hash) (i64.extend_i32_u (i32.load8_s offset=9 (local.get $a))))) GET",
    "(i64.store offset=8 (local.get $a) (i64.const 0x1_2345_6789)) GET",
    "(i64.store32 offset=8 (local.get $a) (i64.const 0x1_2345_6789)) GET",
    "(i32.store8 offset=8 (local.get $a) (i32.const 0x12345)) GET",
    "(f32.store offset=8 (local.get $a) (f32.const -nan:0x200001)) GET",
    "(f64.store offset=8 (local.get $a) (f64.const 1.5)) GET "
    "(local.set $hash (i64.xor (local.get $hash) (i64.reinterpret_f64 (f64.load offset=8 (local.get $a)))))",
    "(i32.store offset=8 (local.get $a) (i32.const -1)) "
    "(local.set $hash (i64.add (local.get $hash) (i64.extend_i32_u (i32.load offset=8 (local.get $a)))))",
    // The address changes, also by what is loaded from it.
    "SET (local.set $a (i32.add (local.get $a) (i32.const 4))) GET",
    "SET (drop (local.tee $a (i32.add (local.get $a) (i32.const 4)))) GET",
    "(i32.store offset=8 (local.get $a) (i32.const 40)) (local.set $a (i32.load offset=8 (local.get $a))) GET",
    "(i32.store offset=8 (local.get $a) (local.get $a)) (local.set $a (i32.load offset=8 (local.get $a))) GET",
    "(local.set $a (i32.load offset=8 (local.get $a))) GET",
    // The register changes: the local whose it was, what is computed over it.
    "SET (local.set $x (i32.add (local.get $x) (i32.const 1))) GET",
    "SET (local.set $x (i32.const 1)) GET (local.set $hash (i64.add (local.get $hash) (i64.extend_i32_u (local.get "
    "$x))))",
    "SET (i32.load offset=8 (local.get $a)) (local.set $x (i32.const 9)) (local.set $y) "
    "(local.set $hash (i64.add (local.get $hash) (i64.extend_i32_u (local.get $y)))) GET",
    "(i32.store offset=8 (local.get $a) (i32.mul (local.get $x) (local.get $y))) GET GET "
    "(local.set $x (i32.shl (i32.load offset=8 (local.get $a)) (i32.const 1))) GET",
    "(i32.store offset=8 (local.get $a) (i32.mul (local.get $x) (local.get $y))) "
    "(local.set $y (i32.add (i32.load offset=8 (local.get $a)) (i32.load offset=8 (local.get $a)))) GET "
    "(local.set $hash (i64.add (local.get $hash) (i64.extend_i32_u (local.get $y))))",
    "SET (local.set $y (i32.div_u (local.get $x) (i32.const 7))) GET",
    "SET (local.set $y (i32.rem_s (i32.load offset=8 (local.get $a)) (i32.or (local.get $y) (i32.const 1)))) GET",
    "SET (local.set $y (i32.shl (local.get $x) (local.get $y))) GET",
    // The conversion of a large number changes its register.
    "(i64.store offset=8 (local.get $a) (i64.sub (i64.const 0) (i64.extend_i32_u (local.get $x)))) "
    "(local.set $hash (i64.reinterpret_f64 (f64.convert_i64_u (i64.load offset=8 (local.get $a))))) "
    "(local.set $hash (i64.add (local.get $hash) (i64.load offset=8 (local.get $a))))",
    "SET MANY GET",
    "(i32.store offset=8 (local.get $a) (i32.mul (local.get $x) (local.get $y))) MANY GET",
    // Calls, bulk operations and growing.
    "SET (call $writes (local.get $a)) GET",
    "SET (call_indirect (param i32) (local.get $a) (i32.const 0)) GET",
    "SET (memory.fill (local.get $a) (i32.const 7) (i32.const 16)) GET",
    "SET (memory.copy (local.get $a) (i32.const 0) (i32.const 16)) GET",
    "SET (memory.init $data (local.get $a) (i32.const 0) (i32.const 12)) GET",
    "SET (drop (memory.grow (i32.const 1))) GET",
    // Several ways to one place.
    "SET (if (local.get $y) (then (i32.store offset=8 (local.get $b) (i32.const 1)))) GET",
    "SET (if (local.get $y) (then GET) (else GET)) GET",
    "(if (local.get $y) (then SET) (else (i32.store offset=8 (local.get $a) (i32.const 1)))) GET",
    "(if (local.get $y) (then SET)) GET",
    "SET (block (br_if 0 (local.get $y)) (local.set $x (i32.const 3)) (i32.store offset=8 (local.get $a) (local.get "
    "$x))) GET",
    "SET (block (br_if 0 (i32.eqz (local.get $y))) (i32.store offset=8 (local.get $a) (i32.const 2)) GET) GET",
    "SET (block (block (br_table 0 1 (local.get $y))) (i32.store offset=8 (local.get $a) (i32.const 2))) GET",
    "SET (loop GET (i32.store offset=8 (local.get $a) (i32.add (local.get $y) (i32.const 5))) GET (br_if 0 ONCE)) GET",
    "SET (loop (local.set $x (i32.add (local.get $x) (i32.const 5))) GET SET (br_if 0 ONCE)) GET",
    "SET (loop GET (call $writes (local.get $a)) (br_if 0 ONCE)) GET",
    "(loop SET (local.set $a (i32.add (local.get $a) (i32.const 1))) GET (br_if 0 ONCE)) GET",
};

/// So many values at once that the registers are not enough.
std::string many_values() {
    std::string text = "(local.set $hash (i64.add (local.get $hash) ";
    for (int i = 1; i < 20; ++i) {
        text += "(i64.add (i64.load offset=" + std::to_string(8 * i) + " (local.get $b)) ";
    }
    text += "(i64.const 0)";
    text += std::string(19, ')');
    return text + "))";
}

std::string function(std::string_view shape, int b) {
    std::string text =
        "(result i64) (local $a i32) (local $b i32) (local $x i32) (local $y i32) (local $turns i32) (local $hash i64)"
        "(local.set $a (i32.load (i32.const 0))) (local.set $b (i32.const " +
        std::to_string(b) + ")) (local.set $x (i32.load (i32.const 4))) (local.set $y (i32.load (i32.const " +
        std::to_string(b) + "))) ";
    text.append(shape).append(" (local.get $hash)");
    text = replaced(text, "MANY", many_values());
    text = replaced(text, "SET", "(i32.store offset=8 (local.get $a) (local.get $x))");
    text = replaced(text, "GET",
                    "(local.set $hash (i64.add (i64.mul (local.get $hash) (i64.const 31))"
                    " (i64.extend_i32_u (i32.load offset=8 (local.get $a)))))");
    return replaced(text, "ONCE",
                    "(i32.lt_u (local.tee $turns (i32.add (local.get $turns) (i32.const 1))) (i32.const 3))");
}

constexpr const char* fields = R"((memory 1) (data (i32.const 0) "\10\00\00\00\2a\00\00\00\00\00\00\00\01\00\00\00")
  (data (i32.const 16) "the quick brown fox jumps over the lazy dog")
  (data $data "abcdefghijkl") (table funcref (elem $writes))
  (func $writes (param i32) (i32.store offset=8 (local.get 0) (i32.const 77)))
)";

/// Loads and stores at few addresses in any order, values of all types from one to the other.
class random_body {
public:
    explicit random_body(std::uint32_t seed) : random_(seed) {}

    std::string text() {
        std::string made =
            "(result i64) (local $p i32) (local $q i32) (local $r i32) (local $i i32) (local $l i64) (local $f f32)"
            " (local $d f64) (local $turns i32) (local $hash i64)"
            "(local.set $p (i32.const 16)) (local.set $q (i32.const 20)) (local.set $r (i32.const 16))"
            "(local.set $i (i32.const 5)) (local.set $l (i64.const 0x1_0000_0002)) (local.set $f (f32.const 1.5))"
            "(local.set $d (f64.const -2.5))";
        made += steps(30, 2);
        return made + hash("(local.get $l)") + hash("(i64.extend_i32_u (local.get $i))") +
               hash("(i64.reinterpret_f64 (local.get $d))") + "(local.get $hash)";
    }

private:
    std::uint32_t pick(std::uint32_t count) { return static_cast<std::uint32_t>(random_() % count); }
    std::string offset() { return " offset=" + std::to_string(4 * pick(4) + (pick(8) == 0 ? pick(4) : 0)) + " "; }
    std::string address() {
        constexpr std::string_view locals[] = {"(local.get $p)", "(local.get $p)", "(local.get $q)", "(local.get $r)"};
        return std::string(locals[pick(4)]);
    }
    std::string i32() {
        switch (pick(6)) {
        case 0: return "(i32.const " + std::to_string(pick(9)) + ")";
        case 1: return "(i32.load" + offset() + address() + ")";
        case 2: return "(i32.add (i32.load" + offset() + address() + ") (local.get $i))";
        case 3: return "(i32.load8_u" + offset() + address() + ")";
        case 4: return "(i32.div_u (local.get $i) (i32.or (i32.load" + offset() + address() + ") (i32.const 1)))";
        default: return "(local.get $i)";
        }
    }
    std::string i64() {
        switch (pick(5)) {
        case 0: return "(i64.load" + offset() + address() + ")";
        case 1: return "(i64.xor (i64.load" + offset() + address() + ") (local.get $l))";
        case 2: return "(i64.load32_s" + offset() + address() + ")";
        case 3: return "(i64.rem_u (i64.load" + offset() + address() + ") (i64.or (local.get $l) (i64.const 1)))";
        default: return "(local.get $l)";
        }
    }
    static std::string hash(const std::string& value) {
        return "(local.set $hash (i64.add (i64.mul (local.get $hash) (i64.const 31)) " + value + "))";
    }
    std::string step(std::uint32_t depth) {
        switch (pick(depth == 0 ? 17 : 21)) {
        case 0:
        case 1: return "(i32.store" + offset() + address() + i32() + ")";
        case 2: return "(i64.store" + offset() + address() + i64() + ")";
        case 3: return "(f32.store" + offset() + address() + "(local.get $f))";
        case 4:
            return "(f64.store" + offset() + address() + "(f64.add (local.get $d) (f64.load" + offset() + address() +
                   ")))";
        case 5: return "(i32.store8" + offset() + address() + i32() + ")";
        case 6: return "(i64.store32" + offset() + address() + i64() + ")";
        case 7:
        case 8: return "(local.set $i " + i32() + ")";
        case 9: return "(local.set $l " + i64() + ")";
        case 10: return hash("(i64.extend_i32_u " + i32() + ")");
        case 11: return hash(i64());
        case 12: return hash("(i64.reinterpret_f64 (f64.load" + offset() + address() + "))");
        case 13: return hash("(i64.extend_i32_u (i32.reinterpret_f32 (f32.load" + offset() + address() + ")))");
        case 14: return "(local.set $p (i32.add (i32.const 16) (i32.and " + i32() + " (i32.const 12))))";
        case 15: return "(local.set $r (local.get $p))";
        case 16: return pick(3) == 0 ? "(call $writes " + address() + ")" : hash("(i64.extend_i32_u " + i32() + ")");
        case 17: return "(if " + i32() + " (then " + steps(4, depth - 1) + "))";
        case 18: return "(if " + i32() + " (then " + steps(4, depth - 1) + ") (else " + steps(4, depth - 1) + "))";
        case 19: return "(block (br_if 0 " + i32() + ") " + steps(4, depth - 1) + ")";
        default:
            return "(loop " + steps(4, depth - 1) +
                   "(br_if 0 (i32.lt_u (local.tee $turns (i32.add (local.get $turns) (i32.const 1))) (i32.const 4))))";
        }
    }
    std::string steps(int count, std::uint32_t depth) {
        std::string made;
        for (int i = 0; i < count; ++i) {
            made += step(depth);
        }
        return made;
    }

    std::mt19937 random_;
};

} // namespace

TEST_CASE("known words: what may be there now is loaded again") {
    test::compared_functions module;
    for (const std::string_view shape : shapes) {
        for (const int b : {16, 20, 24, 400}) {
            module.add(function(shape, b));
        }
    }
    CHECK(module.difference(fields) == "");
}

TEST_CASE("known words: loads and stores in any order") {
    for (std::uint32_t first = 0; first < 10; ++first) {
        test::compared_functions module;
        for (std::uint32_t i = 0; i < 60; ++i) {
            module.add(random_body(first * 60 + i).text());
        }
        CAPTURE(first);
        CHECK(module.difference(fields) == "");
    }
}

TEST_CASE("known words: another memory may be the same one") {
    const auto engine = test::make_engine("bounds-checking", test::has_backends() ? "0" : "interpreter");
    riser::store store(*engine);
    riser::linker linker(*engine);
    const auto owner = riser::module::compile(*engine, test::wat(R"((module (memory (export "memory") 1)))"));
    riser::imports imports;
    imports.define("owner", linker.instantiate(store, owner));
    const auto module = riser::module::compile(*engine, test::wat(R"((module
            (import "owner" "memory" (memory $m 1)) (import "owner" "memory" (memory $n 1))
            (func (export "f") (param $a i32) (result i32)
              (i32.store $m (local.get $a) (i32.const 1))
              (i32.store $n (local.get $a) (i32.const 2))
              (i32.load $m (local.get $a)))
            (func (export "g") (param $a i32) (result i32)
              (i32.store $m (local.get $a) (i32.const 1))
              (memory.fill $n (local.get $a) (i32.const 3) (i32.const 4))
              (i32.load $m (local.get $a)))))"));
    const auto instance = linker.instantiate(store, module, imports);
    CHECK(instance.function<std::int32_t(std::int32_t)>("f")(8) == 2);
    CHECK(instance.function<std::int32_t(std::int32_t)>("g")(8) == 0x03030303);
}

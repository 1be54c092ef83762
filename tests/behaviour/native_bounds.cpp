#include "support/compared_functions.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

// The baseline compiler leaves out the comparison of an access where another at the same local has found more of it in bounds, on all
// ways there. Each function here does something on the way after which that is no longer so, or only for fewer bytes.

namespace {

using test::compared_functions;
using test::replaced;

/// LESS and MORE are accesses at $a, of a byte and of four; MOVE makes $a lie beyond all.
constexpr std::string_view shapes[] = {
    // What one way has found the other has not.
    "(if (local.get $c) (then MORE)) MORE",
    "(if (local.get $c) (then MORE) (else MORE)) MORE",
    "(if (local.get $c) (then LESS) (else MORE)) MORE",
    "(if (local.get $c) (then MORE) (else LESS)) MORE",
    "LESS (if (local.get $c) (then MORE)) MORE",
    "(if (local.get $c) (then MORE (return (i32.const 1)))) MORE",
    "(block (br_if 0 (local.get $c)) MORE) MORE",
    "(block MORE (br_if 0 (local.get $c)) MOVE MORE) MORE",
    "(block LESS (br_if 0 (local.get $c)) MORE) MORE",
    "(block (block (br_table 0 1 (local.get $c))) MORE) MORE",
    "(block (block MORE (br_table 0 1 (local.get $c))) MOVE) MORE",
    "(if (local.get $c) (then MORE MOVE) (else MORE)) MORE",
    "(if (local.get $c) (then MORE) (else MORE MOVE)) MORE",
    "MORE (if (local.get $c) (then MOVE)) MORE",
    "MORE (if (local.get $c) (then MOVE (return (i32.const 1)))) MORE",
    // Another address is in the local.
    "MORE MOVE MORE",
    "MORE (drop TEE) MORE",
    "MORE (drop (i32.load8_u TEE)) MORE",
    "MORE (i32.store8 TEE (i32.const 1))",
    "LESS MORE",
    "LESS (drop (i32.load16_u OFFSET (local.get $a)))",
    "MORE LESS (local.set $b (i32.add (local.get $a) (i32.const 4))) (drop (i32.load (local.get $b)))",
    "MORE (local.set $b (local.get $a)) MOVE (drop (i32.load (local.get $b))) MORE",
    "(local.get $a) MORE MOVE (drop (i32.load)) MORE",
    // A loop sets it behind the access, in itself, in another one, on one way.
    "MORE (loop MORE MOVE (br_if 0 ONCE))",
    "MORE (loop MORE (drop TEE) (br_if 0 ONCE))",
    "MORE (loop MORE (loop MOVE (br_if 0 (i32.eqz (i32.const 1)))) (br_if 0 ONCE))",
    "MORE (loop (loop MORE (br_if 0 (i32.eqz (i32.const 1)))) MOVE (br_if 0 ONCE))",
    "MORE (loop MORE (if (local.get $c) (then MOVE)) (br_if 0 ONCE))",
    "MORE (loop (if (local.get $c) (then MORE)) MOVE (br_if 0 ONCE)) (drop (i32.load8_u (local.get $b)))",
    "(loop LESS (if (local.get $c) (then MORE)) (br_if 0 ONCE)) MORE",
    "MORE (loop MANY MORE MOVE (br_if 0 ONCE))",
    // Other locals are found in bounds meanwhile.
    "MORE (drop (i32.load offset=100 (local.get $b))) MOVE (drop (i32.load (local.get $b))) MORE",
    "LESS OTHERS MORE",
    "MORE OTHERS MOVE MORE",
    // The memory grows, and may move.
    "MORE (drop (memory.grow (i32.const 1))) MORE MOVE MORE",
    "MORE (drop (memory.grow (i32.const 1))) (i32.store (local.get $a) (i32.const 5)) MORE",
};

/// With bytes in front of the memory's end, which is where neighbours begin that fault.
std::string function(std::string_view shape, int before_end, int condition, std::string_view offset) {
    std::string many;
    for (int i = 0; i < 1100; ++i) { // more uses than the compiler looks at
        many += "(local.set $b (local.get $b))";
    }
    std::string others;
    for (int i = 0; i < 8; ++i) {
        others += "(drop (i32.load8_u (local.get " + std::to_string(i) + ")))";
    }
    std::string text =
        "(result i32) (local i32 i32 i32 i32 i32 i32 i32 i32) (local $a i32) (local $b i32) (local $c i32)"
        "(local $once i32) (local.set $a (i32.const " +
        std::to_string(65'536 - before_end) + ")) (local.set $c (i32.const " + std::to_string(condition) + "))" +
        std::string(shape) + "(i32.const 7)";
    text = replaced(replaced(text, "MANY", many), "OTHERS", others);
    text = replaced(text, "ONCE", "(i32.eq (i32.const 1) (local.tee $once (i32.add (i32.const 1) (local.get $once))))");
    text = replaced(text, "MOVE", "(local.set $a (i32.const 0x3ffff))");
    text = replaced(text, "TEE", "(local.tee $a (i32.const 0x3ffff))");
    text = replaced(text, "LESS", "(drop (i32.load8_u OFFSET (local.get $a)))");
    text = replaced(text, "MORE", "(drop (i32.load OFFSET (local.get $a)))");
    return replaced(text, "OFFSET", offset);
}

} // namespace

TEST_CASE("native bounds: what is known of an address does not outlive what it was known from") {
    for (const std::string_view shape : shapes) {
        compared_functions module;
        for (const int before_end : {0, 1, 3, 4, 5, 100}) {
            for (const int condition : {0, 1}) {
                module.add(function(shape, before_end, condition, ""));
                module.add(function(shape, before_end + 8, condition, "offset=8"));
            }
        }
        CAPTURE(shape);
        CHECK(module.difference("(memory 1 2)") == "");
    }
}

TEST_CASE("native bounds: the last byte of a memory is in bounds and the next is not, of each memory and width") {
    constexpr std::string_view accesses[] = {
        "(drop (i32.load8_u PLACE))",      "(drop (i32.load16_u PLACE))",      "(drop (i32.load PLACE))",
        "(drop (i64.load PLACE))",         "(i64.store PLACE (i64.const -1))", "(i32.store16 PLACE (i32.const 5))",
        "(f64.store PLACE (f64.const 5))",
    };
    constexpr std::string_view memories[] = {"$first", "$second", "$long", "$bytes"};
    compared_functions module;
    for (const std::string_view access : accesses) {
        for (const std::string_view memory : memories) {
            for (const std::string_view offset : {"", "offset=1", "offset=4096", "offset=0xffffffff"}) {
                for (int before_end = -1; before_end <= 9; ++before_end) {
                    const std::string type = memory == "$long" ? "i64" : "i32";
                    const int end = memory == "$bytes" ? 100 : 65'536;
                    const int first = end - before_end -
                                      (offset == "offset=1"      ? 1
                                       : offset == "offset=4096" ? 4096
                                                                 : 0);
                    const std::string constant = "(" + type + ".const " + std::to_string(first) + ")";
                    const std::string place = std::string(memory).append(" ").append(offset);
                    module.add("(local $a " + type + ") (local.set $a " + constant + ")" +
                               replaced(std::string(access), "PLACE", place + " (local.get $a)"));
                    module.add(replaced(std::string(access), "PLACE", place + " " + constant));
                }
            }
        }
    }
    for (const std::string_view access : accesses) { // a sum that is in bounds again
        for (const std::string_view offset : {"offset=8", "offset=4096", "offset=0x100000000"}) {
            for (const std::string_view address : {"-1", "-8", "-4000"}) {
                const std::string place = std::string("$long ").append(offset) + " (local.get $a)";
                module.add("(local $a i64) (local.set $a (i64.const " + std::string(address) + "))" +
                           replaced(std::string(access), "PLACE", place));
            }
        }
    }
    CHECK(module.difference(R"(
        (memory $first (export "m0") 1)
        (memory $second (export "m1") 1)
        (memory $long (export "m2") i64 1)
        (memory $bytes (export "m3") 100 (pagesize 1)))") == "");
}

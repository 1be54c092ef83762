#include "support/compared_functions.hpp"

#include <doctest/doctest.h>

#include <string>

// A select between two floats that a comparison of such is in front of needs no jump in native code, and no comparison where it is a
// minimum or a maximum. Whatever is compared, and whatever is chosen from, the bits are those that the interpreter chooses.

namespace {

/// NaNs of both signs, one of them signaling, and all numbers that comparisons tell apart or do not.
const std::string values_of_f32 =
    R"("\00\00\c0\7f\01\00\80\ff\00\00\80\7f\00\00\80\ff\00\00\00\00\00\00\00\80\01\00\00\00\00\00\80\3f\00\00\80\bf")";
const std::string values_of_f64 =
    R"("\00\00\00\00\00\00\f8\7f\01\00\00\00\00\00\f0\ff\00\00\00\00\00\00\f0\7f\00\00\00\00\00\00\f0\ff\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\80)"
    R"(\01\00\00\00\00\00\00\00\00\00\00\00\00\00\f0\3f\00\00\00\00\00\00\f0\bf")";

/// All pairs x and y of nine values, and what `chosen` makes of each.
constexpr std::string_view all_pairs = R"((result i64) (local $x TYPE) (local $y TYPE) (local $v TYPE) (local $w TYPE)
  (local $i i32) (local $j i32) (local $hash i64)
  (loop $rows
    (local.set $j (i32.const 0))
    (loop $columns
      (local.set $x (TYPE.load (local.get $i)))
      (local.set $y (TYPE.load (local.get $j)))
      (local.set $w (CHOSEN))
      (local.set $v (CHOSEN))
      (local.set $hash (i64.add (i64.mul (local.get $hash) (i64.const 31)) BITS(local.get $w)END))
      (local.set $hash (i64.add (i64.mul (local.get $hash) (i64.const 31)) BITS(CHOSEN)END))
      (local.set $hash (i64.xor (local.get $hash) BITS(local.get $v)END))
      (br_if $columns (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const SIZE))) (i32.const END_OF_VALUES))))
    (br_if $rows (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const SIZE))) (i32.const END_OF_VALUES))))
  (local.get $hash))";

/// Where an operand comes from: a local, a register of its own, constants of all kinds.
constexpr std::string_view operands[] = {
    "(local.get $x)",  "(local.get $y)", "(TYPE.load (local.get $i))", "(TYPE.load (local.get $j))", "(TYPE.const 0)",
    "(TYPE.const -0)", "(TYPE.const 1)", "(TYPE.const -nan:PAYLOAD)",  "(TYPE.neg (local.get $x))",
};
constexpr std::string_view comparisons[] = {"eq", "ne", "lt", "le", "gt", "ge"};

std::string difference_of(const std::string& type) {
    const bool is_f32 = type == "f32";
    test::compared_functions module;
    for (const std::string_view comparison : comparisons) {
        for (const std::string_view left : {operands[0], operands[2], operands[6], operands[8]}) {
            for (const std::string_view right : {operands[1], operands[3], operands[4], operands[6]}) {
                for (const std::string_view first : operands) {
                    for (const std::string_view second : operands) {
                        std::string all = "select ";
                        all.append(first).append(second);
                        all.append("(TYPE.").append(comparison).append(left).append(right).append(")");
                        std::string text = test::replaced(std::string(all_pairs), "CHOSEN", all);
                        text = test::replaced(text, "END_OF_VALUES", is_f32 ? "36" : "72");
                        text = test::replaced(text, "END", is_f32 ? "))" : ")");
                        text = test::replaced(
                            text, "BITS", is_f32 ? "(i64.extend_i32_u (i32.reinterpret_f32 " : "(i64.reinterpret_f64 ");
                        text = test::replaced(text, "SIZE", is_f32 ? "4" : "8");
                        text = test::replaced(text, "PAYLOAD", is_f32 ? "0x7fffff" : "0xfffffffffffff");
                        module.add(test::replaced(text, "TYPE", type));
                    }
                }
            }
        }
    }
    return module.difference("(memory 1) (data (i32.const 0) " + (is_f32 ? values_of_f32 : values_of_f64) + ")");
}

} // namespace

TEST_CASE("float selects: what a comparison chooses has the same bits in all tiers, f32") {
    CHECK(difference_of("f32") == "");
}
TEST_CASE("float selects: what a comparison chooses has the same bits in all tiers, f64") {
    CHECK(difference_of("f64") == "");
}

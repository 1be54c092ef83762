#include "support/compared_functions.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

// Where the baseline compiler keeps operands and locals: shapes that ordinary code has seldom, each found to be missing when the compiler was
// broken on purpose. What interpreted and native functions compute is compared, and so is what they do as they rise in the middle.

namespace {

using test::compared_functions;
using test::replaced;

struct number_type {
    std::string name;
    std::string constant; ///< that has bits in both halves
    std::string as_i64;   ///< begin of an expression that shows all bits of one
};
const std::vector<number_type> number_types = {
    {"i32", "0x89abcdef", "(i64.extend_i32_u "},
    {"i64", "0x8123456789abcdef", "(i64.add (i64.const 0) "},
    {"f32", "-1.5", "(i64.extend_i32_u (i32.reinterpret_f32 "},
    {"f64", "-0x1.23456789abcp+77", "(i64.reinterpret_f64 "},
};
std::string bits_of(const number_type& type, const std::string& value) {
    return type.as_i64 + value + (type.name == "f32" ? "))" : ")");
}

} // namespace

TEST_CASE("native values: an operand that waits below a block keeps its value when the block sets its local") {
    // Before it other operands have waited, which are gone by an operator, or by a branch.
    constexpr std::string_view popped = R"(
      (local.get $x) (local.get $x)
      (block (br_if 0 (local.get $c)))
      (drop) (drop))";
    constexpr std::string_view left = R"(
      (block
        (local.get $x) (local.get $x)
        (block (br_if 0 (local.get $c)))
        (br 0)))";
    // Who leaves the block early finds the operand where those look for it who come to its end.
    constexpr std::string_view waiting = R"((result i64) (local $x TYPE) (local $c i32)
      (call $take (i64.const 0x5555555555555555)) ;; by way of the operand's slot
      (local.set $x (TYPE.const VALUE))
      (local.set $c (i32.const CONDITION))
      BEFORE
      (local.get $x)
      (block (br_if 0 (local.get $c)) (local.set $x (TYPE.const 7)))
      (local.set $x))";
    compared_functions module;
    for (const number_type& type : number_types) {
        for (const std::string_view before : {popped, left}) {
            for (const char* condition : {"0", "1"}) {
                std::string text = replaced(std::string(waiting), "BEFORE", before);
                text = replaced(replaced(text, "TYPE", type.name), "VALUE", type.constant);
                module.add(replaced(text, "CONDITION", condition) + bits_of(type, "(local.get $x)"));
            }
        }
    }
    CHECK(module.difference("(func $take (param i64))") == "");
}

TEST_CASE("native values: operands that wait keep the value that their local had") {
    // What is set, and where it comes from: nowhere, a register of its own, one that is the local's at once, another local, memory.
    constexpr std::string_view values[] = {
        "(TYPE.const 7)",
        "(TYPE.add (TYPE.mul (local.get $y) (TYPE.const 3)) (TYPE.const 5))",
        "(TYPE.add (local.get $y) (TYPE.const 5))",
        "(TYPE.add (local.get $x) (TYPE.const 5))",
        "(local.get $y)",
        "(TYPE.load (i32.const 8))",
        "(block (result TYPE) (br_if 0 (TYPE.const 9) (local.get $one)))",
        "(select (local.get $x) (TYPE.const 5) (i32.eqz (local.get $one)))",
    };
    compared_functions module;
    for (const number_type& type : number_types) {
        for (const std::string_view value : values) {
            for (int waiting = 1; waiting <= 3; ++waiting) {
                for (const char* set : {"(local.set $x VALUE)", "(drop (local.tee $x VALUE))"}) {
                    std::string text = "(result i64) (local $x TYPE) (local $y TYPE) (local $one i32) (local $sum i64)"
                                       "(local.set $x (TYPE.const " +
                                       type.constant +
                                       ")) (local.set $y (TYPE.const 3)) (local.set $one (i32.const 1))";
                    std::string seen = "(local.set $sum " + bits_of(type, "(local.get $x)") + ")";
                    for (int i = 0; i < waiting; ++i) {
                        text += "(local.get $x)";
                        seen += "(local.set $x) (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31)) " +
                                bits_of(type, "(local.get $x)") + "))";
                    }
                    text += replaced(set, "VALUE", value) + seen + "(local.get $sum)";
                    module.add(replaced(text, "TYPE", type.name));
                }
            }
        }
    }
    CHECK(module.difference("(memory 1) (data (i32.const 8) \"\\01\\02\\03\\04\\05\\06\\07\\40\")") == "");
}

TEST_CASE("native values: an operator that needs a certain register moves away what is there") {
    // Divisions use rax, rotations rcx, calls by table rdi. Values of i64 with two halves are in all of the first registers.
    constexpr std::string_view operators[] = {
        "(i64.div_s X Y)",
        "(i64.div_u X Y)",
        "(i64.rem_s X Y)",
        "(i64.rem_u X Y)",
        "(i64.rotl X Y)",
        "(i64.rotr X Y)",
        "(i64.shl X Y)",
        "(i64.extend_i32_u (i32.rotl (i32.wrap_i64 X) (i32.wrap_i64 Y)))",
        "(i64.extend_i32_u (i32.div_u (i32.wrap_i64 X) (i32.wrap_i64 Y)))",
        "(call_indirect (param i64 i64) (result i64) X Y (i32.wrap_i64 (i64.and Y (i64.const 1))))",
        "(call_ref $binary X Y (ref.func $sub))",
    };
    // An operand is a local in a register, one in memory, or has a register of its own.
    constexpr std::string_view operands[] = {"(local.get $0)", "(local.get $1)", "(local.get $2)", "(local.get $LAST)",
                                             "(i64.or (local.get $1) (i64.const 1))"};
    compared_functions module;
    for (const std::string_view op : operators) {
        for (const int count : {4, 12}) {
            for (const std::string_view x : operands) {
                for (const std::string_view y : operands) {
                    std::string text = "(result i64)";
                    std::string begin;
                    std::string sum = replaced(replaced(std::string(op), "X", x), "Y", y);
                    for (int i = 0; i < count; ++i) {
                        const std::string name = "$" + std::to_string(i);
                        text += " (local " + name + " i64)";
                        begin += "(local.set " + name + " (i64.add (global.get $wide) (i64.const " +
                                 std::to_string(1000 * i) + ")))";
                        sum += "(i64.mul (i64.const 31)) (i64.add (local.get " + name + "))";
                    }
                    // Operands below wait in registers, too.
                    text += begin + "(i64.mul (local.get $0) (i64.const 3)) (i64.mul (local.get $1) (i64.const 5))" +
                            sum + "(i64.xor) (i64.xor)";
                    module.add(replaced(text, "$LAST", "$" + std::to_string(count - 1)));
                    // Who leaves the block says where they are; who comes to its end brings them there.
                    std::string sets;
                    for (int i = 0; i < count; ++i) {
                        sets += replaced(
                            "(local.set $I (i64.sub (i64.mul (local.get $I) (i64.const 0x300000001)) (i64.const 1)))",
                            "$I", "$" + std::to_string(i));
                    }
                    const std::string once = replaced(replaced(std::string(op), "X", x), "Y", y);
                    text = replaced(text, "(local $0 i64)", "(local $zero i32) (local $0 i64)");
                    text = replaced(text, sum,
                                    "(block (drop " + once + ") (br_if 0 (local.get $zero)) " + sets + ")" + sum);
                    module.add(replaced(text, "$LAST", "$" + std::to_string(count - 1)));
                }
            }
        }
    }
    CHECK(module.difference(R"(
        (type $binary (func (param i64 i64) (result i64)))
        (global $wide (mut i64) (i64.const 0x7654321089abcdef))
        (table funcref (elem $add $sub))
        (func $add (type $binary) (i64.add (local.get 0) (local.get 1)))
        (func $sub (type $binary) (i64.sub (local.get 0) (local.get 1))))") == "");
}

TEST_CASE("native values: rotations by constants have their value where it is") {
    // A local in a register, one that lies in its slot, an operand in a register, one in its slot, one that the result overwrites, a constant.
    constexpr std::string_view values[] = {
        "(local.set $y (TYPE.rotl (local.get $x) (TYPE.const COUNT)))",
        "(call $nothing) (local.set $y (TYPE.rotl (local.get $x) (TYPE.const COUNT)))",
        "(local.set $y (TYPE.rotl (TYPE.add (local.get $x) (TYPE.const 3)) (TYPE.const COUNT)))",
        "(TYPE.add (local.get $x) (TYPE.const 3)) (call $nothing) (local.set $y (TYPE.rotl (TYPE.const COUNT)))",
        "(local.set $x (TYPE.rotl (local.get $x) (TYPE.const COUNT)))",
        "(local.set $y (TYPE.rotl (TYPE.const VALUE) (TYPE.const COUNT)))",
    };
    compared_functions module;
    for (std::size_t i = 0; i < 2; ++i) {
        for (const std::string_view value : values) {
            for (const char* count : {"0", "1", "7", "31", "32", "33", "63", "64", "-1"}) {
                for (const char* way : {"rotl", "rotr"}) {
                    std::string text =
                        "(result i64 i64) (local $x TYPE) (local $y TYPE) (local.set $x (TYPE.const VALUE))" +
                        std::string(value) + bits_of(number_types[i], "(local.get $x)") +
                        bits_of(number_types[i], "(local.get $y)");
                    text = replaced(replaced(text, "COUNT", count), "rotl", way);
                    module.add(
                        replaced(replaced(text, "TYPE", number_types[i].name), "VALUE", number_types[i].constant));
                }
            }
        }
    }
    CHECK(module.difference("(func $nothing)") == "");
}

TEST_CASE("native values: locals that change their registers in a loop's turn get them back") {
    // Setting a local renames a register, so that after several sets each may be in one that another had: cycles.
    constexpr int most = 5;
    compared_functions module;
    for (const number_type& type : number_types) {
        for (int count = 2; count <= most; ++count) {
            for (int sets = count; sets <= 3 * count; ++sets) {
                std::string text = "(result i64) (local $turn i32) (local $sum i64)";
                std::string begin;
                std::string end;
                for (int i = 0; i < count; ++i) {
                    const std::string name = "$x" + std::to_string(i);
                    text += " (local " + name + " " + type.name + ")";
                    begin += "(local.set " + name + " (" + type.name + ".const " + type.constant + "))";
                    end += "(local.set $sum (i64.mul (i64.xor (local.get $sum) " +
                           bits_of(type, "(local.get " + name + ")") + ") (i64.const 0x9e3779b97f4a7c15)))";
                }
                text += begin + "(loop";
                for (int i = 0; i < sets; ++i) {
                    const std::string name = "$x" + std::to_string(i % count);
                    const std::string step = "(" + type.name + ".const " + std::to_string(3 + 2 * i) + ")";
                    text += "(local.set " + name + " (" + type.name + ".add (" + type.name + ".mul (local.get " + name +
                            ") " + step + ") " + step + "))";
                }
                text += "(br_if 0 (i32.lt_u (local.tee $turn (i32.add (local.get $turn) (i32.const 1))) "
                        "(i32.const 9))))";
                module.add(text + end + "(local.get $sum)");
            }
        }
    }
    CHECK(module.difference() == "");
}

TEST_CASE("native values: a br_table that carries a value keeps it where no register is free") {
    // Registers are taken away in turn. Each number of locals that are set behind the value makes it another one's.
    constexpr int before = 12;
    constexpr int most = 14;
    compared_functions module;
    for (int behind = 0; behind < most; ++behind) {
        for (const int index : {0, 1, 5}) {
            std::string text = "(result i32)";
            std::string sum = "(i32.const 0)";
            std::string sets[2];
            for (int i = 0; i < before + behind; ++i) {
                const std::string number = std::to_string(i);
                text += " (local $x" + number + " i32)";
                sets[i < before ? 0 : 1] +=
                    "(local.set $x" + number + " (i32.mul (global.get $seven) (i32.const 1" + number + ")))";
                sum = "(i32.mul (i32.const 31) (i32.add " + sum + " (local.get $x" + number + ")))";
            }
            text += sets[0];
            text += "(block $a (result i32) (block $b (result i32) (i32.mul (global.get $seven) (i32.const 1001))";
            text += sets[1] + "(br_table $a $b $a (i32.xor (global.get $seven) (i32.const " +
                    std::to_string(7 ^ index) + ")))) (i32.const 5) (i32.add))";
            module.add(text + sum + "(i32.add)");
        }
    }
    CHECK(module.difference("(global $seven (mut i32) (i32.const 7))") == "");
}

TEST_CASE("native values: all ways to a label agree on registers, those of a br_table too") {
    // Someone leaves early; who comes later has other locals in registers, in other ones, and brings values that lie elsewhere.
    constexpr std::string_view results[] = {"", "(result i64)", "(result i64 i64)"};
    constexpr std::string_view values[] = {"", "(i64.const 5)", "(i64.const 5) (local.get $0)"};
    constexpr std::string_view others[] = {"", "(i64.mul (local.get $1) (i64.const 3))", "(call $two (local.get $2))"};
    constexpr std::string_view ways[] = {
        "(br_if $a VALUES (local.get $c)) DROPS BODY OTHERS (br $a)",
        "BODY (br_if $a VALUES (local.get $c)) DROPS (local.set $0 (i64.const 77)) OTHERS",
        "(br_if $a VALUES (local.get $c)) DROPS BODY (br_table $a $b $a $a OTHERS (local.get $d))",
        "(br_if $b VALUES (local.get $c)) DROPS BODY (br_table $a $b $b $a OTHERS (local.get $d))",
        "BODY (br_table $b $a $a $b OTHERS (local.get $d))",
        "(br_if $b OTHERS (local.get $d)) DROPS BODY (i64.const 1) (call $two (i64.const 2)) OTHERS (br $a)",
        "(if $i RESULT (local.get $c) (then BODY VALUES) (else (br_table $a $b $i VALUES (local.get $d))))",
        "(if $i RESULT (local.get $c) (then OTHERS) (else BODY VALUES (br_if $a (local.get $d))))",
    };
    constexpr int locals = 4;
    compared_functions module;
    const auto add = [&](std::size_t count, std::string_view way, int turns, std::string_view c, std::string_view d) {
        std::string body;
        for (int i = 0; i < turns; ++i) {
            const std::string name = "$" + std::to_string(i % locals);
            body += "(local.set " + name + " (i64.add (i64.mul (local.get " + name + ") (i64.const 7)) (i64.const 3)))";
        }
        constexpr std::string_view added = "(local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31))";
        std::string text = "(block $a RESULT (block $b RESULT " + std::string(way) + ") (local.set $0 (i64.const 99)))";
        for (std::size_t i = 0; i < count; ++i) {
            text += std::string("(local.set $top)").append(added) + "(local.get $top)))";
        }
        for (int i = 0; i < locals; ++i) {
            text += std::string(added) + "(local.get $" + std::to_string(i) + ")))";
        }
        text = replaced(replaced(text, "BODY", body), "OTHERS", others[count]);
        text = replaced(replaced(text, "VALUES", values[count]), "RESULT", results[count]);
        text = replaced(text, "DROPS", count == 0 ? "" : count == 1 ? "(drop)" : "(drop) (drop)");
        module.add("(result i64) (local $0 i64) (local $1 i64) (local $2 i64) (local $3 i64) (local $c i32)"
                   "(local $d i32) (local $top i64) (local $sum i64)"
                   "(local.set $0 (i64.const 0x123456789)) (local.set $1 (i64.const 0x987654321))"
                   "(local.set $c (i32.const " +
                   std::string(c) + ")) (local.set $d (i32.const " + std::string(d) + "))" + text + "(local.get $sum)");
    };
    for (std::size_t count = 0; count < std::size(results); ++count) {
        for (const std::string_view way : ways) {
            for (const int turns : {1, 5, 12}) {
                for (const std::string_view c : {"0", "1"}) {
                    for (const std::string_view d : {"0", "1", "9"}) {
                        add(count, way, turns, c, d);
                    }
                }
            }
        }
    }
    CHECK(module.difference(R"((func $two (param i64) (result i64 i64)
        (i64.add (local.get 0) (i64.const 1)) (i64.add (local.get 0) (i64.const 2))))") == "");
}

TEST_CASE("native values: an operand that is a local is whole behind an operator whose result another local gets") {
    struct operators {
        std::string_view type;
        std::vector<std::string_view> unary;
        std::vector<std::string_view> binary;
    };
    const std::vector<std::string_view> of_integers = {"add",   "sub",   "mul",  "and",  "or",    "xor",  "shl",
                                                       "shr_s", "shr_u", "rotl", "rotr", "div_s", "rem_u"};
    const std::vector<std::string_view> of_floats = {"add", "sub", "mul", "div", "min", "max", "copysign"};
    const std::vector<std::string_view> of_one_float = {"abs", "neg", "sqrt", "ceil", "floor", "trunc", "nearest"};
    const std::vector<operators> all = {
        {"i32", {"clz", "ctz", "popcnt", "extend8_s"}, of_integers},
        {"i64", {"clz", "ctz", "popcnt", "extend32_s"}, of_integers},
        {"f32", of_one_float, of_floats},
        {"f64", of_one_float, of_floats},
    };
    // In one register or in two, in none, in one of their own.
    constexpr std::string_view operands[] = {"(local.get $a)", "(local.get $b)", "(TYPE.const 3)",
                                             "(TYPE.add (local.get $a) (TYPE.const 1))"};
    compared_functions module;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto add = [&](const std::string& expression) {
            for (const std::string_view set : {"$a", "$b"}) {
                std::string text = "(result i64) (local $a TYPE) (local $b TYPE)"
                                   "(local.set $a (TYPE.const -77)) (local.set $b (TYPE.const 5)) (local.set " +
                                   std::string(set) + " " + expression + ")(i64.xor (i64.mul (i64.const 31) " +
                                   bits_of(number_types[i], "(local.get $a)") + ") " +
                                   bits_of(number_types[i], "(local.get $b)") + ")";
                module.add(replaced(text, "TYPE", all[i].type));
            }
        };
        const std::string type = "(" + std::string(all[i].type) + ".";
        for (const std::string_view x : operands) {
            for (const std::string_view op : all[i].unary) {
                add(type + std::string(op).append(" ").append(x) + ")");
            }
            for (const std::string_view y : operands) {
                for (const std::string_view op : all[i].binary) {
                    add(type + std::string(op).append(" ").append(x).append(" ").append(y) + ")");
                }
            }
        }
    }
    constexpr std::string_view conversions[] = {"f64.convert_i64_u", "f32.convert_i64_u", "f64.convert_i64_s",
                                                "f32.convert_i64_s", "f64.reinterpret_i64"};
    for (const std::string_view conversion : conversions) {
        module.add("(result i64 " + std::string(conversion.substr(0, 3)) + ") (local $a i64)" +
                   "(local.set $a (i64.const 0x8123456789abcdef)) (" + std::string(conversion) +
                   " (local.get $a)) (local.get $a) (call $swap_" + std::string(conversion.substr(0, 3)) + ")");
    }
    CHECK(module.difference(R"(
        (func $swap_f32 (param f32 i64) (result i64 f32) (local.get 1) (local.get 0))
        (func $swap_f64 (param f64 i64) (result i64 f64) (local.get 1) (local.get 0)))") == "");
}

TEST_CASE("native values: a local that was set on one way alone is zero on the others, whatever lay in its slot") {
    constexpr std::string_view shapes[] = {
        "(local.get $x)",
        "(if (local.get $c) (then (local.set $x (i64.const 5)))) (local.get $x)",
        "(if (result i64) (local.get $c) (then (local.tee $x (i64.const 5))) (else (local.get $x)))",
        "(if (local.get $c) (then (local.set $y (i64.const 5))) (else (local.set $x (i64.const 6)))) "
        "(i64.add (local.get $x) (local.get $y))",
        "(block (br_if 0 (local.get $c)) (local.set $x (i64.const 5))) (local.get $x)",
        "(block (block (br_table 0 1 (local.get $c))) (local.set $x (i64.const 5))) (local.get $x)",
        "(block (if (local.get $c) (then (local.set $x (i64.const 5)) (br 1)))) (local.get $x)",
        "(loop (br_if 0 (i64.lt_s (local.tee $x (i64.add (local.get $x) (i64.const 1))) (i64.const 4)))) (local.get "
        "$x)",
        "(block (br_on_null 0 (ref.null func)) (drop) (local.set $x (i64.const 5))) (local.get $x)",
    };
    constexpr int locals = 40; // more than are zeroed one by one
    std::string declared = "(local $c i32) (local $x i64) (local $y i64)";
    std::string fill = declared;
    std::string many = declared;
    for (int i = 0; i < locals; ++i) {
        many += " (local $" + std::to_string(i) + " i64)";
    }
    fill = many + "(local.set $c (i32.const -1)) (local.set $x (i64.const -1)) (local.set $y (i64.const -1))";
    std::string sum = "(i64.const 0)";
    for (int i = 0; i < locals; ++i) {
        fill += "(local.set $" + std::to_string(i) + " (i64.const -1))";
        sum += "(i64.or (local.get $" + std::to_string(i) + "))";
    }
    fill += "(call $nothing)"; // what is in registers goes to its slot
    compared_functions module;
    const auto add = [&](const std::string& function) {
        module.add(fill);
        module.add(function);
    };
    for (const std::string_view shape : shapes) {
        for (const std::string_view c : {"0", "1"}) {
            add("(result i64) " + declared + "(local.set $c (i32.const " + std::string(c) + "))" + std::string(shape));
        }
    }
    add("(result i64) " + many + sum);
    CHECK(module.difference("(func $nothing)") == "");
}

TEST_CASE(
    "native values: an i32 leaves nothing of a wider value where its register is taken for an address or an i64") {
    // What makes an i32, on the way to one that is small where that is possible.
    const std::vector<std::string> makers = {
        "(i32.wrap_i64 (local.get $wide))",
        "(i32.wrap_i64 (i64.add (local.get $wide) (i64.const 0x100000001)))",
        "(i32.wrap_i64 (i64.load (i32.const 8)))",
        "(i32.wrap_i64 (call $give_wide))",
        "(call $wrap (local.get $wide))",
        "(call_indirect (param i64) (result i32) (local.get $wide) (i32.const 0))",
        "(call $host)",
        "(global.get $global)",
        "(i32.const -8)",
        "(i32.load8_s (i32.const 15))",
        "(i32.load16_s (i32.const 14))",
        "(i32.load (i32.const 8))",
        "(i32.sub (i32.const 3) (local.get $small))",
        "(i32.div_s (i32.const -100) (local.get $small))",
        "(i32.rem_s (i32.const -100) (local.get $small))",
        "(i32.shr_s (i32.const -1000) (local.get $small))",
        "(i32.shl (local.get $small) (i32.const 31))",
        "(i32.rotr (local.get $small) (local.get $small))",
        "(i32.mul (i32.const -3) (local.get $small))",
        "(i32.extend8_s (i32.const 200))",
        "(i32.trunc_f64_s (f64.const -3))",
        "(i32.trunc_f64_u (f64.const 4e9))",
        "(i32.trunc_sat_f32_s (f32.const -1e20))",
        "(i32.reinterpret_f32 (f32.const -1))",
        "(f32.demote_f64 (f64.const -1.1)) (drop (call $give_wide)) (i32.reinterpret_f32)",
        "(i32.clz (local.get $small))",
        "(i64.gt_s (local.get $wide) (i64.const 0))",
        "(i32.xor (local.get $small) (i32.const -1))",
        "(memory.grow (i32.const 100))",
    };
    // How it gets on.
    const std::vector<std::string> ways = {
        "VALUE",
        "(local.set $x VALUE) (local.get $x)",
        "(block (result i32) (br_if 0 VALUE (local.get $small)) (drop) (i32.const 1))",
        "(if (result i32) (local.get $small) (then VALUE) (else (i32.const 1)))",
        "(block (result i32) (br_table 0 0 VALUE (local.get $small)))",
        "VALUE (loop (param i32) (result i32))",
        "(local.set $x VALUE) (loop (br_if 0 (local.tee $small (i32.shr_u (local.get $small) (i32.const 1))))) "
        "(local.get $x)",
        "(select VALUE (i32.const 1) (local.get $small))",
        "VALUE (drop (call $give_wide))",
        "(call $pass VALUE)",
    };
    // Who would see it.
    const std::vector<std::string> takers = {
        "(i64.reinterpret_f64 (f64.convert_i32_u VALUE))",
        "(i64.extend_i32_u VALUE)",
        "(i64.extend_i32_u (i32.eqz VALUE))",
        "VALUE (i64.load32_u (i32.and (i32.const 0xffff)))",
        "(i64.load8_u offset=1 VALUE)",
        "VALUE (local.set $x) (i64.store8 (local.get $x) (i64.const 1)) (i64.load (i32.const 16))",
        "(global.set $global VALUE) (i64.extend_i32_u (global.get $global))",
        "(block $a (block $b (block $c VALUE (br_table $a $b $c))) (drop (i64.const 3))) (i64.const 4)",
        "(call_indirect (result i64) VALUE)",
    };
    const std::string fields = R"(
      (import "host" "give" (func $host (result i32)))
      (memory 1 4)
      (data (i32.const 8) "\10\00\00\00\ff\ff\ff\ff\20\00\00\00\00\ff\ff")
      (table funcref (elem $wrap $give_wide $give_wide))
      (global $global (mut i32) (i32.const -5))
      (func $wrap (param i64) (result i32) (i32.wrap_i64 (local.get 0)))
      (func $pass (param i32) (result i32) (local.get 0))
      (func $give_wide (result i64) (i64.const 0x7fffffff00000001)))";
    for (const std::string& way : ways) {
        compared_functions module;
        for (const std::string& maker : makers) {
            for (const std::string& taker : takers) {
                module.add("(result i64) (local $wide i64) (local $small i32) (local $x i32)"
                           "(local.set $wide (i64.const 0x7654321000000001)) (local.set $small (i32.const 5))" +
                           replaced(taker, "VALUE", replaced(way, "VALUE", maker)));
            }
        }
        CAPTURE(way);
        CHECK(module.difference(fields) == "");
    }
}

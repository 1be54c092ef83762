#include "kinds.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// Bodies whose operators take, move or compare as much as they may, and many functions that are next to nothing.

namespace bench {
namespace {

const std::string thousand = repeat(1000, "i32");
const std::string references = repeat(1000, "(ref $f)");
const std::string values = repeat(1000, "i32.const 1");
const std::string drops = repeat(1000, "drop");

/// Types and functions of a thousand values, which bodies use.
const std::string prelude =
    "(module (type $f (func)) (type $to (func (param " + thousand + ") (result " + thousand +
    "))) (type $results (func (result " + thousand + "))) (type $params (func (param " + thousand +
    "))) (type $one (func (param i32) (result i32))) (func $make (type $results) unreachable) " +
    "(func $take (type $params)) (func $to (type $to) unreachable) " +
    "(func $one (type $one) local.get 0) (table $t 1 funcref) ";

std::string body(const std::string& operators, const std::string& locals = "") {
    return prelude + "(func (param i32) " + locals + " " + operators + "))";
}

/// One that is repeated in a body.
kind repeated(std::string name, std::string operators) {
    return {std::move(name), [=](std::uint32_t n) { return body(repeat(n, operators)); }};
}

/// The same between `before` and `behind`.
kind repeated(std::string name, std::string before, std::string operators, std::string behind) {
    return {std::move(name), [=](std::uint32_t n) { return body(before + repeat(n, operators) + behind); }};
}

/// Of functions, in a module of its own.
kind functions(std::string name, std::string types, std::string function) {
    return {std::move(name), [=](std::uint32_t n) { return "(module " + types + repeat(n, function) + ")"; }};
}

/// So many of each, which a frame has room for.
constexpr std::uint32_t many = 30'000;

std::vector<kind> branches() {
    const std::string in_block = "(block (type $results) i32.const 7 " + values;
    return {
        repeated("br_if", "block ", "local.get 0 br_if 0 ", "end"),
        repeated("br_if with 1,000 results", in_block, "local.get 0 br_if 0 ", "br 0) " + drops),
        repeated("br_if to a loop with 1,000 parameters", values + "(loop (type $to) i32.const 1 " + values,
                 "local.get 0 br_if 0 ", "br 0)" + drops),
        repeated("br_if on constants", "(block (result i32 i64 i32) i32.const 7 i32.const 1 i64.const 2 i32.const 3 ",
                 "local.get 0 br_if 0 ", "br 0) drop drop drop"),
        repeated("br where nothing is reached", in_block, "br 0 ", ") " + drops),
        repeated("br_table of many targets", "block block local.get 0 br_table ", "0 1 ", "0 end end"),
        repeated("br_table of many targets with 1,000 results",
                 in_block + "(block (type $results) i32.const 7 " + values + "local.get 0 br_table ", "0 1 ",
                 "0) br 0) " + drops),
        repeated("many br_table of one target with 1,000 results", in_block,
                 "(block (type $results) i32.const 7 " + values + "local.get 0 br_table 0 1) ", "br 0)" + drops),
        repeated("br_table where nothing is reached", in_block + "unreachable ", "br_table 0 0 ", ") " + drops),
        repeated("return", "(block (type $results) ", "(block local.get 0 br_if 0 return)", "unreachable) " + drops),
        repeated("blocks", "(block)"),
        repeated("loops", "(loop)"),
        repeated("if without else", "local.get 0 if end "),
        repeated("blocks with 1,000 parameters and results", values, "(block (type $to)) ", drops),
        repeated("loops with 1,000 parameters and results", values, "(loop (type $to)) ", drops),
        repeated("if with 1,000 parameters and results", values, "local.get 0 if (type $to) end ", drops),
        repeated("if and else with 1,000 parameters and results", values, "local.get 0 if (type $to) else end ", drops),
        repeated("blocks with 1,000 results where nothing is reached", "unreachable ", "(block (type $to)) ", drops),
        {"nested blocks", [](std::uint32_t n) { return body(repeat(n, "block ") + repeat(n, "end ")); }},
        {"nested loops", [](std::uint32_t n) { return body(repeat(n, "loop ") + repeat(n, "end ")); }},
        {"nested if", [](std::uint32_t n) { return body(repeat(n, "local.get 0 if ") + repeat(n, "end ")); }},
        {"nested blocks with results and branches out of all of them",
         [](std::uint32_t n) {
             return body(repeat(n, "block (result i32) ") + "i32.const 1 " + repeat(n, "local.get 0 br_if 0 end ") +
                         "drop");
         }},
        {"nested blocks with 1,000 parameters and results",
         [](std::uint32_t n) { return body(values + repeat(n, "block (type $to) ") + repeat(n, "end ") + drops); }},
        {"nested loops with branches to the outermost",
         [](std::uint32_t n) {
             const std::string branch = "local.get 0 br_if " + std::to_string(n - 1) + " ";
             return body(repeat(n, "loop ") + repeat(n, branch) + repeat(n, "end "));
         }},
    };
}

std::vector<kind> calls() {
    return {
        repeated("calls", "local.get 0 call $one drop "),
        repeated("calls of 1,000 results", "call $make " + drops),
        repeated("calls with 1,000 results and parameters", "call $make call $take "),
        repeated("calls that pass 1,000 values on", values, "call $to ", drops),
        repeated("indirect calls that pass 1,000 values on", values, "local.get 0 call_indirect (type $to) ", drops),
        repeated("calls of 1,000 results where nothing is reached", "unreachable ", "call $to ", "unreachable"),
        repeated("indirect calls of 1,000 results where nothing is reached", "unreachable ",
                 "call_indirect (type $to) ", "unreachable"),
        {"tail calls of 1,000 results where nothing is reached",
         [](std::uint32_t n) {
             return prelude + "(func (type $to) unreachable " + repeat(n, "return_call $to ") + "))";
         }},
        {"tail calls of 1,000 results of a subtype",
         [](std::uint32_t n) {
             return prelude + "(type $some (func (result " + repeat(1000, "funcref") +
                    "))) (type $those (func (result " + references +
                    "))) (func $those (type $those) unreachable) (func (type $some) unreachable " +
                    repeat(n, "return_call $those ") + "))";
         }},
        {"tail calls with 1,000 parameters",
         [](std::uint32_t n) {
             return prelude + "(func (type $results) " +
                    repeat(n, "(block i32.const 0 br_if 0 " + values + "return_call $to)") + "unreachable))";
         }},
        {"calls above values that wait",
         [](std::uint32_t n) {
             const std::uint32_t waiting = n < many ? n : many;
             return body(repeat(waiting, "local.get 0 ") + repeat(n, "i32.const 1 call $one drop ") +
                         repeat(waiting, "drop "));
         }},
    };
}

std::vector<kind> values_that_wait() {
    const auto waiting = [](std::string name, std::string value, std::string operators) -> kind {
        return {std::move(name), [=](std::uint32_t n) {
                    const std::uint32_t count = n < many ? n : many;
                    return body(repeat(count, value) + repeat(n, operators) + repeat(count, "drop "),
                                "(local i32 i64 f32 f64)");
                }};
    };
    return {
        waiting("local.set above locals that wait", "local.get 0 ", "i32.const 3 local.set 1 "),
        waiting("local.set of a local that waits", "local.get 0 ", "i32.const 3 local.set 0 "),
        waiting("local.tee of a local that waits", "local.get 0 ", "i32.const 3 local.tee 0 drop "),
        waiting("blocks above locals that wait", "local.get 0 ", "(block) "),
        waiting("loops above locals that wait", "local.get 0 ", "(loop) "),
        waiting("if above constants that wait", "i32.const 5 ", "local.get 0 if end "),
        waiting("memory operators above values that wait", "local.get 0 ", "table.size $t drop "),
        {"each local waits and is set",
         [](std::uint32_t n) {
             const std::uint32_t count = n < many ? n : many;
             return body(each(n / count,
                              [&](std::uint32_t) {
                                  return each(count,
                                              [](std::uint32_t i) { return "local.get " + std::to_string(i) + " "; }) +
                                         each(count,
                                              [](std::uint32_t i) {
                                                  return "i32.const 1 local.set " + std::to_string(i) + " ";
                                              }) +
                                         repeat(count, "drop ");
                              }),
                         "(local " + repeat(count, "i32") + ")");
         }},
        repeated("select and drop", "local.get 0 local.get 0 local.get 0 select drop "),
        repeated("drops of constants", "i32.const 1 drop "),
        {"selects in a row",
         [](std::uint32_t n) {
             const std::uint32_t count = n < many ? n : many;
             return body(each(n / count, [&](std::uint32_t) {
                 return repeat(2 * count + 1, "local.get 0 ") + repeat(count, "select ") + "drop ";
             }));
         }},
        {"additions in a row",
         [](std::uint32_t n) {
             const std::uint32_t count = n < many ? n : many;
             return body(each(n / count, [&](std::uint32_t) {
                 return repeat(count + 1, "local.get 0 ") + repeat(count, "i32.add ") + "drop ";
             }));
         }},
        repeated("nop", "nop "),
        repeated("unreachable", "unreachable "),
        repeated("additions where nothing is reached", "unreachable ", "i32.add ", "drop"),
    };
}

std::vector<kind> many_functions() {
    return {
        functions("empty functions", "(type $f (func))", "(func (type $f))"),
        functions("functions of 1,000 parameters", "(type $params (func (param " + thousand + ")))",
                  "(func (type $params))"),
        functions("functions of 1,000 parameters of types that take turns",
                  "(type $params (func (param " + repeat(500, "i32 f64") + ")))", "(func (type $params))"),
        functions("functions of 1,000 results", "(type $results (func (result " + thousand + ")))",
                  "(func (type $results) unreachable)"),
        functions("functions that return what they call",
                  "(type $to (func (param " + thousand + ") (result " + thousand +
                      "))) (func $to (type $to) unreachable)",
                  "(func (type $to) unreachable call $to)"),
        {"functions of 50,000 locals",
         [](std::uint32_t n) { return "(module " + repeat(n, "(func (local " + repeat(49'000, "i32") + "))") + ")"; },
         20'000},
        {"functions of 50,000 locals that are used",
         [](std::uint32_t n) {
             return "(module " + repeat(n, "(func (local " + repeat(49'000, "i32") + ") i32.const 1 local.set 48999)") +
                    ")";
         },
         10'000},
        functions("functions of locals of types that take turns", "",
                  "(func (local " + repeat(1000, "i32 f64") + ") i32.const 1 local.set 1000)"),
        functions("functions of many references to be set", "", "(func (local " + repeat(1000, "(ref func)") + "))"),
        functions("functions with a branch", "", "(func block i32.const 1 br_if 0 end)"),
        functions("functions with a loop", "", "(func loop i32.const 1 br_if 0 end)"),
    };
}

std::vector<kind> later_proposals() {
    const std::string chain =
        "(type $0 (sub (struct)))" + each(63, [](std::uint32_t i) {
            return "(type $" + std::to_string(i + 1) + " (sub $" + std::to_string(i) + " (struct)))";
        });
    return {
        {"functions that compare as many types as they may",
         [=](std::uint32_t n) {
             return "(module " + chain + "(type $up (func (param " + repeat(150, "(ref $1)") + ") (result " +
                    repeat(150, "(ref $58)") + "))) " +
                    repeat(n, "(func unreachable (block (type $up) unreachable) (block (type $up) unreachable) "
                              "unreachable)") +
                    ")";
         }},
        {"a function that compares as many types as it may",
         [=](std::uint32_t n) {
             return "(module " + chain + "(type $up (func (param " + repeat(20, "(ref $1)") + ") (result " +
                    repeat(20, "(ref $58)") + "))) (func unreachable " + repeat(n, "(block (type $up) unreachable)") +
                    "unreachable))";
         }},
        {"catch clauses with 1,000 values",
         [](std::uint32_t n) {
             return prelude + "(tag $e (type $params)) (func (block (type $results) (try_table " +
                    repeat(n, "(catch $e 0)") + ") unreachable) " + drops + "))";
         },
         10'000},
        repeated("try_table", "(try_table)"),
        {"nested try_table", [](std::uint32_t n) { return body(repeat(n, "try_table ") + repeat(n, "end ")); }},
        {"legacy try with catch of 1,000 values",
         [](std::uint32_t n) {
             return prelude + "(tag $e (type $params)) (func try " + repeat(n, "catch $e " + drops) + "end))";
         }},
        {"legacy catch of 1,000 values where nothing is reached",
         [](std::uint32_t n) {
             return prelude + "(tag $e (type $params)) (func try " + repeat(n, "catch $e unreachable ") + "end))";
         }},
        {"throw of 1,000 values where nothing is reached",
         [](std::uint32_t n) {
             return prelude + "(tag $e (type $params)) (func unreachable " + repeat(n, "throw $e ") + "))";
         }},
        {"structures of 1,000 fields",
         [](std::uint32_t n) {
             return prelude + "(type $s (struct (field " + thousand + "))) (func " +
                    repeat(n, "struct.new_default $s drop ") + "))";
         }},
        {"structures of 10,000 fields",
         [](std::uint32_t n) {
             return prelude + "(type $s (struct (field " + repeat(10'000, "i32") + "))) (func unreachable " +
                    repeat(n, "struct.new $s drop ") + "))";
         }},
        {"arrays of 10,000 operands",
         [](std::uint32_t n) {
             return prelude + "(type $a (array i32)) (func unreachable " + repeat(n, "array.new_fixed $a 10000 drop ") +
                    "))";
         }},
        {"structures of 10,000 fields with defaults",
         [](std::uint32_t n) {
             return prelude + "(type $s (struct (field " + repeat(10'000, "i32") + "))) (func " +
                    repeat(n, "struct.new_default $s drop ") + "))";
         }},
        {"casts down a chain of subtypes",
         [=](std::uint32_t n) {
             return prelude + chain + "(func (param (ref $0)) local.get 0 " +
                    repeat(n, "ref.cast (ref $63) ref.cast (ref $0) ") + "drop))";
         }},
        {"br_on_cast with 1,000 values",
         [](std::uint32_t n) {
             return prelude + "(type $s (func (result " + repeat(999, "i32") + "(ref any))))" +
                    "(func (param (ref any)) (block (type $s) " + values + "local.get 0 " +
                    repeat(n, "br_on_cast 0 (ref any) (ref any) ") + "br 0) unreachable))";
         },
         100'000},
        repeated("vector operators", "v128.const i64x2 1 2 i8x16.neg drop "),
        repeated("atomic fences", "atomic.fence "),
    };
}

} // namespace

std::vector<kind> kinds_of_functions() {
    std::vector<kind> all;
    for (const auto& some : {branches(), calls(), values_that_wait(), many_functions(), later_proposals()}) {
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

} // namespace bench

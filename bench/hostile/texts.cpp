#include "kinds.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// What only the text format has: identifiers, nesting by parentheses, literals, and what it leaves to be found out.

namespace bench {
namespace {

constexpr std::uint32_t large = 10'000'000;

std::string number(std::uint32_t value) { return std::to_string(value); }

kind in_a_function(std::string name, std::string before, std::string text, std::string behind = "") {
    return {std::move(name),
            [=](std::uint32_t n) { return "(module " + before + "(func " + repeat(n, text) + behind + "))"; }, large};
}

/// A literal of n digits.
kind literal(std::string name, std::string before, std::string digits, std::string behind) {
    return {std::move(name),
            [=](std::uint32_t n) {
                return "(module (func " + before + each(n, [&](std::uint32_t) { return digits; }) + behind + " drop))";
            },
            large};
}

/// Identifiers that are long and differ in their last letters.
std::string long_identifier(std::uint32_t i) { return "$" + std::string(1000, 'a') + number(i); }

} // namespace

std::vector<kind> kinds_of_texts() {
    return {
        {"comments", [](std::uint32_t n) { return "(module " + repeat(n, ";;\n") + ")"; }, large},
        {"nested comments", [](std::uint32_t n) { return "(module " + repeat(n, "(;") + repeat(n, ";)") + ")"; },
         large},
        {"annotations", [](std::uint32_t n) { return "(module " + repeat(n, "(@a)") + ")"; }, large},
        {"nested annotations", [](std::uint32_t n) { return "(module (@a " + repeat(n, "(") + repeat(n, ")") + "))"; },
         large},
        {"folded instructions in each other",
         [](std::uint32_t n) {
             return "(module (func (drop " + repeat(n, "(i32.eqz") + "(i32.const 1)" + repeat(n, ")") + ")))";
         },
         900'000},
        {"folded blocks in each other",
         [](std::uint32_t n) { return "(module (func " + repeat(n, "(block") + repeat(n, ")") + "))"; }, 900'000},
        in_a_function("folded instructions", "", "(drop(i32.const 1))"),
        literal("digits of an integer", "i32.const ", "0", "1"),
        literal("digits of a hexadecimal integer", "i64.const 0x", "0", "1"),
        literal("digits of a float", "f64.const ", "0", "9"),
        literal("digits of a fraction", "f64.const 0.", "123456789", ""),
        literal("zeros of a fraction", "f64.const 0.", "0", "1"),
        literal("digits of a hexadecimal float", "f64.const 0x1.", "123456789abcdef", ""),
        literal("digits of an exponent", "f64.const 1e", "0", "1"),
        in_a_function("floats with large exponents", "", "f64.const 1e-300 drop "),
        in_a_function("floats halfway between others", "", "f64.const 9007199254740993e-5 drop "),
        in_a_function("floats of 800 digits", "", "f64.const 0." + repeat(1, std::string(800, '7')) + " drop "),
        {"characters of a string", [](std::uint32_t n) { return "(module (data \"" + repeat(n, "a") + "\"))"; }, large},
        {"escapes of a string", [](std::uint32_t n) { return "(module (data \"" + repeat(n, "\\u{10ffff}") + "\"))"; },
         large},
        {"strings of data", [](std::uint32_t n) { return "(module (data " + repeat(n, "\"\"") + "))"; }, large},
        {"identifiers of functions",
         [](std::uint32_t n) {
             return "(module " + each(n, [](std::uint32_t i) { return "(func $" + number(i) + ")"; }) + "(func " +
                    each(n, [](std::uint32_t i) { return "call $" + number(i) + " "; }) + "))";
         },
         900'000},
        {"long identifiers",
         [](std::uint32_t n) {
             return "(module " + each(n, [](std::uint32_t i) { return "(func " + long_identifier(i) + ")"; }) +
                    "(func " + each(n, [](std::uint32_t i) { return "call " + long_identifier(i) + " "; }) + "))";
         }},
        {"identifiers of locals",
         [](std::uint32_t n) {
             return "(module (func " + each(n, [](std::uint32_t i) { return "(local $" + number(i) + " i32)"; }) +
                    each(n, [](std::uint32_t i) { return "local.get $" + number(i) + " drop "; }) + "))";
         },
         40'000},
        in_a_function("labels of one name", "", "block $a end "),
        {"labels of one name in each other",
         [](std::uint32_t n) { return "(module (func " + repeat(n, "block $a br $a ") + repeat(n, "end $a ") + "))"; }},
        {"branches by name out of many blocks",
         [](std::uint32_t n) {
             return "(module (func block $outer " + repeat(n, "block ") + repeat(n, "br $outer ") + repeat(n, "end ") +
                    "end))";
         }},
        {"labels of different names in each other",
         [](std::uint32_t n) {
             return "(module (func " + each(n, [](std::uint32_t i) { return "block $" + number(i) + " "; }) +
                    each(n, [&](std::uint32_t i) { return "br $" + number(n - 1 - i) + " end "; }) + "))";
         }},
        {"functions of types without definition",
         [](std::uint32_t n) {
             return "(module " +
                    each(n,
                         [](std::uint32_t i) {
                             std::string types;
                             for (std::uint32_t bits = i; bits != 0; bits >>= 2U) {
                                 types += std::string(" ") + &"i32\0i64\0f32\0f64"[4 * (bits & 3U)];
                             }
                             return "(func (param" + types + "))";
                         }) +
                    ")";
         }},
        in_a_function("blocks of a type without definition", "",
                      "i32.const 1 (block (param i32) (result i32) unreachable) drop "),
        {"functions of a type of 1,000 parameters",
         [](std::uint32_t n) {
             return "(module (type $t (func (param " + repeat(1000, "i32") + "))) " + repeat(n, "(func (type $t))") +
                    ")";
         }},
        {"functions of a type of 1,000 parameters, with a local that has a name",
         [](std::uint32_t n) {
             return "(module (type $t (func (param " + repeat(1000, "i32") + "))) " +
                    repeat(n, "(func (type $t) (local $a i32))") + ")";
         }},
        {"blocks of a type of 1,000 parameters",
         [](std::uint32_t n) {
             return "(module (type $t (func (param " + repeat(1000, "i32") + "))) (func " +
                    repeat(n, "unreachable (block (type $t) unreachable)") + "))";
         }},
        {"exports of one function",
         [](std::uint32_t n) {
             return "(module (func " + each(n, [](std::uint32_t i) { return "(export \"" + number(i) + "\")"; }) + "))";
         }},
        {"fields with names",
         [](std::uint32_t n) {
             return "(module (type $s (struct " +
                    each(10'000, [](std::uint32_t i) { return "(field $" + number(i) + " i32)"; }) +
                    ")) (func (param (ref $s)) " +
                    each(n,
                         [](std::uint32_t i) {
                             return "(drop (struct.get $s $" + number(i % 10'000) + " (local.get 0)))";
                         }) +
                    "))";
         }},
        {"types with fields with names",
         [](std::uint32_t n) { return "(module " + repeat(n, "(type (struct (field $a i32) (field $b i32)))") + ")"; }},
        {"references to types that come later",
         [](std::uint32_t n) { return "(module (func " + repeat(n, "(block (type $t))") + ") (type $t (func)))"; }},
    };
}

} // namespace bench

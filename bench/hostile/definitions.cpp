#include "kinds.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// Sections other than those of types and code.

namespace bench {
namespace {

kind repeated(std::string name, std::string before, std::string field, std::uint32_t most = 1'000'000) {
    return {std::move(name), [=](std::uint32_t n) { return "(module " + before + repeat(n, field) + ")"; }, most};
}

/// Items of one field.
kind in_a_field(std::string name, std::string before, std::string item, std::uint32_t most = 1'000'000) {
    return {std::move(name), [=](std::uint32_t n) { return "(module " + before + repeat(n, item) + "))"; }, most};
}

std::string quoted(std::uint32_t value) { return "\"" + std::to_string(value) + "\""; }

/// Exports whose names differ at the end of `length` letters.
std::string exports(std::uint32_t n, std::uint32_t length) {
    const std::string prefix(length, 'a');
    return "(module (func $f) " +
           each(n,
                [&](std::uint32_t i) {
                    return "(export \"" + prefix + std::to_string(i * 2'654'435'761U) + "\" (func $f))";
                }) +
           ")";
}

} // namespace

std::vector<kind> kinds_of_definitions() {
    return {
        repeated("imports of functions", "", "(import \"\" \"\" (func))"),
        repeated("imports of globals", "", "(import \"\" \"\" (global i32))"),
        {"exports", [](std::uint32_t n) { return exports(n, 0); }},
        {"exports whose names begin the same", [](std::uint32_t n) { return exports(n, 1000); }},
        repeated("globals", "", "(global i32 (i32.const 0))"),
        {"globals of globals",
         [](std::uint32_t n) {
             return "(module (global i32 (i32.const 0))" +
                    each(n, [](std::uint32_t i) { return "(global i32 (global.get " + std::to_string(i) + "))"; }) +
                    ")";
         },
         900'000},
        in_a_field("operators of a constant expression", "(global i32 i32.const 0 ", "i32.const 1 i32.add "),
        repeated("tables", "", "(table 0 funcref)", 100'000),
        repeated("tables with initial elements", "", "(table 0 funcref (ref.null func))", 100'000),
        repeated("memories", "", "(memory 0)", 100),
        repeated("tags", "(type $f (func))", "(tag (type $f))"),
        repeated("element segments", "(table 1 funcref)", "(elem (i32.const 0))", 100'000),
        repeated("passive element segments", "", "(elem func)", 100'000),
        in_a_field("functions in an element segment", "(func $f) (elem func ", "$f ", 10'000'000),
        in_a_field("expressions in an element segment", "(func $f) (elem funcref ", "(ref.func $f) ", 5'000'000),
        repeated("data segments", "(memory 1)", "(data (i32.const 0))", 100'000),
        repeated("passive data segments", "", "(data)", 100'000),
        repeated("custom sections", "", "(@custom \"\" \"\")"),
        {"functions with names",
         [](std::uint32_t n) {
             return "(module " + each(n, [](std::uint32_t i) { return "(func $" + std::to_string(i) + ")"; }) + ")";
         }},
        {"data", [](std::uint32_t n) { return "(module (memory 1) (data \"" + repeat(n, "0123456789") + "\"))"; }},
        {"exports of all functions",
         [](std::uint32_t n) {
             return "(module " + each(n, [](std::uint32_t i) { return "(func (export " + quoted(i) + "))"; }) + ")";
         }},
    };
}

} // namespace bench

#include "kinds.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

// Recursive groups in every shape, since each is compared with others, numbered and counted.

namespace bench {
namespace {

std::string number(std::uint32_t value) { return std::to_string(value); }

/// Four types of numbers by two bits.
std::string number_type(std::uint32_t bits) {
    static constexpr std::array names = {"i32 ", "i64 ", "f32 ", "f64 "};
    return names[bits & 3U];
}

/// `count` parameters that say `value` in the last of them.
std::string parameters(std::uint32_t count, std::uint32_t value) {
    return "(param " +
           each(count,
                [&](std::uint32_t i) {
                    const std::uint32_t from_end = count - 1 - i;
                    return number_type(from_end < 16 ? value >> 2 * from_end : 0);
                }) +
           ")";
}

std::string function_type(const std::string& signature) { return "(type (func " + signature + "))"; }

/// `count` arrays of which no two are equal; their indices come first.
std::string arrays(std::uint32_t count) {
    return "(type (array i32))" +
           each(count - 1, [](std::uint32_t i) { return "(type (array (ref " + number(i) + ")))"; });
}

/// `count` chains of `depth` types, each the subtype of the one before, behind arrays(count). Those of one depth lie together.
std::string chains(std::uint32_t count, std::uint32_t depth) {
    return arrays(count) + each(count * depth, [&](std::uint32_t i) {
               const std::string super = i < count ? "" : number(i) + " ";
               return "(type (sub " + super + "(struct (field (ref " + number(i % count) + ")))))";
           });
}

/// Subtypes of one structure whose references must be found below those of the structure, `depth` types above.
std::string structures_of_deep_references(std::uint32_t n) {
    constexpr std::uint32_t count = 1'000;
    constexpr std::uint32_t depth = 64;
    constexpr std::uint32_t fields = 1'000;
    const auto references = [&](std::uint32_t level) {
        return each(fields, [&](std::uint32_t i) {
            return "(field (ref " + number(count * (level + 1) + i * 389 % count) + "))";
        });
    };
    return "(module " + chains(count, depth) + "(type (sub (struct " + references(0) + ")))" +
           each(n,
                [&](std::uint32_t i) {
                    return "(type (sub " + number(count * (depth + 1)) + " (struct " + references(depth - 1) +
                           "(field (ref " + number(i) + ")))))";
                }) +
           ")";
}

} // namespace

std::vector<kind> kinds_of_types() {
    return {
        {"function types of ten parameters",
         [](std::uint32_t n) {
             return "(module " + each(n, [](std::uint32_t i) { return function_type(parameters(10, i)); }) + ")";
         }},
        {"function types that differ at the end of 100 parameters",
         [](std::uint32_t n) {
             return "(module " + each(n, [](std::uint32_t i) { return function_type(parameters(100, i)); }) + ")";
         }},
        {"function types that differ at the end of 1,000 parameters",
         [](std::uint32_t n) {
             return "(module " + each(n, [](std::uint32_t i) { return function_type(parameters(1000, i)); }) + ")";
         }},
        {"arrays of references to the one before",
         [](std::uint32_t n) {
             return "(module (type (array i32))" +
                    each(n, [](std::uint32_t i) { return "(type (array (ref " + number(i) + ")))"; }) + ")";
         }},
        {"arrays of references to any of the first",
         [](std::uint32_t n) {
             return "(module " + each(n / 4, [](std::uint32_t i) { return function_type(parameters(10, i)); }) +
                    each(n / 4 * 3,
                         [&](std::uint32_t i) {
                             const std::uint32_t to = i * 2'654'435'761U % (n / 4);
                             return "(type (array (ref null " + number(to) + ")))";
                         }) +
                    ")";
         }},
        {"equal types", [](std::uint32_t n) { return "(module " + repeat(n, "(type (func))") + ")"; }},
        {"equal types of 100 parameters",
         [](std::uint32_t n) { return "(module " + repeat(n, function_type(parameters(100, 5))) + ")"; }},
        {"groups of one type",
         [](std::uint32_t n) {
             return "(module " +
                    each(n, [](std::uint32_t i) { return "(rec " + function_type(parameters(10, i)) + ")"; }) + ")";
         }},
        {"empty groups", [](std::uint32_t n) { return "(module " + repeat(n, "(rec)") + ")"; }},
        {"one group of functions", [](std::uint32_t n) { return "(module (rec " + repeat(n, "(type (func))") + "))"; }},
        {"one group of empty structures",
         [](std::uint32_t n) { return "(module (rec " + repeat(n, "(type (struct))") + "))"; }},
        {"one group whose types refer to each other",
         [](std::uint32_t n) {
             return "(module (rec " +
                    each(n,
                         [&](std::uint32_t i) {
                             return "(type (array (ref " + number(i * 2'654'435'761U % n) + ")))";
                         }) +
                    "))";
         }},
        {"groups of 10,000 types that differ in the last",
         [](std::uint32_t n) {
             return "(module " +
                    each(n,
                         [](std::uint32_t i) {
                             return "(rec " + repeat(9'999, "(type (func))") + function_type(parameters(10, i)) + ")";
                         }) +
                    ")";
         },
         100},
        {"equal groups of 10,000 types",
         [](std::uint32_t n) {
             return "(module " +
                    each(n, [](std::uint32_t) { return "(rec " + repeat(10'000, "(type (func))") + ")"; }) + ")";
         },
         100},
        {"equal groups whose types refer to each other",
         [](std::uint32_t n) {
             return "(module " +
                    each(n,
                         [](std::uint32_t i) {
                             const std::string one = number(2 * i);
                             const std::string two = number(2 * i + 1);
                             return "(rec (type (struct (field (ref " + two + ")))) (type (array (ref " + one + "))))";
                         }) +
                    ")";
         },
         500'000},
        {"many references between groups",
         [](std::uint32_t n) {
             return "(module " + each(10'000, [](std::uint32_t i) { return function_type(parameters(10, i)); }) +
                    each(n,
                         [](std::uint32_t k) {
                             return "(type (func (param " +
                                    each(1000,
                                         [&](std::uint32_t i) {
                                             return "(ref " + number((k * 1000 + i) * 2'654'435'761U % 10'000) + ")";
                                         }) +
                                    ")))";
                         }) +
                    ")";
         },
         900'000},
        {"a structure of 10,000 fields",
         [](std::uint32_t n) {
             return "(module " +
                    each(n,
                         [](std::uint32_t i) {
                             return "(type (struct " + repeat(9'999, "(field i8)") + "(field (ref " + number(i) +
                                    "))))";
                         }) +
                    "(type (struct)))";
         }},
        {"chains of 64 subtypes", [](std::uint32_t n) { return "(module " + chains(n, 64) + ")"; }, 15'000},
        {"subtypes of 100 parameters",
         [](std::uint32_t n) {
             return "(module (type (sub (func " + parameters(100, 0) + ")))" +
                    each(n,
                         [](std::uint32_t i) {
                             return "(type (sub " + number(i % 63 == 0 ? 0 : i) + " (func " + parameters(100, 0) +
                                    ")))";
                         }) +
                    ")";
         }},
        {"subtypes whose references are far below the supertype's", structures_of_deep_references, 60'000},
    };
}

} // namespace bench

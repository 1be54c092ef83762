#include "riser/core/bytecode/translator.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module/module_decoder.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/limits.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

// Validating and translating a body takes time and memory in proportion to its bytes, whatever the operators. Each kind of
// operator that has lists of values, or that has to look through what waits, is here as often as possible. Counted are steps
// (see parser_view::steps) and words of bytecode, of n operators and of 2n.

namespace {

using namespace riser::core;

struct cost {
    std::uint64_t steps = 0;
    std::size_t words = 0;
    std::size_t bytes = 0; ///< of the body
    std::size_t taken = 0; ///< of the allocator
};

/// Counts the bytes that are asked for.
struct counting {
    std::size_t taken = 0;
    [[nodiscard]] allocator source() {
        allocator made;
        made.allocate = [](void* user, std::size_t bytes, std::size_t alignment) {
            static_cast<counting*>(user)->taken += bytes;
            return heap::allocate(nullptr, bytes, alignment);
        };
        made.reallocate = nullptr;
        made.user = this;
        return made;
    }
};

/// Of the last function of a module.
cost cost_of(const std::string& text) {
    const std::vector<std::byte> bytes = test::wat(text);
    wasm::module_info module;
    wasm::diagnostics errors;
    REQUIRE(wasm::decode_module(bytes, module, errors));
    counting count;
    const allocator source = count.source();
    bytecode::translator translator(source);
    wasm::function_parser<bytecode::translator> parser(module, bytes, errors, source);
    const bool accepted = parser.parse_function(static_cast<std::uint32_t>(module.functions.size()) - 1, translator);
    CAPTURE(errors.first().message.c_str());
    REQUIRE(accepted);
    return {translator.steps(), translator.words().size(), module.bodies.back().bytes.size, count.taken};
}

std::string repeat(std::uint32_t times, std::string_view text) {
    std::string whole;
    for (std::uint32_t i = 0; i < times; ++i) {
        whole.append(text).append(" ");
    }
    return whole;
}

/// A thousand values, the most that a type may have.
const std::string thousand = repeat(1000, "i32");
const std::string types =
    "(type $to (func (param " + thousand + ") (result " + thousand + "))) (type $results (func (result " + thousand +
    "))) (type $params (func (param " + thousand +
    "))) (func $make (type $results) unreachable) (func $take (type $params)) (func $to (type $to) "
    "unreachable) (table 1 funcref) ";
const std::string values = repeat(1000, "i32.const 1");
const std::string drops = repeat(1000, "drop");

struct worst_case {
    std::string name;
    std::function<std::string(std::uint32_t)> text; ///< of n operators
};

std::string body(const std::string& operators) { return types + "(func (param i32) " + operators + ")"; }

const std::vector<worst_case> worst_cases = {
    {"br_if with results, below other values",
     [](std::uint32_t n) {
         return body("(block (type $results) i32.const 7 " + values + repeat(n, "local.get 0 br_if 0") + "br 0) " +
                     drops);
     }},
    {"br_if with results that are returned",
     [](std::uint32_t n) {
         return types + "(func (type $results) i32.const 7 " + values + repeat(n, "i32.const 0 br_if 0") + "return)";
     }},
    {"br_if to a loop with parameters",
     [](std::uint32_t n) {
         return body(values + "(loop (type $to) i32.const 1 " + values + repeat(n, "local.get 0 br_if 0") + "br 0)" +
                     drops);
     }},
    {"br_table of labels with results",
     [](std::uint32_t n) {
         return body("(block (type $results) (block (type $results) i32.const 7 " + values + "local.get 0 br_table " +
                     repeat(n, "0 1") + "0)) " + drops);
     }},
    {"blocks with parameters and results",
     [](std::uint32_t n) { return body(values + repeat(n, "(block (type $to))") + drops); }},
    {"loops with parameters and results",
     [](std::uint32_t n) { return body(values + repeat(n, "(loop (type $to))") + drops); }},
    {"if with parameters and results",
     [](std::uint32_t n) { return body(values + repeat(n, "local.get 0 if (type $to) else end") + drops); }},
    {"nested blocks with parameters and results",
     [](std::uint32_t n) { return body(values + repeat(n, "block (type $to)") + repeat(n, "end") + drops); }},
    {"blocks that cannot be left",
     [](std::uint32_t n) { return body(repeat(n, "(block (type $results) unreachable) call $take")); }},
    {"branches where nothing can be reached",
     [](std::uint32_t n) { return body("(block (type $results) unreachable " + repeat(n, "br 0") + ") " + drops); }},
    {"calls with parameters and results", [](std::uint32_t n) { return body(repeat(n, "call $make call $take")); }},
    {"calls that pass values on", [](std::uint32_t n) { return body(values + repeat(n, "call $to") + drops); }},
    {"indirect calls",
     [](std::uint32_t n) { return body(values + repeat(n, "local.get 0 call_indirect (type $to)") + drops); }},
    {"calls of other values above values that wait",
     [](std::uint32_t n) {
         return body(repeat(n, "local.get 0") + repeat(n, "i32.const 1 call $one drop") + repeat(n, "drop")) +
                "(func $one (param i32) (result i32) local.get 0)";
     }},
    {"assignments above values that wait in other locals",
     [](std::uint32_t n) {
         return types + "(func (param i32) (local i32) " + repeat(n, "local.get 0") +
                repeat(n, "i32.const 3 local.set 1") + repeat(n, "drop") + ")";
     }},
    {"assignments above values that wait in the same local",
     [](std::uint32_t n) {
         return types + "(func (param i32) " + repeat(n, "local.get 0 i32.const 3 local.set 0") + repeat(n, "drop") +
                ")";
     }},
    {"blocks above values that wait",
     [](std::uint32_t n) { return body(repeat(n, "i32.const 1 (block)") + repeat(n, "drop")); }},
    {"constants that wait, moved by each branch",
     [](std::uint32_t n) {
         return body(
             "(block (result i64 i64 i64 i64) i32.const 7 i64.const -1 i64.const -2 i64.const -3 i64.const -4 " +
             repeat(n, "local.get 0 br_if 0") + "br 0) drop drop drop drop");
     }},
};

} // namespace

TEST_CASE("translation takes steps and words in proportion to a body's bytes, whatever the operators") {
    for (const worst_case& each : worst_cases) {
        CAPTURE(each.name);
        // Beside the operators that are repeated, a body has some thousand for the values.
        const cost none = cost_of(each.text(1));
        const cost once = cost_of(each.text(2047));
        const cost twice = cost_of(each.text(4095));
        CHECK(static_cast<double>(twice.steps - none.steps) <=
              2.1 * static_cast<double>(once.steps - none.steps) + 1000);
        CHECK(static_cast<double>(twice.words - none.words) <=
              2.1 * static_cast<double>(once.words - none.words) + 1000);
        CHECK(twice.steps <= 100 * twice.bytes + 10'000);
        CHECK(twice.words <=
              riser::limits::bytecode_words_per_byte * twice.bytes + riser::limits::bytecode_words_per_body);
        // Of everything together: words, operands, blocks, and what doubling them gives back.
        CHECK(twice.taken <= 600 * twice.bytes + 200'000);
    }
}

TEST_CASE("declared locals cost what their runs do, not what they are") {
    const std::string fifty_thousand = "(func (local " + repeat(50'000, "i64") + "))";
    const cost of_many = cost_of(fifty_thousand);
    const cost of_none = cost_of("(func)");
    CHECK(of_many.bytes <= of_none.bytes + 5);
    CHECK(of_many.steps == of_none.steps);
    CHECK(of_many.taken <= of_none.taken + 200); // a run, and an instruction
    CHECK(of_many.words <= of_none.words + 2);
}

TEST_CASE("that a function has vectors is known of its type: a call looks at no parameter") {
    const std::vector<std::byte> bytes =
        test::wat("(type (func (param i32 v128))) (type (func (result v128))) (type $plain (func (param i32 i64)))"
                  "(func (type $plain)) (func (call 0 (i32.const 1) (i64.const 2)))");
    wasm::module_info info;
    wasm::diagnostics errors;
    REQUIRE(wasm::decode_module(bytes, info, errors));
    CHECK(info.types[0].has_vectors);
    CHECK(info.types[1].has_vectors);
    CHECK_FALSE(info.types[2].has_vectors);
    info.types[2].has_vectors = true;
    bytecode::translator translator(host_allocator);
    wasm::function_parser<bytecode::translator> parser(info, bytes, errors);
    CHECK_FALSE(parser.parse_function(1, translator));
    CHECK(errors.first().message == "unsupported instruction: call with v128");
}

TEST_CASE("a builder that had more words before holds a function to its own limit") {
    struct view : wasm::parser_view {
        view(const wasm::module_info& module, wasm::diagnostics& errors)
            : parser_view(module, wasm::byte_reader({}, errors)) {}
    };
    const wasm::module_info module;
    wasm::diagnostics errors;
    const view parser(module, errors);
    bytecode::code_builder builder(host_allocator);
    const auto words_of = [&](std::size_t limit, std::uint32_t instructions) {
        builder.begin(parser, limit);
        for (std::uint32_t i = 0; i < instructions; ++i) {
            builder.emit(bytecode::single::copy, 1);
        }
        return builder.words.size();
    };
    CHECK(words_of(1000, 400) == runtime::preamble_words + 800);
    CHECK_FALSE(builder.failure());
    CHECK(words_of(100, 400) == 0);
    CHECK(builder.failure() == wasm::diagnostic_kind::limit);
    CHECK(words_of(100, 40) == runtime::preamble_words + 80);
    CHECK_FALSE(builder.failure());
}

TEST_CASE("types that only match are compared in proportion to the bytes, or the body is refused as a limit") {
    // Each block gives functions that its successor takes as references to anything: no two types are the same.
    std::string module = "(module (type $f (func))";
    module += "(type $t (func (param " + repeat(1000, "funcref") + ") (result " + repeat(1000, "(ref $f)") + ")))";
    module += "(func unreachable " + repeat(20'000, "(block (type $t) unreachable)") + "unreachable))";
    const std::vector<std::byte> bytes = test::wat(module);
    wasm::module_info info;
    wasm::diagnostics errors;
    REQUIRE(wasm::decode_module(bytes, info, errors));
    bytecode::translator translator(host_allocator);
    wasm::function_parser<bytecode::translator> parser(info, bytes, errors);
    CHECK_FALSE(parser.parse_function(0, translator));
    CHECK(errors.first().kind == wasm::diagnostic_kind::limit);
    CHECK(errors.first().message.view().starts_with("too many types to compare"));
}

#include "riser/core/wasm/loop_locals.hpp"
#include "riser/core/wasm/module_decoder.hpp"
#include "support/module_builder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

// Which locals the loops of a function assign, as far as the code can be reached.

namespace {

using namespace riser::core::wasm;
using test::expression;
using locals = std::vector<std::uint32_t>;

/// A function with this many locals of type i32, to be looked at.
struct examined {
    examined(std::size_t count, const expression& body) {
        test::byte_writer code;
        code.unsigned_number(1).unsigned_number(count).put({test::i32}).put(body).put({0x0b});
        bytes = code.bytes;
        module.types.push_back({});
        module.canonical = {0};
        module.functions = {0};
        module.declared_functions = {true};
        module.bodies = {{{0, static_cast<std::uint32_t>(bytes.size())}}};
    }
    bool parse(loop_locals& sink) {
        diagnostics errors;
        return function_parser<loop_locals>(module, bytes, errors).parse_function(0, sink);
    }

    module_info module;
    std::vector<std::byte> bytes;
};

/// By loop. Both ways of asking agree.
std::vector<locals> assigned_in(std::uint32_t count, const expression& body, loop_locals& sink) {
    REQUIRE(examined(count, body).parse(sink));
    std::vector<locals> result(sink.loops());
    for (std::uint32_t loop = 0; loop != sink.loops(); ++loop) {
        locals& of_loop = result[loop];
        sink.for_each_assigned(loop, [&](std::uint32_t local) { of_loop.push_back(local); });
        CHECK(of_loop.size() <= sink.steps(loop));
        std::size_t said = 0;
        for (std::uint32_t local = 0; local != count + 1; ++local) {
            said += sink.assigned(loop, local) ? 1U : 0U;
        }
        CHECK(said == of_loop.size());
        for (const std::uint32_t local : of_loop) {
            CHECK(sink.assigned(loop, local));
        }
    }
    return result;
}

std::vector<locals> assigned_in(std::uint32_t count, const expression& body) {
    loop_locals sink;
    return assigned_in(count, body, sink);
}

constexpr std::uint8_t block = 0x02;
constexpr std::uint8_t loop = 0x03;
constexpr std::uint8_t if_ = 0x04;
constexpr std::uint8_t else_ = 0x05;
constexpr std::uint8_t end = 0x0b;
constexpr std::uint8_t br = 0x0c;
constexpr std::uint8_t empty = 0x40;

expression& set(expression& body, std::uint32_t local) { return body.constant_32(0).set(local); }
expression& tee(expression& body, std::uint32_t local) { return body.constant_32(0).tee(local).op({0x1a}); }

} // namespace

TEST_CASE("a loop assigns what is set or teed in it, each local once") {
    // (local.set 0 (i32.const 0))
    // (loop (local.set 3 ..) (drop (local.tee 1 ..)) (local.set 3 ..) (drop (local.get 2)))
    // (local.set 2 ..)
    // (loop (local.set 1 ..))
    // (loop)
    expression body;
    set(body, 0).op({loop, empty});
    set(body, 3);
    tee(body, 1);
    set(body, 3).get(2).op({0x1a, end});
    set(body, 2).op({loop, empty});
    set(body, 1).op({end, loop, empty, end});
    CHECK(assigned_in(4, body) == std::vector<locals>{{3, 1}, {1}, {}});
    CHECK(assigned_in(4, expression()).empty());
}

TEST_CASE("loops assign what nested loops and other blocks in them assign") {
    // (loop (local.set 0 ..)
    //   (loop (local.set 1 ..) (block (loop (local.set 0 ..) (local.set 2 ..))) (local.set 2 ..))
    //   (if (i32.const 0) (then (local.set 3 ..)) (else (local.set 1 ..)))
    //   (loop (local.set 0 ..)))
    // (local.set 4 ..)
    expression body;
    body.op({loop, empty});
    set(body, 0).op({loop, empty});
    set(body, 1).op({block, empty, loop, empty});
    set(body, 0);
    set(body, 2).op({end, end});
    set(body, 2).op({end}).constant_32(0).op({if_, empty});
    set(body, 3).op({else_});
    set(body, 1).op({end, loop, empty});
    set(body, 0).op({end, end});
    set(body, 4);
    CHECK(assigned_in(5, body) == std::vector<locals>{{0, 1, 2, 3}, {1, 0, 2}, {0, 2}, {0}});
}

TEST_CASE("loops and assignments that cannot be reached are not there") {
    // (loop (local.set 0 ..) (br 0) (local.set 1 ..) (loop (local.set 2 ..)))
    expression body;
    body.op({loop, empty});
    set(body, 0).op({br, 0});
    set(body, 1).op({loop, empty});
    set(body, 2).op({end, end});
    CHECK(assigned_in(3, body) == std::vector<locals>{{0}});
    // (loop (block (br 0) (loop (local.set 0 ..))) (local.set 1 ..)) (loop (local.set 2 ..))
    expression other;
    other.op({loop, empty, block, empty, br, 0, loop, empty});
    set(other, 0).op({end, end});
    set(other, 1).op({end, loop, empty});
    set(other, 2).op({end});
    CHECK(assigned_in(3, other) == std::vector<locals>{{1}, {2}});
}

TEST_CASE("nothing stays of the body before, be it refused or not") {
    loop_locals sink;
    expression many;
    many.op({loop, empty, loop, empty});
    for (std::uint32_t local = 0; local != 8; ++local) {
        set(many, local);
    }
    many.op({end, end});
    CHECK(assigned_in(8, many, sink).size() == 2);
    expression one;
    one.op({loop, empty});
    set(one, 1).op({end});
    CHECK(assigned_in(2, one, sink) == std::vector<locals>{{1}});
    expression wrong;
    wrong.op({loop, empty});
    set(wrong, 0).op({0x6a});
    CHECK_FALSE(examined(2, wrong).parse(sink));
    CHECK(assigned_in(2, one, sink) == std::vector<locals>{{1}});
}

TEST_CASE("deep nests of loops that assign many locals take no time") {
    // Half a million loops, each in the one before; in the innermost all locals are assigned, then again in each of the
    // outer ones some.
    constexpr std::uint32_t depth = 500'000;
    constexpr std::uint32_t count = 50'000;
    expression body;
    for (std::uint32_t i = 0; i != depth; ++i) {
        body.op({loop, empty});
    }
    for (std::uint32_t local = 0; local != count; ++local) {
        set(body, local);
    }
    for (std::uint32_t i = 0; i != depth; ++i) {
        body.op({end});
        set(body, i % count);
    }
    loop_locals sink;
    REQUIRE(examined(count, body).parse(sink));
    REQUIRE(sink.loops() == depth);
    bool all = true;
    for (std::uint32_t i = 0; i != depth; ++i) {
        all = all && sink.assigned(i, i % count) && sink.assigned(i, count - 1);
    }
    CHECK(all);
    CHECK(sink.steps(0) == count);

    // One local, assigned before and in each of as many loops, one in the other.
    expression ladder;
    for (std::uint32_t i = 0; i != depth; ++i) {
        set(ladder, 0).op({loop, empty});
    }
    set(ladder, 1);
    for (std::uint32_t i = 0; i != depth; ++i) {
        ladder.op({end});
    }
    REQUIRE(examined(2, ladder).parse(sink));
    std::uint32_t assigning = 0;
    for (std::uint32_t i = 0; i != sink.loops(); ++i) {
        assigning += sink.assigned(i, 0) && sink.assigned(i, 1) ? 1U : 0U;
    }
    CHECK(assigning == depth - 1); // all but the innermost
}

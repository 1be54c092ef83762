#include "riser/core/wasm/function/loop_locals.hpp"
#include "riser/core/wasm/module/module_decoder.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Which locals the loops of a function assign, as far as the code can be reached.

namespace {

using namespace riser::core::wasm;
using locals = std::vector<std::uint32_t>;

/// A function with this many locals of type i32, to be looked at.
struct examined {
    examined(std::size_t count, std::string_view body) {
        std::string declared;
        for (std::size_t i = 0; i != count; ++i) {
            declared += " i32";
        }
        bytes = test::wat("(func (local" + declared + ")" + std::string(body) + ")");
        diagnostics errors;
        REQUIRE(decode_module(bytes, module, errors));
    }
    bool parse(loop_locals& sink) {
        diagnostics errors;
        return function_parser<loop_locals>(module, bytes, errors).parse_function(0, sink);
    }

    module_info module;
    std::vector<std::byte> bytes;
};

/// By loop. Both ways of asking agree.
std::vector<locals> assigned_in(std::uint32_t count, std::string_view body, loop_locals& sink) {
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

std::vector<locals> assigned_in(std::uint32_t count, std::string_view body) {
    loop_locals sink;
    return assigned_in(count, body, sink);
}

std::string set(std::uint32_t local) { return "(local.set " + std::to_string(local) + " (i32.const 0))"; }

} // namespace

TEST_CASE("a loop assigns what is set or teed in it, each local once") {
    CHECK(assigned_in(4, R"(
        (local.set 0 (i32.const 0))
        (loop
          (local.set 3 (i32.const 0))
          (drop (local.tee 1 (i32.const 0)))
          (local.set 3 (i32.const 0))
          (drop (local.get 2)))
        (local.set 2 (i32.const 0))
        (loop (local.set 1 (i32.const 0)))
        (loop))") == std::vector<locals>{{3, 1}, {1}, {}});
    CHECK(assigned_in(4, "").empty());
}

TEST_CASE("loops assign what nested loops and other blocks in them assign") {
    CHECK(assigned_in(5, R"(
        (loop
          (local.set 0 (i32.const 0))
          (loop
            (local.set 1 (i32.const 0))
            (block
              (loop
                (local.set 0 (i32.const 0))
                (local.set 2 (i32.const 0))))
            (local.set 2 (i32.const 0)))
          (if (i32.const 0)
            (then (local.set 3 (i32.const 0)))
            (else (local.set 1 (i32.const 0))))
          (loop (local.set 0 (i32.const 0))))
        (local.set 4 (i32.const 0)))") == std::vector<locals>{{0, 1, 2, 3}, {1, 0, 2}, {0, 2}, {0}});
}

TEST_CASE("loops and assignments that cannot be reached are not there") {
    CHECK(assigned_in(3, R"(
        (loop
          (local.set 0 (i32.const 0))
          (br 0)
          (local.set 1 (i32.const 0))
          (loop (local.set 2 (i32.const 0)))))") == std::vector<locals>{{0}});
    CHECK(assigned_in(3, R"(
        (loop
          (block (br 0) (loop (local.set 0 (i32.const 0))))
          (local.set 1 (i32.const 0)))
        (loop (local.set 2 (i32.const 0))))") == std::vector<locals>{{1}, {2}});
}

TEST_CASE("nothing stays of the body before, be it refused or not") {
    loop_locals sink;
    std::string many;
    for (std::uint32_t local = 0; local != 8; ++local) {
        many += set(local);
    }
    CHECK(assigned_in(8, "(loop (loop " + many + "))", sink).size() == 2);
    constexpr std::string_view one = "(loop (local.set 1 (i32.const 0)))";
    CHECK(assigned_in(2, one, sink) == std::vector<locals>{{1}});
    CHECK_FALSE(examined(2, "(loop (local.set 0 (i32.const 0)) (i32.add))").parse(sink));
    CHECK(assigned_in(2, one, sink) == std::vector<locals>{{1}});
}

TEST_CASE("deep nests of loops that assign many locals take no time") {
    // Half a million loops, each in the one before; in the innermost all locals are assigned, then again in each of the
    // outer ones some.
    constexpr std::uint32_t depth = 500'000;
    constexpr std::uint32_t count = 50'000;
    std::string body;
    for (std::uint32_t i = 0; i != depth; ++i) {
        body += "loop ";
    }
    for (std::uint32_t local = 0; local != count; ++local) {
        body += set(local);
    }
    for (std::uint32_t i = 0; i != depth; ++i) {
        body += "end " + set(i % count);
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
    std::string ladder;
    for (std::uint32_t i = 0; i != depth; ++i) {
        ladder += set(0) + "loop ";
    }
    ladder += set(1);
    for (std::uint32_t i = 0; i != depth; ++i) {
        ladder += "end ";
    }
    REQUIRE(examined(2, ladder).parse(sink));
    std::uint32_t assigning = 0;
    for (std::uint32_t i = 0; i != sink.loops(); ++i) {
        assigning += sink.assigned(i, 0) && sink.assigned(i, 1) ? 1U : 0U;
    }
    CHECK(assigning == depth - 1); // all but the innermost
}

#include "riser_x64/baseline/loop_uses.hpp"

#include "riser/core/wasm/function/function_parser.hpp"
#include "riser/core/wasm/module/module_decoder.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What loops use of a function's locals, as far as the code can be reached.

namespace {

using namespace riser::core::wasm;
using riser::x64::loop_uses;

/// A function with these locals of type i32, to be looked at.
struct examined {
    examined(std::size_t count, std::string_view body) {
        std::string declared;
        for (std::size_t i = 0; i != count; ++i) {
            declared += " i32";
        }
        bytes = test::wat("(module (type $type (func)) (memory 1) (memory $other 1) (memory $shared 1 1 shared) (table "
                          "$table 1 funcref) "
                          "(data $data \"\")"
                          " (elem $elements func $callee) (func $callee) (func (local" +
                          declared + ")" + std::string(body) + "))");
        diagnostics errors;
        REQUIRE(decode_module(bytes, module, errors));
    }
    bool parse(loop_uses& sink) {
        diagnostics errors;
        return function_parser<loop_uses>(module, bytes, errors).parse_function(1, sink);
    }

    module_info module;
    std::vector<std::byte> bytes;
};

/// "local*weight", with an exclamation mark where the loop sets it; the most used first.
std::string uses_of(loop_uses& sink, std::uint32_t loop) {
    std::string text;
    for (const loop_uses::use& each : sink.of_loop(loop)) {
        text += (text.empty() ? "" : " ") + std::to_string(each.local) + "*" + std::to_string(each.weight) +
                (each.is_set ? "!" : "");
    }
    return text + (sink.has_call(loop) ? " call" : "") + (sink.is_complete(loop) ? "" : " ...");
}

std::vector<std::string> uses_in(std::size_t locals, std::string_view body, std::uint32_t loops, loop_uses& sink) {
    REQUIRE(examined(locals, body).parse(sink));
    std::vector<std::string> all;
    for (std::uint32_t loop = 0; loop != loops; ++loop) {
        all.push_back(uses_of(sink, loop));
    }
    CHECK(sink.of_loop(loops).empty());
    CHECK_FALSE(sink.is_complete(loops));
    return all;
}
std::vector<std::string> uses_in(std::size_t locals, std::string_view body, std::uint32_t loops) {
    loop_uses sink(riser::core::host_allocator);
    return uses_in(locals, body, loops, sink);
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("loop uses: what is read, set or teed in a loop, the most used first") {
    CHECK(uses_in(5, R"(
        (local.set 0 (i32.const 0))
        (loop
          (local.set 3 (local.get 1))
          (drop (local.tee 1 (local.get 1)))
          (drop (i32.add (local.get 1) (local.get 3)))
          (drop (local.get 3)) (drop (local.get 3)) (drop (local.get 3))
          (drop (local.get 2)))
        (local.set 4 (i32.const 0))
        (loop))",
                  2) == texts{"3*5! 1*4! 2*1", ""});
    CHECK(uses_in(1, "(local.set 0 (i32.const 0))", 0).empty());
}

TEST_CASE("loop uses: what inner loops use counts for more, and for the loops around them") {
    CHECK(uses_in(3, R"(
        (loop
          (drop (local.get 0)) (drop (local.get 0))
          (block (loop
            (local.set 1 (i32.const 0))
            (loop (if (i32.const 0) (then (drop (local.get 2)))))))
          (drop (local.get 0))))",
                  3) == texts{"2*16 1*4! 0*3", "2*4 1*1!", "2*1"});
}

TEST_CASE("loop uses: a loop that calls, whatever is called, clobbers all registers, and so do the loops around it") {
    for (const char* const call :
         {"(call $callee)", "(call_indirect (i32.const 0))", "(call_ref $type (ref.null $type))",
          "(drop (memory.grow (i32.const 0)))", "(drop (memory.size $other))", "(drop (memory.size $shared))",
          "(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))",
          "(memory.copy (i32.const 0) (i32.const 0) (i32.const 0))",
          "(memory.init $data (i32.const 0) (i32.const 0) (i32.const 0))", "(data.drop $data)",
          "(drop (table.get (i32.const 0)))", "(table.set (i32.const 0) (ref.null func))", "(drop (table.size))",
          "(drop (table.grow (ref.null func) (i32.const 0)))",
          "(table.fill (i32.const 0) (ref.null func) (i32.const 0))",
          "(table.copy (i32.const 0) (i32.const 0) (i32.const 0))",
          "(table.init $elements (i32.const 0) (i32.const 0) (i32.const 0))", "(elem.drop $elements)",
          "(drop (ref.func $callee))"}) {
        CAPTURE(call);
        CHECK(uses_in(0, "(loop (block (loop " + std::string(call) + ")) (loop))", 3) == texts{" call", " call", ""});
    }
    CHECK(uses_in(1, "(call $callee) (loop (drop (memory.size)) (drop (i32.load (i32.const 0))))", 1) == texts{""});
}

TEST_CASE("loop uses: what cannot be reached is not there") {
    CHECK(uses_in(3, R"(
        (loop
          (block (br 0) (loop (local.set 0 (i32.const 0)) (call $callee)))
          (local.set 1 (i32.const 0)))
        (loop (local.set 2 (i32.const 0))))",
                  2) == texts{"1*1!", "2*1!"});
}

TEST_CASE("loop uses: nothing stays of the body before, be it refused or not") {
    loop_uses sink(riser::core::host_allocator);
    CHECK(uses_in(2, "(loop (loop (local.set 0 (i32.add (local.get 1) (local.get 1))) (call $callee)))", 2, sink)[1] ==
          "1*2 0*1! call");
    CHECK(uses_in(2, "(loop (local.set 1 (i32.const 0)))", 1, sink) == texts{"1*1!"});
    CHECK_FALSE(examined(2, "(loop (local.set 0 (i32.const 0)) (i32.add))").parse(sink));
    CHECK(uses_in(2, "(loop (local.set 1 (i32.const 0)))", 1, sink) == texts{"1*1!"});
}

TEST_CASE("loop uses: of a nest that uses much, a part is looked at, and it says so") {
    constexpr std::uint32_t depth = 100'000;
    std::string body;
    for (std::uint32_t i = 0; i != depth; ++i) {
        body += "loop ";
    }
    for (std::uint32_t i = 0; i != 1024; ++i) {
        body += "(drop (local.get " + std::to_string(i % 200) + "))"; // 128 locals are told apart
    }
    loop_uses sink(riser::core::host_allocator);
    std::string more = body;
    for (std::uint32_t i = 0; i != depth; ++i) {
        body += "end ";
        more += "(drop (local.get 0)) end ";
    }
    REQUIRE(examined(200, body).parse(sink));
    CHECK(sink.of_loop(0).size() == loop_uses::most_locals);
    CHECK(sink.is_complete(0));
    REQUIRE(examined(200, more).parse(sink));
    CHECK(sink.of_loop(0).size() == loop_uses::most_locals);
    CHECK_FALSE(sink.is_complete(0));
    CHECK(sink.is_complete(depth - 1));
}

#include "riser_x64/baseline/loop_uses.hpp"

#include "riser/core/wasm/function/function_parser.hpp"
#include "riser/core/wasm/module/module_decoder.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

// What loops use of a function's locals: all of it, or else they say that it is not known.

namespace {

using namespace riser::core::wasm;
using riser::x64::loop_uses;

struct loop_finder : null_sink {
    void begin_function(parser_view& parser, const function_header&) { view = &parser; }
    void loop(const block_signature&) { offsets.push_back(view->offset()); }

    parser_view* view = nullptr;
    std::vector<std::uint32_t> offsets;
};

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
    /// Behind the declaration of locals.
    [[nodiscard]] byte_range operators() const {
        const byte_range body = module.bodies[1].bytes;
        const std::uint32_t declaration = bytes[body.offset] == std::byte{0} ? 1 : 3;
        return {body.offset + declaration, body.size - declaration};
    }
    void look_at(loop_uses& uses) const { uses.look_at(module, bytes, operators()); }
    /// Where the `loop` operators are that can be reached.
    [[nodiscard]] std::vector<std::uint32_t> loops() const {
        diagnostics errors;
        loop_finder finder;
        static_cast<void>(function_parser<loop_finder>(module, bytes, errors).parse_function(1, finder));
        return finder.offsets;
    }

    module_info module;
    std::vector<std::byte> bytes;
};

/// "local*weight", with an exclamation mark where the loop sets it; the most used first.
std::string uses_of(loop_uses& of, std::uint32_t offset) {
    const loop_uses::range* const loop = of.find(offset);
    if (loop == nullptr) {
        return "unknown";
    }
    const auto [uses, is_complete] = of.of_loop(*loop);
    std::string text;
    for (const loop_uses::use& each : uses) {
        text += (text.empty() ? "" : " ") + std::to_string(each.local) + "*" + std::to_string(each.weight) +
                (each.is_set ? "!" : "");
    }
    const std::string calls = loop->calls == 1 ? " call" : " " + std::to_string(loop->calls) + " calls";
    return text + (loop->calls == 0 ? "" : calls) + (is_complete ? "" : " ...");
}

std::vector<std::string> uses_in(std::size_t locals, std::string_view body, loop_uses& of) {
    const examined it(locals, body);
    it.look_at(of);
    std::vector<std::string> all;
    for (const std::uint32_t offset : it.loops()) {
        all.push_back(uses_of(of, offset));
        CHECK(of.find(offset + 1) == nullptr);
    }
    return all;
}
std::vector<std::string> uses_in(std::size_t locals, std::string_view body) {
    loop_uses of(riser::core::host_allocator);
    return uses_in(locals, body, of);
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
        (loop))") == texts{"3*5! 1*4! 2*1", ""});
    CHECK(uses_in(1, "(local.set 0 (i32.const 0))").empty());
}

TEST_CASE("loop uses: what inner loops use counts for more, and for the loops around them") {
    CHECK(uses_in(3, R"(
        (loop
          (drop (local.get 0)) (drop (local.get 0))
          (block (loop
            (local.set 1 (i32.const 0))
            (loop (if (i32.const 0) (then (drop (local.get 2)))))))
          (drop (local.get 0))))") == texts{"2*16 1*4! 0*3", "2*4 1*1!", "2*1"});
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
        CHECK(uses_in(0, "(loop (block (loop " + std::string(call) + ")) (loop))") == texts{" call", " call", ""});
    }
    CHECK(
        uses_in(
            0, "(loop (call $callee) (loop (call $callee) (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))") ==
        texts{" 3 calls", " 2 calls"});
    CHECK(uses_in(1, "(call $callee) (loop (drop (memory.size)) (drop (i32.load (i32.const 0))))") == texts{""});
}

TEST_CASE("loop uses: what cannot be reached counts, too") {
    CHECK(uses_in(3, R"(
        (loop
          (block (br 0) (loop (local.set 0 (i32.const 0)) (call $callee)))
          (local.set 1 (i32.const 0)))
        (loop (local.set 2 (i32.const 0))))") == texts{"0*4! 1*1! call", "2*1!"});
}

TEST_CASE("loop uses: nothing of what is between is taken for an operator") {
    for (const char* const between :
         {"(drop (i32.const 0x00102120))", "(drop (i64.const 0x2021202120212021))", "(drop (f32.const 1e-20))",
          "(drop (f64.const 0x1.1212022120212p-480))", "(drop (i32.load $other offset=0x1020 (i32.const 33)))",
          "(i64.store8 offset=33 (i32.const 32) (i64.const 3))", "(block (br_table 0 1 1 0 1 (i32.const 16)))",
          "(drop (block (result i64) (i64.const 32)))", "(drop (block (result (ref null $type)) (ref.null $type)))",
          "(drop (select (result funcref) (ref.null func) (ref.null func) (i32.const 32)))",
          "(drop (i32.trunc_sat_f64_u (f64.const 1)))", "(if (i32.const 0) (then (br 1)) (else (return)))"}) {
        CAPTURE(between);
        CHECK(uses_in(40, std::string("(loop ") + between + "(local.set 38 (i32.const 0)))") == texts{"38*1!"});
    }
}

TEST_CASE("loop uses: numbers may have more bytes than they need") {
    std::vector<std::byte> bytes;
    for (const int byte : {
             0x03, 0x40,                         // loop
             0x41, 0x80, 0x80, 0x00,             // i32.const 0
             0x21, 0x85, 0x80, 0x80, 0x80, 0x00, // local.set 5
             0x41, 0x00,                         // i32.const 0
             0x28, 0x82, 0x00, 0x80, 0x01,       // i32.load offset=128
             0x21, 0x86, 0x00,                   // local.set 6
             0x02, 0x40,                         // block
             0x0c, 0x80, 0x00, 0x0b,             // br 0, end
             0x41, 0x00, 0x21, 0x07,             // i32.const 0, local.set 7
             0x0b, 0x0b,                         // end, end
         }) {
        bytes.push_back(static_cast<std::byte>(byte));
    }
    const examined it(8, "");
    loop_uses of(riser::core::host_allocator);
    of.look_at(it.module, bytes, {0, static_cast<std::uint32_t>(bytes.size())});
    CHECK(uses_of(of, 0) == "5*1! 6*1! 7*1!");
}

TEST_CASE("loop uses: nothing stays of the body before, be it refused or not") {
    loop_uses of(riser::core::host_allocator);
    CHECK(uses_in(2, "(loop (loop (local.set 0 (i32.add (local.get 1) (local.get 1))) (call $callee)))", of)[1] ==
          "1*2 0*1! call");
    CHECK(uses_in(2, "(loop (local.set 1 (i32.const 0)))", of) == texts{"1*1!"});
    CHECK(uses_in(2, "(loop (local.set 0 (i32.const 0)) (try_table))", of) == texts{"unknown"});
    CHECK(uses_in(2, "(loop (local.set 1 (i32.const 0)))", of) == texts{"1*1!"});
}

TEST_CASE("loop uses: whatever the bytes are, it comes to an end within them") {
    const examined it(2, "(loop (block (local.set 1 (i32.const 1000000)) (br_table 0 1 (i32.const 300))))");
    std::vector<std::byte> bytes = it.bytes;
    const byte_range body = it.operators();
    loop_uses of(riser::core::host_allocator);
    for (std::uint32_t at = body.offset; at != body.offset + body.size; ++at) {
        for (unsigned value = 0; value != 256; ++value) {
            bytes[at] = static_cast<std::byte>(value);
            for (std::uint32_t size = 0; size <= body.size; ++size) {
                const std::vector<std::byte> part(bytes.begin(), bytes.begin() + body.offset + size);
                of.look_at(it.module, part, {body.offset, size});
            }
        }
        bytes[at] = it.bytes[at];
    }
    it.look_at(of);
    CHECK(uses_of(of, it.loops().at(0)) == "1*1!");
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
    loop_uses of(riser::core::host_allocator);
    std::string more = body;
    for (std::uint32_t i = 0; i != depth; ++i) {
        body += "end ";
        more += "(drop (local.get 0)) end ";
    }
    const auto look = [&](const std::string& text) {
        const examined it(200, text);
        it.look_at(of);
        const std::vector<std::uint32_t> loops = it.loops();
        return std::pair(of.find(loops.at(0)), of.find(loops.at(depth - 1)));
    };
    auto [first, last] = look(body);
    loop_uses::found_uses found = of.of_loop(*first);
    CHECK(found.uses.size() == loop_uses::most_locals);
    CHECK(found.is_complete);
    std::tie(first, last) = look(more);
    found = of.of_loop(*first);
    CHECK(found.uses.size() == loop_uses::most_locals);
    CHECK_FALSE(found.is_complete);
    CHECK(of.of_loop(*last).is_complete);
}

TEST_CASE("loop uses: over all loops of a nest no more is looked at than so much for each byte") {
    constexpr std::size_t depth = 10'000;
    std::string body;
    for (std::size_t i = 0; i != depth; ++i) {
        body += "loop ";
    }
    for (std::size_t i = 0; i != 1000; ++i) {
        body += "(drop (local.get 0))";
    }
    for (std::size_t i = 0; i != depth; ++i) {
        body += "end ";
    }
    const examined it(1, body);
    loop_uses of(riser::core::host_allocator);
    for (int again = 0; again != 2; ++again) { // each body has its own
        it.look_at(of);
        std::size_t known = 0;
        bool has_ended = false;
        for (const std::uint32_t offset : it.loops()) {
            const loop_uses::found_uses found = of.of_loop(*of.find(offset));
            CHECK(found.uses.size() == (found.is_complete ? 1 : 0));
            CHECK_FALSE((has_ended && found.is_complete));
            has_ended = has_ended || !found.is_complete;
            known += found.is_complete ? 1 : 0;
        }
        CHECK(known >= 100);
        CHECK(known < 1000);
    }
}

#include "riser/core/wasm/function/function_parser.hpp"
#include "riser/core/wasm/module/module_decoder.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// What the official suite does not show of the function parser: the events it reports and does not report, the numbers
// it computes, where its errors are, and its limits. Bodies are given as bytes where each byte's offset counts, or where no
// text has them.

namespace {

using namespace riser::core::wasm;
using events = std::vector<std::string>;

/// Writes down what it is told.
struct recorder : null_sink {
    void begin_function(parser_view& view, const function_header& header) {
        view_ = &view;
        locals = header.locals->size();
    }
    void end_function(const function_summary& given) { summary = given; }

    void unreachable() { say("unreachable"); }
    void nop() { say("nop"); }
    void block(const block_signature& type) { say_block("block", type); }
    void loop(const block_signature& type) { say_block("loop", type); }
    void if_(const block_signature& type) { say_block("if", type); }
    void else_(bool falls_through) { say(falls_through ? "else" : "else after dead end"); }
    void end(const block_end& end) { say("end" + text_of(end)); }
    void br(std::uint32_t depth) { say("br " + std::to_string(depth)); }
    void br_if(std::uint32_t depth) { say("br_if " + std::to_string(depth)); }
    void br_table(std::span<const std::uint32_t> depths) {
        std::string text = "br_table";
        for (const std::uint32_t depth : depths) {
            text += ' ' + std::to_string(depth);
        }
        say(text);
    }
    void return_() { say("return"); }
    void call(std::uint32_t function) { say("call " + std::to_string(function)); }
    void try_table(const block_signature& type, std::span<const catch_clause> clauses) {
        say_block("try_table", type);
        for (const catch_clause& clause : clauses) {
            events.back() += " catch " + std::to_string(static_cast<int>(clause.what)) + ' ' +
                             std::to_string(clause.tag) + ' ' + std::to_string(clause.depth);
        }
    }
    void try_(const block_signature& type) { say_block("try", type); }
    void throw_(std::uint32_t tag) { say("throw " + std::to_string(tag)); }
    void catch_(std::uint32_t tag, bool falls_through) {
        say("catch " + std::to_string(tag) + (falls_through ? "" : " after dead end"));
    }
    void catch_all(bool falls_through) { say(falls_through ? "catch_all" : "catch_all after dead end"); }
    void delegate(std::uint32_t depth, const block_end& end) {
        say("delegate " + std::to_string(depth) + text_of(end));
    }
    void rethrow(std::uint32_t depth) { say("rethrow " + std::to_string(depth)); }
    void drop(value_type type) { say("drop " + to_string(type)); }
    void select(value_type type) { say("select " + to_string(type)); }
    void local_get(const local_place& local) { say("local.get " + std::to_string(local.index)); }
    void global_get(std::uint32_t global) { say("global.get " + std::to_string(global)); }
    void constant(value_type type, std::uint64_t bits) {
        say(to_string(type) + ".const " + std::to_string(bits));
        if (refuse_constant) {
            view_->refuse(diagnostic_kind::unsupported, "no constants here");
        }
    }
    void numeric(opcode op) { say(std::string(name(op))); }
    void ref_func(std::uint32_t function) { say("ref.func " + std::to_string(function)); }
    void load(opcode op, const memory_argument& argument) {
        say(std::string(name(op)) + " memory " + std::to_string(argument.memory) + " offset " +
            std::to_string(argument.offset) + " align " + std::to_string(argument.align_log2));
    }

    void forget_view() { view_ = nullptr; }

    ::events events;
    std::vector<std::uint32_t> offsets;
    function_summary summary;
    std::size_t locals = 0;
    bool refuse_constant = false;

private:
    static std::string text_of(const block_end& end) {
        return std::string(end.falls_through ? " falls through" : "") + (end.reachable_after ? "" : " unreachable") +
               (end.loop_weight != 0 ? " weight " + std::to_string(end.loop_weight) : "");
    }
    void say_block(const std::string& what, const block_signature& type) {
        say(what + (type.params.empty() ? "" : ' ' + to_string(type.params) + " ->") +
            (type.results.empty() ? "" : ' ' + to_string(type.results)));
    }
    void say(std::string text) {
        events.push_back(std::move(text));
        if (view_ != nullptr) {
            offsets.push_back(view_->offset());
        }
    }
    parser_view* view_ = nullptr;
};

/// The first function of a module, or bodies of functions and nothing else. Offsets count from the first body.
struct bodies {
    bodies(const char* text) : bytes(test::wat(text)) {
        REQUIRE(decode_module(bytes, module, errors));
        start = module.bodies[0].bytes.offset;
    }
    /// Of one function.
    bodies(const owned_function_type& type, std::initializer_list<unsigned> body) : bodies(type, bytes_of(body)) {}
    bodies(const owned_function_type& type, std::vector<std::byte> body) : bytes(std::move(body)) {
        for (const auto& list : {type.params, type.results}) {
            REQUIRE(module.value_types.try_append(list.data(), list.data() + list.size()));
        }
        const value_type* const results = module.value_types.begin() + type.params.size();
        module.types.push_back({});
        module.types.back().function =
            function_type({module.value_types.begin(), results}, {results, module.value_types.end()});
        module.canonical.push_back(0);
        module.functions.push_back(0);
        module.declared_functions.push_back(true);
        module.bodies.push_back({{0, static_cast<std::uint32_t>(bytes.size())}});
    }

    static std::vector<std::byte> bytes_of(std::initializer_list<unsigned> values) {
        std::vector<std::byte> result;
        for (const unsigned value : values) {
            result.push_back(static_cast<std::byte>(value));
        }
        return result;
    }
    bool parse() {
        errors = {};
        told = {};
        told.refuse_constant = refuse_constants;
        const bool accepted = function_parser<recorder>(module, bytes, errors).parse_function(0, told);
        told.forget_view();
        return accepted;
    }

    std::shared_ptr<module_info> decoded = std::make_shared<module_info>(); // bodies are copied, what views this too
    module_info& module = *decoded;
    std::vector<std::byte> bytes;
    std::size_t start = 0;
    diagnostics errors;
    recorder told;
    bool refuse_constants = false;
};

events events_of(bodies function) {
    CHECK(function.parse());
    return function.told.events;
}

function_summary summary_of(bodies function) {
    CHECK(function.parse());
    return function.told.summary;
}

/// Expects a refusal with this message at this offset.
void check_refused(bodies function, diagnostic_kind kind, std::size_t offset, const std::string& message) {
    CAPTURE(message);
    CHECK_FALSE(function.parse());
    REQUIRE_FALSE(function.errors.ok());
    CHECK(function.errors.first().kind == kind);
    CHECK(function.errors.first().offset - function.start == offset);
    CHECK(function.errors.first().message.view() == message);
    CHECK(function.errors.first().function == 0U);
}

void check_invalid(const bodies& function, std::size_t offset, const std::string& message) {
    check_refused(function, diagnostic_kind::invalid, offset, message);
}
void check_malformed(const bodies& function, std::size_t offset, const std::string& message) {
    check_refused(function, diagnostic_kind::malformed, offset, message);
}

const owned_function_type nothing;

} // namespace

TEST_CASE("operators are reported in order, with their offsets and immediates") {
    // (func (param i32) (result i32) (local i64)
    //   (i32.add (i32.load16_u offset=300 (local.get 0)) (i32.const -1)))
    bodies function({{i32}, {i32}}, {1, 1, 0x7e, 0x20, 0, 0x2f, 1, 0xac, 2, 0x41, 0x7f, 0x6a, 0x0b});
    function.module.memories.push_back({});
    REQUIRE(function.parse());
    CHECK(function.told.locals == 2);
    CHECK(function.told.events ==
          events{"local.get 0", "i32.load16_u memory 0 offset 300 align 1", "i32.const 4294967295", "i32.add"});
    CHECK(function.told.offsets == std::vector<std::uint32_t>{3, 5, 9, 11});
}

TEST_CASE("code after an unconditional branch is not reported, nor are blocks that begin there") {
    CHECK(events_of("(func (block (br 0) (i32.const 1) (drop) (block (nop)) (loop (br 0))) (nop))") ==
          events{"block", "br 0", "end", "nop"});
}

TEST_CASE("what follows a block that is left only outwards is unreachable, but its stack is not polymorphic") {
    CHECK(events_of("(func (block (block (br 1)) (nop)) (nop))") ==
          events{"block", "block", "br 1", "end unreachable", "end", "nop"});
    // The validation algorithm sees no polymorphic stack behind the inner block.
    check_invalid("(func (result i32) (block (block (br 1)) (i32.add) (drop)) (i32.const 1))", 8,
                  "type mismatch: instruction requires [i32] but stack has [] (i32.add)");
}

TEST_CASE("a branch in unreachable code does not make its target reachable") {
    CHECK(events_of("(func (block (return) (br 0)) (nop))") == events{"block", "return", "end unreachable"});
}

TEST_CASE("a loop is left only through its end") {
    CHECK(events_of("(func (loop (br 0)) (nop))") == events{"loop", "br 0", "end unreachable weight 3"});
}

TEST_CASE("an if is left through either arm") {
    CHECK(events_of("(func (param i32) (if (local.get 0) (then (return)) (else (nop))) (nop))") ==
          events{"local.get 0", "if", "return", "else after dead end", "nop", "end falls through", "nop"});
    CHECK(events_of("(func (param i32) (if (local.get 0) (then (nop)) (else (return))) (nop))") ==
          events{"local.get 0", "if", "nop", "else", "return", "end", "nop"});
    CHECK(events_of("(func (param i32) (if (local.get 0) (then (return))) (nop))") ==
          events{"local.get 0", "if", "return", "end", "nop"});
    CHECK(events_of("(func (param i32) (if (local.get 0) (then (return)) (else (return))) (nop))") ==
          events{"local.get 0", "if", "return", "else after dead end", "return", "end unreachable"});
}

TEST_CASE("br_table reports the default last and reaches all of its targets") {
    CHECK(events_of("(func (param i32) (block (block (block (br_table 0 1 0 (local.get 0))))))") ==
          events{"block", "block", "block", "local.get 0", "br_table 0 1 0", "end", "end falls through",
                 "end falls through"});
}

TEST_CASE("block types reach the sink: one result, a reference, a function type") {
    CHECK(events_of("(type (func)) (func (block (result (ref null 0)) (ref.null nofunc)) (drop))") ==
          events{"block [(ref null 0)]", "end falls through", "drop (ref null 0)"});
    CHECK(events_of("(type $t (func (param i32) (result i64 i64)))"
                    "(func (i32.const 1) (block (type $t) (drop) (unreachable)) (drop) (drop))") ==
          events{"i32.const 1", "block [i32] -> [i64 i64]", "drop i32", "unreachable", "end unreachable"});
}

TEST_CASE("weights count operators, each in its innermost loop") {
    bodies function("(func (param i32) (nop) (loop (nop) (loop (nop) (nop) (br_if 0 (local.get 0))) (nop)) (nop))");
    REQUIRE(function.parse());
    CHECK(function.told.events[8] == "end falls through weight 6");  // loop nop nop local.get br_if end
    CHECK(function.told.events[10] == "end falls through weight 4"); // loop nop nop end
    CHECK(function.told.summary.entry_weight == 3);                  // nop nop end
    // Unreachable code counts as well.
    CHECK(summary_of("(func (return) (nop) (loop (nop)) (nop))").entry_weight == 4);
}

TEST_CASE("frames have slots for locals and for the highest operand stack") {
    CHECK(summary_of("(func)").frame_slots == 0);
    CHECK(summary_of("(func (param i32 v128) (local v128 f32))").frame_slots == 6);
    CHECK(summary_of("(func (param i32) (i32.add (local.get 0) (i32.add (local.get 0) (local.get 0))) (drop))")
              .frame_slots == 4);
    CHECK(
        summary_of("(func (param i32)"
                   "  (local.get 0) (i8x16.splat (local.get 0)) (i8x16.splat (local.get 0)) (i8x16.add) (drop) (drop))")
            .frame_slots == 6);
    CHECK(summary_of("(func (result i32 v128) (unreachable))").frame_slots == 3);
    // Room for a result that only unreachable code leaves.
    CHECK(summary_of("(func (block (result v128) (unreachable)) (drop))").frame_slots == 2);
}

TEST_CASE("a function falls through where its end is reached without a branch") {
    CHECK(summary_of("(func)").falls_through);
    CHECK_FALSE(summary_of("(func (return))").falls_through);
    CHECK_FALSE(summary_of("(func (br 0))").falls_through);
}

TEST_CASE("vectors take two slots and one operand") {
    CHECK(events_of("(func (local v128) (drop (select (local.get 0) (local.get 0) (i32.const 1))))") ==
          events{"local.get 0", "local.get 0", "i32.const 1", "select v128", "drop v128"});
    // The second slot is not an operand of its own.
    check_invalid("(func (local v128) (i32.const 0) (local.get 0) (i8x16.add))", 7,
                  "type mismatch: instruction requires [v128] but stack has [i32] (i8x16.add)");
    check_invalid("(func (local v128) (local.get 0) (i8x16.add))", 5,
                  "type mismatch: instruction requires [v128] but stack has [] (i8x16.add)");
    // The other operand is polymorphic.
    CHECK(events_of("(func (local v128) (unreachable) (local.get 0) (i8x16.add) (drop))") == events{"unreachable"});
}

TEST_CASE("a conditional branch leaves operands with the types of its label") {
    // No longer known to be a (ref $f).
    check_invalid("(type $f (func (param (ref $f) i32) (result funcref)))"
                  "(type $g (func (result funcref)))"
                  "(func (type $f) (call_ref $g (br_if 0 (local.get 0) (local.get 1))))",
                  7,
                  "type mismatch: instruction requires [(ref null 1)] but stack has [(ref null func)]"
                  " (call_ref)");
}

TEST_CASE("locals without a default value are set before they are read, until the block ends") {
    CHECK(bodies("(func (param (ref func)) (local (ref func)) (local.set 1 (local.get 0)) (drop (local.get 1)))")
              .parse());
    check_invalid("(func (param (ref func)) (local (ref func))"
                  "  (block (local.set 1 (local.get 0))) (drop (local.get 1)))",
                  11, "uninitialized local 1 (local.get)");
    check_invalid("(func (param (ref func)) (local (ref func))"
                  "  (if (i32.const 1) (then (local.set 1 (local.get 0))) (else (drop (local.get 1)))))",
                  13, "uninitialized local 1 (local.get)");
}

TEST_CASE("handlers of a try_table are branches; their labels count from the block around it") {
    CHECK(events_of("(tag (param i32))"
                    "(func (result i32)"
                    "  (block (try_table (catch_all 0) (throw 0 (i32.const 7))) (unreachable)) (i32.const 1))") ==
          events{"block", "try_table catch 2 0 0", "i32.const 7", "throw 0", "end unreachable", "end", "i32.const 1"});
    // Tag and label agree.
    CHECK(events_of("(tag (param i32)) (func (result i32) (try_table (result i32) (catch 0 0) (i32.const 1)))") ==
          events{"try_table [i32] catch 0 0 0", "i32.const 1", "end falls through"});
    check_invalid("(tag (param i32)) (func (result i32) (try_table (result i32) (catch_ref 0 0) (i32.const 1)))", 1,
                  "type mismatch: label requires [i32] but catch handler has [i32 (ref exn)] (try_table)");
}

TEST_CASE("legacy exceptions") {
    CHECK(events_of("(tag (param i32))"
                    "(func (try (do (return)) (catch 0 (drop)) (catch_all (rethrow 0))) (nop))") ==
          events{"try", "return", "catch 0 after dead end", "drop i32", "catch_all", "rethrow 0", "end", "nop"});
    // To the caller.
    CHECK(events_of("(func (try (do (nop)) (delegate 0)))") == events{"try", "nop", "delegate 0 falls through"});
    check_malformed({nothing, {0, 0x02, 0x40, 0x19, 0x0b, 0x0b}}, 3, "END opcode expected (catch_all)");
    check_invalid({nothing, {0, 0x09, 0, 0x0b}}, 1, "invalid rethrow label 0 (rethrow)");
}

TEST_CASE("errors name the operator and its offset") {
    check_invalid({nothing, {0, 0x01, 0x6a, 0x0b}}, 2,
                  "type mismatch: instruction requires [i32] but stack has [] (i32.add)");
    check_invalid({{{}, {i32}}, {0, 0x42, 0, 0x0b}}, 3,
                  "type mismatch: instruction requires [i32] but stack has [i64] (end)");
    check_invalid({nothing, {0, 0x41, 0, 0x42, 0, 0x0b}}, 5,
                  "type mismatch: block requires [] but stack has [i32 i64] (end)");
    check_invalid({nothing, {0, 0x20, 3, 0x0b}}, 1, "unknown local 3 (local.get)");
    check_invalid({nothing, {0, 0x0c, 1, 0x0b}}, 1, "unknown label 1 (br)");
    check_invalid({nothing, {0, 0x10, 1, 0x0b}}, 1, "unknown function 1 (call)");
    check_invalid({nothing, {0, 0x41, 0, 0x28, 2, 0, 0x0b}}, 3, "unknown memory 0 (i32.load)");
    check_malformed({nothing, {0, 0xfc, 0x09, 0, 0x0b}}, 1, "data count section required (data.drop)");
    check_malformed({nothing, {0, 0xff, 0x0b}}, 1, "illegal opcode ff");
    check_malformed({nothing, {0, 0xfd, 0xff, 2, 0x0b}}, 1, "illegal opcode fd 17f");
    check_malformed({nothing, {0, 0x05, 0x0b}}, 1, "END opcode expected (else)");
    check_malformed({nothing, {0, 0x01}}, 2, "unexpected end of section or function");
    check_malformed({nothing, {0, 0x0b, 0x01}}, 2, "section size mismatch: bytes after the end of an expression");
    check_malformed({nothing, {0, 0x41, 0x80}}, 3, "unexpected end of section or function");
}

TEST_CASE("an error in unreachable code is an error") {
    check_invalid({nothing, {0, 0x00, 0x42, 0, 0x45, 0x1a, 0x0b}}, 4,
                  "type mismatch: instruction requires [i32] but stack has [i64] (i32.eqz)");
    check_invalid({nothing, {0, 0x00, 0x0c, 9, 0x0b}}, 2, "unknown label 9 (br)");
}

TEST_CASE("alignment and offset of memory operators") {
    check_invalid("(memory 0) (func (drop (i32.load align=8 (i32.const 0))))", 3,
                  "alignment must not be larger than natural (i32.load)");
    check_invalid("(memory 0) (func (drop (i32.load offset=4294967296 (i32.const 0))))", 3,
                  "offset out of range: 4294967296 (i32.load)");
    CHECK(events_of("(memory 0) (memory i64 0) (func (drop (i32.load 1 offset=4294967296 (i64.const 0))))")[1] ==
          "i32.load memory 1 offset 4294967296 align 2");
    check_invalid("(memory 0) (func (drop (i32.atomic.load align=2 (i32.const 0))))", 3,
                  "atomic alignment must be natural (i32.atomic.load)");
}

TEST_CASE("a sink that refuses ends the parse") {
    bodies function("(func (nop) (drop (i32.add (i32.const 1) (i32.const 2))))");
    function.refuse_constants = true;
    check_refused(function, diagnostic_kind::unsupported, 2, "no constants here");
    CHECK_FALSE(function.parse());
    CHECK(function.told.events == events{"nop", "i32.const 1"});
}

TEST_CASE("limits hold before memory is taken") {
    // (local i32 * 50,001)
    check_refused({nothing, {1, 0xd1, 0x86, 3, 0x7f, 0x0b}}, diagnostic_kind::limit, 0,
                  "too many locals: 50001, at most 50000 with parameters");
    // (local i32 * 4,294,967,295) (local i32)
    check_malformed({nothing, {2, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 1, 0x7f, 0x0b}}, 0,
                    "too many locals: 4294967296");
    // 1,100 calls that leave 1,000 operands each
    std::vector<std::byte> body{std::byte{0}};
    for (int i = 0; i < 1100; ++i) {
        body.insert(body.end(), {std::byte{0x10}, std::byte{0}});
    }
    body.push_back(std::byte{0x0b});
    bodies function({{}, std::vector<value_type>(1000, i32)}, body);
    CHECK_FALSE(function.parse());
    CHECK(function.errors.first().kind == diagnostic_kind::limit);
    CHECK(function.errors.first().message.view() == "too many operands: at most 1000000 (call)");
}

TEST_CASE("nesting is limited by nothing but the size of the body") {
    constexpr std::size_t depth = 200'000;
    std::vector<std::byte> body{std::byte{0}};
    for (std::size_t i = 0; i < depth; ++i) {
        body.insert(body.end(), {std::byte{0x02}, std::byte{0x40}});
    }
    body.insert(body.end(), depth + 1, std::byte{0x0b});
    bodies function(nothing, std::move(body));
    REQUIRE(function.parse());
    CHECK(function.told.events.size() == 2 * depth);
    CHECK(function.told.summary.entry_weight == 2 * depth + 1);
}

TEST_CASE("one parser parses many bodies, of functions and of constant expressions") {
    // (func (param i32) (result i32) (local.get 0)), (global (ref func) (ref.func 0)), (global i32 (i32.const 7))
    bodies function({{i32}, {i32}}, {0, 0x20, 0, 0x0b, 0xd2, 0, 0x0b, 0x41, 7, 0x0b});
    function.module.bodies[0].bytes.size = 4;
    diagnostics errors;
    recorder told;
    function_parser<recorder> parser(function.module, function.bytes, errors);
    CHECK(parser.parse_function(0, told));
    CHECK(parser.parse_function(0, told));
    CHECK(parser.parse_constant_expression(byte_range{4, 3}, value_type::reference(heap_type::func, false), 0, told));
    byte_reader reader(function.bytes, errors);
    reader.skip(4);
    CHECK(parser.parse_constant_expression(reader, funcref, 0, told));
    CHECK(reader.offset() == 7);
    CHECK(parser.parse_constant_expression(reader, i32, 0, told));
    CHECK(reader.at_end());
    CHECK(told.events == events{"local.get 0", "local.get 0", "ref.func 0", "ref.func 0", "i32.const 7"});
}

TEST_CASE("what is not constant is refused in constant expressions") {
    const auto message_of = [](std::initializer_list<unsigned> body, value_type type, std::uint32_t visible) {
        bodies expression(nothing, body);
        REQUIRE(expression.module.globals.try_resize(2));
        expression.module.globals[0].type = {i32, false};
        expression.module.globals[1].type = {i32, true};
        diagnostics errors;
        recorder told;
        const byte_range all{0, static_cast<std::uint32_t>(expression.bytes.size())};
        const bool accepted =
            parse_constant_expression(expression.module, expression.bytes, all, type, visible, told, errors);
        return accepted ? std::string("accepted") : std::string(errors.first().message.view());
    };
    // (i32.add (global.get 0) (i32.const 1))
    CHECK(message_of({0x23, 0, 0x41, 1, 0x6a, 0x0b}, i32, 1) == "accepted");
    CHECK(message_of({0x23, 0, 0x0b}, i32, 0) == "unknown global 0 (global.get)");
    CHECK(message_of({0x23, 1, 0x0b}, i32, 2) == "constant expression required: mutable global 1 (global.get)");
    CHECK(message_of({0x41, 1, 0x67, 0x0b}, i32, 0) == "constant expression required (i32.clz)");
    CHECK(message_of({0x01, 0x0b}, i32, 0) == "constant expression required (nop)");
    CHECK(message_of({0x41, 1, 0x0b}, i64, 0) == "type mismatch: instruction requires [i64] but stack has [i32] (end)");
    CHECK(message_of({0x41, 1, 0x0b, 0x0b}, i32, 0) == "section size mismatch: bytes after the end of an expression");
    CHECK(message_of({0x41, 1}, i32, 0) == "unexpected end of section or function");
}

TEST_CASE("the opcode table: every instruction is found by its code") {
    for (std::size_t i = 0; i < opcode_count; ++i) {
        const auto op = static_cast<opcode>(i);
        CAPTURE(name(op));
        CHECK(decode_opcode(info(op).prefix, info(op).code) == op);
    }
    CHECK(decode_opcode(0x00, 0x27) == no_opcode);
    CHECK(decode_opcode(0xfd, 0x114) == no_opcode);
    CHECK(decode_opcode(0xfd, 0xffff'ffff) == no_opcode);
    CHECK(info(opcode::i32_atomic_rmw_add).params().size() == 2);
    CHECK(info(opcode::i32_atomic_rmw_add).params()[0] == opcode_info::address);
    CHECK(info(opcode::v128_load8_lane).width_log2 == 0);
    CHECK(info(opcode::i64x2_replace_lane).width_log2 == 3);
}

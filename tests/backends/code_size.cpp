#include "backends/compile_natively.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>

// Native code stays as short as it is: ceilings of the bytes that one more operation takes, by family.

namespace {

/// A piece of a body, and how many bytes of native code each repetition of it may take: what it took when the figure was written, a tenth
/// more, and one. Who makes code shorter lowers ceilings; `tests/native_code -s -tc="code size: no*"` shows what is there. Shifts and bit
/// counts are those of a processor with BMI.
struct family {
    const char* name;
    const char* body;
    std::size_t ceiling;
};

// Locals 0 and 1 are i32, 2 and 3 i64, 4 and 5 f32, 6 and 7 f64.
constexpr family families[] = {
    {"i32.add", "(local.set 0 (i32.add (local.get 0) (local.get 1)))", 3},
    {"i32.add of a constant", "(local.set 0 (i32.add (local.get 0) (i32.const 7)))", 4},
    {"i64.xor", "(local.set 2 (i64.xor (local.get 2) (local.get 3)))", 4},
    {"i32.mul", "(local.set 0 (i32.mul (local.get 1) (local.get 0)))", 6},
    {"three operands", "(local.set 0 (i32.sub (local.get 1) (local.get 0)))", 5},
    {"shift by a constant", "(local.set 0 (i32.shl (local.get 0) (i32.const 3)))", 4},
    {"shift by a value", "(local.set 0 (i32.shl (local.get 0) (local.get 1)))", 6},
    {"i64.rotl by a value", "(local.set 2 (i64.rotl (local.get 2) (local.get 3)))", 12},
    {"i32.clz", "(local.set 0 (i32.clz (local.get 1)))", 5},
    {"i32.div_s", "(local.set 0 (i32.div_s (local.get 0) (local.get 1)))", 50},
    {"i32.div_u by a constant", "(local.set 0 (i32.div_u (local.get 0) (i32.const 10)))", 23},
    {"i64.rem_u", "(local.set 2 (i64.rem_u (local.get 2) (local.get 3)))", 35},
    {"comparison as a value", "(local.set 0 (i32.lt_s (local.get 0) (local.get 1)))", 9},
    {"i64.eqz as a value", "(local.set 0 (i64.eqz (local.get 2)))", 13},
    {"wrap and extend", "(local.set 2 (i64.extend_i32_s (i32.wrap_i64 (local.get 2))))", 6},
    {"f64.add", "(local.set 6 (f64.add (local.get 6) (local.get 7)))", 5},
    {"f64.mul and f64.const", "(local.set 6 (f64.mul (local.get 6) (f64.const 0.1)))", 9},
    {"f32.sqrt", "(local.set 4 (f32.sqrt (local.get 5)))", 10},
    {"f64.min", "(local.set 6 (f64.min (local.get 6) (local.get 7)))", 26},
    {"f64.copysign", "(local.set 6 (f64.copysign (local.get 6) (local.get 7)))", 29},
    {"f64.lt as a value", "(local.set 0 (f64.lt (local.get 6) (local.get 7)))", 12},
    {"f64.convert_i32_s", "(local.set 6 (f64.convert_i32_s (local.get 0)))", 8},
    {"f64.convert_i64_u", "(local.set 6 (f64.convert_i64_u (local.get 2)))", 45},
    {"i32.trunc_f64_s", "(local.set 0 (i32.trunc_f64_s (local.get 6)))", 37},
    {"i64.trunc_sat_f64_u", "(local.set 2 (i64.trunc_sat_f64_u (local.get 6)))", 81},
    {"select", "(local.set 0 (select (local.get 0) (local.get 1) (i32.lt_u (local.get 0) (local.get 1))))", 6},
    {"select of floats", "(local.set 6 (select (local.get 6) (local.get 7) (f64.le (local.get 6) (local.get 7))))", 24},
    {"select of the lesser float",
     "(local.set 6 (select (local.get 6) (local.get 7) (f64.lt (local.get 6) (local.get 7))))", 5},
    {"load, address computed", "(local.set 0 (i32.load offset=4 (i32.add (local.get 0) (i32.const 1))))", 21},
    {"load, address known", "(local.set 0 (i32.add (local.get 0) (i32.load offset=4 (local.get 1))))", 7},
    {"load, address constant", "(local.set 0 (i32.load (i32.const 64)))", 4},
    {"store, address computed", "(i64.store (i32.add (local.get 0) (i32.const 1)) (local.get 2))", 21},
    {"store of a constant", "(i32.store offset=8 (local.get 1) (i32.const 5))", 9},
    {"f64.store, address known", "(f64.store offset=8 (local.get 1) (local.get 6))", 7},
    {"load of another memory", "(local.set 0 (i32.load $other (local.get 0)))", 47},
    {"memory.size", "(local.set 0 (memory.size))", 9},
    {"memory.grow", "(local.set 0 (memory.grow (local.get 0)))", 43},
    {"memory.copy", "(memory.copy (local.get 0) (local.get 1) (i32.const 16))", 59},
    {"table.get", "(drop (table.get (local.get 0)))", 41},
    {"global.get", "(local.set 0 (i32.add (local.get 0) (global.get $g)))", 10},
    {"global.set", "(global.set $g (local.get 0))", 8},
    {"block and br_if", "(block (br_if 0 (i32.lt_s (local.get 0) (local.get 1))))", 9},
    {"br_if back", "(loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))", 39},
    {"if and else", "(if (local.get 0) (then (local.set 1 (i32.const 1))) (else (local.set 1 (i32.const 2))))", 26},
    {"br_table of three", "(block (block (block (br_table 0 1 2 (local.get 0)))))", 53},
    {"call", "(call $nothing)", 20},
    {"call with arguments", "(local.set 0 (call $adds (local.get 0) (local.get 1)))", 36},
    {"call of an import", "(local.set 0 (call $imported (local.get 0)))", 31},
    {"call_indirect", "(local.set 0 (call_indirect (type $sum) (local.get 0) (local.get 1) (i32.const 1)))", 174},
    {"call_ref", "(local.set 0 (call_ref $sum (local.get 0) (local.get 1) (global.get $callee)))", 92},
    {"ref.func", "(drop (ref.func $adds))", 34},
};

std::string module_of(const char* body, std::size_t repetitions) {
    std::string text = R"((module
        (type $sum (func (param i32 i32) (result i32)))
        (import "host" "f" (func $imported (param i32) (result i32)))
        (func $f (param i32 i32 i64 i64 f32 f32 f64 f64) (local.set 1 (i32.add (local.get 1) (i32.load offset=8 (local.get 1)))) (drop (i32.load offset=64 (local.get 1))))";
    for (std::size_t i = 0; i < repetitions; ++i) {
        text += body;
    }
    return text + R"()
        (func $nothing) (func $adds (type $sum) (i32.add (local.get 0) (local.get 1)))
        (memory 1) (memory $other 1) (table funcref (elem $nothing $adds))
        (global $g (mut i32) (i32.const 0)) (global $callee (mut (ref null $sum)) (ref.func $adds))))";
}

/// What one repetition takes, rounded up.
std::size_t bytes_each(const std::string& body) {
    constexpr std::size_t few = 150; // with a weight of four bytes, as many have
    constexpr std::size_t many = 250;
    const auto size = [&](std::size_t repetitions) {
        return test::compile_natively(module_of(body.c_str(), repetitions), 1).size();
    };
    return (size(many) - size(few) + (many - few) - 1) / (many - few);
}

} // namespace

TEST_CASE("code size: no family takes more bytes than its ceiling") {
    for (const family& each : families) {
        CAPTURE(std::string(each.name));
        CHECK(bytes_each(each.body) <= each.ceiling);
    }
}

TEST_CASE("code size: what takes twice as much is above the ceiling") {
    for (const family& each : families) {
        CAPTURE(std::string(each.name));
        CHECK(bytes_each(std::string(each.body) + each.body) > each.ceiling);
    }
}

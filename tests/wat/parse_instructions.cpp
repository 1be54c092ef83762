#include "wat/binary.hpp"

#include "riser/core/wasm/opcode.hpp"
#include "riser/wat/detail/byte_buffer.hpp"
#include "riser/wat/detail/memory.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using test::code;
using test::refusal;

TEST_CASE("every instruction without immediates has the code of the table") {
    namespace wasm = riser::core::wasm;
    unsigned count = 0;
    wasm::diagnostics diagnostics;
    const riser::wat::detail::text_memory memory(riser::core::host_allocator, diagnostics);
    for (const wasm::opcode_info& row : wasm::opcode_infos) {
        if (row.immediate != wasm::immediate_kind::none || !row.has_signature) {
            continue;
        }
        riser::wat::detail::byte_buffer expected(memory);
        if (row.prefix == 0) {
            expected.put(static_cast<std::uint8_t>(row.code));
        } else {
            expected.put(row.prefix);
            expected.put_unsigned(row.code);
        }
        const std::string digits = test::hex(std::as_bytes(std::span(expected.view())));
        REQUIRE(code(std::string(row.name)) == digits);
        REQUIRE(code("(" + std::string(row.name) + ")") == digits);
        count++;
    }
    CHECK(count > 350);
}

TEST_CASE("folded instructions come behind their operands") {
    CHECK(code("(i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3)))") == "4101410241036c6a");
    CHECK(code("(call 0 (local.get 1) (local.get 2))", "(func)") == "200120021000");
    CHECK(code("(drop (block (result i32) i32.const 1))") == "027f41010b1a");
    CHECK(code("(local.set 0 (local.tee 0 (local.get 0)))") == "200022002100");
    CHECK(refusal("(func (i32.add i32.const 1 i32.const 2))").starts_with("unexpected token i32.const"));
    CHECK(refusal("(func (nop))  ").empty());
    CHECK(refusal("(func (end))").starts_with("unexpected token end"));
    CHECK(refusal("(func end)").starts_with("unexpected token end"));
    CHECK(refusal("(func (block nop end))").starts_with("unexpected token end"));
    CHECK(refusal("(func block (nop)").starts_with("unexpected token: the end"));
    CHECK(refusal("(func block)") == "unexpected token ): expected 'end'");
    CHECK(refusal("(func (loop block))") == "unexpected token ): expected 'end'");
}

TEST_CASE("if, folded and plain") {
    CHECK(code("(if (i32.const 1) (then nop) (else drop))") == "4101044001051a0b");
    CHECK(code("i32.const 1 if nop else drop end") == "4101044001051a0b");
    CHECK(code("(if $l (result i32) (local.get 0) (local.get 1) (then (br $l)))") == "20002001047f0c000b");
    CHECK(code("(if (then))") == "04400b");
    CHECK(code("(block $l (if $l (br_if $l (i32.const 0)) (then (br $l))))") ==
          "024041000d0004400c000b0b"); // operands see the outer $l
    CHECK(refusal("(func (if (nop)))") == "unexpected token ): expected '(then'");
    CHECK(refusal("(func (if (else)))").starts_with("unexpected token else"));
    CHECK(refusal("(func (if (then) (then)))").starts_with("unexpected token then"));
    CHECK(refusal("(func (if (then) (else) (else)))").starts_with("unexpected token else"));
    CHECK(refusal("(func (if (then) nop))").starts_with("unexpected token nop"));
    CHECK(refusal("(func if else else end)").starts_with("unexpected token else"));
    CHECK(refusal("(func (then))").starts_with("unexpected token then"));
}

TEST_CASE("blocks have types") {
    const std::string types = "(type $t (func (param i32)))";
    CHECK(code("block end") == "02400b");
    CHECK(code("block (result (ref null func)) end") == "02700b");
    CHECK(code("loop (result (ref func)) end") == "0364700b");
    CHECK(code("block (param i32) end", types) == "02000b");
    CHECK(code("block (type $t) end", types) == "02000b");
    CHECK(code("block (type $t) (param i32) end", types) == "02000b");
    CHECK(code("block (result i32) (result i32) end", types) == "02020b"); // behind the function's own type
    CHECK(refusal("(func block (param $x i32) end)").starts_with("unexpected token $x"));
    CHECK(refusal("(func block (result i32) (param i32) end)").starts_with("unexpected token param"));
}

TEST_CASE("labels are found from the innermost outwards") {
    CHECK(code("block $a block $b br $a br $b br 1 end end") == "024002400c010c000c010b0b");
    CHECK(code("block $a block $a br $a end br $a end") == "024002400c000b0c000b");
    CHECK(code("(block $a (loop $b (br_table $b $a 0 $a 2)))") == "024003400e0400010001020b0b");
    CHECK(code("block $a end block $a br $a end") == "02400b02400c000b");
    CHECK(refusal("(func (br_table))").starts_with("unexpected token ): expected an index"));
}

TEST_CASE("exceptions: try_table, whose clauses do not see its label") {
    const std::string tags = "(tag $e (param i32)) (tag $f)";
    CHECK(code("block $l (try_table $l (catch $f $l) (catch_ref 0 0) (catch_all $l) (catch_all_ref $l) (br $l)) end",
               tags) == "02401f400400010001000002000300"
                        "0c000b0b");
    CHECK(code("try_table end throw $f throw_ref") == "unknown tag $f");
    CHECK(code("try_table end throw $f throw_ref", tags) == "1f40000b08010a");
}

TEST_CASE("legacy exceptions, folded and plain") {
    const std::string tags = "(tag $e) (tag $f)";
    const std::string expected = "06400107000107011a190a0b";
    CHECK(code("try nop catch $e nop catch $f drop catch_all throw_ref end", tags) == expected);
    CHECK(code("(try (do nop) (catch $e nop) (catch $f drop) (catch_all throw_ref))", tags) == expected);
    CHECK(code("try $l try nop delegate $l end", tags) == "0640064001"
                                                          "18000b");
    CHECK(code("(try $l (do (try $m (do nop) (delegate $l))))", tags) == "0640064001"
                                                                         "18000b");
    CHECK(code("(try $l (do) (catch_all (rethrow $l)))", tags) == "0640190900"
                                                                  "0b");
    for (const std::string_view wrong :
         {"(try)", "(try nop)", "(try (catch $e))", "(try (do) (catch_all) (catch $e))",
          "(try (do) (catch $e) (delegate 0))", "(try (do) (do))", "catch $e", "(catch_all)",
          "try catch_all catch $e end", "try catch_all delegate 0", "delegate 0"}) {
        CHECK_MESSAGE(refusal("(func " + std::string(wrong) + ")" + tags).starts_with("unexpected token"), wrong);
    }
}

TEST_CASE("select with types, tests and casts have codes of their own") {
    CHECK(code("select") == "1b");
    CHECK(code("select (result i32) (result)") == "1c017f");
    CHECK(code("(select (result) (i32.const 0))") == "41001c00");
    CHECK(code("ref.test (ref func)") == "fb1470");
    CHECK(code("ref.test (ref null func)") == "fb1570");
    CHECK(code("(ref.cast anyref)") == "fb176e");
    CHECK(code("ref.cast (ref $t)", "(type $t (struct))") == "fb1600");
    CHECK(code("br_on_cast 0 anyref (ref i31)") == "fb1801006e6c");
    CHECK(code("br_on_cast_fail 0 (ref any) (ref null $t)", "(type $t (struct))") == "fb1902006e00");
    CHECK(code("ref.null $t ref.null extern", "(type $t (struct))") == "d000d06f");
    CHECK(refusal("(func ref.null i32)").starts_with("unexpected token i32: expected a heap type"));
}

TEST_CASE("memory arguments") {
    const std::string memories = "(memory $a 0) (memory $b 0)";
    CHECK(code("i32.load") == "280200");
    CHECK(code("i32.load offset=4294967296 align=1") == "28008080808010");
    CHECK(code("i64.store offset=0x1_0 align=8") == "370310");
    CHECK(code("i32.load8_u $b offset=3", memories) == "2d400103");
    CHECK(code("i32.load $a", memories) == "280200");
    CHECK(code("i32.load 1 align=2", memories) == "2841"
                                                  "0100");
    CHECK(code("v128.load8_lane 3 drop") == "fd540000031a");
    CHECK(code("v128.load8_lane 1 3", memories) == "fd5440010003");
    CHECK(code("v128.load8_lane $b offset=1 3", memories) == "fd5440010103");
    CHECK(code("v128.store64_lane offset=1 align=1 3") == "fd5b000103");
    CHECK(code("memory.size $b memory.size", memories) == "3f013f00");
    CHECK(code("memory.copy memory.copy 1 $a", memories) == "fc0a0000fc0a0100");
    CHECK(code("memory.fill $b", memories) == "fc0b01");
    CHECK(code("memory.init 1 $d memory.init $d", memories + "(data $d)") == "fc080001fc080000");
    CHECK(code("memory.atomic.notify offset=4 atomic.fence") == "fe000204fe0300");
    CHECK(refusal("(func i32.load align=4 offset=1)").starts_with("unexpected token offset=1"));
}

TEST_CASE("tables and elements") {
    const std::string tables = "(table $t 0 funcref) (table $u 0 funcref) (elem $e func)";
    CHECK(code("table.get table.get 1 table.set $u", tables) == "250025012601");
    CHECK(code("table.copy table.copy $u $t", tables) == "fc0e0000fc0e0100");
    CHECK(code("table.init $e table.init $u $e", tables) == "fc0c0000fc0c0001");
    CHECK(code("elem.drop $e table.size table.grow 1 table.fill $u", tables) == "fc0d00fc1000fc0f01fc1101");
    CHECK(code("call_indirect call_indirect $u (param i64)", tables + "(type (func)) (type (func (param i64)))") ==
          "1100001101"
          "01");
    CHECK(code("return_call_indirect (type 1) return_call 0 call_ref 1",
               tables + "(type (func)) (type (func (param i64)))") == "13010012001401");
    CHECK(refusal("(func call_indirect (param $x i32))").starts_with("unexpected token $x"));
}

TEST_CASE("structures and arrays") {
    const std::string types = "(type $s (struct (field i32) (field $x i32) (field $y i32 )))"
                              "(type $t (struct (field $y i64))) (type $a (array i8)) (data $d) (elem $e func)";
    CHECK(code("struct.get $s $y struct.get $t $y struct.set 0 $x struct.get_u $s 2", types) ==
          "fb020002fb020100fb050001fb040002");
    CHECK(code("array.new_fixed $a 300 array.copy $a 2 array.new_data $a $d array.init_elem $a $e", types) ==
          "fb0802ac02fb110202fb090200fb130200");
    CHECK(code("array.len ref.i31 any.convert_extern") == "fb0ffb1cfb1a");
}

TEST_CASE("vectors") {
    CHECK(code("i8x16.extract_lane_u 15 i64x2.replace_lane 0x1") == "fd160ffd1e01");
    CHECK(code("i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31") == "fd0d000102030405060708090a0b0c0d0e1f");
    CHECK(code("i32x4.relaxed_dot_i8x16_i7x16_add_s") == "fd9302");
}

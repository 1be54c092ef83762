#include "print_support.hpp"

#include "riser/core/wasm/opcode.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using test::expression;
using test::instructions;

TEST_CASE("every instruction without immediates is printed by its name") {
    using namespace riser::core::wasm;
    for (const opcode_info& each : opcode_infos) {
        if (each.immediate != immediate_kind::none || each.name == "else" || each.name == "end" ||
            each.name == "catch_all") {
            continue;
        }
        expression body;
        if (each.prefix == 0) {
            body.op({static_cast<std::uint8_t>(each.code)});
        } else {
            body.op(each.prefix, each.code);
        }
        CHECK(instructions(body) == std::string(each.name) + "\n");
    }
}

TEST_CASE("blocks are indented, and branches say where they go") {
    CHECK(instructions(expression()
                           .op({0x02, 0x40, 0x03, 0x7f, 0x0c, 0, 0x0d, 1, 0x0c, 2, 0x0c, 9, 0x0b, 0x0b})
                           .op({0x04, 0x70, 0x05, 0x0b})
                           .op({0x02, 0x40, 0x0e, 2, 0, 1, 0, 0x0b})) == "block ;; label = @1\n"
                                                                         "  loop (result i32) ;; label = @2\n"
                                                                         "    br 0 (;@2;)\n"
                                                                         "    br_if 1 (;@1;)\n"
                                                                         "    br 2\n"
                                                                         "    br 9\n"
                                                                         "  end\n"
                                                                         "end\n"
                                                                         "if (result funcref) ;; label = @1\n"
                                                                         "else\n"
                                                                         "end\n"
                                                                         "block ;; label = @1\n"
                                                                         "  br_table 0 (;@1;) 1 0 (;@1;)\n"
                                                                         "end\n");
}

TEST_CASE("a block type with an index is printed with what it stands for") {
    CHECK(instructions(expression().op({0x02, 0x00, 0x0b, 0x02, 0xe3, 0x00, 0x0b})) == "block (type 0) ;; label = @1\n"
                                                                                       "end\n"
                                                                                       "block (type 99) ;; label = @1\n"
                                                                                       "end\n");
}

TEST_CASE("code that nothing reaches is printed in full") {
    CHECK(instructions(expression().op({0x00, 0x6a, 0x0f, 0x20, 7})) == "unreachable\n"
                                                                        "i32.add\n"
                                                                        "return\n"
                                                                        "local.get 7\n");
}

TEST_CASE(
    "labels of catch clauses count from the block around the try_table, those of delegate from the one around the "
    "try") {
    CHECK(instructions(expression()
                           .op({0x02, 0x40, 0x1f, 0x40, 4, 0, 3, 0, 1, 3, 1, 2, 0, 3, 0, 0x0b, 0x0b})
                           .op({0x02, 0x40, 0x06, 0x40, 0x07, 3, 0x09, 0, 0x19, 0x0b, 0x06, 0x40, 0x18, 0, 0x0b})) ==
          "block ;; label = @1\n"
          "  try_table (catch 3 0 (;@1;)) (catch_ref 3 1) (catch_all 0 (;@1;)) (catch_all_ref 0 (;@1;)) ;; label = @2\n"
          "  end\n"
          "end\n"
          "block ;; label = @1\n"
          "  try ;; label = @2\n"
          "  catch 3\n"
          "    rethrow 0 (;@2;)\n"
          "  catch_all\n"
          "  end\n"
          "  try ;; label = @2\n"
          "  delegate 0 (;@1;)\n"
          "end\n");
}

TEST_CASE("memory arguments are printed where they are not what is understood") {
    CHECK(instructions(expression()
                           .op({0x28, 2, 0, 0x28, 2, 4, 0x28, 0, 0, 0x2d, 0x40, 3, 0xff, 0x01})
                           .op({0xfd, 0x54, 0, 1, 3, 0xfe, 0x10, 2, 0})) == "i32.load\n"
                                                                            "i32.load offset=4\n"
                                                                            "i32.load align=1\n"
                                                                            "i32.load8_u 3 offset=255\n"
                                                                            "v128.load8_lane offset=1 3\n"
                                                                            "i32.atomic.load\n");
}

TEST_CASE("memories and tables are left out where they are understood") {
    CHECK(instructions(expression()
                           .op({0x3f, 0, 0x40, 1, 0xfc, 0x0b, 0, 0xfc, 0x0a, 0, 0, 0xfc, 0x0a, 0, 1})
                           .op({0xfc, 0x08, 5, 0, 0xfc, 0x08, 5, 1, 0xfc, 0x0c, 5, 0, 0xfc, 0x0c, 5, 1})
                           .op({0x11, 7, 0, 0x13, 7, 1, 0x25, 0, 0xfc, 0x0e, 0, 0, 0xfc, 0x0e, 2, 1})) ==
          "memory.size\n"
          "memory.grow 1\n"
          "memory.fill\n"
          "memory.copy\n"
          "memory.copy 0 1\n"
          "memory.init 5\n"
          "memory.init 1 5\n"
          "table.init 5\n"
          "table.init 1 5\n"
          "call_indirect (type 7)\n"
          "return_call_indirect 1 (type 7)\n"
          "table.get 0\n"
          "table.copy\n"
          "table.copy 2 1\n");
}

TEST_CASE("types of references are abbreviated") {
    CHECK(instructions(expression()
                           .op({0xd0, 0x70, 0xd0, 3, 0xfb, 0x14, 0x6e, 0xfb, 0x15, 0x6e, 0xfb, 0x16, 3, 0xfb, 0x17, 3})
                           .op({0xfb, 0x18, 1, 0, 0x6e, 3, 0xfb, 0x19, 2, 0, 3, 0x6c})
                           .op({0x1b, 0x1c, 2, 0x63, 0x70, 0x64, 0x70, 0x1c, 0})) ==
          "ref.null func\n"
          "ref.null 3\n"
          "ref.test (ref any)\n"
          "ref.test anyref\n"
          "ref.cast (ref 3)\n"
          "ref.cast (ref null 3)\n"
          "br_on_cast 0 anyref (ref 3)\n"
          "br_on_cast_fail 0 (ref 3) i31ref\n"
          "select\n"
          "select (result funcref (ref func))\n"
          "select (result)\n");
}

TEST_CASE("structures, arrays and vectors are printed with their indices and lanes") {
    CHECK(instructions(expression()
                           .op({0xfb, 0x00, 3, 0xfb, 0x02, 3, 1, 0xfb, 0x08, 3, 4, 0xfb, 0x11, 3, 4})
                           .op({0xfb, 0x09, 3, 5, 0xfb, 0x0a, 3, 6, 0xfe, 0x03, 0, 0xfd, 0x15, 2})
                           .op({0xfd, 0x0d, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 31})
                           .op({0xfd, 0x0c, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0x78, 0x56, 0x34, 0x12})) ==
          "struct.new 3\n"
          "struct.get 3 1\n"
          "array.new_fixed 3 4\n"
          "array.copy 3 4\n"
          "array.new_data 3 5\n"
          "array.new_elem 3 6\n"
          "atomic.fence\n"
          "i8x16.extract_lane_s 2\n"
          "i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31\n"
          "v128.const i32x4 0x00000001 0xffffffff 0x00000000 0x12345678\n");
}

TEST_CASE("integers are printed signed") {
    CHECK(instructions(expression().constant_32(0xffff'ffff).constant_32(0x8000'0000).constant_64(~0ULL >> 1U)) ==
          "i32.const -1\n"
          "i32.const -2147483648\n"
          "i64.const 9223372036854775807\n");
}

TEST_CASE("numbers are the shortest decimals that read back") {
    const auto single = [](std::uint32_t bits) { return instructions(expression().constant(test::f32, bits)); };
    const auto full = [](std::uint64_t bits) { return instructions(expression().constant(test::f64, bits)); };
    CHECK(single(0x3dcc'cccd) == "f32.const 0.1\n");
    CHECK(single(0x8000'0000) == "f32.const -0\n");
    CHECK(single(0x0000'0001) == "f32.const 1e-45\n");
    CHECK(single(0x7f7f'ffff) == "f32.const 3.4028235e+38\n");
    CHECK(full(0x3fb9'9999'9999'999a) == "f64.const 0.1\n");
    CHECK(full(0x4014'0000'0000'0000) == "f64.const 5\n");
    CHECK(full(0x0000'0000'0000'0001) == "f64.const 5e-324\n");
}

TEST_CASE("numbers that are none keep their bits") {
    const auto single = [](std::uint32_t bits) { return instructions(expression().constant(test::f32, bits)); };
    const auto full = [](std::uint64_t bits) { return instructions(expression().constant(test::f64, bits)); };
    CHECK(single(0x7f80'0000) == "f32.const inf\n");
    CHECK(single(0xff80'0000) == "f32.const -inf\n");
    CHECK(single(0x7fc0'0000) == "f32.const nan\n");
    CHECK(single(0xffc0'0000) == "f32.const -nan\n");
    CHECK(single(0x7f80'0001) == "f32.const nan:0x1\n");
    CHECK(single(0x7fff'ffff) == "f32.const nan:0x7fffff\n");
    CHECK(full(0x7ff8'0000'0000'0000) == "f64.const nan\n");
    CHECK(full(0xfff8'0000'0000'0001) == "f64.const -nan:0x8000000000001\n");
}

#include "print_support.hpp"

#include <doctest/doctest.h>

#include <string>

using test::byte_writer;
using test::code;
using test::custom;
using test::fields;
using test::module_of;
using test::raw;

TEST_CASE("an empty module is printed") { CHECK(riser::wat::print(module_of({})) == "(module\n)\n"); }

TEST_CASE("types are printed as they are grouped, with their own indices where they are equal") {
    CHECK(fields(module_of({{1, raw({4,    0x60, 2,    0x7f, 0x7e, 1,    0x7d, 0x60, 0, 0, //
                                     0x60, 0,    0,                                        //
                                     0x4e, 3,                                              //
                                     0x50, 0,    0x5f, 2,    0x7f, 1,    0x78, 0,          //
                                     0x4f, 1,    3,    0x5f, 1,    0x63, 3,    1,          //
                                     0x5e, 0x64, 4,    1})},
                            {2, raw({1, 1, 'a', 1, 'b', 0, 2})}})) ==
          "  (type (;0;) (func (param i32 i64) (result f32)))\n"
          "  (type (;1;) (func))\n"
          "  (type (;2;) (func))\n"
          "  (rec\n"
          "    (type (;3;) (sub (struct (field (mut i32)) (field i8))))\n"
          "    (type (;4;) (sub final 3 (struct (field (mut (ref null 3))))))\n"
          "    (type (;5;) (array (mut (ref 4))))\n"
          "  )\n"
          "  (import \"a\" \"b\" (func (;0;) (type 2)))\n");
}

TEST_CASE("imports of every kind count in their index spaces") {
    CHECK(fields(module_of({{1, raw({1, 0x60, 1, 0x7f, 0})},
                            {2, raw({5,                                    //
                                     1, 'm', 1, 'f',  0,    0,             //
                                     1, 'm', 1, 't',  1,    0x70, 1, 1, 2, //
                                     1, 'm', 1, 'm',  2,    3,    1, 2,    //
                                     1, 'm', 1, 'g',  3,    0x6f, 1,       //
                                     1, 'm', 2, 0xc3, 0xa9, 4,    0, 0})},
                            {4, raw({1, 0x70, 4, 7})},
                            {5, raw({1, 8, 1, 0})},
                            {13, raw({1, 0, 0})}})) == "  (type (;0;) (func (param i32)))\n"
                                                       "  (import \"m\" \"f\" (func (;0;) (type 0) (param i32)))\n"
                                                       "  (import \"m\" \"t\" (table (;0;) 1 2 funcref))\n"
                                                       "  (import \"m\" \"m\" (memory (;0;) 1 2 shared))\n"
                                                       "  (import \"m\" \"g\" (global (;0;) (mut externref)))\n"
                                                       "  (import \"m\" \"é\" (tag (;0;) (type 0) (param i32)))\n"
                                                       "  (table (;1;) i64 7 funcref)\n"
                                                       "  (memory (;1;) 1 (pagesize 1))\n"
                                                       "  (tag (;1;) (type 0) (param i32))\n");
}

TEST_CASE("constant expressions stand in their definitions") {
    CHECK(fields(module_of({{4, raw({1, 0x40, 0, 0x64, 0x6c, 0, 1, 0x41, 5, 0xfb, 0x1c, 0x0b})},
                            {6, raw({2, 0x7f, 0, 0x41, 1, 0x41, 2, 0x6a, 0x0b, 0x70, 1, 0xd0, 0x70, 0x0b})}})) ==
          "  (table (;0;) 1 (ref i31) i32.const 5 ref.i31)\n"
          "  (global (;0;) i32 i32.const 1 i32.const 2 i32.add)\n"
          "  (global (;1;) (mut funcref) ref.null func)\n");
}

TEST_CASE("exports and the start function refer to what they name") {
    CHECK(fields(module_of({{1, raw({1, 0x60, 0, 0})},
                            {2, raw({1, 0, 0, 0, 0})},
                            {7, raw({3, 1, '"', 0, 0, 1, 0x0a, 2, 3, 0, 4, 9})},
                            {8, raw({0})}})) == "  (type (;0;) (func))\n"
                                                "  (import \"\" \"\" (func (;0;) (type 0)))\n"
                                                "  (export \"\\22\" (func 0))\n"
                                                "  (export \"\\0a\" (memory 3))\n"
                                                "  (export \"\" (tag 9))\n"
                                                "  (start 0)\n");
}

TEST_CASE("the eight forms of element segments") {
    CHECK(fields(module_of({{9, raw({8,                                                             //
                                     0, 0x41, 0,    0x0b, 2,    3,    4,                            //
                                     1, 0,    1,    3,                                              //
                                     2, 1,    0x41, 0,    0x41, 1,    0x6a, 0x0b, 0,    0,          //
                                     3, 0,    1,    3,                                              //
                                     4, 0x41, 0,    0x0b, 1,    0xd2, 3,    0x0b,                   //
                                     5, 0x70, 2,    0xd2, 3,    0x0b, 0x41, 1,    0xfb, 0x1c, 0x0b, //
                                     6, 0,    0x41, 0,    0x0b, 0x64, 0x70, 0,                      //
                                     7, 0x6f, 1,    0xd0, 0x6f, 0x0b})}})) ==
          "  (elem (;0;) (i32.const 0) func 3 4)\n"
          "  (elem (;1;) func 3)\n"
          "  (elem (;2;) (table 1) (offset i32.const 0 i32.const 1 i32.add) func)\n"
          "  (elem (;3;) declare func 3)\n"
          "  (elem (;4;) (i32.const 0) funcref (ref.func 3))\n"
          "  (elem (;5;) funcref (ref.func 3) (item i32.const 1 ref.i31))\n"
          "  (elem (;6;) (table 0) (i32.const 0) (ref func))\n"
          "  (elem (;7;) declare externref (ref.null extern))\n");
}

TEST_CASE("data segments are strings of ASCII") {
    CHECK(fields(module_of({{11, raw({3,                                                   //
                                      0, 0x41, 0,    0x0b, 5,    'a', '"',  '\\', 0, 0xff, //
                                      1, 0,                                                //
                                      2, 1,    0x42, 0,    0x0b, 2,   0xc3, 0xa9})}})) ==
          "  (data (;0;) (i32.const 0) \"a\\22\\5c\\00\\ff\")\n"
          "  (data (;1;) \"\")\n"
          "  (data (;2;) (memory 1) (i64.const 0) \"\\c3\\a9\")\n");
}

TEST_CASE("functions are printed with their types and locals") {
    CHECK(fields(module_of({{1, raw({1, 0x60, 2, 0x7f, 0x7e, 1, 0x7f})},
                            {3, raw({3, 0, 0, 9})},
                            {10, raw({3,                            //
                                      4, 0, 0x20, 0, 0x0b,          //
                                      6, 2, 2, 0x7f, 1, 0x7b, 0x0b, //
                                      2, 0, 0x0b})}})) == "  (type (;0;) (func (param i32 i64) (result i32)))\n"
                                                          "  (func (;0;) (type 0) (param i32 i64) (result i32)\n"
                                                          "    local.get 0\n"
                                                          "  )\n"
                                                          "  (func (;1;) (type 0) (param i32 i64) (result i32)\n"
                                                          "    (local i32 i32 v128)\n"
                                                          "  )\n"
                                                          "  (func (;2;) (type 9))\n");
}

TEST_CASE("memory 0 of a data segment is not named, however it is encoded") {
    CHECK(fields(module_of({{5, raw({1, 0, 0})}, {11, raw({1, 2, 0, 0x41, 0, 0x0b, 0})}})) ==
          "  (memory (;0;) 0)\n"
          "  (data (;0;) (i32.const 0) \"\")\n");
}

TEST_CASE("custom sections are not placed by sections of which no text is left") {
    CHECK(fields(module_of({{1, raw({0})}, custom("a", {}), {5, raw({1, 0, 0})}, {6, raw({0})}, custom("b", {})})) ==
          "  (@custom \"a\" (before first) \"\")\n"
          "  (memory (;0;) 0)\n"
          "  (@custom \"b\" (after memory) \"\")\n");
}

TEST_CASE("custom sections are annotations that say where they are") {
    CHECK(fields(module_of({custom("a", raw({0, 'x'})),
                            {1, raw({1, 0x60, 0, 0})},
                            custom("b c", {}),
                            {12, raw({1})},
                            custom("d", {}),
                            {11, raw({1, 1, 0})},
                            custom("e", {})})) == "  (@custom \"a\" (before first) \"\\00x\")\n"
                                                  "  (type (;0;) (func))\n"
                                                  "  (@custom \"b c\" (after type) \"\")\n"
                                                  "  (@custom \"d\" (after type) \"\")\n"
                                                  "  (data (;0;) \"\")\n"
                                                  "  (@custom \"e\" (after data) \"\")\n");
}

TEST_CASE("branch hints stand before what they are about") {
    const auto hinted = [](std::uint8_t offset) {
        return fields(module_of({{1, raw({1, 0x60, 0, 0})},
                                 {3, raw({1, 0})},
                                 custom("metadata.code.branch_hint", raw({1, 0, 2, offset, 1, 0, 7, 1, 1})),
                                 code(raw({0, 0x41, 0, 0x04, 0x40, 0x41, 1, 0x0d, 0, 0x0b, 0x0b}))}));
    };
    CHECK(hinted(3) == "  (type (;0;) (func))\n"
                       "  (func (;0;) (type 0)\n"
                       "    i32.const 0\n"
                       "    (@metadata.code.branch_hint \"\\00\")\n"
                       "    if ;; label = @1\n"
                       "      i32.const 1\n"
                       "      (@metadata.code.branch_hint \"\\01\")\n"
                       "      br_if 0 (;@1;)\n"
                       "    end\n"
                       "  )\n");
    CHECK_MESSAGE(hinted(7).find("(@custom \"metadata.code.branch_hint\" (after func) \"\\01\\00\\02") !=
                      std::string::npos,
                  "a section that is ill-formed is kept as it is");
}

#include "riser/wat/detail/number.hpp"
#include "wat/binary.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>

using namespace riser::wat::detail;

namespace {

std::uint64_t f64_bits(std::string_view text) {
    const parsed_number number = parse_float(text, format_f64);
    REQUIRE(number.ok());
    return number.bits;
}

std::uint64_t f32_bits(std::string_view text) {
    const parsed_number number = parse_float(text, format_f32);
    REQUIRE(number.ok());
    return number.bits;
}

number_status integer_status(std::string_view text, unsigned bits) { return parse_integer(text, bits).status; }

} // namespace

TEST_CASE("integers are signed or unsigned, decimal or hexadecimal") {
    CHECK(parse_integer("0", 32).bits == 0);
    CHECK(parse_integer("-1", 32).bits == 0xffff'ffff);
    CHECK(parse_integer("4294967295", 32).bits == 0xffff'ffff);
    CHECK(parse_integer("-0x80000000", 32).bits == 0x8000'0000);
    CHECK(parse_integer("+0xAbC_dEf", 32).bits == 0xabcdef);
    CHECK(parse_integer("18_446_744_073_709_551_615", 64).bits == ~std::uint64_t{0});
    CHECK(parse_integer("-9223372036854775808", 64).bits == std::uint64_t{1} << 63U);
    CHECK(parse_integer("-128", 8).bits == 0x80);
    CHECK(parse_integer("000000000000000000000000000000012", 8).bits == 12);
}

TEST_CASE("integers that do not fit are out of range") {
    for (const std::string_view text : {"256", "-129", "0x100", "99999999999999999999999999"}) {
        CHECK_MESSAGE(integer_status(text, 8) == number_status::out_of_range, text);
    }
    CHECK(integer_status("4294967296", 32) == number_status::out_of_range);
    CHECK(integer_status("-2147483649", 32) == number_status::out_of_range);
    CHECK(integer_status("18446744073709551616", 64) == number_status::out_of_range);
    CHECK(integer_status("-9223372036854775809", 64) == number_status::out_of_range);
    CHECK(integer_status("0x1_0000_0000_0000_0000", 64) == number_status::out_of_range);
}

TEST_CASE("underscores stand between digits only") {
    for (const std::string_view text :
         {"_1", "1_", "1__1", "0x_1", "0x1_", "0_x1", "+_1", "", "-", "0x", "1x", "0xg"}) {
        CHECK_MESSAGE(integer_status(text, 64) == number_status::not_a_number, text);
        CHECK_MESSAGE(!is_number(text), text);
    }
    for (const std::string_view text :
         {"1_.0", "1._0", "1.0_", "1_e1", "1e_1", "1e1_", "1e", "1e+", "0x1p", ".1", "0x1.p_1"}) {
        CHECK_MESSAGE(!is_number(text), text);
    }
}

TEST_CASE("decimal floats are rounded to the nearest, ties to even") {
    CHECK(f64_bits("0.1") == 0x3fb9'9999'9999'999a);
    CHECK(f64_bits("1_0.2_5e-1_0") == f64_bits("1.025e-9"));
    CHECK(f64_bits("9007199254740993") == 0x4340'0000'0000'0000); // 2^53 + 1 is a tie
    CHECK(f64_bits("9007199254740995") == 0x4340'0000'0000'0002);
    CHECK(f64_bits("9007199254740993.0000000000000000000000000000001") == 0x4340'0000'0000'0001);
    CHECK(f64_bits("2.2250738585072011e-308") == 0x000f'ffff'ffff'ffff);
    CHECK(f64_bits("4.9406564584124654e-324") == 1);
    CHECK(f64_bits("2.4703282292062327e-324") == 0);
    CHECK(f64_bits("2.4703282292062328e-324") == 1);
    CHECK(f64_bits("-0.0") == std::uint64_t{1} << 63U);
    CHECK(f64_bits("1e-99999999999999999999") == 0);
    CHECK(f64_bits("0e99999999999999999999") == 0);
    CHECK(f64_bits("1.7976931348623157e308") == 0x7fef'ffff'ffff'ffff);
    CHECK(f32_bits("16777217") == 0x4b80'0000); // 2^24 + 1 is a tie
    CHECK(f32_bits("16777217.0000000001") == 0x4b80'0001);
    CHECK(f32_bits("3.4028235e38") == 0x7f7f'ffff);
}

TEST_CASE("the digits of a float count, however many there are") {
    const std::string zeros(100'000, '0');
    CHECK(f64_bits("9007199254740993." + zeros) == 0x4340'0000'0000'0000);
    CHECK(f64_bits("9007199254740993." + zeros + "1") == 0x4340'0000'0000'0001);
    CHECK(f64_bits("0." + zeros + "1e100001") == f64_bits("1"));
    CHECK(f64_bits("1" + zeros + "e-100000") == f64_bits("1"));
    CHECK(f64_bits("0x1" + zeros + "p-400000") == f64_bits("1"));
    CHECK(f64_bits("0x1.00000000000008" + zeros) == 0x3ff0'0000'0000'0000);
    CHECK(f64_bits("0x1.00000000000008" + zeros + "1") == 0x3ff0'0000'0000'0001);
}

TEST_CASE("hexadecimal floats are rounded likewise") {
    CHECK(f64_bits("0x1.8p+1") == f64_bits("3"));
    CHECK(f64_bits("0xA.") == f64_bits("10"));
    CHECK(f64_bits("-0x0p5") == std::uint64_t{1} << 63U);
    CHECK(f64_bits("0x0.0000000000001p-1022") == 1);
    CHECK(f64_bits("0x1p-1075") == 0);
    CHECK(f64_bits("0x1.0000000000001p-1075") == 1);
    CHECK(f32_bits("0x1.fffffe8p-127") == 0x007f'ffff + 1); // rounds up to the least normal number
    CHECK(f32_bits("0x1.000001p0") == 0x3f80'0000);
    CHECK(f32_bits("0x1.000003p0") == 0x3f80'0002);
    CHECK(f32_bits("0x1.000001000000000000001p0") == 0x3f80'0001);
}

TEST_CASE("floats that round to infinity are out of range") {
    for (const std::string_view text : {"1e309", "1.7976931348623159e308", "0x1p1024", "0x1.fffffffffffff8p1023",
                                        "-1e99999999999999999999", "0x1p99999999999999999999"}) {
        CHECK_MESSAGE(parse_float(text, format_f64).status == number_status::out_of_range, text);
    }
    for (const std::string_view text :
         {"3.4028236e38", "0x1p128", "0x1.ffffffp127", "340282356779733661637539395458142568448"}) {
        CHECK_MESSAGE(parse_float(text, format_f32).status == number_status::out_of_range, text);
    }
}

TEST_CASE("infinities and NaNs with their payloads") {
    CHECK(f64_bits("-inf") == 0xfff0'0000'0000'0000);
    CHECK(f64_bits("+nan") == 0x7ff8'0000'0000'0000);
    CHECK(f64_bits("-nan:0xf_ffff_ffff_ffff") == ~std::uint64_t{0});
    CHECK(f32_bits("nan:0x1") == 0x7f80'0001);
    CHECK(f32_bits("-nan:0x40_0000") == 0xffc0'0000);
    CHECK(parse_float("nan:0x0", format_f32).status == number_status::out_of_range);
    CHECK(parse_float("nan:0x80_0000", format_f32).status == number_status::out_of_range);
    for (const std::string_view text : {"nan:1", "nan:canonical", "nan:0x", "infinity", "NaN", "nan1"}) {
        CHECK_MESSAGE(parse_float(text, format_f64).status == number_status::not_a_number, text);
    }
}

TEST_CASE("constants are encoded with as few bytes as they need") {
    CHECK(test::code("i32.const -1 drop") == "417f1a");
    CHECK(test::code("i32.const 4294967295 drop") == "417f1a");
    CHECK(test::code("i32.const 64 drop") == "41c0001a");
    CHECK(test::code("i64.const -0x8000000000000000 drop") == "428080808080808080807f1a");
    CHECK(test::code("f32.const -0x1.8p1 drop") == "43000040c01a");
    CHECK(test::code("f64.const 1 drop") == "44000000000000f03f1a");
    CHECK(test::code("v128.const i16x8 0 1 -1 0xffff 4 5 6 7 drop") == "fd0c00000100ffffffff04000500060007001a");
    CHECK(test::code("v128.const f64x2 1 -0 drop") == "fd0c000000000000f03f00000000000000801a");
}

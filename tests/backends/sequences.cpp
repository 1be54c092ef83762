#include "riser_x64/common/code_writer.hpp"
#include "run_code.hpp"
#include "template_fixture.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cstdint>

using namespace riser::x64;

namespace {

constexpr std::uint64_t values[] = {0,
                                    1,
                                    2,
                                    3,
                                    0x80,
                                    0xffff,
                                    0x7fffffff,
                                    0x80000000,
                                    0xffffffff,
                                    0x100000000,
                                    0x123456789abcdef0,
                                    INT64_MAX,
                                    0x8000000000000000,
                                    UINT64_MAX};

/// Results of a counting function with each set of features, for operands in the same register and in others.
template <class Count, class Expected>
void check_counting(Count count, Expected expected) {
    for (const processor_features features : {processor_features{}, processor_features::detect()}) {
        for (const width w : {width::w32, width::w64}) {
            for (const std::uint64_t value : values) {
                for (const gpr from : {gpr::rdi, gpr::rax}) {
                    CAPTURE(value);
                    CAPTURE(features.lzcnt);
                    code_writer writer(test_templates(), features, riser::core::host_allocator);
                    writer.mov(width::w64, from, gpr::rdi);
                    count(writer, w, gpr::rax, from);
                    writer.ret();
                    CHECK(run(writer.code(), value) ==
                          (w == width::w64 ? expected(value) : expected(static_cast<std::uint32_t>(value))));
                }
            }
        }
    }
}

} // namespace

TEST_CASE("Leading zeros are counted with and without LZCNT") {
    check_counting([](code_writer& w, width of, gpr to, gpr from) { w.count_leading_zeros(of, to, from); },
                   [](auto value) { return static_cast<std::uint64_t>(std::countl_zero(value)); });
}

TEST_CASE("Trailing zeros are counted with and without BMI1") {
    check_counting([](code_writer& w, width of, gpr to, gpr from) { w.count_trailing_zeros(of, to, from); },
                   [](auto value) { return static_cast<std::uint64_t>(std::countr_zero(value)); });
}

TEST_CASE("Ones are counted with and without POPCNT") {
    check_counting([](code_writer& w, width of, gpr to, gpr from) { w.count_ones(of, to, from, gpr::r8); },
                   [](auto value) { return static_cast<std::uint64_t>(std::popcount(value)); });
}

TEST_CASE("Constants arrive whole, in no more bytes than they need") {
    struct {
        std::int64_t value;
        std::size_t bytes;
    } const constants[] = {{0, 5},
                           {1, 5},
                           {-1, 7},
                           {INT32_MAX, 5},
                           {INT32_MIN, 7},
                           {UINT32_MAX, 5},
                           {-5'000'000'000, 10},
                           {INT64_MIN, 10},
                           {std::int64_t{1} << 32, 10}};
    for (const auto& [value, bytes] : constants) {
        CAPTURE(value);
        code_writer w(test_templates(), {}, riser::core::host_allocator);
        w.mov_constant(width::w64, gpr::rax, value);
        CHECK(w.code().size() == bytes);
        w.ret();
        CHECK(run(w.code(), 0) == static_cast<std::uint64_t>(value));
        w.code().clear();
        w.mov_constant(width::w32, gpr::rax, value);
        CHECK(w.code().size() == 5);
        w.ret();
        CHECK(run(w.code(), 0) == static_cast<std::uint32_t>(value));
    }
}

TEST_CASE("Shifts by one are a byte shorter, and shift as those by others do") {
    for (const unsigned count : {1U, 2U, 31U, 63U}) {
        code_writer w(test_templates(), {}, riser::core::host_allocator);
        w.shl(width::w64, gpr::rdi, count);
        CHECK(w.code().size() == (count == 1 ? 3 : 4));
        w.mov(width::w64, gpr::rax, gpr::rdi);
        w.ret();
        CHECK(run(w.code(), 0x8000000000000003) == 0x8000000000000003U << count);
    }
}

TEST_CASE("Conditions have opposites, and others for operands that change places") {
    using enum condition;
    for (unsigned i = 0; i < 16; ++i) {
        const auto c = static_cast<condition>(i);
        CHECK(opposite(opposite(c)) == c);
        CHECK(opposite(c) != c);
        CHECK(exchanged(exchanged(c)) == c);
    }
    const auto holds = [](condition c, std::int32_t a, std::int32_t b) {
        code_writer w(test_templates(), {}, riser::core::host_allocator);
        w.mov_constant(width::w32, gpr::rcx, a);
        w.mov_constant(width::w32, gpr::rdx, b);
        w.cmp(width::w32, gpr::rcx, gpr::rdx);
        w.set(c, gpr::rsi);
        w.movzx8(gpr::rax, gpr::rsi);
        w.ret();
        return run(w.code(), 0) == 1;
    };
    for (const condition c :
         {below, above_equal, equal, not_equal, below_equal, above, less, greater_equal, less_equal, greater}) {
        for (const std::int32_t a : {-1, 0, 1}) {
            for (const std::int32_t b : {-1, 0, 1}) {
                CHECK(holds(opposite(c), a, b) != holds(c, a, b));
                CHECK(holds(exchanged(c), b, a) == holds(c, a, b));
            }
        }
    }
}

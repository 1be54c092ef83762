#include "riser/core/interpreter/semantics.hpp"
#include "support/number_model.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <type_traits>

// Roundings, and the count of ones, with and without the processor's instruction, against the model: a processor has one, and
// would never come to the other.

namespace {

namespace interpreter = riser::core::interpreter;
using riser::core::wasm::opcode;

template <class T, opcode Op>
void check(const std::string& name) {
    using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    const test::number_model model = test::model_of((sizeof(T) == 4 ? "f32." : "f64.") + name);
    const bool has_model = model != nullptr;
    REQUIRE(has_model);
    int failures = 0;
    const auto try_bits = [&](std::uint64_t value) {
        const auto x = std::bit_cast<T>(static_cast<bits>(value));
        const test::outcome expected = model(value, 0);
        constexpr bits quiet = bits{1} << (sizeof(T) == 4 ? 22U : 51U);
        for (const T result : {interpreter::round_in_sums<Op>(x), interpreter::round_float<Op>(x)}) {
            const auto given = std::bit_cast<bits>(result);
            const bool is_right = result != result ? expected.any_nan && (given & quiet) != 0 : given == expected.bits;
            failures += is_right ? 0 : 1;
        }
    };
    for (const std::uint64_t value : test::edge_values(sizeof(T) == 4 ? test::f32 : test::f64)) {
        try_bits(value);
    }
    std::mt19937_64 random(1); // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
    constexpr int fraction_bits = sizeof(T) == 4 ? 23 : 52;
    for (int i = 0; i < 200'000; ++i) {
        const std::uint64_t value = random();
        try_bits(sizeof(T) == 4 ? value >> 32U : value);
        // Halves and their neighbours, of all sizes up to where there are none.
        const T half = std::ldexp(T(value >> 40U), static_cast<int>(value % 50U) - 26) + T(0.5);
        const auto around = static_cast<std::uint64_t>(std::bit_cast<bits>(value % 3 == 0 ? -half : half));
        try_bits(around - 1), try_bits(around), try_bits(around + 1);
    }
    for (int exponent = -3; exponent < fraction_bits + 3; ++exponent) {
        for (const T factor : {T(1), T(1.5), T(-1), T(-1.5)}) {
            const auto value = static_cast<std::uint64_t>(std::bit_cast<bits>(std::ldexp(factor, exponent)));
            try_bits(value - 1), try_bits(value), try_bits(value + 1);
        }
    }
    CHECK_MESSAGE(failures == 0, name);
}

} // namespace

TEST_CASE("rounding: the same with the instruction and in sums") {
    using enum opcode;
    check<float, f32_ceil>("ceil");
    check<float, f32_floor>("floor");
    check<float, f32_trunc>("trunc");
    check<float, f32_nearest>("nearest");
    check<double, f64_ceil>("ceil");
    check<double, f64_floor>("floor");
    check<double, f64_trunc>("trunc");
    check<double, f64_nearest>("nearest");
}

TEST_CASE("rounding: ones are counted alike with the instruction and in sums") {
    std::mt19937_64 random(1); // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
    std::uint64_t value = 0;
    for (int i = 0; i < 10'000; ++i) {
        CHECK(interpreter::count_ones_in_sums(value) == static_cast<std::uint64_t>(std::popcount(value)));
        CHECK(interpreter::count_ones(value) == static_cast<std::uint64_t>(std::popcount(value)));
        value = i % 2 == 0 ? ~value : random() & random();
    }
}

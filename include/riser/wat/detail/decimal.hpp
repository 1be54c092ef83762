#pragma once

#include "riser/config.hpp"
#include "riser/core/base/vector.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

// From the digits of float literals to binary, exactly, in integers: no rounding mode and no flag of the compiler matters.

namespace riser::inline v0_1::wat::detail {

/// significand * 2^(exponent - 63), a little more where it is inexact. The significand has its highest bit set; 0 is zero.
struct binary_number {
    std::uint64_t significand = 0;
    std::int64_t exponent = 0;
    bool is_inexact = false;
};

[[nodiscard]] constexpr binary_number normalised(std::uint64_t significand, std::int64_t exponent,
                                                 bool is_inexact) noexcept {
    if (significand == 0) {
        return {};
    }
    const int shift = std::countl_zero(significand);
    return {significand << static_cast<unsigned>(shift), exponent + 63 - shift, is_inexact};
}

/// The digits of a hexadecimal literal, of which the first sixteen count.
class hexadecimal_number {
public:
    void append(unsigned digit, bool is_fraction) noexcept {
        if (significand_ >> 60U == 0) {
            significand_ = significand_ << 4U | digit;
            exponent_ -= is_fraction ? 4 : 0;
        } else {
            is_inexact_ = is_inexact_ || digit != 0;
            exponent_ += is_fraction ? 0 : 4;
        }
    }

    [[nodiscard]] binary_number value(std::int64_t exponent) const noexcept {
        return normalised(significand_, exponent_ + exponent, is_inexact_);
    }

private:
    std::uint64_t significand_ = 0;
    std::int64_t exponent_ = 0;
    bool is_inexact_ = false;
};

/// An unsigned integer of any size that decimal_number needs, in words of 32 bits, the lowest first.
class big_integer {
public:
    explicit big_integer(std::uint32_t value) noexcept : words_{value} {}

    void multiply_add(std::uint32_t factor, std::uint32_t summand) {
        std::uint64_t carry = summand;
        for (std::size_t i = 0; i < size_; ++i) {
            carry += std::uint64_t{words_[i]} * factor;
            words_[i] = static_cast<std::uint32_t>(carry);
            carry >>= 32U;
        }
        if (carry != 0) {
            words_[size_++] = static_cast<std::uint32_t>(carry);
        }
    }

    void multiply_by_power_of_5(std::uint64_t exponent) {
        constexpr std::uint32_t power_of_13 = 1'220'703'125;
        for (; exponent >= 13; exponent -= 13) {
            multiply_add(power_of_13, 0);
        }
        for (; exponent != 0; --exponent) {
            multiply_add(5, 0);
        }
    }

    void shift_left(std::uint64_t bits) {
        const std::size_t old = size_;
        const auto whole = core::cast<std::size_t>(bits / 32);
        size_ += whole;
        for (std::size_t i = old; i-- > 0;) {
            words_[i + whole] = words_[i];
        }
        for (std::size_t i = 0; i < whole; ++i) {
            words_[i] = 0;
        }
        multiply_add(std::uint32_t{1} << static_cast<unsigned>(bits % 32), 0);
    }

    [[nodiscard]] bool is_zero() const noexcept { return bit_size() == 0; }

    [[nodiscard]] std::int64_t bit_size() const noexcept {
        std::size_t top = size_;
        while (top != 0 && words_[top - 1] == 0) {
            --top;
        }
        return top == 0 ? 0 : static_cast<std::int64_t>(32 * top) - std::countl_zero(words_[top - 1]);
    }

    [[nodiscard]] bool is_less_than(const big_integer& other) const noexcept {
        for (std::size_t i = greater_size(other); i-- > 0;) {
            if (word(i) != other.word(i)) {
                return word(i) < other.word(i);
            }
        }
        return false;
    }

    /// `other` must not be larger.
    void subtract(const big_integer& other) noexcept {
        std::uint64_t borrow = 0;
        for (std::size_t i = 0; i < size_; ++i) {
            const std::uint64_t difference = std::uint64_t{words_[i]} - other.word(i) - borrow;
            words_[i] = static_cast<std::uint32_t>(difference);
            borrow = difference >> 63U;
        }
    }

private:
    [[nodiscard]] std::uint32_t word(std::size_t i) const noexcept { return i < size_ ? words_[i] : 0; }
    [[nodiscard]] std::size_t greater_size(const big_integer& other) const noexcept {
        return size_ > other.size_ ? size_ : other.size_;
    }

    // 800 digits times 5^400, or 5^1200: below 2^3600. Then one is shifted by what the other is longer, and doubled.
    static constexpr std::size_t most_words = 256;

    std::array<std::uint32_t, most_words> words_;
    std::size_t size_ = 1;
};

/// The digits of a decimal literal. Beyond 800 of them (769 decide between two floats of 64 bits) counts only whether one
/// is not zero.
class decimal_number {
public:
    void append(unsigned digit, bool is_fraction) noexcept {
        if (count_ == 0 && digit == 0) {
            exponent_ -= is_fraction ? 1 : 0;
        } else if (count_ < digits_.size()) {
            digits_[count_++] = static_cast<std::uint8_t>(digit);
            exponent_ -= is_fraction ? 1 : 0;
        } else {
            is_inexact_ = is_inexact_ || digit != 0;
            exponent_ += is_fraction ? 0 : 1;
        }
    }

    [[nodiscard]] binary_number value(std::int64_t exponent) const {
        constexpr std::int64_t most = 400; // in decimal places: beyond every float
        exponent += exponent_;
        const std::int64_t places = exponent + static_cast<std::int64_t>(count_);
        if (count_ == 0 || places < -most) {
            return {};
        }
        if (places > most) {
            return normalised(1, 10 * most, false);
        }
        if (exponent == 0 && count_ < 20) {
            return normalised(small_value(), 0, false);
        }
        big_integer numerator = digits();
        big_integer denominator(1);
        (exponent < 0 ? denominator : numerator)
            .multiply_by_power_of_5(static_cast<std::uint64_t>(exponent < 0 ? -exponent : exponent));
        return divide(numerator, denominator, exponent);
    }

private:
    [[nodiscard]] std::uint64_t small_value() const noexcept {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < count_; ++i) {
            value = value * 10 + digits_[i];
        }
        return value;
    }

    [[nodiscard]] big_integer digits() const {
        big_integer result(0);
        std::uint32_t chunk = 0;
        std::uint32_t scale = 1;
        for (std::size_t i = 0; i < count_; ++i) {
            chunk = chunk * 10 + digits_[i];
            scale *= 10;
            if (scale == 1'000'000'000 || i + 1 == count_) {
                result.multiply_add(scale, chunk);
                chunk = 0;
                scale = 1;
            }
        }
        return result;
    }

    /// numerator / denominator * 2^exponent, bit by bit.
    [[nodiscard]] binary_number divide(big_integer& numerator, big_integer& denominator, std::int64_t exponent) const {
        // Then the quotient is at least 1/2 and below 2.
        const std::int64_t shift = numerator.bit_size() - denominator.bit_size();
        (shift < 0 ? numerator : denominator).shift_left(static_cast<std::uint64_t>(shift < 0 ? -shift : shift));
        std::uint64_t quotient = 0;
        std::int64_t bits = 0;
        for (; quotient >> 63U == 0; ++bits) {
            quotient <<= 1U;
            if (!numerator.is_less_than(denominator)) {
                numerator.subtract(denominator);
                quotient |= 1U;
            }
            numerator.multiply_add(2, 0);
        }
        return normalised(quotient, exponent + shift - (bits - 1), is_inexact_ || !numerator.is_zero());
    }

    std::array<std::uint8_t, 800> digits_;
    std::size_t count_ = 0;
    std::int64_t exponent_ = 0; ///< of ten, for the last digit that is kept
    bool is_inexact_ = false;
};

} // namespace riser::inline v0_1::wat::detail

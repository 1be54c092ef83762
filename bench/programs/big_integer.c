// Digits of pi by Machin's formula in fixed-point numbers of many words, and products of hundreds of factors by
// schoolbook multiplication: 64-bit multiplications and divisions with carries.
#include "guest.h"

enum { base = 1000000000, digits_per_word = 9, digits = 2000, size = digits / digits_per_word + 3, longest = 400 };

// The first word is the integer part, the others are the fraction in base 10^9.
typedef struct {
    uint32_t words[size];
} fixed;

// Of a number whose words before `from` are 0; returns where they begin to differ from 0 afterwards.
static int32_t divide(fixed* number, uint32_t divisor, int32_t from) {
    uint64_t rest = 0;
    for (int32_t i = from; i < size; ++i) {
        uint64_t value = rest * base + number->words[i];
        number->words[i] = (uint32_t)(value / divisor);
        rest = value % divisor;
    }
    while (from < size && number->words[from] == 0) {
        ++from;
    }
    return from;
}

static void add(fixed* to, const fixed* what) {
    uint32_t carry = 0;
    for (int32_t i = size; i-- > 0;) {
        uint32_t value = to->words[i] + what->words[i] + carry;
        carry = value >= base;
        to->words[i] = carry ? value - base : value;
    }
}

static void subtract(fixed* from, const fixed* what) {
    uint32_t borrow = 0;
    for (int32_t i = size; i-- > 0;) {
        uint32_t wanted = what->words[i] + borrow;
        borrow = from->words[i] < wanted;
        from->words[i] += (borrow ? base : 0) - wanted;
    }
}

// Adds factor * arctan(1 / x) to the sum, or subtracts it.
static void add_arctangent(fixed* sum, uint32_t factor, uint32_t x, bool negative) {
    static fixed power, term;
    memset(&power, 0, sizeof power);
    power.words[0] = factor;
    int32_t from = divide(&power, x, 0);
    for (uint32_t odd = 1; from < size; odd += 2, negative = !negative) {
        term = power;
        divide(&term, odd, from);
        if (negative) {
            subtract(sum, &term);
        } else {
            add(sum, &term);
        }
        from = divide(&power, x * x, from);
    }
}

typedef struct {
    uint32_t words[longest]; // the least significant one first
    int32_t count;
} integer;

static void multiply(integer* product, const integer* a, const integer* b) {
    memset(product, 0, sizeof *product);
    for (int32_t i = 0; i < a->count; ++i) {
        uint64_t carry = 0;
        for (int32_t j = 0; j < b->count || carry; ++j) {
            carry += product->words[i + j] + (j < b->count ? (uint64_t)a->words[i] * b->words[j] : 0);
            product->words[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    product->count = a->count + b->count;
    while (product->count > 0 && product->words[product->count - 1] == 0) {
        --product->count;
    }
}

// The product of all numbers from `first` to `last`, by halves, so that factors are of like size.
static integer range_product(uint32_t first, uint32_t last) {
    integer product = {{first}, 1};
    if (first < last) {
        uint32_t middle = first + (last - first) / 2;
        integer low = range_product(first, middle), high = range_product(middle + 1, last);
        multiply(&product, &low, &high);
    }
    return product;
}

// n: how often 2,000 digits of pi are computed, and a product of 1,000 numbers in a row.
int64_t run(int32_t n) {
    uint64_t sum = 0;
    for (int32_t round = 0; round < n; ++round) {
        static fixed pi;
        memset(&pi, 0, sizeof pi);
        add_arctangent(&pi, 16, 5, false);
        add_arctangent(&pi, 4, 239, true);
        uint32_t first = (uint32_t)round % 1000 + 1;
        integer product = range_product(first, first + 999);
        for (int32_t i = 0; i < digits / digits_per_word; ++i) {
            sum = checksum_add(sum, pi.words[i]);
        }
        for (int32_t i = 0; i < product.count; ++i) {
            sum = checksum_add(sum, product.words[i]);
        }
    }
    return (int64_t)sum;
}

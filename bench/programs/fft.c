// A radix-2 fast Fourier transform of complex numbers, forth and back: strides that double, bit reversal, f64 arithmetic.
#include "guest.h"

enum { log_size = 13, size = 1 << log_size };

typedef struct {
    double re, im;
} complex_number;

static complex_number signal[size], roots[size / 2];

// Powers of exp(-2 pi i / size): each half angle's root is found from the whole one's, from -1 on, so that no sine is
// needed; products give the rest.
static void make_roots(void) {
    complex_number half_turn = {-1, 0};
    roots[0] = (complex_number){1, 0};
    for (int32_t step = size / 2; step > 1; step /= 2) {
        double re = sqrt((1 + half_turn.re) / 2);
        complex_number root = {re, step == size / 2 ? -1 : half_turn.im / (2 * re)};
        half_turn = root;
        roots[step / 2] = root;
    }
    for (int32_t i = 1; i < size / 2; ++i) {
        int32_t low = i & -i, rest = i - low;
        complex_number a = roots[low], b = roots[rest];
        if (rest) {
            roots[i] = (complex_number){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
        }
    }
}

static void reverse_bits(void) {
    for (int32_t i = 1, j = 0; i < size; ++i) {
        int32_t bit = size >> 1;
        for (; j & bit; bit >>= 1) {
            j ^= bit;
        }
        j ^= bit;
        if (i < j) {
            complex_number t = signal[i];
            signal[i] = signal[j];
            signal[j] = t;
        }
    }
}

// direction: 1 forth, -1 back, without division by the size.
static void transform(double direction) {
    reverse_bits();
    for (int32_t half = 1; half < size; half *= 2) {
        int32_t stride = size / (2 * half);
        for (int32_t begin = 0; begin < size; begin += 2 * half) {
            for (int32_t k = 0; k < half; ++k) {
                complex_number root = roots[k * stride], *a = &signal[begin + k], *b = a + half;
                double im = root.im * direction;
                complex_number turned = {b->re * root.re - b->im * im, b->re * im + b->im * root.re};
                *b = (complex_number){a->re - turned.re, a->im - turned.im};
                *a = (complex_number){a->re + turned.re, a->im + turned.im};
            }
        }
    }
}

// n: how often a signal is transformed, filtered and transformed back; -1: the filterless way there and back changed it.
int64_t run(int32_t n) {
    uint64_t random = 13, sum = 0;
    make_roots();
    for (int32_t i = 0; i < size; ++i) {
        signal[i].re = random_unit(&random);
        signal[i].im = random_unit(&random);
    }
    complex_number first = signal[1];
    for (int32_t round = 0; round < n; ++round) {
        transform(1);
        if (round > 0) {
            signal[random_below(&random, size)].im *= 0.5;
        }
        sum = checksum_add(sum, bits_of(signal[round % size].re));
        transform(-1);
        for (int32_t i = 0; i < size; ++i) {
            signal[i].re /= size;
            signal[i].im /= size;
        }
        if (round == 0 && fabs(signal[1].re - first.re) + fabs(signal[1].im - first.im) > 1e-9) {
            return -1;
        }
    }
    for (int32_t i = 0; i < size; i += 31) {
        sum = checksum_add(sum, bits_of(signal[i].im));
    }
    return (int64_t)sum;
}

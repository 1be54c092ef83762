// SHA-256 (FIPS 180-4) of generated messages: 32-bit rotations, additions and logic with many values alive at once.
#include "guest.h"

enum { block_size = 64, message_size = 1 << 14 };

typedef struct {
    uint32_t state[8];
    uint64_t size; // bytes so far
    uint8_t block[block_size];
} sha256;

static uint32_t round_constants[64], initial_state[8];

// The first 32 bits of the fraction of the square or cube root, by Newton's method; a double holds 17 bits more.
static uint32_t root_fraction(uint32_t prime, int degree) {
    double root = prime;
    for (int i = 0; i < 40; ++i) {
        double quotient = degree == 2 ? prime / root : prime / (root * root);
        root += (quotient - root) / degree;
    }
    return (uint32_t)((root - floor(root)) * 0x1p32);
}

static void make_constants(void) {
    for (uint32_t number = 2, found = 0; found < 64; ++number) {
        uint32_t divisor = 2;
        while (number % divisor) {
            ++divisor;
        }
        if (divisor == number) {
            if (found < 8) {
                initial_state[found] = root_fraction(number, 2);
            }
            round_constants[found++] = root_fraction(number, 3);
        }
    }
}

static uint32_t rotate(uint32_t x, int by) { return x >> by | x << (32 - by); }

static void compress(sha256* hash, const uint8_t* block) {
    uint32_t w[64];
    for (int i = 0; i < 16; ++i) {
        w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
    }
    for (int i = 16; i < 64; ++i) {
        uint32_t low = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t high = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + low + w[i - 7] + high;
    }
    uint32_t a = hash->state[0], b = hash->state[1], c = hash->state[2], d = hash->state[3];
    uint32_t e = hash->state[4], f = hash->state[5], g = hash->state[6], h = hash->state[7];
    for (int i = 0; i < 64; ++i) {
        uint32_t choice = (e & f) ^ (~e & g), majority = (a & b) ^ (a & c) ^ (b & c);
        uint32_t first = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice + round_constants[i] + w[i];
        uint32_t second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority;
        h = g;
        g = f;
        f = e;
        e = d + first;
        d = c;
        c = b;
        b = a;
        a = first + second;
    }
    uint32_t add[8] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; ++i) {
        hash->state[i] += add[i];
    }
}

static void begin(sha256* hash) {
    hash->size = 0;
    memcpy(hash->state, initial_state, sizeof initial_state);
}

static void update(sha256* hash, const uint8_t* bytes, size_t size) {
    for (size_t i = 0; i < size; ++i) {
        hash->block[hash->size++ % block_size] = bytes[i];
        if (hash->size % block_size == 0) {
            compress(hash, hash->block);
        }
    }
}

static void finish(sha256* hash, uint8_t digest[32]) {
    uint64_t bits = hash->size * 8;
    uint8_t padding = 0x80;
    do {
        update(hash, &padding, 1);
        padding = 0;
    } while (hash->size % block_size != block_size - 8);
    uint8_t length[8];
    for (int i = 0; i < 8; ++i) {
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    }
    update(hash, length, sizeof length);
    for (int i = 0; i < 32; ++i) {
        digest[i] = (uint8_t)(hash->state[i / 4] >> (24 - i % 4 * 8));
    }
}

// n: how many messages of 16 KiB are hashed; each begins with the digest of the one before. -1: "abc" has a wrong hash.
int64_t run(int32_t n) {
    static uint8_t message[message_size];
    uint8_t digest[32];
    sha256 hash;
    make_constants();
    begin(&hash);
    update(&hash, (const uint8_t*)"abc", 3);
    finish(&hash, digest);
    if (digest[0] != 0xba || digest[1] != 0x78 || digest[31] != 0xad) {
        return -1;
    }
    uint64_t random = 3, sum = 0;
    for (size_t i = 0; i < message_size; ++i) {
        message[i] = (uint8_t)random_next(&random);
    }
    for (int32_t i = 0; i < n; ++i) {
        memcpy(message, digest, sizeof digest);
        begin(&hash);
        update(&hash, message, message_size);
        finish(&hash, digest);
    }
    for (int i = 0; i < 32; ++i) {
        sum = checksum_add(sum, digest[i]);
    }
    return (int64_t)sum;
}

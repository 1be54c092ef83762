// Byte sieve of Eratosthenes: byte stores with a register stride, and a byte scan.
typedef int i32;
typedef unsigned char u8;

enum { limit = 1 << 18 };
static u8 composite[limit];

static i32 count_primes(void) {
    for (i32 i = 0; i < limit; ++i) composite[i] = 0;
    for (i32 i = 2; i * i < limit; ++i) {
        if (composite[i]) continue;
        for (i32 k = i * i; k < limit; k += i) composite[k] = 1;
    }
    i32 count = 0;
    for (i32 i = 2; i < limit; ++i) count += !composite[i];
    return count;
}

// n: how often the sieve runs.
i32 run(i32 n) {
    i32 sum = 0;
    while (n-- > 0) sum += count_primes();
    return sum;
}

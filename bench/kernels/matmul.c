// f64 matrix multiplication: two loads, a multiply and an add per step, one of the loads striding by rows.
typedef int i32;
typedef long long i64;

enum { size = 96 };
static double a[size][size], b[size][size], c[size][size];

static void fill(void) {
    unsigned seed = 1;
    for (i32 i = 0; i < size; ++i) {
        for (i32 j = 0; j < size; ++j) {
            seed = seed * 1664525u + 1013904223u;
            a[i][j] = (double)(i32)(seed >> 8) * 0x1p-24;
            b[i][j] = (double)(i32)(seed & 0xffff) * 0x1p-16;
        }
    }
}

static void multiply(void) {
    for (i32 i = 0; i < size; ++i) {
        for (i32 j = 0; j < size; ++j) {
            double sum = 0;
            for (i32 k = 0; k < size; ++k) sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
    }
}

// n: how many multiplications; each takes the last product, scaled to keep its magnitude, so that none is redundant.
i64 run(i32 n) {
    fill();
    while (n-- > 0) {
        multiply();
        for (i32 i = 0; i < size; ++i) {
            for (i32 j = 0; j < size; ++j) a[i][j] = c[i][j] * (2.0 / size);
        }
    }
    double trace = 0;
    for (i32 i = 0; i < size; ++i) trace += c[i][i];
    union {
        double value;
        i64 bits;
    } result = {trace};
    return result.bits;
}

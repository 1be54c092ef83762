// Solves systems of linear equations by LU decomposition with partial pivoting: rows reached through pointers, f64
// multiply and subtract, a search for the largest value in a column.
#include "guest.h"

enum { size = 120 };
static double storage[size][size], original[size][size], right_side[size], solution[size];
static double* rows[size];
static int32_t permutation[size];

static void fill(uint64_t* random) {
    for (int32_t i = 0; i < size; ++i) {
        rows[i] = storage[i];
        permutation[i] = i;
        right_side[i] = random_unit(random);
        for (int32_t j = 0; j < size; ++j) {
            storage[i][j] = original[i][j] = random_unit(random) * 2 - 1;
        }
    }
}

static void exchange_with_pivot(int32_t column) {
    int32_t pivot = column;
    for (int32_t i = column + 1; i < size; ++i) {
        if (fabs(rows[i][column]) > fabs(rows[pivot][column])) {
            pivot = i;
        }
    }
    double* row = rows[column];
    rows[column] = rows[pivot];
    rows[pivot] = row;
    int32_t number = permutation[column];
    permutation[column] = permutation[pivot];
    permutation[pivot] = number;
}

static void decompose(void) {
    for (int32_t column = 0; column < size; ++column) {
        exchange_with_pivot(column);
        const double* upper = rows[column];
        for (int32_t i = column + 1; i < size; ++i) {
            double* row = rows[i];
            double factor = row[column] /= upper[column];
            for (int32_t j = column + 1; j < size; ++j) {
                row[j] -= factor * upper[j];
            }
        }
    }
}

static void solve(void) {
    for (int32_t i = 0; i < size; ++i) {
        double sum = right_side[permutation[i]];
        for (int32_t j = 0; j < i; ++j) {
            sum -= rows[i][j] * solution[j];
        }
        solution[i] = sum;
    }
    for (int32_t i = size; i-- > 0;) {
        double sum = solution[i];
        for (int32_t j = i + 1; j < size; ++j) {
            sum -= rows[i][j] * solution[j];
        }
        solution[i] = sum / rows[i][i];
    }
}

static double largest_error(void) {
    double largest = 0;
    for (int32_t i = 0; i < size; ++i) {
        double sum = -right_side[i];
        for (int32_t j = 0; j < size; ++j) {
            sum += original[i][j] * solution[j];
        }
        largest = fabs(sum) > largest ? fabs(sum) : largest;
    }
    return largest;
}

// n: how many systems; -1: a solution does not fulfil its equations.
int64_t run(int32_t n) {
    uint64_t random = 19, sum = 0;
    for (int32_t round = 0; round < n; ++round) {
        fill(&random);
        decompose();
        solve();
        if (largest_error() > 1e-7) {
            return -1;
        }
        for (int32_t i = 0; i < size; i += 17) {
            sum = checksum_add(sum, bits_of(solution[i]));
        }
    }
    return (int64_t)sum;
}

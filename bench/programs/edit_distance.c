// Dynamic programming over strings: the edit distance of Levenshtein in two rows, and the longest common subsequence,
// with its text, in a whole table.
#include "guest.h"

enum { size = 700 };

static char left[size], right[size];
static uint16_t common[size + 1][size + 1]; // of the first i and j letters

static int32_t minimum(int32_t a, int32_t b) { return a < b ? a : b; }

static int32_t edit_distance(void) {
    static int32_t rows[2][size + 1];
    for (int32_t j = 0; j <= size; ++j) {
        rows[0][j] = j;
    }
    for (int32_t i = 1; i <= size; ++i) {
        const int32_t* before = rows[(i - 1) & 1];
        int32_t* row = rows[i & 1];
        row[0] = i;
        for (int32_t j = 1; j <= size; ++j) {
            int32_t replaced = before[j - 1] + (left[i - 1] != right[j - 1]);
            row[j] = minimum(replaced, minimum(before[j], row[j - 1]) + 1);
        }
    }
    return rows[size & 1][size];
}

// Writes the subsequence and returns its length.
static int32_t common_subsequence(char* letters) {
    for (int32_t i = 1; i <= size; ++i) {
        for (int32_t j = 1; j <= size; ++j) {
            if (left[i - 1] == right[j - 1]) {
                common[i][j] = common[i - 1][j - 1] + 1;
            } else {
                uint16_t up = common[i - 1][j], back = common[i][j - 1];
                common[i][j] = up > back ? up : back;
            }
        }
    }
    int32_t length = common[size][size], at = length;
    for (int32_t i = size, j = size; at > 0;) {
        if (left[i - 1] == right[j - 1]) {
            letters[--at] = left[i - 1];
            --i;
            --j;
        } else if (common[i - 1][j] >= common[i][j - 1]) {
            --i;
        } else {
            --j;
        }
    }
    return length;
}

// The second text is the first with some letters replaced, left out or put in.
static void write_texts(uint64_t* random) {
    for (int32_t i = 0; i < size; ++i) {
        left[i] = "acgt"[random_below(random, 4)];
    }
    for (int32_t i = 0, from = 0; i < size; ++i) {
        uint32_t change = random_below(random, 20);
        from += change == 0;
        right[i] = change <= 2 || from >= size ? "acgt"[random_below(random, 4)] : left[from];
        from += change != 2;
    }
}

// n: how many pairs of texts; -1: a distance and a subsequence contradict each other.
int64_t run(int32_t n) {
    static char letters[size];
    uint64_t random = 37, sum = 0;
    for (int32_t i = 0; i < n; ++i) {
        write_texts(&random);
        int32_t distance = edit_distance(), length = common_subsequence(letters);
        // A subsequence of that length is what is left by 2 * (size - length) single edits.
        if (distance > 2 * (size - length) || distance < size - length) {
            return -1;
        }
        sum = checksum_add(sum, (uint64_t)distance);
        for (int32_t at = 0; at < length; at += 13) {
            sum = checksum_add(sum, (uint8_t)letters[at]);
        }
    }
    return (int64_t)sum;
}

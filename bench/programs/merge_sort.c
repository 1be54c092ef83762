// A stable merge sort of records by comparison functions given as pointers: indirect calls and copies of structures.
#include "guest.h"

typedef struct {
    char name[12];
    int32_t year;
    double score;
} record;

typedef int compare_records(const record*, const record*);

enum { size = 20000 };
static record records[size], scratch[size];

static int by_name(const record* a, const record* b) { return memcmp(a->name, b->name, sizeof a->name); }
static int by_year(const record* a, const record* b) { return (a->year > b->year) - (a->year < b->year); }
static int by_score(const record* a, const record* b) { return (a->score > b->score) - (a->score < b->score); }

// Of [first, middle) and [middle, last), both sorted; what is equal keeps its order.
static void merge(int32_t first, int32_t middle, int32_t last, compare_records* compare) {
    for (int32_t i = first; i < middle; ++i) {
        scratch[i] = records[i];
    }
    int32_t left = first, right = middle, to = first;
    while (left < middle) {
        if (right < last && compare(&records[right], &scratch[left]) < 0) {
            records[to++] = records[right++];
        } else {
            records[to++] = scratch[left++];
        }
    }
}

static void merge_sort(int32_t first, int32_t last, compare_records* compare) {
    if (last - first < 2) {
        return;
    }
    int32_t middle = first + (last - first) / 2;
    merge_sort(first, middle, compare);
    merge_sort(middle, last, compare);
    merge(first, middle, last, compare);
}

static void fill(uint64_t* random) {
    for (int32_t i = 0; i < size; ++i) {
        record* each = &records[i];
        for (size_t letter = 0; letter < sizeof each->name; ++letter) {
            each->name[letter] = (char)('a' + random_below(random, letter < 2 ? 3 : 26));
        }
        each->year = 1900 + (int32_t)random_below(random, 120);
        each->score = random_unit(random);
    }
}

// n: how often records are made and sorted by score, then by name, then by year; -1: years ended out of order, or
// names within a year.
int64_t run(int32_t n) {
    static compare_records* const orders[] = {by_score, by_name, by_year};
    uint64_t random = 7, sum = 0;
    for (int32_t round = 0; round < n; ++round) {
        fill(&random);
        for (size_t i = 0; i < sizeof orders / sizeof *orders; ++i) {
            merge_sort(0, size, orders[i]);
        }
        for (int32_t i = 1; i < size; ++i) {
            int order = by_year(&records[i - 1], &records[i]);
            if (order > 0 || (order == 0 && by_name(&records[i - 1], &records[i]) > 0)) {
                return -1;
            }
        }
        for (int32_t i = 0; i < size; i += 61) {
            sum = checksum_add(sum, bits_of(records[i].score));
        }
    }
    return (int64_t)sum;
}

// Introsort of 64-bit keys: quicksort until it goes too deep, then heap sort, and insertion sort for short ranges. The
// inputs are random, rising, falling, full of equal keys, and one that drives median-of-three quicksort quadratic.
#include "guest.h"

enum { size = 1 << 15, short_range = 16, kinds = 5 };
static int64_t keys[size];

static void swap(int64_t* a, int64_t* b) {
    int64_t t = *a;
    *a = *b;
    *b = t;
}

static void insertion_sort(int64_t* first, int64_t* last) {
    for (int64_t* i = first + 1; i < last; ++i) {
        int64_t key = *i;
        int64_t* hole = i;
        while (hole > first && key < hole[-1]) {
            *hole = hole[-1];
            --hole;
        }
        *hole = key;
    }
}

static void sift_down(int64_t* heap, int32_t count, int32_t parent) {
    int64_t key = heap[parent];
    for (int32_t child; (child = 2 * parent + 1) < count; parent = child) {
        child += child + 1 < count && heap[child] < heap[child + 1];
        if (heap[child] <= key) {
            break;
        }
        heap[parent] = heap[child];
    }
    heap[parent] = key;
}

static void heap_sort(int64_t* first, int32_t count) {
    for (int32_t i = count / 2; i-- > 0;) {
        sift_down(first, count, i);
    }
    while (count > 1) {
        swap(first, first + --count);
        sift_down(first, count, 0);
    }
}

static int64_t median(int64_t a, int64_t b, int64_t c) {
    if (a < b) {
        return b < c ? b : a < c ? c : a;
    }
    return a < c ? a : b < c ? c : b;
}

static void sort_range(int64_t* first, int64_t* last, int32_t depth_left) {
    while (last - first > short_range) {
        if (depth_left-- == 0) {
            heap_sort(first, (int32_t)(last - first));
            return;
        }
        int64_t pivot = median(first[0], first[(last - first) / 2], last[-1]);
        int64_t *i = first, *j = last - 1;
        while (i <= j) {
            while (*i < pivot) {
                ++i;
            }
            while (pivot < *j) {
                --j;
            }
            if (i <= j) {
                swap(i++, j--);
            }
        }
        sort_range(i, last, depth_left);
        last = j + 1;
    }
    insertion_sort(first, last);
}

static void sort(int64_t* first, int32_t count) {
    sort_range(first, first + count, 2 * (31 - __builtin_clz((unsigned)count)));
}

// A permutation on which the median of three is a bad pivot time and again, so that the depth runs out.
static void fill_adversarial(void) {
    for (int32_t i = 0; i < size; ++i) {
        keys[i] = i;
    }
    for (int32_t count = 4; count <= size; ++count) {
        swap(keys + (count - 1), keys + count / 2);
    }
}

static void fill(int32_t kind, uint64_t* random) {
    if (kind == kinds - 1) {
        fill_adversarial();
        return;
    }
    for (int32_t i = 0; i < size; ++i) {
        int64_t number = random_next(random), choices[] = {number << 20, i, size - i, number % 64};
        keys[i] = choices[kind];
    }
}

// n: how often each kind of input is sorted; -1: something came out of order.
int64_t run(int32_t n) {
    uint64_t random = 1, sum = 0;
    for (int32_t round = 0; round < n; ++round) {
        for (int32_t kind = 0; kind < kinds; ++kind) {
            fill(kind, &random);
            sort(keys, size);
            for (int32_t i = 1; i < size; ++i) {
                if (keys[i - 1] > keys[i]) {
                    return -1;
                }
            }
            for (int32_t i = 0; i < size; i += 97) {
                sum = checksum_add(sum, (uint64_t)keys[i]);
            }
        }
    }
    return (int64_t)sum;
}

// Quicksort (Hoare's partition) of pseudo-random 32-bit integers: unpredictable compare-branches, word loads and
// stores, recursion.
typedef int i32;
typedef unsigned u32;

enum { size = 1 << 16 };
static i32 data[size];

__attribute__((noinline)) static void sort(i32* first, i32* last) {
    while (first < last) {
        i32 pivot = first[(last - first) / 2];
        i32 *i = first, *j = last;
        while (i <= j) {
            while (*i < pivot) ++i;
            while (pivot < *j) --j;
            if (i <= j) {
                i32 t = *i;
                *i++ = *j;
                *j-- = t;
            }
        }
        // The smaller part by recursion, the larger by the loop: the depth is logarithmic.
        if (j - first < last - i) {
            sort(first, j);
            first = i;
        } else {
            sort(i, last);
            last = j;
        }
    }
}

// n: how often an array is filled and sorted. The result depends on every element's place; -1: they are out of order.
i32 run(i32 n) {
    u32 seed = 1, sum = 0;
    while (n-- > 0) {
        for (i32 i = 0; i < size; ++i) {
            seed = seed * 1664525u + 1013904223u;
            data[i] = (i32)seed;
        }
        sort(data, data + size - 1);
        for (i32 i = 0; i < size; ++i) {
            if (i > 0 && data[i - 1] > data[i]) return -1;
            sum = sum * 31 + (u32)data[i];
        }
    }
    return (i32)(sum >> 1);
}

// A module that imports nothing: two functions that behave, and what a host has to expect of those that do not.
#include <stdint.h>

__attribute__((export_name("sum"))) int64_t sum(int32_t count) {
    int64_t total = 0;
    for (int32_t i = 1; i <= count; ++i) {
        total += i;
    }
    return total;
}

// How often this instance was asked.
__attribute__((export_name("next"))) int32_t next(void) {
    static int32_t number;
    return ++number;
}

// Reads wherever it likes.
__attribute__((export_name("peek"))) int32_t peek(uint32_t address) {
    return *(const volatile int32_t*)address;
}

// Takes all memory that it can get; returns the number of pages (64 KiB each).
__attribute__((export_name("hoard"))) int32_t hoard(void) {
    int32_t pages = 0;
    while (__builtin_wasm_memory_grow(0, 1) != (unsigned long)-1) {
        ++pages;
    }
    return pages;
}

static volatile int32_t depth;

// Never stops calling itself.
__attribute__((export_name("recurse"))) void recurse(void) {
    ++depth;
    if (depth != 0) {
        recurse();
    }
    --depth;
}

static volatile int32_t turns;

// Never returns.
__attribute__((export_name("spin"))) void spin(void) {
    for (;;) {
        ++turns;
    }
}

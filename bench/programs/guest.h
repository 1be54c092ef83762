// What the programs here need beside the compiler: random numbers, a checksum and, where a guest has no C library, the
// part of one that they call. Each program is one translation unit, which includes this once.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// xorshift64*: the same numbers everywhere; the state must not be 0.
static inline uint32_t random_next(uint64_t* state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)(*state * 0x2545f4914f6cdd1dull >> 32);
}

// Uniform enough below a bound of up to 32 bits.
static inline uint32_t random_below(uint64_t* state, uint32_t bound) {
    return (uint32_t)((uint64_t)random_next(state) * bound >> 32);
}

// In [0, 1), a multiple of 2^-32.
static inline double random_unit(uint64_t* state) { return random_next(state) * 0x1p-32; }

// Takes one more value into a checksum; every value and their order count.
static inline uint64_t checksum_add(uint64_t sum, uint64_t value) {
    sum = (sum ^ value) * 0x9e3779b97f4a7c15ull;
    return sum ^ sum >> 29;
}

static inline uint64_t bits_of(double value) {
    uint64_t bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    return bits;
}

// What a program exports: it does work in proportion to n and returns a checksum of what it found.
int64_t run(int32_t n);

#if !defined(__wasm__) || defined(__wasi__)

#    include <math.h>
#    include <stdlib.h>
#    include <string.h>

#else

static inline double sqrt(double x) { return __builtin_sqrt(x); }
static inline double fabs(double x) { return __builtin_fabs(x); }
static inline double floor(double x) { return __builtin_floor(x); }

// With bulk memory the compiler makes one instruction of each of these three.
void* memcpy(void* to, const void* from, size_t size) { return __builtin_memcpy(to, from, size); }
void* memmove(void* to, const void* from, size_t size) { return __builtin_memmove(to, from, size); }
void* memset(void* to, int byte, size_t size) { return __builtin_memset(to, byte, size); }

int memcmp(const void* left, const void* right, size_t size) {
    const uint8_t *a = (const uint8_t*)left, *b = (const uint8_t*)right;
    for (; size > 0; --size, ++a, ++b) {
        if (*a != *b) {
            return *a - *b;
        }
    }
    return 0;
}

size_t strlen(const char* text) {
    const char* end = text;
    while (*end) {
        ++end;
    }
    return (size_t)(end - text);
}

extern unsigned char __heap_base; // where the linker ends the static data

enum { block_header_size = 16, smallest_class = 5, class_count = 32, page_size = 1 << 16 };

// One free list for each power of two; a block begins with its class, and its memory stays in that class.
typedef struct free_block {
    struct free_block* next;
} free_block;

static free_block* free_blocks[class_count];
static uintptr_t heap_end;

static void* take_from_heap(size_t size) {
    uintptr_t begin = heap_end ? heap_end : ((uintptr_t)&__heap_base + 15) & ~(uintptr_t)15;
    uintptr_t have = __builtin_wasm_memory_size(0) * page_size;
    if (begin + size > have) {
        size_t pages = (begin + size - have + page_size - 1) / page_size;
        if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) {
            __builtin_trap();
        }
    }
    heap_end = begin + size;
    return (void*)begin;
}

// Aligned to 16 bytes; traps where there is no memory, so that no program has to look.
void* malloc(size_t size) {
    int size_class = smallest_class;
    while (((size_t)1 << size_class) < size + block_header_size) {
        ++size_class;
    }
    free_block* block = free_blocks[size_class];
    if (block) {
        free_blocks[size_class] = block->next;
    } else {
        int* header = (int*)take_from_heap((size_t)1 << size_class);
        *header = size_class;
        block = (free_block*)((char*)header + block_header_size);
    }
    return block;
}

void free(void* memory) {
    if (memory) {
        int size_class = *(int*)((char*)memory - block_header_size);
        free_block* block = (free_block*)memory;
        block->next = free_blocks[size_class];
        free_blocks[size_class] = block;
    }
}

void* calloc(size_t count, size_t size) { return memset(malloc(count * size), 0, count * size); }

void* realloc(void* memory, size_t size) {
    if (!memory) {
        return malloc(size);
    }
    size_t have = ((size_t)1 << *(int*)((char*)memory - block_header_size)) - block_header_size;
    if (size <= have) {
        return memory;
    }
    void* moved = memcpy(malloc(size), memory, have);
    free(memory);
    return moved;
}

#endif

#ifdef __cplusplus
}
#endif

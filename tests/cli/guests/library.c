// Functions to call with --invoke.
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(#name))) name

int32_t EXPORT(add)(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }
int64_t EXPORT(negate)(int64_t a) { return (int64_t)(0 - (uint64_t)a); }
float EXPORT(half)(float a) { return a / 2; }
double EXPORT(divide)(double a, double b) { return a / b; }
void EXPORT(nothing)(void) {}

static volatile int32_t zero;
__attribute__((noinline)) static int32_t inner(int32_t a) { return a / zero; }
int32_t EXPORT(divide_by_zero)(int32_t a) { return inner(a) + 1; }

void EXPORT(spin)(void) {
    for (volatile int i = 0;; ++i) {
    }
}
int32_t EXPORT(grow)(int32_t pages) { return (int32_t)__builtin_wasm_memory_grow(0, (unsigned long)pages); }

static volatile int32_t one = 1;
__attribute__((noinline)) int32_t EXPORT(recurse)(int32_t depth) { return depth == 0 ? 0 : recurse(depth - one) + one; }

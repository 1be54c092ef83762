// A library that calls back: its function pointers are what the host gets.
#include <stdint.h>

typedef int32_t (*visitor)(int32_t);

__attribute__((import_module("env"), import_name("for_each"))) void for_each(int32_t count, visitor visit);
__attribute__((import_module("env"), import_name("at_exit"))) void at_exit(void (*handler)(void));

static int32_t sum;

static int32_t add(int32_t number) {
    sum += number;
    return sum < 50; // whether to go on
}

static void reset(void) {
    sum = 0;
}

__attribute__((export_name("add_up_to"))) int32_t add_up_to(int32_t count) {
    for_each(count, add);
    return sum;
}

__attribute__((export_name("start"))) void start(void) {
    at_exit(reset);
}

__attribute__((export_name("call_nothing"))) void call_nothing(void) {
    for_each(1, 0);
}

__attribute__((export_name("total"))) int32_t total(void) {
    return sum;
}

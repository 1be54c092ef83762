// A module that leaves work to its host: it imports three functions and exports some that call them.
#include <stdint.h>

typedef struct {
    int32_t quotient;
    int32_t remainder;
} division; // as a result, it is two results of wasm

__attribute__((import_module("host"), import_name("divide"))) division host_divide(int32_t number, int32_t by);
__attribute__((import_module("host"), import_name("sort"))) void host_sort(int32_t* numbers, uint32_t count);
__attribute__((import_module("host"), import_name("parse"))) int32_t host_parse(const char* text, uint32_t size);

__attribute__((export_name("divide"))) division divide(int32_t number, int32_t by) {
    return host_divide(number, by);
}

__attribute__((export_name("digit_sum"))) int32_t digit_sum(int32_t number) {
    int32_t sum = 0;
    while (number != 0) {
        const division parts = host_divide(number, 10);
        sum += parts.remainder;
        number = parts.quotient;
    }
    return sum;
}

__attribute__((export_name("median"))) int32_t median(void) {
    int32_t numbers[] = {31, 41, 59, 26, 53};
    host_sort(numbers, 5);
    return numbers[2];
}

__attribute__((export_name("parse_good"))) int32_t parse_good(void) {
    return host_parse("1234", 4);
}

__attribute__((export_name("parse_bad"))) int32_t parse_bad(void) {
    return host_parse("12e4", 4);
}

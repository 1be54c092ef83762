// A module without a system: it calls one function of its host and exports two of its own.
#include <stdint.h>

__attribute__((import_module("env"), import_name("log"))) void host_log(const char* text, uint32_t size);

__attribute__((export_name("greet"))) void greet(void) {
    static const char text[] = "Hello from wasm!";
    host_log(text, sizeof text - 1);
}

__attribute__((export_name("fib"))) int64_t fib(int32_t n) {
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

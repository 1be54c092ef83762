// Every allocation of the engine and of WASI fails in turn, in a program with exceptions and in one without: whatever the guest
// makes them keep, failure is an error and nothing stays behind.

#include "check.hpp"

#include <cstdio>

int main() {
    test::check_compiling();
    test::check_running();
    test::check_errors();
    test::check_text();
    test::check_wasi();
    std::printf("%u passed, %u failed\n", test::passed, test::failed);
    return test::failed == 0 ? 0 : 1;
}

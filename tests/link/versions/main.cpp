// Guests of two versions of riser call each other through their hosts, and go out of bounds within each other's calls. Exits with 0 where
// all is right.
#include "program.hpp"

#include <cstdio>

namespace {

bool are_right = true;

void expect(bool what, const char* which) {
    if (!what) {
        are_right = false;
        std::printf("wrong: %s\n", which);
    }
}

int from_first(int n) {
    expect(second::traps(), "a trap of the second version within a call of the first");
    return n == 0 ? 1 : 2 * second::call(n - 1);
}

int from_second(int n) {
    expect(first::traps(), "a trap of the first version within a call of the second");
    return n == 0 ? 1 : 2 * first::call(n - 1);
}

} // namespace

int main() {
    first::start(&from_first);
    second::start(&from_second);
    expect(first::size_of_store_limits() != second::size_of_store_limits(), "they differ");
    expect(first::call(10) == 1024, "calls back and forth");
    expect(first::traps() && second::traps(), "traps afterwards");
    return are_right ? 0 : 1;
}

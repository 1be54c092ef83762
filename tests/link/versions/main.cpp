// Guests of two versions of riser call each other through their hosts, and go out of bounds within each other's calls. Exits with 0 where
// all is right. The program has a JIT of another kind, too, whose functions debuggers know.
#include "program.hpp"

#include <cstdint>
#include <cstdio>

struct jit_code_entry {
    jit_code_entry* next;
    jit_code_entry* previous;
    const char* symbols;
    std::uint64_t symbol_bytes;
};
struct jit_descriptor {
    std::uint32_t version;
    std::uint32_t action;
    jit_code_entry* relevant;
    jit_code_entry* first;
};

namespace {

jit_code_entry own{};
int told = 0;

} // namespace

// As LLVM has them; those of riser are weak.
extern "C" {
jit_descriptor __jit_debug_descriptor = {1, 0, nullptr, &own};
void __jit_debug_register_code() { ++told; }
}

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
    first::publish_code();
    second::publish_code();
    expect(told == 2, "both versions tell debuggers where the other JIT does");
    jit_code_entry* newest = __jit_debug_descriptor.first;
    expect(__jit_debug_descriptor.relevant == newest && newest->next->next == &own && own.previous == newest->next,
           "one list for all");
    return are_right ? 0 : 1;
}

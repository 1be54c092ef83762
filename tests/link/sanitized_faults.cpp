// An access beyond a guarded memory under the address sanitizer: of what the handlers had on the stack, which are left from the fault,
// nothing counts as in use. Exits with 0 where that is so, and prints whether there was anything.
#include "riser/custom_engine.hpp"
#include "riser/riser.hpp"

#include <cstddef>
#include <cstdio>
#include <span>

#include <sanitizer/asan_interface.h>

namespace {

namespace runtime = riser::core::runtime;

// (module (import "e" "h" (func)) (memory 1) (func (export "f") (call 0) (drop (i32.load (i32.const 65536)))))
const unsigned char module_bytes[] = {
    0, 'a', 's', 'm', 1, 0, 0, 0, 1,   4, 1, 0x60, 0,  0, 2,  7, 1,    1, 'e',  1,    'h',  0, 0,    3, 2, 1,    0,   5,
    3, 1,   0,   1,   7, 5, 1, 1, 'f', 0, 1, 10,   14, 1, 12, 0, 0x10, 0, 0x41, 0x80, 0x80, 4, 0x28, 2, 0, 0x1a, 0x0b};

/// Whether anything below the stack's end counts as in use.
[[gnu::noinline, gnu::no_sanitize("address")]] bool is_poisoned() {
    auto* const end = static_cast<char*>(__builtin_frame_address(0)) - 128;
    return __asan_region_is_poisoned(end - 1024, 1024) != nullptr;
}

bool was_poisoned = false;
bool is_poisoned_afterwards = true;

/// What the activation is left by, watched.
[[gnu::no_sanitize("address")]] void leave(const runtime::code_word* pc, runtime::slot* frame,
                                           runtime::execution_context* context, const std::byte* address,
                                           const std::byte* left_stack) {
    was_poisoned = is_poisoned();
    riser::core::interpreter::fault_exit(pc, frame, context, address, left_stack);
    is_poisoned_afterwards = is_poisoned();
}

} // namespace

int main() {
    riser::basic_engine<riser::memory_policy::signaling> engine;
    riser::store store(engine);
    riser::linker linker(engine);
    linker.define("e", "h", [](riser::caller& caller) { caller.context().fault_exit = &leave; });
    const auto module = riser::module::compile(engine, std::as_bytes(std::span(module_bytes)));
    const auto outcome = linker.instantiate(store, module).function<void()>("f").try_call();
    std::puts(was_poisoned ? "variables" : "no variables");
    return !outcome && outcome.error().as<riser::trap>()->kind() == riser::trap_kind::memory_out_of_bounds &&
                   !is_poisoned_afterwards
               ? 0
               : 1;
}

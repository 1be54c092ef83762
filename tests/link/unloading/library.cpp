// A library with riser inside: a guest with a guarded memory.
#include "riser/custom_engine.hpp"
#include "riser/riser.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace {

// (module (memory 1) (func (export "f") (result i32) (i32.load (i32.const 65536))))
const unsigned char module_bytes[] = {0, 'a', 's', 'm', 1, 0, 0,    0,    1,    5, 1,    0x60, 0, 1,   0x7f,
                                      3, 2,   1,   0,   5, 3, 1,    0,    1,    7, 5,    1,    1, 'f', 0,
                                      0, 10,  11,  1,   9, 0, 0x41, 0x80, 0x80, 4, 0x28, 2,    0, 0x0b};

struct guest {
    riser::basic_engine<riser::memory_policy::signaling> engine;
    riser::store store{engine};
    riser::instance instance = riser::linker(engine).instantiate(
        store, riser::module::compile(engine, std::as_bytes(std::span(module_bytes))));
};

std::unique_ptr<guest> current; // where nobody stops it, it ends with the library or the process

} // namespace

extern "C" [[gnu::visibility("default")]] void start() { current = std::make_unique<guest>(); }
extern "C" [[gnu::visibility("default")]] void stop() { current.reset(); }

/// Whether an access beyond the memory becomes a trap.
extern "C" [[gnu::visibility("default")]] bool traps() {
    const auto outcome = current->instance.function<int()>("f").try_call();
    return !outcome && outcome.error().as<riser::trap>()->kind() == riser::trap_kind::memory_out_of_bounds;
}

// One version of riser in a program with two: compiled once for each, with VERSION its name.
#include "riser/custom_engine.hpp"
#include "riser/native_symbols/gdb_jit.hpp"
#include "riser/riser.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "program.hpp"

namespace {

// (module (import "e" "h" (func (param i32) (result i32))) (memory 1)
//   (func (export "f") (param i32) (result i32) (call 0 (local.get 0)))
//   (func (export "g") (result i32) (i32.load (i32.const 65536))))
const unsigned char module_bytes[] = {
    0,   'a', 's', 'm', 1, 0, 0, 0,    1, 10,   2, 0x60, 1, 0x7f, 1,    0x7f, 0x60, 0, 1,    0x7f, 2, 7,   1, 1,
    'e', 1,   'h', 0,   0, 3, 3, 2,    0, 1,    5, 3,    1, 0,    1,    7,    9,    2, 1,    'f',  0, 1,   1, 'g',
    0,   2,   10,  18,  2, 6, 0, 0x20, 0, 0x10, 0, 0x0b, 9, 0,    0x41, 0x80, 0x80, 4, 0x28, 2,    0, 0x0b};

riser::basic_engine<riser::memory_policy::adaptive> engine;
riser::store store(engine);
std::optional<riser::typed_function<std::int32_t(std::int32_t)>> pass;
std::optional<riser::typed_function<std::int32_t()>> exceed;
riser::native_symbols::gdb_jit symbols;

} // namespace

void VERSION::start(int (*host)(int)) {
    riser::linker linker(engine);
    linker.define("e", "h", [host](std::int32_t n) { return host(n); });
    const auto module = riser::module::compile(engine, std::as_bytes(std::span(module_bytes)));
    const riser::instance app = linker.instantiate(store, module);
    pass = app.function<std::int32_t(std::int32_t)>("f");
    exceed = app.function<std::int32_t()>("g");
}

int VERSION::call(int n) { return (*pass)(n); }

bool VERSION::traps() {
    const auto outcome = exceed->try_call();
    return !outcome && outcome.error().as<riser::trap>()->kind() == riser::trap_kind::memory_out_of_bounds;
}

void VERSION::publish_code() {
    const riser::code_listener told = symbols.listener();
    told.published(told.user, {std::as_bytes(std::span(module_bytes)), "guest", "leaf", 0, "none", {}});
}

std::size_t VERSION::size_of_store_limits() { return sizeof(riser::store_limits); }

// A guest that calls the host, which calls the guest again, which calls the host: what gdb is asked about. Then
// one that accesses what is beyond its memory. With a backend all of it is native code.
#include <riser/native_symbols/gdb_jit.hpp>
#include <riser/riser.hpp>
#include <riser/wat/wat.hpp>

#include <cstdio>

[[gnu::noinline]] void stop_here() { std::puts("here"); }
[[gnu::noinline]] void stop_at_end() { std::puts("end"); }

namespace {

void run(const riser::engine_options& options) {
    const riser::engine engine(options);
    const riser::module module = riser::module::compile(engine, riser::wat::to_binary(R"((module $guest
        (import "host" "again" (func $again))
        (import "host" "stop" (func $stop))
        (func $leaf (call $stop))
        (func (export "inner") (call $leaf))
        (func $middle (param i32) (if (local.get 0)
            (then (call $middle (i32.sub (local.get 0) (i32.const 1))))
            (else (call $again))))
        (memory 1)
        (func $beyond (param i32) (drop (i32.load (local.get 0))))
        (func (export "fault") (call $beyond (i32.const 0x7fffffff)))
        (func (export "outer") (call $middle (i32.const 2)))))"));
    riser::store store(engine);
    riser::linker linker(engine);
    linker.define("host", "again", [&](riser::caller&) { store.get<riser::instance>().function<void()>("inner")(); });
    linker.define("host", "stop", [] { stop_here(); });
    const riser::instance app = linker.instantiate(store, module);
    store.emplace<riser::instance>(app);
    app.function<void()>("outer")();
    static_cast<void>(app.function<void()>("fault").try_call());
}

} // namespace

int main() {
    riser::native_symbols::gdb_jit symbols;
    riser::engine_options options;
    options.tier_up = 0;
    options.code_listeners[0] = symbols.listener();
    run(options);
    stop_at_end();
}

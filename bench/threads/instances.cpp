#include "on_threads.hpp"

#include "riser/custom_engine.hpp"
#include "riser/memory_policy.hpp"
#include "riser/riser.hpp"
#include "riser/wat/wat.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

// Measures making, calling and dropping an instance with a store of its own: one page of memory, 4 KiB of data.

namespace {

template <class Policy>
void report(const char* name) {
    const std::string text = "(module (memory 1) (data (i32.const 0) \"" + std::string(4096, 'x') +
                             "\") (func (export \"touch\") (param i32) (result i32)"
                             " (i32.store (i32.const 100) (local.get 0)) (i32.load (i32.const 100))))";
    const riser::basic_engine<Policy> engine;
    const riser::linked linked =
        riser::linker(engine).link(riser::module::compile(engine, riser::wat::to_binary(text)));
    bench::report(name, 20'000, [&](int, int count) {
        for (int i = 0; i < count; ++i) {
            riser::store store(engine);
            const auto touch = linked.instantiate(store).template function<std::int32_t(std::int32_t)>("touch");
            if (touch(i) != i) {
                std::abort();
            }
        }
    });
}

} // namespace

int main() {
    bench::report_computation();
    report<riser::memory_policy::adaptive>("guarded");
    report<riser::memory_policy::bounds_checking>("checked");
}

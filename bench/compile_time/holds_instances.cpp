// A translation unit of an embedder that is handed an instance and calls into it.
#include <riser/instance.hpp>

#include <cstdint>

std::int64_t call_fib(riser::instance& app, std::int32_t n) {
    auto fib = app.function<std::int64_t(std::int32_t)>("fib");
    return fib(n);
}

// Everything that riser has, header-only. meson.build compiles this file several times with different flags, each time with
// another RISER_LINK_UNIT, the name of the function at the end.

#include "unit.hpp"

#include "riser/custom_engine.hpp"
#include "riser/riser.hpp"
#include "riser/wat/parse.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace {

riser::result<riser::module> compile(const riser::engine_base& engine, std::string_view text) {
    const auto binary = riser::wat::try_to_binary(text);
    return binary ? riser::module::try_compile(engine, *binary) : binary.error();
}

riser::result<riser::instance> instantiate(const riser::engine_base& engine, riser::store& store) {
    const auto module = compile(engine, link_test::guest);
    return module ? riser::linker(engine).try_instantiate(store, *module) : module.error();
}

std::string run_foreign(const riser::instance& app) {
    const auto fib = app.try_function<std::int32_t(std::int32_t)>("fib");
    const auto load = app.try_function<std::int32_t(std::int32_t)>("load");
    const auto differs = app.try_function<std::int32_t(double, double)>("differs");
    const auto nearest_min = app.try_function<double(double, double)>("nearest_min");
    if (!fib || !load || !differs || !nearest_min) {
        return "an export is missing";
    }
    const auto sum = fib->try_call(20);
    if (!sum || *sum != 6765) {
        return "fib(20) is wrong";
    }
    const auto beyond = load->try_call(-4);
    const auto trap = beyond.error().as<riser::trap>();
    if (beyond || !trap || trap->kind() != riser::trap_kind::memory_out_of_bounds) {
        return "no trap beyond the memory's end";
    }
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto unequal = differs->try_call(nan, nan);
    if (!unequal || *unequal != 1) {
        return "a NaN equals itself";
    }
    // As bits: this file, too, is compiled with -ffast-math.
    constexpr auto negative_zero = std::uint64_t{1} << 63U;
    const auto even = nearest_min->try_call(2.5, 3.0);
    const auto zero = nearest_min->try_call(0.0, std::bit_cast<double>(negative_zero));
    return even && *even == 2.0 && zero && std::bit_cast<std::uint64_t>(*zero) == negative_zero
               ? ""
               : "rounding or signed zeros are wrong";
}

template <class Engine>
std::string run_with() {
    const Engine engine;
    auto store = riser::store::try_create(engine);
    if (!store) {
        return "no store";
    }
    const auto app = instantiate(engine, *store);
    return app ? run_foreign(*app) : std::string(app.error().message());
}

#if defined(__cpp_exceptions)
constexpr bool throws = true;
std::int32_t host(std::int32_t) { throw std::runtime_error("from the host"); }
#else
constexpr bool throws = false;
std::int32_t host(std::int32_t x) { return x + 1; }
#endif

/// Units with and without exceptions bind host functions of one C++ type: each its own way, whatever the linker keeps.
std::string run_host() {
    const riser::engine engine;
    riser::linker linker(engine);
    linker.define("env", "b", &host);
    auto store = riser::store::try_create(engine);
    const auto module = compile(engine, link_test::caller);
    if (!store || !module) {
        return "no store or module";
    }
    const auto app = linker.try_instantiate(*store, *module);
    const auto f = app ? app->try_function<std::int32_t(std::int32_t)>("f") : app.error();
    if (!f) {
        return "no function";
    }
#if defined(__cpp_exceptions)
    try {
#endif
        const auto outcome = f->try_call(6);
        const bool is_right = throws ? !outcome && outcome.error().is<riser::host_error>() : outcome && *outcome == 7;
        return is_right ? "" : "a host function ended in another way";
#if defined(__cpp_exceptions)
    } catch (const std::exception&) {
        return "an exception of a host function left through wasm";
    }
#endif
}

std::string run_own() {
    for (const std::string& problem :
         {run_with<riser::engine>(), run_with<riser::basic_engine<riser::memory_policy::bounds_checking>>(),
          run_host()}) {
        if (!problem.empty()) {
            return problem;
        }
    }
    return "";
}

link_test::guest_instance make() {
    const riser::engine engine;
    auto store = riser::store::try_create(engine);
    auto app = instantiate(engine, *store);
    return {*std::move(store), *std::move(app)};
}

template <class... T>
std::vector<std::size_t> sizes() {
    return {sizeof(T)..., alignof(T)...};
}

std::vector<std::size_t> layout() {
    return sizes<riser::engine, riser::module, riser::store, riser::linker, riser::linked, riser::instance,
                 riser::function, riser::memory, riser::table, riser::global, riser::tag, riser::value, riser::imports,
                 riser::error, riser::result<int>, riser::interrupt_handle, riser::core::runtime::execution_context,
                 riser::core::runtime::instance_data, riser::core::runtime::module_data,
                 riser::core::memory::linear_memory>();
}

} // namespace

const link_test::unit& link_test::RISER_LINK_UNIT() {
    static const unit self{__func__, &run_own, &run_foreign, &make, &layout};
    return self;
}

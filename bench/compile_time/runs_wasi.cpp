// A translation unit of an embedder that runs programs for WASI.
#include <riser/riser.hpp>
#include <riser/wasi/wasi.hpp>

#include <cstdint>
#include <string>

std::uint32_t run_program(riser::store& store, const riser::module& module, riser::linker& linker,
                          std::string& written) {
    riser::wasi::add_to(linker);
    store.emplace<riser::wasi::context>(
        riser::wasi::options().arguments({"app"}).standard_output(riser::wasi::output::capture(written)));
    return riser::wasi::run(linker.instantiate(store, module));
}

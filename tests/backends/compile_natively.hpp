#pragma once

/// What the baseline compiler makes of a function.

#include "engines/engines.hpp"
#include "riser/core/module/module_state.hpp"
#include "riser/module.hpp"
#include "riser_x64/baseline/baseline.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace test {

/// The native code of a module's function.
/// \tparam Compiler baseline_compiler, or what is derived from it
template <class Compiler = riser::x64::baseline_compiler>
[[nodiscard]] std::vector<std::byte> compile_natively(std::string_view text, std::uint32_t function) {
    const engine_pointer engine = make_engine("bounds-checking", "interpreter");
    const auto module = riser::module::compile(*engine, wat(text));
    Compiler compiler(*riser::x64::templates_of_process(), riser::core::host_allocator);
    const riser::core::runtime::compiled_code code =
        compiler.compile({*module.state(), function, riser::core::runtime::all_memory_modes});
    REQUIRE(code.refusal == nullptr);
    return {code.bytes.begin(), code.bytes.end()};
}

} // namespace test

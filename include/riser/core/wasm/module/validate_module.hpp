#pragma once

#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/function/function_parser.hpp"
#include "riser/core/wasm/module/module_facts.hpp"
#include "riser/core/wasm/module_info.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace riser::inline v0_1::core::wasm {

/// Validates all function bodies of a module that decode_module accepted (3.5.6), and finds `facts`, which are new.
/// \returns false at the first that is refused; `diagnostics` then says why and names the function.
[[nodiscard]] inline bool validate_bodies(const module_info& module, std::span<const std::byte> bytes,
                                          module_facts& facts, diagnostics& diagnostics,
                                          const allocator& source = host_allocator) {
    fact_finder sink(facts);
    if (!diagnostics.require_memory(sink.prepare(module))) {
        return false;
    }
    function_parser<fact_finder> parser(module, bytes, diagnostics, source);
    const auto functions = static_cast<std::uint32_t>(module.functions.size());
    for (std::uint32_t function = module.imported_functions; function < functions; ++function) {
        if (!parser.parse_function(function, sink)) {
            return false;
        }
    }
    sink.finish();
    return true;
}

/// Validates those bodies that `is_wanted` says by their index among the functions that the module defines. Finds no facts.
/// \returns false as above
template <class Wanted>
[[nodiscard]] bool validate_some_bodies(const module_info& module, std::span<const std::byte> bytes,
                                        diagnostics& diagnostics, const allocator& source, const Wanted& is_wanted) {
    module_facts facts(source);
    fact_finder sink(facts);
    if (!diagnostics.require_memory(sink.prepare(module))) {
        return false;
    }
    function_parser<fact_finder> parser(module, bytes, diagnostics, source);
    for (std::uint32_t defined = 0; defined < module.bodies.size(); ++defined) {
        if (is_wanted(defined) && !parser.parse_function(module.imported_functions + defined, sink)) {
            return false;
        }
    }
    return true;
}

/// For whom the facts are nothing.
[[nodiscard]] inline bool validate_bodies(const module_info& module, std::span<const std::byte> bytes,
                                          diagnostics& diagnostics) {
    module_facts facts;
    return validate_bodies(module, bytes, facts, diagnostics);
}

} // namespace riser::inline v0_1::core::wasm

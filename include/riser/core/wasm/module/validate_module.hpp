#pragma once

#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/function/function_parser.hpp"
#include "riser/core/wasm/module/module_facts.hpp"
#include "riser/core/wasm/module_info.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace riser::inline v0_1::core::wasm {

namespace detail {

/// Hands the bodies to `sink` that `is_wanted` says by their index among those that the module defines.
/// \returns false at the first that is refused; `diagnostics` then says why and names the function
template <class Wanted>
[[nodiscard]] bool parse_bodies(const module_info& module, std::span<const std::byte> bytes, fact_finder& sink,
                                diagnostics& diagnostics, const allocator& source, const Wanted& is_wanted) {
    if (!diagnostics.require_memory(sink.prepare(module))) {
        return false;
    }
    function_parser<fact_finder> parser(module, bytes, diagnostics, source);
    const auto functions = static_cast<std::uint32_t>(module.functions.size());
    for (std::uint32_t function = module.imported_functions; function < functions; ++function) {
        if (is_wanted(function - module.imported_functions) && !parser.parse_function(function, sink)) {
            return false;
        }
    }
    return true;
}

} // namespace detail

/// Validates all function bodies of a module that decode_module accepted (3.5.6), and finds `facts`, which are new.
/// \returns false at the first that is refused; `diagnostics` then says why and names the function.
[[nodiscard]] inline bool validate_bodies(const module_info& module, std::span<const std::byte> bytes,
                                          module_facts& facts, diagnostics& diagnostics,
                                          const allocator& source = host_allocator) {
    fact_finder sink(facts);
    if (!detail::parse_bodies(module, bytes, sink, diagnostics, source, [](std::uint32_t) { return true; })) {
        return false;
    }
    sink.finish();
    return true;
}

/// Validates those bodies that `is_wanted` says by their index among the functions that the module defines. Finds no facts.
/// \returns false as above
template <class Wanted>
[[nodiscard]] bool validate_some_bodies(const module_info& module, std::span<const std::byte> bytes,
                                        diagnostics& diagnostics, const allocator& source, const Wanted& is_wanted) {
    module_facts unknown(source);
    fact_finder sink(unknown);
    return detail::parse_bodies(module, bytes, sink, diagnostics, source, is_wanted);
}

/// For whom the facts are nothing.
[[nodiscard]] inline bool validate_bodies(const module_info& module, std::span<const std::byte> bytes,
                                          diagnostics& diagnostics) {
    module_facts facts;
    return validate_bodies(module, bytes, facts, diagnostics);
}

} // namespace riser::inline v0_1::core::wasm

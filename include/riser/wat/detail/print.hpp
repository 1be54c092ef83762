#pragma once

#include "riser/config.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/error.hpp"
#include "riser/wat/detail/memory.hpp"
#include "riser/wat/detail/print_module.hpp"
#include "riser/wat/print.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace riser::inline v0_1::wat {

RISER_INLINE result<std::string> try_print(std::span<const std::byte> module_bytes, const print_options& options) {
    core::wasm::diagnostics diagnostics;
    const detail::text_memory memory(options.allocator, diagnostics);
    std::string text = detail::module_printer(module_bytes, options.max_size, memory).print(options.names);
    if (diagnostics.ok()) {
        return text;
    }
    const core::wasm::diagnostic& failure = diagnostics.first();
    if (failure.kind == core::wasm::diagnostic_kind::out_of_memory) {
        return resource_error("out of memory: no room for the text of a module");
    }
    const auto why = failure.kind == core::wasm::diagnostic_kind::limit ? compile_error::reason::limit
                                                                        : compile_error::reason::malformed;
    return compile_error(why, failure.message, failure.offset, failure.function);
}

} // namespace riser::inline v0_1::wat

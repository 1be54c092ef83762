#pragma once

#include "riser/core/base/allocator.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/error.hpp"
#include "riser/limits.hpp"
#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/memory.hpp"
#include "riser/wat/detail/parse_module.hpp"
#include "riser/wat/detail/refusal.hpp"
#include "riser/wat/parse_error.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace riser::inline v0_1::wat {

struct parse_options {
    std::uint32_t max_depth = limits::text_depth; ///< of blocks and folded instructions
    bool names = true;                            ///< write the name section, from identifiers and `(@name "…")`
    core::allocator allocator = {};               ///< of all memory but that of what is returned
};

/// The binary of a module in the text format: `(module …)`, or the fields of one alone.
///
/// Whether the module is valid, riser::module finds.
///
/// \returns a parse_error, or a resource_error where there is no memory.
[[nodiscard]] inline result<std::vector<std::byte>> try_to_binary(std::string_view text,
                                                                  const parse_options& options = {}) {
    core::wasm::diagnostics diagnostics;
    const detail::text_memory memory(options.allocator, diagnostics);
    detail::token_stream tokens(text, memory);
    std::vector<std::byte> binary = detail::parse_text(tokens, {options.max_depth, options.names});
    if (!diagnostics.ok()) {
        return detail::refusal_of(text, diagnostics.first());
    }
    return binary;
}

#if defined(__cpp_exceptions)
/// try_to_binary(), which throws its error.
[[nodiscard]] inline std::vector<std::byte> to_binary(std::string_view text, const parse_options& options = {}) {
    return try_to_binary(text, options).value();
}
#endif

} // namespace riser::inline v0_1::wat

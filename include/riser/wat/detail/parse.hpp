#pragma once

#include "riser/config.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/error.hpp"
#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/memory.hpp"
#include "riser/wat/detail/parse_module.hpp"
#include "riser/wat/detail/refusal.hpp"
#include "riser/wat/parse.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace riser::inline v0_1::wat {

RISER_INLINE result<std::vector<std::byte>> try_to_binary(std::string_view text, const parse_options& options) {
    core::wasm::diagnostics diagnostics;
    const detail::text_memory memory(options.allocator, diagnostics);
    detail::token_stream tokens(text, memory);
    std::vector<std::byte> binary = detail::parse_text(tokens, {options.max_depth, options.names});
    if (!diagnostics.ok()) {
        return detail::refusal_of(text, diagnostics.first());
    }
    return binary;
}

} // namespace riser::inline v0_1::wat

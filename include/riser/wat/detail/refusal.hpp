#pragma once

#include "riser/core/wasm/diagnostic.hpp"
#include "riser/error.hpp"
#include "riser/wat/parse_error.hpp"
#include "riser/wat/position.hpp"

#include <string_view>

namespace riser::inline v0_1::wat::detail {

/// What is wrong with a text.
[[nodiscard]] inline error refusal_of(std::string_view text, const core::wasm::diagnostic& why) {
    if (why.kind == core::wasm::diagnostic_kind::out_of_memory) {
        return resource_error("out of memory: no room for what a text says");
    }
    return parse_error(why.message, position_of(text, why.offset));
}

} // namespace riser::inline v0_1::wat::detail

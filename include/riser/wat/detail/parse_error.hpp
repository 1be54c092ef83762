#pragma once

#include "riser/config.hpp"
#include "riser/core/wasm/message.hpp"
#include "riser/error.hpp"
#include "riser/wat/parse_error.hpp"
#include "riser/wat/position.hpp"

#include <string_view>

namespace riser::inline v0_1::wat {

struct parse_error::state final : core::runtime::error_state {
    state(const core::type_key* type_, std::string_view message_, const position& where_) noexcept
        : error_state(type_, core::wasm::message{where_.line, ":", where_.column, ": ", message_}.text()),
          where(where_) {}
    position where;
};

[[gnu::cold]] RISER_INLINE parse_error::parse_error(std::string_view message, const position& where) noexcept
    : error(core::runtime::make_error_state<parse_error, state>(message, where)) {}

RISER_INLINE position parse_error::where() const noexcept {
    return is<parse_error>() ? static_cast<const state*>(error::state().get())->where : position{};
}
RISER_INLINE std::string_view parse_error::description() const noexcept {
    const bool has_place = is<parse_error>() && !error::state()->message.is_lost();
    return has_place ? message().substr(message().find(": ") + 2) : message();
}

} // namespace riser::inline v0_1::wat

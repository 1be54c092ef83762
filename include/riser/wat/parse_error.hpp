#pragma once

#include "riser/core/wasm/message.hpp"
#include "riser/error.hpp"
#include "riser/wat/position.hpp"

#include <cstddef>
#include <string_view>

namespace riser::inline v0_1::wat {

/// A text was refused: it is malformed (Core specification, chapter 6), or larger or more deeply nested than what this
/// implementation takes. What is well-formed, but not valid, only riser::module refuses; locate() makes one of these of that.
class parse_error : public error {
    struct state final : core::runtime::error_state {
        state(const core::type_key* type_, std::string_view message_, const position& where_) noexcept
            : error_state(type_, core::wasm::message{where_.line, ":", where_.column, ": ", message_}.text()),
              where(where_) {}
        position where;
    };

public:
    static constexpr process_name<parse_error> name_in_process{"riser::wat::parse_error"};

    parse_error(const error& failure, key) noexcept : error(failure) {}
    /// The message gets line and column in front: "3:14: unknown operator i32.foo: expected an instruction".
    parse_error(std::string_view message, const position& where) noexcept
        : error(core::runtime::make_error_state<parse_error, state>(message, where)) {}

    [[nodiscard]] position where() const noexcept {
        return is<parse_error>() ? static_cast<const state*>(error::state().get())->where : position{};
    }
    /// The message without line and column.
    [[nodiscard]] std::string_view description() const noexcept {
        const bool has_place = is<parse_error>() && !error::state()->message.is_lost();
        return has_place ? message().substr(message().find(": ") + 2) : message();
    }
};

} // namespace riser::inline v0_1::wat

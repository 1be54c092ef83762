#pragma once

#include "riser/error.hpp"
#include "riser/wat/position.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace riser::inline v0::wat {

/// A text was refused: it is malformed (Core specification, chapter 6), or larger or more deeply nested than what this
/// implementation takes. What is well-formed, but not valid, only riser::module refuses; locate() makes one of these of that.
class parse_error : public error {
    struct state final : core::runtime::error_state {
        state(const void* tag_, const std::string& message_, const position& where_)
            : error_state(tag_, std::to_string(where_.line) + ":" + std::to_string(where_.column) + ": " + message_),
              where(where_) {}
        position where;
    };

public:
    explicit parse_error(const error& failure) noexcept : error(failure) {}
    /// The message gets line and column in front: "3:14: unknown operator i32.foo: expected an instruction".
    parse_error(const std::string& message, const position& where)
        : error(core::runtime::make_error_state<parse_error, state>(message, where)) {}

    [[nodiscard]] position where() const noexcept { return static_cast<const state*>(error::state().get())->where; }
    /// The message without line and column.
    [[nodiscard]] std::string_view description() const noexcept {
        const std::size_t prefix = message().find(": ");
        return message().substr(prefix + 2);
    }
};

} // namespace riser::inline v0::wat

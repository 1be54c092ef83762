#pragma once

#include "riser/config.hpp"
#include "riser/error.hpp"
#include "riser/wat/position.hpp"

#include <string_view>

namespace riser::inline v0_1::wat {

/// A text was refused: it is malformed (Core specification, chapter 6), or larger or more deeply nested than what this
/// implementation takes. What is well-formed, but not valid, only riser::module refuses; locate() makes one of these of that.
class parse_error : public error {
    struct state;

public:
    static constexpr process_name<parse_error> name_in_process{"riser::wat::parse_error"};

    parse_error(const error& failure, key) noexcept : error(failure) {}
    /// The message gets line and column in front: "3:14: unknown operator i32.foo: expected an instruction".
    RISER_INLINE parse_error(std::string_view message, const position& where) noexcept;

    [[nodiscard]] RISER_INLINE position where() const noexcept;
    /// The message without line and column.
    [[nodiscard]] RISER_INLINE std::string_view description() const noexcept;
};

} // namespace riser::inline v0_1::wat

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/wat/detail/parse_error.hpp"
#endif

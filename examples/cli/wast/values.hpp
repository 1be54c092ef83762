#pragma once

#include "riser/store.hpp"
#include "riser/value.hpp"
#include "riser/wat/script.hpp"

#include <string>
#include <vector>

namespace wast {

/// An argument for a parameter of `type`. \throws failure where it cannot be one.
[[nodiscard]] riser::value argument(const riser::wat::script::constant& written, riser::value_type type,
                                    riser::store& store);

/// Is `actual` what a script expects: these bits, a NaN of a class, one of several, a reference of a kind?
[[nodiscard]] bool matches(const riser::wat::script::constant& expected, const riser::value& actual);

// For reports, as scripts have them: "(i32.const 1) (f32.const nan:canonical)"; "nothing" for none.

[[nodiscard]] std::string describe(const std::vector<riser::wat::script::constant>& expected);
[[nodiscard]] std::string describe(const std::vector<riser::value>& actual);

} // namespace wast

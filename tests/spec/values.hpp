#pragma once

#include "riser/store.hpp"
#include "riser/value.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace spec {

/// An argument as a script writes it, for a parameter of `type`.
[[nodiscard]] riser::value argument(const nlohmann::json& written, riser::value_type type, riser::store& store);

/// Is `actual` what a script expects: these bits, a NaN of a class, one of several, a reference of a kind?
[[nodiscard]] bool matches(const nlohmann::json& expected, const riser::value& actual);

/// For reports, e.g. "f32 0x7fc00000".
[[nodiscard]] std::string describe(const riser::value& actual);

} // namespace spec

#pragma once

#include "engines/engines.hpp"
#include "riser/engine_options.hpp"

namespace test {

/// An engine with the baseline backend; null where this was built without.
[[nodiscard]] engine_pointer make_native_engine(const std::string& memory, const riser::engine_options& options);

} // namespace test

#pragma once

#include "riser/engine.hpp"

#include <memory>

namespace cli {

enum class memory_choice { adaptive, signaling, bounds_checking };

using engine_pointer = std::shared_ptr<riser::engine_base>;

// One translation unit for each memory policy, since each is an instantiation of the whole interpreter.
[[nodiscard]] engine_pointer make_adaptive_engine(const riser::engine_options& options);
[[nodiscard]] engine_pointer make_signaling_engine(const riser::engine_options& options);
[[nodiscard]] engine_pointer make_bounds_checking_engine(const riser::engine_options& options);

[[nodiscard]] inline engine_pointer make_engine(memory_choice memory, const riser::engine_options& options = {}) {
    switch (memory) {
    case memory_choice::signaling: return make_signaling_engine(options);
    case memory_choice::bounds_checking: return make_bounds_checking_engine(options);
    case memory_choice::adaptive: break;
    }
    return make_adaptive_engine(options);
}

} // namespace cli

#pragma once

#include "riser/engine.hpp"

#include <memory>

namespace cli {

enum class memory_choice { adaptive, signaling, bounds_checking };

/// How functions are run.
enum class tier_choice {
    automatic,   ///< interpreted, and as native code where they are hot and the tool has a backend
    interpreter, ///< by an engine without backends
    baseline,    ///< as native code, but for those that the backend refuses
};

using engine_pointer = std::shared_ptr<riser::engine_base>;

// One translation unit for each memory policy, since each is an instantiation of the whole interpreter.
[[nodiscard]] engine_pointer make_adaptive_engine(const riser::engine_options& options);
[[nodiscard]] engine_pointer make_signaling_engine(const riser::engine_options& options);
[[nodiscard]] engine_pointer make_bounds_checking_engine(const riser::engine_options& options);

/// Was the tool built with the baseline backend?
extern const bool has_baseline;

/// Of all memory policies, which `options` choose from. Only where has_baseline.
[[nodiscard]] engine_pointer make_baseline_engine(const riser::engine_options& options);

/// Without the backend all choices of a tier are the interpreter.
[[nodiscard]] inline engine_pointer make_engine(memory_choice memory, tier_choice tier = tier_choice::interpreter,
                                                riser::engine_options options = {}) {
    if (has_baseline && tier != tier_choice::interpreter) {
        options.tier_up = tier == tier_choice::baseline ? 0 : options.tier_up;
        options.protection = memory == memory_choice::signaling         ? riser::protection::guards
                             : memory == memory_choice::bounds_checking ? riser::protection::checks
                                                                        : riser::protection::adaptive;
        return make_baseline_engine(options);
    }
    switch (memory) {
    case memory_choice::signaling: return make_signaling_engine(options);
    case memory_choice::bounds_checking: return make_bounds_checking_engine(options);
    case memory_choice::adaptive: break;
    }
    return make_adaptive_engine(options);
}

/// `mode` as it is meant for the tier: `eager` makes native code of everything where all is to run as that.
[[nodiscard]] inline riser::compile_mode mode_for(tier_choice tier, riser::compile_mode mode) {
    return tier == tier_choice::baseline && mode == riser::compile_mode::eager ? riser::compile_mode::eager_native
                                                                               : mode;
}

} // namespace cli

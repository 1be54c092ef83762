#include "engines/engines.hpp"

#include "engines/native.hpp"
#include "riser/custom_engine.hpp"
#include "support/moving_policy.hpp"

#include <cstdlib>
#include <stdexcept>

std::vector<std::string> test::memory_names() { return {"adaptive", "bounds-checking", "moving", "signaling"}; }

std::string test::default_tier() {
    const char* const tier = std::getenv("RISER_TIER");
    return tier == nullptr ? "interpreter" : tier;
}

test::engine_pointer test::make_engine(const std::string& memory, const std::string& tier) {
    if (tier != "interpreter") {
        riser::engine_options options;
        if (tier != "auto") {
            options.tier_up = tier == "baseline" ? 0 : std::stoull(tier);
        }
        engine_pointer made = make_native_engine(memory, options);
        return made != nullptr ? made : throw std::runtime_error("tier " + tier + ": this was built without backends");
    }
    return memory == "moving"            ? std::make_shared<riser::basic_engine<test::moving>>()
           : memory == "signaling"       ? cli::make_signaling_engine({})
           : memory == "bounds-checking" ? cli::make_bounds_checking_engine({})
                                         : cli::make_adaptive_engine({});
}

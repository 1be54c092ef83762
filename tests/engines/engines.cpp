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

test::engine_pointer test::make_engine(const std::string& memory, const std::string& tier,
                                       riser::engine_options options) {
    if (tier != "interpreter") {
        if (tier != "auto") {
            options.tier_up = tier == "baseline" ? 0 : std::stoull(tier);
        }
        engine_pointer made = make_native_engine(memory, options);
        return made != nullptr ? made : throw std::runtime_error("tier " + tier + ": this was built without backends");
    }
    return memory == "moving"            ? std::make_shared<riser::basic_engine<test::moving>>(options)
           : memory == "signaling"       ? cli::make_signaling_engine(options)
           : memory == "bounds-checking" ? cli::make_bounds_checking_engine(options)
                                         : cli::make_adaptive_engine(options);
}

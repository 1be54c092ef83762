#include "engines/engines.hpp"

#include "riser/custom_engine.hpp"
#include "support/moving_policy.hpp"

std::vector<std::string> test::memory_names() { return {"adaptive", "bounds-checking", "moving", "signaling"}; }

test::engine_pointer test::make_engine(const std::string& memory) {
    return memory == "moving"            ? std::make_shared<riser::basic_engine<test::moving>>()
           : memory == "signaling"       ? cli::make_signaling_engine({})
           : memory == "bounds-checking" ? cli::make_bounds_checking_engine({})
                                         : cli::make_adaptive_engine({});
}

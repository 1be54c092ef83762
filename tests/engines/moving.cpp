#include "engines/engines.hpp"

#include "riser/custom_engine.hpp"
#include "support/moving_policy.hpp"

test::engine_pointer test::make_moving_engine() { return std::make_shared<riser::basic_engine<test::moving>>(); }

#include "engines/native.hpp"

#include "riser/custom_engine.hpp"
#include "riser_x64/baseline.hpp"
#include "riser_x64/baseline/check_invariants.hpp"
#include "support/moving_policy.hpp"

bool test::has_backends() noexcept { return true; }

test::engine_pointer test::make_native_engine(const std::string& memory, const riser::engine_options& options) {
    if (memory == "moving") {
        return std::make_shared<riser::basic_engine<test::moving, riser::x64::checked_baseline>>(options);
    }
    return cli::make_engine(memory == "signaling"         ? cli::memory_choice::signaling
                            : memory == "bounds-checking" ? cli::memory_choice::bounds_checking
                                                          : cli::memory_choice::adaptive,
                            cli::tier_choice::automatic, options);
}

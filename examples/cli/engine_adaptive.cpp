#include "engines.hpp"

#include "riser/custom_engine.hpp"

cli::engine_pointer cli::make_adaptive_engine(const riser::engine_options& options) {
    return std::make_shared<riser::basic_engine<riser::memory_policy::adaptive>>(options);
}

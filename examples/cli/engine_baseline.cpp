// The engine with the backend, for the tool and the examples that are compiled with RISER_JIT_BASELINE.
#include "engines.hpp"

#include "riser/custom_engine.hpp"
#include "riser/default_engine.hpp"
#include "riser_x64/baseline.hpp"

template class riser::basic_engine<riser::memory_policy::adaptive, riser::x64::baseline>;

const bool cli::has_baseline = true;

cli::engine_pointer cli::make_baseline_engine(const riser::engine_options& options) {
    return std::make_shared<riser::engine>(options);
}

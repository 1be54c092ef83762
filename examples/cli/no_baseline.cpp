// In place of engine_baseline.cpp, where there is no backend.
#include "engines.hpp"

const bool cli::has_baseline = false;

cli::engine_pointer cli::make_baseline_engine(const riser::engine_options& options) {
    return make_adaptive_engine(options);
}

#include "engines/native.hpp"

#include "riser/custom_engine.hpp"
#include "riser_x64/baseline/baseline.hpp"
#include "support/moving_policy.hpp"

namespace {

template <class Policy>
test::engine_pointer make(const riser::engine_options& options) {
    return std::make_shared<riser::basic_engine<Policy, riser::x64::baseline>>(options);
}

} // namespace

bool test::has_backends() noexcept { return true; }

test::engine_pointer test::make_native_engine(const std::string& memory, const riser::engine_options& options) {
    return memory == "moving"            ? make<test::moving>(options)
           : memory == "signaling"       ? make<riser::memory_policy::signaling>(options)
           : memory == "bounds-checking" ? make<riser::memory_policy::bounds_checking>(options)
                                         : make<riser::memory_policy::adaptive>(options);
}

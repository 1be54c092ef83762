#include "engines/engines.hpp"

#include "riser/default_engine.hpp"

// Where nothing can signal, both policies are the same, and one interpreter is enough.

std::vector<std::string> test::memory_names() { return {"adaptive", "bounds-checking"}; }

std::string test::default_tier() { return "interpreter"; }
bool test::has_backends() noexcept { return false; }

test::engine_pointer test::make_engine(const std::string& /*memory*/, const std::string& /*tier*/,
                                       riser::engine_options options) {
    return std::make_shared<riser::engine>(options);
}

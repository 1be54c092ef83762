#include "engines/engines.hpp"

#include "riser/default_engine.hpp"

// Where nothing can signal, both policies are the same, and one interpreter is enough.

std::vector<std::string> test::memory_names() { return {"adaptive", "bounds-checking"}; }

test::engine_pointer test::make_engine(const std::string& /*memory*/) { return std::make_shared<riser::engine>(); }

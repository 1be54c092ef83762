#include "support/wat.hpp"

#include "riser/wat/parse.hpp"

// Once for all tests: the parser takes seconds to compile.
std::vector<std::byte> test::wat(std::string_view text) { return riser::wat::to_binary(text); }

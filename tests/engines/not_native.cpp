#include "engines/mixed.hpp"
#include "engines/native.hpp"

bool test::has_backends() noexcept { return false; }

test::engine_pointer test::make_native_engine(const std::string& /*memory*/, const riser::engine_options& /*options*/) {
    return nullptr;
}

test::engine_pointer test::make_mixed_engine(riser::protection /*protection*/) { return nullptr; }

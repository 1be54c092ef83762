#pragma once

#include "riser/linker.hpp"
#include "riser/store.hpp"

namespace wast {

/// The functions of the module `spectest`, which scripts import. They print nothing.
void define_spectest_functions(riser::linker& linker);

/// The globals, tables and memories of `spectest`.
void define_spectest_objects(riser::imports& imports, riser::store& store);

} // namespace wast

// The engine, compiled once; the other translation units define RISER_SEPARATE_COMPILATION.
#define RISER_WASI // compiles the optional parts, too
#define RISER_WAT
#include <riser/source.hpp>
